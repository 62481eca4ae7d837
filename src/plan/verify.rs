//! The second round: what is written is asked for as the cluster will ask, to verify it and to pin it.

use std::borrow::Cow;
use std::collections::BTreeMap;

#[cfg(feature = "probe")]
use crate::access::session::Query;
use crate::access::{Access, Cause, Verdict, Verifications};
use crate::credentials::{Credential, ProxyCredential};
use crate::image::{Digest, ImageText, Placeholders, Reference};
use crate::krm::{Code, Severity};

use super::decision::{Decision, ProxyId};
use super::facts::Facts;
use super::reason::{NotPinned, Reason};
use super::secret::product;

/// A reference to ask for once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationQuery {
    /// The reference as it will stand in the manifests.
    pub reference: Reference,
    /// The account that can pull it. `None`: no account is needed.
    pub credential: Option<Credential>,
    /// Whether it is asked for its digest too.
    pub pins: bool,
}

#[cfg(feature = "probe")]
impl From<VerificationQuery> for Query {
    fn from(query: VerificationQuery) -> Self {
        let asked = match query.credential {
            Some(credential) => Self::with(query.reference, credential),
            None => Self::anonymously(query.reference),
        };
        Self { reads_digest: query.pins, ..asked }
    }
}

/// The references to ask for: with `verify` all that are on a proxy or in place, with `pin` those whose digest is not known.
#[must_use]
pub fn queries(facts: &Facts, decisions: &BTreeMap<String, Decision>) -> BTreeMap<String, VerificationQuery> {
    let mut queries = BTreeMap::new();
    for (text, decision) in decisions {
        let Some(output) = output(text, decision).filter(|output| output.placeholders().is_none()) else { continue };
        let pins = pins(facts, decision, &output) && known_digest(facts, decision, &output).is_none();
        if !pins && !verifies(facts, decision) {
            continue;
        }
        let credential = match decision.needs.map(|id| credential(facts, id)) {
            Some(Ok(credential)) => Some(credential),
            // Without the account the question would be another one: `apply` says what is missing.
            Some(Err(_)) => continue,
            None => None,
        };
        queries.insert(output.as_written().to_owned(), VerificationQuery { reference: output, credential, pins });
    }
    queries
}

/// Turns what can't be pulled into an error, and adds digests.
pub fn apply(facts: &Facts, decisions: &mut BTreeMap<String, Decision>, verifications: &Verifications) {
    for (text, decision) in decisions {
        let Some(output) = output(text, decision) else { continue };
        if let Some(placeholders) = output.placeholders() {
            not_yet(facts, decision, &output, placeholders);
            continue;
        }
        let verification = verifications.get(output.as_written());
        if verifies(facts, decision)
            && let Err(reason) = verify(facts, decision, &output, verification)
        {
            decision.code = Code::VerifyFailed;
            decision.severity = Severity::Error;
            decision.reason = *reason;
            decision.to = None;
            continue;
        }
        if pins(facts, decision, &output) {
            pin(facts, decision, &output, verification);
        }
    }
}

/// A tag that another program fills in can be neither pinned nor asked for, here or in any other run: a warning, for it stands in nobody's
/// way.
fn not_yet(facts: &Facts, decision: &mut Decision, output: &Reference, placeholders: &Placeholders) {
    let (code, cannot) = match (pins(facts, decision, output), verifies(facts, decision)) {
        (true, true) => (Code::NotPinned, "pinned or verified"),
        (true, false) => (Code::NotPinned, "pinned"),
        (false, true) => (Code::Placeholder, "verified"),
        (false, false) => return,
    };
    let first = Box::new(decision.reason.clone());
    decision.reason = Reason::NotYet { first, cannot, placeholders: placeholders.clone() };
    decision.code = code;
    decision.severity = decision.severity.min(Severity::Warning);
}

fn output(text: &str, decision: &Decision) -> Option<Reference> {
    if decision.severity == Severity::Error || decision.code == Code::Ignored {
        return None;
    }
    decision.to.clone().or_else(|| ImageText::parse(text).ok()?.image())
}

fn verifies(facts: &Facts, decision: &Decision) -> bool {
    let at_a_proxy =
        matches!(decision.code, Code::Rewritten | Code::Moved | Code::OnProxy | Code::InPlace | Code::KnownPrivate);
    facts.config.verify && (at_a_proxy || decision.needs.is_some())
}

fn pins(facts: &Facts, decision: &Decision, output: &Reference) -> bool {
    facts.config.pin && output.digest().is_none() && decision.code != Code::NotFound
}

fn known_digest(facts: &Facts, decision: &Decision, output: &Reference) -> Option<Digest> {
    let verdict = decision.verdict.as_ref().and_then(|verdict| verdict.digest.clone().ok());
    // A lock keeps what is on a proxy under the name that it has upstream, where its digest is the same.
    let source = || facts.proxies.iter().find_map(|(_, proxy)| proxy.layout.unwind(output));
    let locked = |reference: &Reference| facts.known.lock.verdict(reference)?.digest.ok();
    verdict.or_else(|| locked(output)).or_else(|| locked(&source()?))
}

fn verify(
    facts: &Facts,
    decision: &Decision,
    output: &Reference,
    verification: Option<&Verdict>,
) -> Result<(), Box<Reason>> {
    let image = output.clone();
    if let Some(Err(why)) = decision.needs.map(|id| credential(facts, id)) {
        return Err(Box::new(Reason::NoCredential { image, why }));
    }
    let Some(verification) = verification else { return Err(Box::new(Reason::NotVerified { image })) };
    if verification.access == Access::Public {
        return Ok(());
    }
    let advice = advice(decision, verification);
    Err(Box::new(Reason::NotPullable { image, evidence: verification.evidence.clone(), advice }))
}

/// What to do about a reference that can't be pulled from where it was written to. Not all that helps a first question helps here: no
/// lock or declaration answers this one.
fn advice(decision: &Decision, verification: &Verdict) -> Option<Cow<'static, str>> {
    if let Some(budget) = verification.evidence.budget {
        return Some(format!("set `access.budget: {}s`, or spec.verify: false", budget.as_secs()).into());
    }
    Some(Cow::Borrowed(match (verification.access, verification.evidence.cause) {
        (Access::NotFound, _) => "check its name and tag, and that the registry behind the proxy has it",
        (
            Access::Private,
            Cause::ManifestRefused | Cause::CredentialsRequired | Cause::NoChallenge | Cause::TokenRefused,
        ) if decision.needs.is_none() => {
            "it was requested without credentials, as the cluster will do: remove `credentials: {anonymous: {}}` \
             from its proxy, or allow anonymous pulls there"
        }
        (Access::RateLimited, _) => "try again later, or set spec.verify: false",
        (_, Cause::NoNetwork) => {
            "give the function network access (`--network` for a container), or set spec.verify: false"
        }
        (_, Cause::BudgetSpent) => "raise `access.budget`, or set spec.verify: false",
        (
            _,
            Cause::NameNotResolved
            | Cause::ConnectionFailed
            | Cause::ConnectionBroken
            | Cause::TimedOut
            | Cause::ServerFailed,
        ) => "check that the proxy runs and can be reached from here, or set spec.verify: false",
        (_, Cause::RealmNotSecure | Cause::RedirectNotSecure) => {
            "its owner has to set its external URL to https, or X-Forwarded-Proto in the server in front of it"
        }
        (_, Cause::RealmForbidden | Cause::RedirectForbidden | Cause::RedirectUnusable | Cause::RedirectLoop) => {
            "its owner has to set its external URL, or set spec.verify: false"
        }
        (_, Cause::ChallengeUnusable) => "its owner has to correct the realm of its WWW-Authenticate header",
        (_, Cause::TokenUnusable) => "its owner has to correct its token endpoint",
        (_, Cause::StatusUnexpected) => "try again later, or set spec.verify: false",
        (_, Cause::RefusedBehindRedirect) => {
            "try again later; if that does not help, its owner has to check its storage"
        }
        (_, Cause::AddressForbidden) => "check the host of the proxy, or set spec.verify: false",
        (_, Cause::NotPublic) => {
            "unset PULLTHROUGH_PUBLIC_ONLY if the host of the proxy is the right one, or set spec.verify: false"
        }
        (_, cause) => return cause.advice().map(Cow::Borrowed),
    }))
}

fn pin(facts: &Facts, decision: &mut Decision, output: &Reference, verification: Option<&Verdict>) {
    let digest = known_digest(facts, decision, output)
        .or_else(|| verification.and_then(|verification| verification.digest.clone().ok()));
    let pinned = digest.and_then(|digest| Reference::parse(&format!("{output}@{digest}")).ok());
    match pinned {
        Some(pinned) => {
            if decision.to.is_none() {
                decision.code = Code::Pinned;
                decision.reason = Reason::Pinned { image: output.clone(), to: pinned.clone() };
            } else {
                decision.reason = decision.reason.clone().with_target(pinned.clone());
            }
            decision.to = Some(pinned);
        }
        None => {
            let why = match verification {
                Some(Verdict { access: Access::Public, digest: Err(why), .. }) => NotPinned::NoDigest(*why),
                Some(verification) => NotPinned::Refused(verification.evidence.clone()),
                None => NotPinned::NotAsked,
            };
            decision.code = Code::NotPinned;
            decision.severity = Severity::Error;
            decision.reason = Reason::NotPinned { image: output.clone(), why };
            decision.to = None;
        }
    }
}

fn credential(facts: &Facts, id: ProxyId) -> Result<Credential, String> {
    let Some(proxy) = facts.proxies.get(id) else { return Err("no such proxy".into()) };
    match facts.credentials.for_proxy(product(proxy), &proxy.credentials, &proxy.layout.credential_names()) {
        ProxyCredential::Found(credential, _) => Ok(credential),
        ProxyCredential::Missing(message) | ProxyCredential::Refused(message) => Err(message),
        ProxyCredential::Anonymous => Err("its proxy takes no account".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Evidence;

    /// The advice on a proof with that cause, asked for with an account or without.
    fn advice_on(access: Access, cause: Cause, needs: Option<ProxyId>) -> Cow<'static, str> {
        let decision = Decision {
            to: None,
            needs,
            severity: Severity::Info,
            code: Code::Rewritten,
            reason: Reason::NotVerified { image: Reference::parse("a").unwrap() },
            verdict: None,
            source: None,
        };
        advice(&decision, &Verdict::probed(access, Evidence::of(cause))).unwrap_or_default()
    }

    #[test]
    fn what_stands_in_the_way_of_a_pull_has_advice_that_no_lock_is_part_of() {
        use {Access::*, Cause::*};
        for (access, cause, words) in [
            (Private, CredentialRefused, "nor archived"),
            (Private, CredentialInsufficient, "includes this image"),
            (Private, UpstreamRefused, "give the proxy credentials"),
            (NotFound, ManifestUnknown, "name and tag"),
            (RateLimited, TooManyRequests, "later"),
            (RateLimited, HostParked, "later"),
            (Unreachable, NameNotResolved, "the proxy runs"),
            (Unreachable, ConnectionFailed, "the proxy runs"),
            (Unreachable, ServerFailed, "the proxy runs"),
            (Unreachable, NoNetwork, "`--network`"),
            (Unreachable, BudgetSpent, "access.budget"),
            (Unreachable, TlsFailed, "SSL_CERT_FILE"),
            (Unreachable, CredentialWithheld, "PULLTHROUGH_HOSTS"),
            (Unreachable, CredentialWithheldBehindRedirect, "PULLTHROUGH_HOSTS"),
            (Unreachable, RealmNotSecure, "external URL"),
            (Unreachable, RedirectForbidden, "external URL"),
            (Unreachable, ChallengeUnusable, "WWW-Authenticate"),
            (Unreachable, RefusedBehindRedirect, "its storage"),
            (Unreachable, RedirectLoop, "external URL"),
            (Unreachable, TokenUnusable, "token endpoint"),
            (Unreachable, StatusUnexpected, "later"),
            (Unreachable, NotPublic, "PULLTHROUGH_PUBLIC_ONLY"),
        ] {
            let advice = advice_on(access, cause, Some(ProxyId(0)));
            let useless = advice.contains("ImageLock") || advice.contains("declare");
            assert!(advice.contains(words) && !useless, "{cause:?}: {advice}");
        }
    }

    #[test]
    fn a_proxy_that_is_called_open_and_is_not_has_advice() {
        for cause in [Cause::ManifestRefused, Cause::CredentialsRequired, Cause::NoChallenge, Cause::TokenRefused] {
            assert!(advice_on(Access::Private, cause, None).contains("anonymous"), "{cause:?}");
        }
    }
}
