//! What Replicated's own objects among the items mean for a run: what is wrong with them, what they list, and which of them go.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::{self, Config};
use crate::environment::LICENSE_FILE;
use crate::image::{Reference, placeholder};
use crate::krm::{Code, Finding, Form, Input, Severity};
use crate::plan::{AdditionalImage, Proxy, additional};
use crate::replicated::{License, LicenseSource, Place};
use crate::yaml::Edit;

use super::gather::{Gathered, Removal};

/// Licenses that have expired. With `verify` that is an error: nothing could be pulled. The same license in several places is one.
pub(super) fn licenses(proxies: &[Proxy], gathered: &Gathered, config: &Config, now: i64, findings: &mut Vec<Finding>) {
    let apps: BTreeSet<&str> = proxies.iter().filter_map(|proxy| proxy.app.as_deref()).collect();
    // Licenses that contradict each other are an error that has been reported.
    for license in apps.into_iter().filter_map(|app| gathered.replicated.license(Some(app)).ok().flatten()) {
        let Some(expiry) = license.expires.as_ref().filter(|_| license.expired(now)) else { continue };
        let severity = if config.verify { Severity::Error } else { Severity::Warning };
        let message = |which: &str| {
            format!(
                "the license for `{}`{which} expired at {}: the proxy refuses it; ask the vendor for a new one",
                license.app, expiry.text
            )
        };
        findings.push(match license.source {
            LicenseSource::Item(place) => about(gathered, place, severity, Code::LicenseExpired, message("")),
            LicenseSource::Variable(_) => {
                Finding::new(severity, Code::LicenseExpired, message(&format!(" {}", license.source)))
            }
        });
    }
}

/// What is wrong with fields of Replicated's objects. A license that lacks what every license has can't be used at all.
pub(super) fn field_problems(gathered: &Gathered, findings: &mut Vec<Finding>) {
    for problem in &gathered.replicated.problems {
        let kind = gathered.replicated_objects.get(&problem.place).map(|object| object.object.kind.as_str());
        let is_here = |license: &License| license.source == LicenseSource::Item(problem.place);
        let usable = kind != Some("License") || gathered.replicated.licenses.iter().any(is_here);
        let severity = if usable { Severity::Warning } else { Severity::Error };
        let message = format!("{}: {}", problem.path, problem.message);
        findings.push(about(gathered, problem.place, severity, Code::LicenseInvalid, message));
    }
}

/// The images that Applications list. As with KOTS, a template that is not filled in yet does not count.
pub(super) fn additional_images(gathered: &Gathered, findings: &mut Vec<Finding>) -> Vec<AdditionalImage> {
    let mut images = Vec::new();
    for application in &gathered.replicated.applications {
        let Some(object) = gathered.replicated_objects.get(&application.place) else { continue };
        let texts: BTreeSet<&String> = application.additional_images.iter().collect();
        for text in texts.into_iter().filter(|text| placeholder(text).is_none()) {
            match Reference::parse(text) {
                Ok(reference) => images.push(AdditionalImage {
                    reference,
                    object: Arc::clone(&object.object),
                    file: object.file.clone(),
                    line: object.line,
                }),
                Err(error) => {
                    let (severity, code) = (Severity::Warning, Code::InvalidReference);
                    let finding =
                        about(gathered, application.place, severity, code, format!("{error}; it was left alone"));
                    findings.push(finding.field(additional::FIELD, object.line));
                }
            }
        }
    }
    images
}

/// Replicated's own objects would be applied to the cluster when nothing keeps them from it.
pub(super) fn replicated_objects(
    gathered: &Gathered,
    config: &Config,
    without_configuration: bool,
    input: &Input<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<Edit> {
    let mut dropped = Vec::new();
    for (place, object) in gathered.replicated_objects.iter().filter(|(_, object)| !object.local_config) {
        match config.replicated_objects {
            config::ReplicatedObjects::Keep => {}
            config::ReplicatedObjects::Drop => {
                let (severity, message) = match object.removal {
                    Removal::Lines(span) => {
                        dropped.push(Edit { span, text: String::new() });
                        (Severity::Info, format!("{} was dropped (spec.replicatedObjects)", object.object))
                    }
                    Removal::SharesLines => (
                        Severity::Error,
                        "this object can't be dropped, because it shares its lines with other text; remove it from \
                         the input"
                            .to_owned(),
                    ),
                    Removal::Anchored { anchor, alias } => (
                        Severity::Error,
                        format!(
                            "this object can't be dropped, because the alias on line {alias} refers to its anchor \
                             on line {anchor}; write out the value on line {alias}"
                        ),
                    ),
                };
                findings.push(about(gathered, *place, severity, Code::ReplicatedObject, message));
            }
            config::ReplicatedObjects::Warn => {
                if let Some(annotation) = &object.left_out {
                    let message = format!(
                        "`{annotation}` makes KOTS exclude this object; it stays here, and its images were left \
                         alone: remove the object or the annotation, or set spec.replicatedObjects: drop"
                    );
                    findings.push(about(gathered, *place, Severity::Warning, Code::ReplicatedObject, message));
                    continue;
                }
                let (severity, message) = if object.object.kind == "License" && matches!(input.form, Form::Stream(_)) {
                    let configured = if without_configuration { "" } else { ", or set spec.replicatedObjects to drop" };
                    let message = format!(
                        "applying this stream would put the license ID into the cluster; remove the License and set \
                         {LICENSE_FILE} to the path of its file{configured}, or give it the annotation \
                         config.kubernetes.io/local-config: \"true\""
                    );
                    (Severity::Error, message)
                } else {
                    let advice = if object.has_images {
                        "set spec.replicatedObjects to keep or drop (as local configuration it would keep its images as they are)"
                    } else {
                        "give it the annotation config.kubernetes.io/local-config: \"true\", or set spec.replicatedObjects to keep or drop"
                    };
                    let message = format!(
                        "only Replicated's tools read this object, and a cluster may not know its kind; {advice}"
                    );
                    (Severity::Warning, message)
                };
                findings.push(about(gathered, *place, severity, Code::ReplicatedObject, message));
            }
        }
    }
    dropped
}

pub(super) fn about(gathered: &Gathered, place: Place, severity: Severity, code: Code, message: String) -> Finding {
    let mut finding = Finding::new(severity, code, message);
    if let Some(object) = gathered.replicated_objects.get(&place) {
        finding.line = Some(object.line);
        finding = finding.about(&object.object, object.file.as_ref());
    }
    finding
}
