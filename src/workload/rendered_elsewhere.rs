//! Objects whose images another program renders in the cluster: they are in a chart, a repository or a module, not here.

use std::sync::Arc;

use crate::krm::{Code, Finding, ObjectRef, Resource, Severity};

/// Groups and all groups below them, a kind, and who renders what.
const TABLE: [(&str, &str, &str); 12] = [
    ("helm.toolkit.fluxcd.io", "HelmRelease", "Flux renders a Helm chart with its values"),
    ("helm.fluxcd.io", "HelmRelease", "Flux renders a Helm chart with its values"),
    ("source.toolkit.fluxcd.io", "OCIRepository", "Flux applies what the artifact holds"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", "Flux builds a folder of its source"),
    ("helm.cattle.io", "HelmChart", "k3s renders a Helm chart with its values"),
    ("helm.cattle.io", "HelmChartConfig", "k3s renders a Helm chart with these values"),
    ("kots.io", "HelmChart", "KOTS renders a Helm chart with its values"),
    ("argoproj.io", "Application", "Argo CD renders its sources"),
    ("argoproj.io", "ApplicationSet", "Argo CD makes Applications of it and renders their sources"),
    ("helm.crossplane.io", "Release", "Crossplane renders a Helm chart with its values"),
    ("infra.contrib.fluxcd.io", "Terraform", "the Terraform controller applies a module"),
    ("app.terraform.io", "Module", "HCP Terraform applies a module"),
];

/// That the images of an object are not here, and how to see to them.
pub fn finding(resource: &Resource<'_>) -> Option<Finding> {
    let object = &resource.object;
    let who = who(object)?;
    let message = format!(
        "{who}, so images may come from there that are not seen here; render it and run pullthrough on that, or name the fields with images in images.fields"
    );
    let mut finding = Finding::new(Severity::Info, Code::RenderedElsewhere, message);
    finding.line = Some(resource.view.tree().line(resource.view.start()));
    Some(finding.about(&Arc::clone(object), resource.file.as_ref()))
}

fn who(object: &ObjectRef) -> Option<&'static str> {
    let group = object.group();
    let is_in = |known: &str| group.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    TABLE.iter().find(|(known, kind, _)| object.kind == *kind && is_in(known)).map(|(_, _, who)| *who)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn group_and_kind_decide() {
        for (api_version, kind, found) in [
            ("helm.toolkit.fluxcd.io/v2", "HelmRelease", true),
            ("argoproj.io/v1alpha1", "ApplicationSet", true),
            ("argoproj.io/v1alpha1", "Workflow", false),
            ("helm.cattle.io/v1", "HelmChart", true),
            ("kots.io/v1beta2", "HelmChart", true),
            ("kots.io/v1beta1", "Application", false),
            ("app.k8s.io/v1beta1", "Application", false),
            ("kustomize.config.k8s.io/v1beta1", "Kustomization", false),
            ("notargoproj.io/v1", "Application", false),
        ] {
            let object = ObjectRef { api_version: api_version.into(), kind: kind.into(), ..ObjectRef::default() };
            assert_eq!(who(&object).is_some(), found, "{api_version} {kind}");
        }
    }
}
