//! Objects whose images another program renders in the cluster: they are in a chart, a repository or a module, not here.

use std::sync::Arc;

use crate::krm::{Code, Finding, ObjectRef, Resource, Severity};

/// Groups, a kind, and who renders what; each with its source.
const TABLE: [(&str, &str, &str); 22] = [
    // fluxcd/helm-controller api/v2; fluxcd/helm-operator pkg/apis/helm.fluxcd.io/v1.
    ("helm.toolkit.fluxcd.io", "HelmRelease", "Flux renders a Helm chart with its values"),
    ("helm.fluxcd.io", "HelmRelease", "Flux renders a Helm chart with its values"),
    // fluxcd/source-controller api/v1; fluxcd/kustomize-controller api/v1.
    ("source.toolkit.fluxcd.io", "OCIRepository", "Flux applies what the artifact holds"),
    ("kustomize.toolkit.fluxcd.io", "Kustomization", "Flux builds a folder of its source"),
    // k3s-io/helm-controller pkg/apis/helm.cattle.io/v1.
    ("helm.cattle.io", "HelmChart", "k3s renders a Helm chart with its values"),
    ("helm.cattle.io", "HelmChartConfig", "k3s renders a Helm chart with these values"),
    // docs.replicated.com/reference/custom-resource-helmchart-v2.
    ("kots.io", "HelmChart", "KOTS renders a Helm chart with its values"),
    // argoproj/argo-cd pkg/apis/application/v1alpha1.
    ("argoproj.io", "Application", "Argo CD renders its sources"),
    ("argoproj.io", "ApplicationSet", "Argo CD makes Applications of it and renders their sources"),
    // crossplane-contrib/provider-helm apis/cluster, apis/namespaced.
    ("helm.crossplane.io", "Release", "Crossplane renders a Helm chart with its values"),
    ("helm.m.crossplane.io", "Release", "Crossplane renders a Helm chart with its values"),
    // rancher/fleet pkg/apis/fleet.cattle.io/v1alpha1.
    ("fleet.cattle.io", "GitRepo", "Fleet renders what the repository holds"),
    ("fleet.cattle.io", "HelmOp", "Fleet renders a Helm chart with its values"),
    // carvel-dev/kapp-controller pkg/apis/kappctrl/v1alpha1, pkg/apis/packaging/v1alpha1.
    ("kappctrl.k14s.io", "App", "kapp-controller fetches and renders its sources"),
    ("packaging.carvel.dev", "PackageInstall", "kapp-controller renders a package with its values"),
    // kubernetes-sigs/cluster-api-addon-provider-helm api/v1alpha1.
    ("addons.cluster.x-k8s.io", "HelmChartProxy", "Cluster API renders a Helm chart with its values"),
    ("addons.cluster.x-k8s.io", "HelmReleaseProxy", "Cluster API renders a Helm chart with its values"),
    // GoogleContainerTools/kpt-config-sync pkg/api/configsync/v1beta1.
    ("configsync.gke.io", "RootSync", "Config Sync applies what its source holds"),
    ("configsync.gke.io", "RepoSync", "Config Sync applies what its source holds"),
    // flux-iac/tofu-controller api/v1alpha2; hashicorp/hcp-terraform-operator docs/module.md.
    ("infra.contrib.fluxcd.io", "Terraform", "the Terraform controller applies a module"),
    ("app.terraform.io", "Module", "HCP Terraform applies a module"),
    // operator-framework/api pkg/operators/v1alpha1/subscription_types.go.
    ("operators.coreos.com", "Subscription", "OLM installs an operator out of a catalog"),
];

/// That the images of an object are not here, and how to see to them.
pub fn finding(resource: &Resource<'_>) -> Option<Finding> {
    let object = &resource.object;
    let who = who(object)?;
    let message = format!(
        "{who}, so it may add images that can't be seen here; render it and run pullthrough on that, or list the \
         fields with images in images.fields"
    );
    let mut finding = Finding::new(Severity::Info, Code::RenderedElsewhere, message);
    finding.line = Some(resource.view.tree().line(resource.view.start()));
    Some(finding.about(&Arc::clone(object), resource.file.as_ref()))
}

fn who(object: &ObjectRef) -> Option<&'static str> {
    TABLE.iter().find(|(group, kind, _)| object.kind == *kind && object.group() == *group).map(|(_, _, who)| *who)
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
            ("helm.m.crossplane.io/v1beta1", "Release", true),
            ("fleet.cattle.io/v1alpha1", "GitRepo", true),
            ("operators.coreos.com/v1alpha1", "Subscription", true),
            ("messaging.knative.dev/v1", "Subscription", false),
            ("packaging.carvel.dev/v1alpha1", "PackageInstall", true),
            ("carto.run/v1alpha1", "App", false),
        ] {
            let object = ObjectRef { api_version: api_version.into(), kind: kind.into(), ..ObjectRef::default() };
            assert_eq!(who(&object).is_some(), found, "{api_version} {kind}");
        }
    }
}
