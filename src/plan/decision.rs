//! One image: where it is, what it needs, what happens to it.

use crate::access::{Access, Evidence, Verdict};
use crate::config::{AccessPolicy, Credentials, OnUnknown, OnUnmatched};
use crate::image::{Glob, Placeholders, Reference};
use crate::krm::{Code, Severity};
use crate::proxy::{Layout, Placement};

use super::reason::{Apps, KnownAccess, Reason};

/// A proxy, with everything known that it needs.
#[derive(Clone, Debug)]
pub struct Proxy {
    /// How it names images.
    pub layout: Layout,
    /// Layouts to unwind first.
    pub formerly: Vec<Layout>,
    /// The images that may go through it; all that it serves when empty.
    pub matches: Vec<Glob>,
    /// The images that don't.
    pub except: Vec<Glob>,
    /// The account.
    pub credentials: Credentials,
    /// Whether a license opens it.
    pub is_replicated: bool,
    /// Whether a Replicated app is behind it, and which one.
    pub app: Option<String>,
}

/// The proxies in the order of the configuration: the first that matches counts.
#[derive(Clone, Debug, Default)]
pub struct Proxies(pub Vec<Proxy>);

/// Names a proxy of [`Proxies`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProxyId(pub usize);

/// An image that a proxy may have to serve.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What its registry calls it: the reference itself, or what it was made from by a former layout.
    pub source: Reference,
    /// Whether `source` is another text than the reference.
    pub unwound: bool,
    /// The proxy for it.
    pub proxy: Option<ProxyId>,
}

/// What happens to an image.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The new text. `None`: it stays.
    pub to: Option<Reference>,
    /// The proxy whose credentials a pod needs that pulls it.
    pub needs: Option<ProxyId>,
    /// How much it matters.
    pub severity: Severity,
    /// What happened.
    pub code: Code,
    /// Why.
    pub reason: Reason,
    /// What is known of it, when it was looked at.
    pub verdict: Option<Verdict>,
    /// The normalized name that it was made from, when it goes to a proxy.
    pub source: Option<String>,
}

impl Decision {
    /// Whether there is nothing to say about it, unless all is asked for.
    #[must_use]
    pub fn is_silent(&self) -> bool {
        self.severity == Severity::Info
            && matches!(self.code, Code::Public | Code::OnProxy | Code::InPlace | Code::Ignored)
    }

    /// Whether pulling the image is left to the credentials that its pods have: it may be private, and no proxy serves
    /// it.
    #[must_use]
    pub fn is_left_alone(&self) -> bool {
        let is_at_home = matches!(self.code, Code::OnProxy | Code::InPlace);
        self.to.is_none() && self.needs.is_none() && !is_at_home && !self.is_public()
    }

    /// Whether the image can be pulled without credentials, as far as is known.
    #[must_use]
    pub fn is_public(&self) -> bool {
        self.code == Code::Public || self.verdict.as_ref().is_some_and(|verdict| verdict.access == Access::Public)
    }

    /// An image that `images.ignore` has.
    #[must_use]
    pub(super) fn ignored(reference: &Reference, glob: &Glob) -> Self {
        let reason = Reason::Ignored { image: reference.clone(), glob: glob.clone() };
        Self::leave(Code::Ignored, Severity::Info, reason)
    }

    /// An image that the vendor's `excludedImages` has.
    #[must_use]
    pub(super) fn excluded(reference: &Reference) -> Self {
        Self::leave(Code::Excluded, Severity::Info, Reason::Excluded { image: reference.clone() })
    }

    fn leave(code: Code, severity: Severity, reason: Reason) -> Self {
        Self { to: None, needs: None, severity, code, reason, verdict: None, source: None }
    }
}

/// What happens to an image of a certain access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Disposition {
    Keep,
    Proxy(ProxyId),
    Fail,
}

impl Proxies {
    /// What `reference` is without a former proxy, and which proxy serves that.
    #[must_use]
    pub fn candidate(&self, reference: &Reference) -> Candidate {
        let former = self.0.iter().find_map(|proxy| proxy.formerly.iter().find_map(|former| former.unwind(reference)));
        let unwound = former.is_some();
        let source = former.unwrap_or_else(|| reference.clone());
        let proxy = self.serving(&source);
        Candidate { source, unwound, proxy }
    }

    /// The proxy named `id`.
    #[must_use]
    pub fn get(&self, id: ProxyId) -> Option<&Proxy> {
        self.0.get(id.0)
    }

    /// All of them, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (ProxyId, &Proxy)> {
        self.0.iter().enumerate().map(|(index, proxy)| (ProxyId(index), proxy))
    }

    /// Those whose images need a pull Secret.
    pub fn taking_credentials(&self) -> impl Iterator<Item = ProxyId> {
        self.iter().filter(|(_, proxy)| proxy.credentials != Credentials::Anonymous).map(|(id, _)| id)
    }

    fn serving(&self, reference: &Reference) -> Option<ProxyId> {
        let fits = |proxy: &Proxy| {
            let matched = proxy.matches.is_empty() || proxy.matches.iter().any(|glob| glob.matches(reference));
            matched && !proxy.except.iter().any(|glob| glob.matches(reference)) && proxy.layout.serves(reference)
        };
        self.iter().find(|(_, proxy)| fits(proxy)).map(|(id, _)| id)
    }

    /// An image that is on a proxy, or on a host that its credentials open.
    ///
    /// Of several proxies on one host the one counts that has the image in its layout.
    pub(super) fn placed(&self, reference: &Reference) -> Option<Decision> {
        let placements = || self.iter().map(|(id, proxy)| (id, proxy, proxy.layout.placement(reference)));
        let is_in_layout = |placement: &Placement| matches!(placement, Placement::Proxied { .. });
        let found = placements().find(|(_, _, placement)| is_in_layout(placement)).into_iter();
        found.chain(placements()).find_map(|(id, proxy, placement)| {
            let needs = |takes_credentials: bool| {
                (takes_credentials && proxy.credentials != Credentials::Anonymous).then_some(id)
            };
            let (image, host) = (reference.clone(), proxy.layout.host().to_string());
            let (takes_credentials, to, decision) = match placement {
                Placement::Upstream => return None,
                Placement::Proxied { takes_credentials, .. } => {
                    let apps = self.other_app(proxy, reference);
                    let severity = if apps.is_some() { Severity::Warning } else { Severity::Info };
                    let reason = Reason::OnProxy { image, host, apps };
                    (takes_credentials, None, Decision::leave(Code::OnProxy, severity, reason))
                }
                Placement::InPlace { takes_credentials } => {
                    let reason = Reason::InPlace { image, host };
                    (takes_credentials, None, Decision::leave(Code::InPlace, Severity::Info, reason))
                }
                Placement::LegacyHost { to, takes_credentials } => {
                    let reason = Reason::Moved { image, to: to.clone() };
                    (takes_credentials, Some(to), Decision::leave(Code::Moved, Severity::Info, reason))
                }
            };
            Some(Decision { needs: needs(takes_credentials), to, ..decision })
        })
    }
}

impl Proxies {
    /// The app in the path of an image on Replicated's proxy, and that of the configuration, where no proxy is for the former.
    fn other_app(&self, proxy: &Proxy, reference: &Reference) -> Option<Apps> {
        let app = proxy.app.as_deref().filter(|_| proxy.is_replicated)?;
        let (named, _) = reference.repository().strip_prefix("proxy/")?.split_once('/')?;
        let is_known = self.0.iter().any(|proxy| proxy.app.as_deref() == Some(named));
        (!is_known).then(|| Apps { named: named.to_owned(), own: app.to_owned() })
    }
}

/// Whether the outcome is the same for every answer of the registry, so that it need not be asked.
///
/// With `proxyPublic` an image that a proxy serves goes through it, public or private; what else its registry might say about it
/// does not matter to who only talks to the proxy.
#[must_use]
pub fn is_determined(proxy: Option<ProxyId>, policy: &AccessPolicy) -> bool {
    if policy.proxy_public && proxy.is_some() {
        return true;
    }
    let outcomes = Access::ALL.map(|access| outcome(access, proxy, policy));
    outcomes.windows(2).all(|pair| matches!(pair, [one, other] if one == other))
}

/// What happens to an image whose access is known, or need not be known.
#[must_use]
pub fn decide(
    reference: &Reference,
    Candidate { source, unwound, proxy }: &Candidate,
    verdict: Option<&Verdict>,
    policy: &AccessPolicy,
    proxies: &Proxies,
) -> Decision {
    let access = verdict.map_or(Access::Private, |verdict| verdict.access);
    let evidence = verdict.map(|verdict| verdict.evidence.clone());
    let mut decision = match outcome(access, *proxy, policy) {
        Disposition::Proxy(id) => through(source, id, access, evidence, proxies),
        Disposition::Keep => kept(source, access, evidence, policy),
        Disposition::Fail => failed(source, access, evidence),
    };
    if *unwound && decision.to.is_none() && decision.severity != Severity::Error {
        decision.code = Code::Unwound;
        let then = Box::new(decision.reason);
        decision.reason = Reason::Unwound { image: reference.clone(), to: source.clone(), then };
        decision.to = Some(source.clone());
    }
    decision.verdict = verdict.cloned();
    decision
}

fn outcome(access: Access, proxy: Option<ProxyId>, policy: &AccessPolicy) -> Disposition {
    let through = || match (proxy, policy.on_unmatched) {
        (Some(id), _) => Disposition::Proxy(id),
        (None, OnUnmatched::Fail) => Disposition::Fail,
        (None, OnUnmatched::Keep) => Disposition::Keep,
    };
    let unknown = |policy: OnUnknown| match policy {
        OnUnknown::Fail => Disposition::Fail,
        OnUnknown::Keep => Disposition::Keep,
        OnUnknown::Proxy => through(),
    };
    match access {
        Access::Public => proxy.filter(|_| policy.proxy_public).map_or(Disposition::Keep, Disposition::Proxy),
        Access::Private => through(),
        Access::NotFound => unknown(policy.on_not_found),
        Access::RateLimited => unknown(policy.on_rate_limited),
        Access::Unreachable => unknown(policy.on_unreachable),
    }
}

fn through(source: &Reference, id: ProxyId, access: Access, evidence: Option<Evidence>, proxies: &Proxies) -> Decision {
    let Some(proxy) = proxies.get(id) else { return failed(source, Access::Private, evidence) };
    let known = evidence.map(|evidence| KnownAccess { access, evidence });
    match proxy.layout.target(source) {
        Ok(to) => Decision {
            reason: Reason::Rewritten { source: source.clone(), to: to.clone(), known },
            code: Code::Rewritten,
            severity: Severity::Info,
            needs: (proxy.credentials != Credentials::Anonymous).then_some(id),
            // Hosts are names of DNS, whose case means nothing.
            source: Some(format!("{}/{}", source.registry().to_ascii_lowercase(), source.repository())),
            to: Some(to),
            verdict: None,
        },
        Err(error) => Decision::leave(Code::InvalidTarget, Severity::Error, Reason::InvalidTarget { error, known }),
    }
}

fn kept(source: &Reference, access: Access, evidence: Option<Evidence>, policy: &AccessPolicy) -> Decision {
    debug_assert!(
        policy.on_unmatched == OnUnmatched::Keep || access != Access::Private,
        "a private image without proxy fails"
    );
    let source = source.clone();
    match access {
        Access::Public => Decision::leave(Code::Public, Severity::Info, Reason::Public { source, evidence }),
        Access::Private => {
            Decision::leave(Code::NoProxy, Severity::Warning, Reason::KeptWithoutProxy { source, evidence })
        }
        Access::NotFound | Access::RateLimited | Access::Unreachable => {
            let reason = Reason::Unknown { source, access, evidence, is_kept: true };
            Decision::leave(code(access), Severity::Warning, reason)
        }
    }
}

fn failed(source: &Reference, access: Access, evidence: Option<Evidence>) -> Decision {
    let source = source.clone();
    match access {
        Access::Public | Access::Private => {
            Decision::leave(Code::NoProxy, Severity::Error, Reason::NoProxy { source, access, evidence })
        }
        Access::NotFound | Access::RateLimited | Access::Unreachable => {
            let reason = Reason::Unknown { source, access, evidence, is_kept: false };
            Decision::leave(code(access), Severity::Error, reason)
        }
    }
}

/// An image about which nothing is known.
#[must_use]
pub fn undecided(source: &Reference) -> Decision {
    Decision::leave(Code::Undecided, Severity::Error, Reason::Undecided { source: source.clone() })
}

/// An image about which nothing is known, and no registry can be asked: it has no tag yet.
#[must_use]
pub fn unanswerable(source: &Reference, placeholders: &Placeholders) -> Decision {
    let reason = Reason::Unanswerable { source: source.clone(), placeholders: placeholders.clone() };
    Decision::leave(Code::Placeholder, Severity::Warning, reason)
}

fn code(access: Access) -> Code {
    match access {
        Access::NotFound => Code::NotFound,
        Access::RateLimited => Code::RateLimited,
        _ => Code::Unreachable,
    }
}
