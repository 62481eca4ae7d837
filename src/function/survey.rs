//! What `check` shows without a configuration: what the registries say of each image, and no decision.

use crate::access::{Access, Verdict};
use crate::config::{AccessPolicy, Config, Create, OnUnknown, PullSecret, ReplicatedObjects};
use crate::krm::{Code, Severity};

use super::inspect::Inspection;

/// A configuration under which every image is asked for and none is changed: without a proxy only the registry's answer decides.
pub(super) fn config(plain_http: &[String]) -> Config {
    let access = AccessPolicy {
        on_not_found: OnUnknown::Keep,
        on_rate_limited: OnUnknown::Keep,
        on_unreachable: OnUnknown::Keep,
        plain_http: plain_http.to_vec(),
        ..AccessPolicy::default()
    };
    // No image is on a proxy, so no pod needs the Secret, and its name appears nowhere.
    let pull_secret = PullSecret { name: Some("none".to_owned()), create: Create::Never, ..PullSecret::default() };
    Config { access, pull_secret, replicated_objects: ReplicatedObjects::Keep, ..Config::default() }
}

impl Inspection {
    /// The same without words about a configuration that nobody has written yet. That an image needs credentials is no error then.
    pub(super) fn surveyed(mut self) -> Self {
        for image in &mut self.images {
            let Some(message) = image.verdict.as_ref().and_then(|verdict| sentence(image.code, &image.image, verdict))
            else {
                continue;
            };
            image.severity = image.severity.max(Severity::Warning);
            image.message = message.into();
            for finding in &mut self.findings {
                if finding.code == image.code && finding.current.as_ref() == Some(&image.image) {
                    finding.severity = finding.severity.max(Severity::Warning);
                    finding.message = image.message.clone();
                }
            }
        }
        self
    }
}

/// What is known of an image whose message would name a field of the configuration.
fn sentence(code: Code, image: &str, verdict: &Verdict) -> Option<String> {
    let why = &verdict.evidence;
    let state = match (code, verdict.access) {
        (Code::NoProxy, Access::Private) => return Some(format!("`{image}` needs credentials: {why}")),
        (Code::NotFound, _) => "was not found",
        (Code::RateLimited, _) => "could not be checked because its registry limits requests",
        (Code::Unreachable, _) => "could not be checked",
        _ => return None,
    };
    let advice = why.advice().map_or_else(String::new, |advice| format!("; {advice}"));
    Some(format!("`{image}` {state}: {why}{advice}"))
}
