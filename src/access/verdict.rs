//! What is known about one reference, and why.
//!
//! A verdict is data: of what a server chose it holds addresses and nothing else, and neither a time nor a token, because it is written into
//! git with results and locks. Every text is made here, from the cause.

use std::fmt;

use crate::image::Digest;

use super::cause::Cause;
use super::evidence::Evidence;

/// What a registry said about a reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// The account that was used for asking can pull it; when asked anonymously, anyone can.
    Public,
    /// It can't be pulled by the account that was used for asking. Registries that hide what they have give this answer
    /// for missing images too.
    Private,
    /// The repository can be read, but has no such manifest.
    NotFound,
    /// The registry refuses to answer for now (429).
    RateLimited,
    /// There was no answer that means anything: no network, an error of the server, a portal in between.
    Unreachable,
}

impl Access {
    /// Every access, in the order in which reports list them.
    pub const ALL: [Self; 5] = [Self::Public, Self::Private, Self::NotFound, Self::RateLimited, Self::Unreachable];

    /// The stable kebab-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::Private => "private",
            Self::NotFound => "not-found",
            Self::RateLimited => "rate-limited",
            Self::Unreachable => "unreachable",
        }
    }

    /// The access of that kebab-case name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.as_str() == name)
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Where a verdict comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// `images.public` or `images.private` of the configuration.
    Declared,
    /// An ImageLock.
    Locked,
    /// `knownImages` of a KOTS Installation.
    Known,
    /// The registry was asked.
    Probed,
}

impl Source {
    /// The stable kebab-case name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Locked => "locked",
            Self::Known => "known",
            Self::Probed => "probed",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Why no digest is known of an image that can be pulled, or whose access was never asked for.
///
/// Displayed as a sentence about its registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NoDigest {
    /// Nothing was served that could have one.
    NotServed,
    /// The answer has no `Docker-Content-Digest`.
    NotSent,
    /// The answer has several, or one that its own manifest contradicts.
    Contradicting,
    /// It is a manifest of Docker's schema 1, whose digest depends on how it is signed, and which containerd 2 can't pull.
    Schema1,
    /// The manifest is too long to be read.
    TooLarge,
}

impl fmt::Display for NoDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotServed => "its registry did not serve it",
            Self::NotSent => "its registry sends no Docker-Content-Digest",
            Self::Contradicting => "its registry sends digests that contradict each other",
            Self::Schema1 => "its registry has it as a schema 1 manifest, which containerd 2 can't pull",
            Self::TooLarge => {
                "its registry sends no Docker-Content-Digest, and the manifest is longer than the 64 KiB that are read"
            }
        })
    }
}

/// What is known about one reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Verdict {
    /// Whether it can be pulled.
    pub access: Access,
    /// Why.
    pub evidence: Evidence,
    /// Who says so.
    pub source: Source,
    /// The digest of the manifest that the tag named, or why it is not known.
    pub digest: Result<Digest, NoDigest>,
}

impl Verdict {
    /// The configuration declares it.
    pub fn declared(access: Access) -> Self {
        Self {
            access,
            evidence: Evidence::of(Cause::Declared),
            source: Source::Declared,
            digest: Err(NoDigest::NotServed),
        }
    }

    /// An ImageLock holds it.
    pub fn locked(access: Access, digest: Option<Digest>) -> Self {
        Self {
            access,
            evidence: Evidence::of(Cause::Locked),
            source: Source::Locked,
            digest: digest.ok_or(NoDigest::NotServed),
        }
    }

    /// A KOTS Installation knows it.
    pub fn known(access: Access) -> Self {
        Self { access, evidence: Evidence::of(Cause::Known), source: Source::Known, digest: Err(NoDigest::NotServed) }
    }

    /// This build can't ask any registry: it knows only what is declared, locked or known.
    pub fn not_probed() -> Self {
        Self::probed(Access::Unreachable, Evidence::of(Cause::NotBuiltIn))
    }

    /// The registry was asked.
    pub fn probed(access: Access, evidence: Evidence) -> Self {
        Self { access, evidence, source: Source::Probed, digest: Err(NoDigest::NotServed) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_access_go_both_ways() {
        for access in Access::ALL {
            assert_eq!(Access::from_name(access.as_str()), Some(access));
        }
        assert_eq!(Access::from_name("Public"), None);
    }
}
