//! What the function does, as a kustomize Component: for Flux, `kubectl apply -k` and others that run no functions.
//!
//! A Component knows less than the function: kustomize renames images by name, and only where it looks for images. What it can't say is a
//! finding that names the images, and an error, for a Component that leaves one image behind looks like one that leaves none. It is made
//! from the rendered base and says what that base needs; make it again when the base changes.

mod images;
mod patches;
mod placeholders;

use crate::function::planned::Planned;
use crate::krm::{Code, Finding, Severity};
use crate::yaml::Value;
use crate::yaml::write::block_entries;

/// The first line of every file: who may write over it.
pub const MARK: &str =
    "# Made by `pullthrough component` from the rendered base: make it again when the base changes.\n";
/// The file that kustomize reads: everything but the Secrets.
pub const KUSTOMIZATION: &str = "kustomization.yaml";
/// The pull Secrets.
pub const SECRETS: &str = "secret.yaml";

/// The files of a Component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// Names and texts, [`KUSTOMIZATION`] last. A file that is not needed is not among them.
    pub files: Vec<(&'static str, String)>,
}

impl Component {
    /// The Component that does what is planned, and what there is to say. `None` when one of the findings is an error. With `keeps_secrets` the
    /// folder has a [`SECRETS`] that stays, and that the Component goes on applying.
    #[must_use]
    pub fn new(planned: Planned<'_>, keeps_secrets: bool) -> (Option<Self>, Vec<Finding>) {
        let (entries, unsaid) = images::entries(&planned);
        let (patches, unpatched) = patches::patches(&planned.plan.attachments, &planned.secrets);
        let mut findings = not_in_a_component(&planned);
        findings.extend(placeholders::refused(&planned));
        let Planned { plan, name, .. } = planned;
        // Those are reported as errors.
        findings.extend(plan.findings.into_iter().filter(|finding| finding.code != Code::Placeholder));
        findings.extend(unsaid);
        findings.extend(unpatched);
        findings.sort_unstable_by(Finding::order);
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            return (None, findings);
        }
        // kustomize refuses a Component without any field of its own as empty.
        let name = name.unwrap_or_else(|| "pullthrough".to_owned());
        let mut kustomization = vec![
            ("apiVersion".to_owned(), Value::from("kustomize.config.k8s.io/v1alpha1")),
            ("kind".to_owned(), Value::from("Component")),
            ("metadata".to_owned(), Value::map([("name", Value::from(name))])),
        ];
        let mut files = Vec::new();
        let mut add = |key: &str, items: Vec<Value>| {
            if !items.is_empty() {
                kustomization.push((key.to_owned(), Value::List(items)));
            }
        };
        if !plan.objects.is_empty() || keeps_secrets {
            add("resources", vec![Value::from(SECRETS)]);
        }
        if !plan.objects.is_empty() && !keeps_secrets {
            files.push((SECRETS, documents(&plan.objects)));
        }
        add("images", entries);
        add("patches", patches);
        files.push((KUSTOMIZATION, documents(&[Value::Map(kustomization)])));
        (Some(Self { files }), findings)
    }
}

/// What the function does with whole objects of the base, which a Component can only add to.
fn not_in_a_component(planned: &Planned<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if planned.dropped > 0 {
        let message = format!(
            "replicatedObjects: drop removes {}, which a Component can't do; remove them from the base",
            if planned.dropped == 1 { "one object".to_owned() } else { format!("{} objects", planned.dropped) }
        );
        findings.push(Finding::new(Severity::Error, Code::NotExpressible, message));
    }
    let updated = planned.plan.findings.iter().filter(|finding| finding.code == Code::SecretUpdated);
    findings.extend(updated.map(|finding| {
        Finding {
            severity: Severity::Error,
            code: Code::NotExpressible,
            message: "the base already contains the pull Secret and it would be changed, which a Component can't do; \
            remove it from the base, or omit --with-secret"
                .into(),
            ..finding.clone()
        }
    }));
    findings
}

/// Whether values of a file are encrypted by SOPS, with whatever it was told to encrypt: comments are encrypted like values unless
/// `--encrypted-regex` or the like is given, and the data about the encryption stands below `sops` (getsops/sops `stores/`).
#[must_use]
pub fn is_encrypted(text: &str) -> bool {
    text.contains("ENC[") || text.contains("\"sops\":") || text.lines().any(|line| line.starts_with("sops:"))
}

fn documents(objects: &[Value]) -> String {
    let texts = objects.iter().map(|object| match object {
        Value::Map(entries) => block_entries(entries).join("\n") + "\n",
        _ => String::new(),
    });
    MARK.to_owned() + &texts.collect::<Vec<_>>().join("---\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sops_wrote_is_told_from_what_we_wrote() {
        let ours = documents(&[Value::map([("data", Value::map([(".dockerconfigjson", Value::from("e30="))]))])]);
        assert!(!is_encrypted(&ours), "{ours}");
        for text in [
            ours.replace("e30=", "ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]"),
            ours.clone() + "sops:\n  version: 3.13.3\n",
            ours.replace("# Made", "#ENC[AES256_GCM,data:aa,type:comment]\n# Made"),
            "{\"data\": {}, \"sops\": {\"mac\": \"\"}}".to_owned(),
        ] {
            assert!(is_encrypted(&text), "{text}");
        }
    }
}
