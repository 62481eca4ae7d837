//! Why an image becomes what it becomes: data, with one sentence for each.

use std::borrow::Cow;
use std::fmt;

use crate::access::{Access, Evidence, NoDigest};
use crate::image::{Glob, Placeholders, Reference};
use crate::proxy::TargetError;

/// Why a decision is what it is. Displayed as a sentence without its full stop.
#[expect(missing_docs, reason = "the fields are the parts of the sentence, and named for their place in it")]
#[derive(Clone, Debug)]
pub enum Reason {
    /// `images.ignore` has it.
    Ignored { image: Reference, glob: Glob },
    /// The vendor's `excludedImages` has it.
    Excluded { image: Reference },
    /// It is on a proxy already; the apps where it is in the path of another than the configuration's.
    OnProxy { image: Reference, host: String, apps: Option<Apps> },
    /// It is on a host that the credentials of a proxy open.
    InPlace { image: Reference, host: String },
    /// It is on a default host of its proxy.
    Moved { image: Reference, to: Reference },
    /// It goes to a proxy; without evidence every image does.
    Rewritten { source: Reference, to: Reference, known: Option<KnownAccess> },
    /// Its name on the proxy would be invalid.
    InvalidTarget { error: TargetError, known: Option<KnownAccess> },
    /// It can be pulled as it is.
    Public { source: Reference, evidence: Option<Evidence> },
    /// It needs a proxy, none serves it, and `access.onUnmatched` keeps it.
    KeptWithoutProxy { source: Reference, evidence: Option<Evidence> },
    /// It needs a proxy, and none serves it.
    NoProxy { source: Reference, access: Access, evidence: Option<Evidence> },
    /// Its access could not be found out; whether it is kept for that, or stops the run.
    Unknown { source: Reference, access: Access, evidence: Option<Evidence>, is_kept: bool },
    /// Nothing is known about it, and no registry was asked.
    Undecided { source: Reference },
    /// Nothing is known about it, and no registry can be asked.
    Unanswerable { source: Reference, placeholders: Placeholders },
    /// It leaves a former proxy; and why it does not go to another one.
    Unwound { image: Reference, to: Reference, then: Box<Reason> },
    /// It is private as far as a KOTS Installation knows.
    KnownPrivate(Box<Reason>),
    /// Several images would have one name.
    Collision { name: String, sources: Vec<String> },
    /// It got its digest and nothing else.
    Pinned { image: Reference, to: Reference },
    /// Its digest is not known.
    NotPinned { image: Reference, why: NotPinned },
    /// It can't be pinned or verified yet, for its tag is filled in later.
    NotYet { first: Box<Reason>, cannot: &'static str, placeholders: Placeholders },
    /// There is no credential to verify it with; the sentence says why.
    NoCredential { image: Reference, why: String },
    /// There is no network to verify it with.
    NotVerified { image: Reference },
    /// It can't be pulled from where it was written to.
    NotPullable { image: Reference, evidence: Evidence, advice: Option<Cow<'static, str>> },
}

/// The app in an image's path on Replicated's proxy, and that of the configuration.
#[derive(Clone, Debug)]
pub struct Apps {
    /// The one in the path.
    pub named: String,
    /// The configuration's.
    pub own: String,
}

/// What is known of an image's access.
#[derive(Clone, Debug)]
pub struct KnownAccess {
    /// The access.
    pub access: Access,
    /// Why.
    pub evidence: Evidence,
}

/// Why a digest is not known.
#[derive(Clone, Debug)]
pub enum NotPinned {
    /// Its registry answered without one.
    NoDigest(NoDigest),
    /// Its registry did not serve it.
    Refused(Evidence),
    /// Its registry was not asked.
    NotAsked,
}

impl Reason {
    /// The same for another new text.
    #[must_use]
    pub fn with_target(self, pinned: Reference) -> Self {
        match self {
            Self::Moved { image, .. } => Self::Moved { image, to: pinned },
            Self::Rewritten { source, known, .. } => Self::Rewritten { source, to: pinned, known },
            Self::Unwound { image, then, .. } => Self::Unwound { image, to: pinned, then },
            Self::KnownPrivate(first) => Self::KnownPrivate(Box::new(first.with_target(pinned))),
            other => other,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ignored { image, glob } => {
                write!(f, "`{image}` was left alone: it matches `{glob}` in images.ignore")
            }
            Self::Excluded { image } => write!(
                f,
                "`{image}` was left alone: it is in the Application's excludedImages; to rewrite it, declare it in \
                 images.private"
            ),
            Self::OnProxy { image, host, apps } => {
                write!(f, "`{image}` is already on the proxy {host}")?;
                let Some(Apps { named, own }) = apps else { return Ok(()) };
                write!(
                    f,
                    ", in the path of the app `{named}`, which the license of `{own}` does not cover; write \
                     `proxy/{own}/` for an image of this app"
                )
            }
            Self::InPlace { image, host } => {
                write!(f, "`{image}` is on a host that the credentials for {host} cover; it was left in place")
            }
            Self::Moved { image, to } => write!(f, "`{image}` is on a default host of the proxy; it is now `{to}`"),
            Self::Rewritten { source, to, known } => write!(f, "`{source}` is now `{to}` ({})", Because(known)),
            Self::InvalidTarget { error, known } => write!(f, "{error} ({})", Because(known)),
            Self::Public { source, evidence } => write!(f, "`{source}` is public: {}", Why(evidence)),
            Self::KeptWithoutProxy { source, evidence } => write!(
                f,
                "`{source}` needs a proxy ({}) and none of `proxies` serves it; it was left as it is (access.onUnmatched: \
                 keep)",
                Why(evidence)
            ),
            Self::NoProxy { source, access, evidence } => write!(
                f,
                "`{source}` is {access} ({}) and none of `proxies` serves it; add a proxy for {} or set \
                 access.onUnmatched: keep",
                Why(evidence),
                source.registry()
            ),
            Self::Unknown { source, access, evidence, is_kept } => {
                let (state, option) = unknown(*access);
                write!(f, "`{source}` {state}: {}{}; ", Why(evidence), Advice(evidence))?;
                if *is_kept {
                    write!(f, "it was left as it is ({option}: keep)")
                } else {
                    write!(f, "to continue without an answer, set {option} to keep or proxy")
                }
            }
            Self::Undecided { source } => write!(
                f,
                "nothing says whether `{source}` can be pulled without credentials; declare it in images.public or \
                 images.private (`{}`), or use an ImageLock",
                source.name()
            ),
            Self::Unanswerable { source, placeholders } => write!(
                f,
                "`{source}` was left as it is: {placeholders}, takes the place of its tag or digest, so no registry can \
                 be asked; declare `{}` in images.public or images.private",
                source.name()
            ),
            Self::Unwound { image, to, then } => {
                write!(f, "`{image}` is on a former proxy; it is now `{to}` itself. {then}")
            }
            Self::KnownPrivate(first) => write!(
                f,
                "{first}; KOTS records every failure of its probe as private, so check it or use an ImageLock"
            ),
            Self::Collision { name, sources } => write!(
                f,
                "{} would all be named `{name}` on the proxy; give each upstream a proxy of its own, or a template with \
                 {{registry}}",
                some(sources)
            ),
            Self::Pinned { image, to } => write!(f, "`{image}` is now `{to}`"),
            Self::NotPinned { image, why } => {
                write!(f, "`{image}` can't be pinned: ")?;
                match why {
                    NotPinned::NoDigest(why) => write!(f, "{why}")?,
                    NotPinned::Refused(evidence) => write!(f, "{evidence}")?,
                    NotPinned::NotAsked => f.write_str("its registry was not asked for the digest")?,
                }
                f.write_str("; give its digest in the manifest or in an ImageLock, or set spec.pin: false")
            }
            Self::NotYet { first, cannot, placeholders } => {
                write!(f, "{first}. It can't be {cannot}: {placeholders}, takes the place of its tag or digest")
            }
            Self::NoCredential { image, why } => write!(f, "`{image}` can't be verified: {why}"),
            Self::NotVerified { image } => write!(
                f,
                "`{image}` can't be verified here: there is no network; set spec.verify: false, or run where there is one"
            ),
            Self::NotPullable { image, evidence, advice } => {
                write!(f, "`{image}` can't be pulled: {evidence}")?;
                advice.as_ref().map_or(Ok(()), |advice| write!(f, "; {advice}"))
            }
        }
    }
}

/// What an image is whose access could not be found out, and the option that decides then.
fn unknown(access: Access) -> (&'static str, &'static str) {
    match access {
        Access::NotFound => ("was not found", "access.onNotFound"),
        Access::RateLimited => ("could not be checked because its registry limits requests", "access.onRateLimited"),
        Access::Unreachable | Access::Public | Access::Private => ("could not be checked", "access.onUnreachable"),
    }
}

/// Not all of many: each of them has this message.
fn some(sources: &[String]) -> String {
    const SHOWN: usize = 3;
    let mut some: Vec<String> = sources.iter().take(SHOWN).map(|source| format!("`{source}`")).collect();
    match sources.len().saturating_sub(SHOWN) {
        0 => {}
        1 => some.push("one other".to_owned()),
        more => some.push(format!("{more} others")),
    }
    some.join(" and ")
}

/// The evidence, where its registry was asked.
struct Why<'a>(&'a Option<Evidence>);

impl fmt::Display for Why<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(evidence) => write!(f, "{evidence}"),
            None => f.write_str("no matter what its registry says"),
        }
    }
}

/// The access with its evidence.
struct Because<'a>(&'a Option<KnownAccess>);

impl fmt::Display for Because<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(KnownAccess { access, evidence }) => write!(f, "{access}: {evidence}"),
            None => f.write_str("every image goes through the proxy"),
        }
    }
}

/// What to do about it, as a further part of the sentence.
struct Advice<'a>(&'a Option<Evidence>);

impl fmt::Display for Advice<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().and_then(Evidence::advice).map_or(Ok(()), |advice| write!(f, "; {advice}"))
    }
}
