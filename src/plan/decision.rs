//! One image: where it is, what it needs, what happens to it.

use std::sync::Arc;

use crate::access::{Access, Evidence, Verdict};
use crate::config::{AccessPolicy, Credentials, OnUnknown, OnUnmatched};
use crate::image::{Glob, Placeholders, Reference};
use crate::krm::{Code, Severity};
use crate::proxy::{Layout, Standing};

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
    /// Why, as a sentence.
    pub message: Arc<str>,
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
        let message = format!("`{reference}` was left alone: it matches `{glob}` in images.ignore");
        Self::leave(Code::Ignored, Severity::Info, message)
    }

    /// An image that the vendor's `excludedImages` has.
    #[must_use]
    pub(super) fn excluded(reference: &Reference) -> Self {
        let message = format!(
            "`{reference}` was left alone: it is in the Application's excludedImages; to rewrite it, declare it in \
             images.private"
        );
        Self::leave(Code::Excluded, Severity::Info, message)
    }

    fn leave(code: Code, severity: Severity, message: impl Into<Arc<str>>) -> Self {
        Self { to: None, needs: None, severity, code, message: message.into(), verdict: None, source: None }
    }
}

/// What happens to an image of a certain access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
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
        let standings = || self.iter().map(|(id, proxy)| (id, proxy, proxy.layout.standing(reference)));
        let is_in_layout = |standing: &Standing| matches!(standing, Standing::OnProxy { .. });
        let found = standings().find(|(_, _, standing)| is_in_layout(standing)).into_iter();
        found.chain(standings()).find_map(|(id, proxy, standing)| {
            let needs = |takes_credentials: bool| {
                (takes_credentials && proxy.credentials != Credentials::Anonymous).then_some(id)
            };
            let host = proxy.layout.host();
            match standing {
                Standing::Elsewhere => None,
                Standing::OnProxy { takes_credentials, .. } => {
                    let mut message = format!("`{reference}` is already on the proxy {host}");
                    let mut severity = Severity::Info;
                    if let Some((named, app)) = self.other_app(proxy, reference) {
                        severity = Severity::Warning;
                        message += &format!(
                            ", in the path of the app `{named}`, which the license of `{app}` does not cover; write \
                             `proxy/{app}/` for an image of this app"
                        );
                    }
                    Some(Decision {
                        needs: needs(takes_credentials),
                        ..Decision::leave(Code::OnProxy, severity, message)
                    })
                }
                Standing::InPlace { takes_credentials } => {
                    let message = format!(
                        "`{reference}` is on a host that the credentials for {host} cover; it was left in place"
                    );
                    Some(Decision {
                        needs: needs(takes_credentials),
                        ..Decision::leave(Code::InPlace, Severity::Info, message)
                    })
                }
                Standing::Moved { to, takes_credentials } => {
                    let message = format!("`{reference}` is on a default host of the proxy; it is now `{to}`");
                    let left = Decision::leave(Code::Moved, Severity::Info, message);
                    Some(Decision { needs: needs(takes_credentials), to: Some(to), ..left })
                }
            }
        })
    }
}

impl Proxies {
    /// The app in the path of an image on Replicated's proxy, and that of the configuration, where no proxy is for the former.
    fn other_app<'a>(&self, proxy: &'a Proxy, reference: &'a Reference) -> Option<(&'a str, &'a str)> {
        let app = proxy.app.as_deref().filter(|_| proxy.is_replicated)?;
        let (named, _) = reference.repository().strip_prefix("proxy/")?.split_once('/')?;
        let is_known = self.0.iter().any(|proxy| proxy.app.as_deref() == Some(named));
        (!is_known).then_some((named, app))
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
        Outcome::Proxy(id) => through(source, id, access, evidence.as_ref(), proxies),
        Outcome::Keep => kept(source, access, evidence.as_ref(), policy),
        Outcome::Fail => failed(source, access, evidence.as_ref()),
    };
    if *unwound && decision.to.is_none() && decision.severity != Severity::Error {
        decision.code = Code::Unwound;
        decision.message =
            format!("`{reference}` is on a former proxy; it is now `{source}` itself. {}", decision.message).into();
        decision.to = Some(source.clone());
    }
    decision.verdict = verdict.cloned();
    decision
}

fn outcome(access: Access, proxy: Option<ProxyId>, policy: &AccessPolicy) -> Outcome {
    let through = || match (proxy, policy.on_unmatched) {
        (Some(id), _) => Outcome::Proxy(id),
        (None, OnUnmatched::Fail) => Outcome::Fail,
        (None, OnUnmatched::Keep) => Outcome::Keep,
    };
    let unknown = |policy: OnUnknown| match policy {
        OnUnknown::Fail => Outcome::Fail,
        OnUnknown::Keep => Outcome::Keep,
        OnUnknown::Proxy => through(),
    };
    match access {
        Access::Public => proxy.filter(|_| policy.proxy_public).map_or(Outcome::Keep, Outcome::Proxy),
        Access::Private => through(),
        Access::NotFound => unknown(policy.on_not_found),
        Access::RateLimited => unknown(policy.on_rate_limited),
        Access::Unreachable => unknown(policy.on_unreachable),
    }
}

fn through(
    source: &Reference,
    id: ProxyId,
    access: Access,
    evidence: Option<&Evidence>,
    proxies: &Proxies,
) -> Decision {
    let because = evidence
        .map_or_else(|| "every image goes through the proxy".to_owned(), |evidence| format!("{access}: {evidence}"));
    let failed = |message| Decision::leave(Code::InvalidTarget, Severity::Error, message);
    let Some(proxy) = proxies.get(id) else { return failed("no such proxy".into()) };
    match proxy.layout.target(source) {
        Ok(to) => Decision {
            message: format!("`{source}` is now `{to}` ({because})").into(),
            code: Code::Rewritten,
            severity: Severity::Info,
            needs: (proxy.credentials != Credentials::Anonymous).then_some(id),
            // Hosts are names of DNS, whose case means nothing.
            source: Some(format!("{}/{}", source.registry().to_ascii_lowercase(), source.repository())),
            to: Some(to),
            verdict: None,
        },
        Err(error) => failed(format!("{error} ({because})")),
    }
}

fn kept(source: &Reference, access: Access, evidence: Option<&Evidence>, policy: &AccessPolicy) -> Decision {
    let why = evidence.map_or_else(|| "no matter what its registry says".to_owned(), Evidence::to_string);
    let (code, severity, message) = match access {
        Access::Public => (Code::Public, Severity::Info, format!("`{source}` is public: {why}")),
        Access::Private => {
            let message = format!(
                "`{source}` needs a proxy ({why}) and none of `proxies` serves it; it was left as it is (access.onUnmatched: keep)"
            );
            (Code::NoProxy, Severity::Warning, message)
        }
        _ => {
            let option = option(access);
            let code = code(access);
            let advice = advice(evidence);
            let message = format!("`{source}` {}: {why}{advice}; it was left as it is ({option}: keep)", state(access));
            (code, Severity::Warning, message)
        }
    };
    debug_assert!(
        policy.on_unmatched == OnUnmatched::Keep || access != Access::Private,
        "a private image without proxy fails"
    );
    Decision::leave(code, severity, message)
}

fn advice(evidence: Option<&Evidence>) -> String {
    evidence.and_then(Evidence::advice).map_or_else(String::new, |advice| format!("; {advice}"))
}

fn failed(source: &Reference, access: Access, evidence: Option<&Evidence>) -> Decision {
    let why = evidence.map_or_else(|| "no matter what its registry says".to_owned(), Evidence::to_string);
    let advice = advice(evidence);
    let message = match access {
        Access::Public | Access::Private => format!(
            "`{source}` is {access} ({why}) and none of `proxies` serves it; add a proxy for {} or set access.onUnmatched: keep",
            source.registry()
        ),
        _ => format!(
            "`{source}` {}: {why}{advice}; to continue without an answer, set {} to keep or proxy",
            state(access),
            option(access)
        ),
    };
    let code = if matches!(access, Access::Public | Access::Private) { Code::NoProxy } else { code(access) };
    Decision::leave(code, Severity::Error, message)
}

/// An image about which nothing is known.
#[must_use]
pub fn undecided(source: &Reference) -> Decision {
    let message = format!(
        "nothing says whether `{source}` can be pulled without credentials; declare it in images.public or \
         images.private (`{}`), or use an ImageLock",
        source.name()
    );
    Decision::leave(Code::Undecided, Severity::Error, message)
}

/// An image about which nothing is known, and no registry can be asked: it has no tag yet.
#[must_use]
pub fn unanswerable(source: &Reference, placeholders: &Placeholders) -> Decision {
    let message = format!(
        "`{source}` was left as it is: {placeholders}, takes the place of its tag or digest, so no registry can be \
         asked; declare `{}` in images.public or images.private",
        source.name()
    );
    Decision::leave(Code::Placeholder, Severity::Warning, message)
}

fn code(access: Access) -> Code {
    match access {
        Access::NotFound => Code::NotFound,
        Access::RateLimited => Code::RateLimited,
        _ => Code::Unreachable,
    }
}

fn state(access: Access) -> &'static str {
    match access {
        Access::NotFound => "was not found",
        Access::RateLimited => "could not be checked because its registry limits requests",
        _ => "could not be checked",
    }
}

fn option(access: Access) -> &'static str {
    match access {
        Access::NotFound => "access.onNotFound",
        Access::RateLimited => "access.onRateLimited",
        _ => "access.onUnreachable",
    }
}
