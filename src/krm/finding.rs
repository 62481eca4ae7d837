//! What the function has to say: findings with stable codes. How they are shown is `results` and `report`.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use super::resource::{File, ObjectRef};

/// How much a finding matters. An error makes the run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The run fails and changes nothing.
    Error,
    /// Something a user should look at.
    Warning,
    /// What was done, or left alone, and why.
    Info,
}

impl Severity {
    /// The stable name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $name:literal, $description:literal;)+) => {
        /// The stable names of findings. Users filter by them, so none is ever renamed.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The kebab-case name.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }

            /// What it means, in one line.
            #[must_use]
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description),+ }
            }
        }
    };
}

codes! {
    /// An image was rewritten.
    Rewritten = "rewritten", "the image needs credentials and is now pulled through the proxy";
    /// A default host was replaced.
    Moved = "moved", "the image was on a default host of the proxy and is now on the configured one";
    /// A former layout was undone.
    Unwound = "unwound", "the image was on a former proxy and is now pulled from its own registry";
    /// A digest was added.
    Pinned = "pinned", "a digest was added to the image";
    /// Public image.
    Public = "public", "the image can be pulled without credentials; it was left as it is";
    /// Already proxied.
    OnProxy = "on-proxy", "the image is already on a proxy";
    /// In place.
    InPlace = "in-place", "the image is on a host that the same credentials cover; it was left as it is";
    /// Ignored.
    Ignored = "ignored", "images.ignore says to leave the image alone";
    /// The vendor's excludedImages.
    Excluded = "excluded", "the image is in the Application's excludedImages and was left alone";
    /// The vendor's additionalImages.
    AdditionalImage = "additional-image", "the image is in the Application's additionalImages, but in no manifest here";
    /// Placeholder.
    Placeholder = "placeholder", "the image is filled in later by another program and was left alone";
    /// Invalid.
    InvalidReference = "invalid-reference", "the field does not hold an image reference and was left alone";
    /// In a field that nothing reads.
    ImageNotRead = "image-not-read", "the image needs a proxy and is in a field that is not read; it was left alone";
    /// Never pulled.
    NeverPulled = "never-pulled", "imagePullPolicy is Never: the image is on the node already";
    /// A chart or repository that another program renders.
    RenderedElsewhere = "rendered-elsewhere", "another program renders the object's images, which can't be seen here";
    /// A policy of the old name.
    PolicyPattern = "policy-pattern", "a pattern of a policy matches the old name of a rewritten image and not the new one; the policy was left as it is";
    /// Skip annotation.
    Skipped = "skipped", "the object has the annotation pullthrough.dev/skip";
    /// No verdict.
    Undecided = "undecided", "nothing says whether the image can be pulled without credentials";
    /// Missing image.
    NotFound = "not-found", "the registry has no such image";
    /// 429.
    RateLimited = "rate-limited", "the registry is limiting requests and did not answer";
    /// No answer.
    Unreachable = "unreachable", "the registry gave no usable answer";
    /// No proxy matches.
    NoProxy = "no-proxy", "the image needs a proxy and none of the configured ones serves it";
    /// Target invalid.
    InvalidTarget = "invalid-target", "the image has no valid name on the proxy";
    /// Two sources, one target.
    Collision = "collision", "two different images would get the same name on the proxy";
    /// Shared node.
    SharedAnchor = "shared-anchor", "the field is shared through a YAML anchor, so it can't be changed alone";
    /// Duplicate key.
    DuplicateKey = "duplicate-key", "a key that matters appears twice";
    /// Alias bomb.
    TooManyAliases = "too-many-aliases", "nested YAML aliases make the object too large to read";
    /// KOTS knows it as private.
    KnownPrivate = "known-private", "only KOTS's knownImages say that the image is private, and KOTS records every \
        failed check that way";
    /// Secret created.
    SecretCreated = "secret-created", "a pull Secret was added";
    /// Secret updated.
    SecretUpdated = "secret-updated", "the pull Secret among the items was updated";
    /// Secret foreign.
    SecretNotOurs = "secret-not-ours", "an existing object with the pull Secret's name can't take the credentials";
    /// Secret in git.
    SecretInPackage = "secret-in-package", "the orchestrator would write the pull Secret into the package on disk";
    /// Secret perhaps there already.
    SecretUnseen = "secret-unseen", "a pull Secret was added, and selectors may have hidden an earlier one from the \
        function";
    /// No place for imagePullSecrets.
    SecretNotAttached = "secret-not-attached", "an image needs credentials, but its object has no field to name the \
        pull Secret";
    /// Hook before the secret.
    SecretAfterHook = "secret-after-hook", "a pod starts before its pull Secret is applied: in an earlier hook or \
        sync wave, or after a deletion";
    /// Service account not among the items.
    ServiceAccountElsewhere = "service-account-elsewhere", "the pods' ServiceAccount is not among the items; pull Secrets that it has don't apply to pods that name their own";
    /// No credential.
    NoCredential = "no-credential", "a proxy that is used has no credential";
    /// No room for a document.
    NoRoom = "no-room", "this input has no place for a new object";
    /// Our own object that stays in the way.
    OwnObject = "own-object", "an ImageLock or a configuration in a stream can't be removed from it";
    /// Names that others go by.
    NameElsewhere = "name-elsewhere", "something that is not rewritten goes by the old name of an image";
    /// License expired.
    LicenseExpired = "license-expired", "the license has expired";
    /// License problems.
    LicenseInvalid = "license-invalid", "the license can't be used";
    /// Replicated object would be applied.
    ReplicatedObject = "replicated-object", "an object that only Replicated's tools read, or that KOTS leaves out, would be applied to the cluster";
    /// Domains disagree.
    DomainsDisagree = "domains-disagree", "Replicated's objects name different domains";
    /// additionalNamespaces '*'.
    AllNamespaces = "all-namespaces", "`*` in additionalNamespaces can't be expressed in manifests";
    /// Unused lock entries.
    LockUnused = "lock-unused", "entries of the ImageLock are not used";
    /// An entry of images.fields without effect.
    FieldUnused = "field-unused", "an entry of images.fields finds no image";
    /// A pattern without effect.
    PatternUnused = "pattern-unused", "a pattern in images.private, or one much like an image in another list, matches no image";
    /// Contradiction.
    LockContradiction = "lock-contradiction", "the ImageLock contradicts itself or the configuration";
    /// Nothing to work on.
    NoObjects = "no-objects", "the input has no Kubernetes object, a document is a list or text, nothing would be left of the input, or \
        nothing in it would reach a cluster";
    /// Sources in place of output.
    NotBuilt = "not-built", "sources were given, a kustomization or a chart, and not what is built from them";
    /// Links and devices.
    PassedOver = "passed-over", "something in a folder is not a readable file, or is a link that leads out of the folder; it was not looked at";
    /// Tags that hide values.
    Unreadable = "unreadable", "the guard can't read a value with a tag of its own, and Kubernetes may";
    /// A useless Secret.
    SecretOpensNothing = "secret-opens-nothing", "a pull Secret in the final output does not open what its pods pull";
    /// Not rendered.
    NotRendered = "not-rendered", "the function would still change this: it was skipped, or did not see the object";
    /// No words for it in kustomize.
    NotExpressible = "not-expressible", "a kustomize Component can't say this, or only some releases of kustomize read it so";
    /// The proxy refused.
    VerifyFailed = "verify-failed", "the proxy does not serve the image with these credentials";
    /// Pin impossible.
    NotPinned = "not-pinned", "no digest is known for the image";
    /// Input problem.
    InvalidInput = "invalid-input", "the input is not valid YAML, or not a ResourceList as the functions \
        specification defines it";
    /// Config problem.
    Config = "config", "the configuration can't be used";
    /// Internal.
    Internal = "internal", "an internal error in pullthrough";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// One thing to say, as data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// Its stable name.
    pub code: Code,
    /// A sentence for people. Never holds a credential.
    pub message: Arc<str>,
    /// The object it is about.
    pub object: Option<Arc<ObjectRef>>,
    /// The field, as a path from the object's root.
    pub field: Option<String>,
    /// What the field says.
    pub current: Option<String>,
    /// What it will say.
    pub proposed: Option<String>,
    /// Where the orchestrator read the object.
    pub file: Option<File>,
    /// The line of the input, counted from 1. Shown where people see that input: for streams.
    pub line: Option<usize>,
    /// Further data.
    pub tags: Vec<(&'static str, Cow<'static, str>)>,
}

impl Finding {
    /// A finding about nothing in particular.
    pub fn new(severity: Severity, code: Code, message: impl Into<Arc<str>>) -> Self {
        Self {
            severity,
            code,
            message: message.into(),
            object: None,
            field: None,
            current: None,
            proposed: None,
            file: None,
            line: None,
            tags: Vec::new(),
        }
    }

    /// The same, about an object.
    #[must_use]
    pub fn about(mut self, object: &Arc<ObjectRef>, file: Option<&File>) -> Self {
        self.object = Some(Arc::clone(object));
        self.file = file.cloned();
        self
    }

    /// The same, about a field on a line.
    #[must_use]
    pub fn field(mut self, path: impl Into<String>, line: usize) -> Self {
        self.field = Some(path.into());
        self.line = Some(line);
        self
    }

    /// The same, with what the field says and, where it changes, will say.
    #[must_use]
    pub fn values(mut self, current: impl Into<String>, proposed: Option<String>) -> Self {
        self.current = Some(current.into());
        self.proposed = proposed;
        self
    }

    /// The same, with a tag.
    #[must_use]
    pub fn tag(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.tags.push((name, value.into()));
        self
    }
}

/// The order in which findings are shown: what matters first, then by place, never by time. What the whole run may have cost ServiceAccounts comes
/// last.
impl Finding {
    /// How findings are sorted: by all that they say, so that no two ways to sort them differ.
    #[must_use]
    pub fn order(&self, other: &Self) -> Ordering {
        fn key(finding: &Finding) -> impl Ord {
            (
                (finding.severity, finding.code == Code::ServiceAccountElsewhere, &finding.file),
                (finding.line.unwrap_or(usize::MAX), &finding.object, &finding.field, finding.code, &finding.message),
                (&finding.current, &finding.proposed, &finding.tags),
            )
        }
        key(self).cmp(&key(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kebab_case_and_unique() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
    }
}
