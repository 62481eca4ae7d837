//! How it decides: the README's list, in its order. The first step with an answer wins.
//!
//! An object with the annotation `pullthrough.dev/skip` has no image fields, and a text whose placeholder hides registry or repository is no
//! reference: neither comes this far (see `workload`).

use std::collections::BTreeMap;

use crate::access::{Access, ManifestKey, Queries, Verdict, Verdicts};
use crate::image::{Glob, Reference};
use crate::krm::{Code, Severity};

use super::decision::{self, Candidate, Decision};
use super::facts::Facts;
use super::reason::Reason;

/// What the steps say about an image before any registry is asked.
#[derive(Clone, Debug)]
pub(super) enum Rung {
    /// What happens to it is settled without any verdict.
    Settled(Box<Decision>),
    /// Its access is known.
    Known(Candidate, Verdict),
    /// Its access does not matter: every answer of its registry has the same outcome.
    Indifferent(Candidate),
    /// Only its registry can tell.
    Ask(Candidate),
}

type Step = fn(&Facts, &Reference, &Candidate) -> Option<Rung>;

/// The steps of the README's list.
const STEPS: [Step; 7] = [
    ignored,      // 1. images.ignore
    placed,       // 2. on a proxy already, or on a host of inPlace
    declared,     // 3. images.private, images.public
    excluded,     //    KOTS's excludedImages, which declarations override
    locked,       // 4. ImageLock
    known_public, // 5. KOTS's knownImages, where they say public
    indifferent,  // 6. the registry, where its answer matters
];

/// What the first step with an answer says.
pub(super) fn climb(facts: &Facts, reference: &Reference) -> Rung {
    climb_by(&STEPS, facts, reference)
}

fn climb_by(steps: &[Step], facts: &Facts, reference: &Reference) -> Rung {
    let candidate = facts.proxies.candidate(reference);
    steps.iter().find_map(|step| step(facts, reference, &candidate)).unwrap_or(Rung::Ask(candidate))
}

/// What happens to an image, with what the registries said.
pub(super) fn decide(facts: &Facts, verdicts: &Verdicts, reference: &Reference) -> Decision {
    conclude(facts, verdicts, reference, climb(facts, reference))
}

/// The references whose registries have to be asked, each once, sorted.
pub(super) fn queries<'r>(facts: &Facts, references: impl Iterator<Item = &'r Reference>) -> Queries {
    let ask = |reference| match climb(facts, reference) {
        Rung::Ask(candidate) => Some((ManifestKey::of(&candidate.source)?, candidate.source)),
        Rung::Settled(_) | Rung::Known(..) | Rung::Indifferent(_) => None,
    };
    references.filter_map(ask).collect::<BTreeMap<_, _>>()
}

/// What a registry would be asked about: the image itself, or for what is on a proxy, now or formerly, what it was made from.
pub(super) fn source(facts: &Facts, reference: &Reference) -> Option<Reference> {
    match climb(facts, reference) {
        Rung::Known(Candidate { source, .. }, _)
        | Rung::Indifferent(Candidate { source, .. })
        | Rung::Ask(Candidate { source, .. }) => Some(source),
        Rung::Settled(_) => facts.proxies.iter().find_map(|(_, proxy)| proxy.layout.unwind(reference)),
    }
}

fn settled(decision: Decision) -> Option<Rung> {
    Some(Rung::Settled(Box::new(decision)))
}

fn ignored(facts: &Facts, reference: &Reference, _: &Candidate) -> Option<Rung> {
    let glob = facts.config.images.ignore.iter().find(|glob| glob.matches(reference))?;
    settled(Decision::ignored(reference, glob))
}

fn placed(facts: &Facts, reference: &Reference, candidate: &Candidate) -> Option<Rung> {
    // What a former proxy served goes where it would go without one.
    if candidate.unwound { None } else { facts.proxies.placed(reference).and_then(settled) }
}

fn declared(facts: &Facts, _: &Reference, candidate: &Candidate) -> Option<Rung> {
    let images = &facts.config.images;
    let known = |access| Some(Rung::Known(candidate.clone(), Verdict::declared(access)));
    if matches(&images.private, &candidate.source) {
        return known(Access::Private);
    }
    // Of a private tag among public ones, a tag that comes later may be that one.
    if images.private.iter().any(|glob| glob.may_match(&candidate.source)) {
        return Some(indifferent(facts, &candidate.source, candidate).unwrap_or_else(|| Rung::Ask(candidate.clone())));
    }
    if matches(&images.public, &candidate.source) { known(Access::Public) } else { None }
}

fn excluded(facts: &Facts, reference: &Reference, _: &Candidate) -> Option<Rung> {
    let is_excluded = facts.known.excluded.contains(reference.as_written());
    if is_excluded { settled(Decision::excluded(reference)) } else { None }
}

fn locked(facts: &Facts, _: &Reference, candidate: &Candidate) -> Option<Rung> {
    Some(Rung::Known(candidate.clone(), facts.known.lock.verdict(&candidate.source)?))
}

/// KOTS records every failure of its own probe as private, so only its "public" is an answer.
fn known_public(facts: &Facts, _: &Reference, candidate: &Candidate) -> Option<Rung> {
    let is_public = facts.known.is_private(&candidate.source) == Some(false);
    is_public.then(|| Rung::Known(candidate.clone(), Verdict::known(Access::Public)))
}

fn indifferent(facts: &Facts, _: &Reference, candidate: &Candidate) -> Option<Rung> {
    decision::is_determined(candidate.proxy, &facts.config.access).then(|| Rung::Indifferent(candidate.clone()))
}

/// Whether `images.private` or `images.public` has it.
pub(super) fn is_declared(facts: &Facts, reference: &Reference) -> bool {
    let images = &facts.config.images;
    matches(&images.private, reference) || matches(&images.public, reference)
}

fn matches(globs: &[Glob], reference: &Reference) -> bool {
    globs.iter().any(|glob| glob.matches(reference))
}

fn conclude(facts: &Facts, verdicts: &Verdicts, reference: &Reference, rung: Rung) -> Decision {
    let decide = |candidate: &Candidate, verdict: Option<&Verdict>| {
        decision::decide(reference, candidate, verdict, &facts.config.access, &facts.proxies)
    };
    let candidate = match rung {
        Rung::Settled(decision) => return *decision,
        Rung::Known(candidate, verdict) => return decide(&candidate, Some(&verdict)),
        Rung::Indifferent(candidate) => return decide(&candidate, None),
        Rung::Ask(candidate) => candidate,
    };
    if let Some(verdict) = ManifestKey::of(&candidate.source).and_then(|key| verdicts.get(&key)) {
        return decide(&candidate, Some(verdict));
    }
    if facts.known.is_private(&candidate.source) == Some(true) {
        let decision = decide(&candidate, Some(&Verdict::known(Access::Private)));
        let severity = decision.severity.min(Severity::Warning);
        return Decision {
            severity,
            code: if severity == Severity::Error { decision.code } else { Code::KnownPrivate },
            reason: Reason::KnownPrivate(Box::new(decision.reason)),
            ..decision
        };
    }
    match candidate.source.placeholders() {
        Some(placeholders) => decision::unanswerable(&candidate.source, placeholders),
        None => decision::undecided(&candidate.source),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{AccessPolicy, Config, Credentials, Images, OnUnknown, OnUnmatched};
    use crate::plan::{Items, Known, Proxies, Proxy, PullSecretFacts};
    use crate::proxy::preset::Harbor;

    fn globs(texts: &[&str]) -> Vec<Glob> {
        texts.iter().map(|text| Glob::parse(text).unwrap()).collect()
    }

    /// Every image is one about which two neighboring steps have an answer.
    fn facts() -> Facts {
        let harbor = Harbor { host: "harbor.corp".into(), project: "hub".into(), upstream: "docker.io".into() };
        let proxy = Proxy {
            layout: harbor.layout().unwrap(),
            formerly: Vec::new(),
            matches: Vec::new(),
            except: Vec::new(),
            credentials: Credentials::default(),
            is_replicated: false,
            app: None,
        };
        let images = Images {
            ignore: globs(&["harbor.corp/hub/acme/ignored"]),
            private: globs(&["harbor.corp/hub/acme/**", "docker.io/acme/declared"]),
            ..Images::default()
        };
        let access = AccessPolicy {
            on_not_found: OnUnknown::Keep,
            on_rate_limited: OnUnknown::Keep,
            on_unreachable: OnUnknown::Keep,
            on_unmatched: OnUnmatched::Keep,
            ..AccessPolicy::default()
        };
        let mut known = Known {
            images: [("acme/locked:1".to_owned(), false), ("quay.io/acme/known:1".to_owned(), false)].into(),
            excluded: ["acme/declared:1", "acme/excluded:1"].map(str::to_owned).into(),
            ..Known::default()
        };
        for (image, access) in [("acme/excluded:1", Access::Private), ("acme/locked:1", Access::Private)] {
            let key = ManifestKey::of(&Reference::parse(image).unwrap()).unwrap();
            assert!(known.lock.keep(key, &Verdict::declared(access)));
        }
        Facts {
            config: Config { images, access, ..Config::default() },
            proxies: Proxies(vec![proxy]),
            items: Items::default(),
            known,
            pull_secret: PullSecretFacts { name: "acme-registry".into(), namespaces: Vec::new() },
            credentials: Default::default(),
            findings: Vec::new(),
        }
    }

    fn code(steps: &[Step], facts: &Facts, image: &str) -> Code {
        let reference = Reference::parse(image).unwrap();
        conclude(facts, &Verdicts::new(), &reference, climb_by(steps, facts, &reference)).code
    }

    #[test]
    fn each_step_comes_before_the_next() {
        let facts = facts();
        let images = [
            ("harbor.corp/hub/acme/ignored:1", Code::Ignored, Code::OnProxy),
            ("harbor.corp/hub/acme/placed:1", Code::OnProxy, Code::NoProxy),
            ("acme/declared:1", Code::Rewritten, Code::Excluded),
            ("acme/excluded:1", Code::Excluded, Code::Rewritten),
            ("acme/locked:1", Code::Rewritten, Code::Public),
            ("quay.io/acme/known:1", Code::Public, Code::NoProxy),
        ];
        assert_eq!(images.len(), STEPS.len() - 1);
        for (index, (image, expected, swapped)) in images.into_iter().enumerate() {
            assert_eq!(code(&STEPS, &facts, image), expected, "{image}");
            let mut steps = STEPS;
            steps.swap(index, index + 1);
            assert_eq!(code(&steps, &facts, image), swapped, "{image}");
        }
    }
}
