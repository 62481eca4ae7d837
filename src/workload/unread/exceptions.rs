//! What is never a missed image, however much it looks like one, besides the exceptions in `kinds.table`, which hold for image fields as well.
//! Data: a line for each, with the reason.

use crate::krm::ObjectRef;

/// Objects of a group, or some of its kinds, that the net passes over.
struct Exception {
    /// `*.` in front stands for every group below.
    group: &'static str,
    /// Empty: all kinds.
    kinds: &'static [&'static str],
    /// Why. For people who read this table.
    #[cfg_attr(not(test), expect(dead_code, reason = "the table is documentation as well"))]
    reason: &'static str,
}

const PATTERNS: &str = "image patterns of a policy, and objects that it would make of a template";
const REGISTRY: &str = "names a repository to list, with credentials of its own; nothing runs from it";
const TOOL: &str = "the configuration of a tool outside of clusters; no cluster gets it";
const MACHINES: &str = "images of virtual machines in a cloud, which no registry has";
const REPLICATED: &str =
    "read by Replicated's tools; its lists of images are reported by `additional-image` and `excluded`";
const SECRET: &str = "a message must not hold what is in a Secret";
const SCHEMA: &str = "a schema, with defaults and examples";

/// By group.
const KINDS: &[Exception] = &[
    exception("", &["Secret"], SECRET),
    exception("", &["Event"], "what happened, not what runs"),
    exception("events.k8s.io", &[], "what happened, not what runs"),
    exception("*.gatekeeper.sh", &[], PATTERNS),
    exception("policy.sigstore.dev", &[], PATTERNS),
    exception("config.openshift.io", &["Image"], PATTERNS),
    exception("pkg.crossplane.io", &["ImageConfig"], PATTERNS),
    exception("argocd-image-updater.argoproj.io", &[], REGISTRY),
    exception("kargo.akuity.io", &["Warehouse"], REGISTRY),
    exception("kots.io", &[], REPLICATED),
    exception("apiextensions.crossplane.io", &["CompositeResourceDefinition"], SCHEMA),
    exception("apis.kcp.io", &["APIResourceSchema"], SCHEMA),
    exception("k3d.io", &[], TOOL),
    exception("ctlptl.dev", &[], TOOL),
    exception("kubeadm.k8s.io", &[], TOOL),
    exception("kuttl.dev", &[], TOOL),
    exception("chainsaw.kyverno.io", &[], TOOL),
    exception("kbld.k14s.io", &[], TOOL),
    exception("imgpkg.carvel.dev", &[], TOOL),
    exception("vendir.k14s.io", &[], TOOL),
    exception("mirror.openshift.io", &[], TOOL),
    exception("zarf.dev", &[], TOOL),
    exception("kops.k8s.io", &[], MACHINES),
    exception("machine.openshift.io", &[], MACHINES),
    exception("compute.cnrm.cloud.google.com", &[], MACHINES),
    exception("compute.gcp.upbound.io", &[], MACHINES),
    exception("*.k8s.aws", &[], "describes what runs in the cloud, outside of the cluster"),
];

/// Annotations that hold copies or samples of objects.
const ANNOTATIONS: &[(&str, &str)] = &[
    ("kubectl.kubernetes.io/last-applied-configuration", "the object as it was applied before"),
    ("kapp.k14s.io/original", "the object as it was applied before"),
    ("objectset.rio.cattle.io/applied", "the object as it was applied before"),
    ("banzaicloud.com/last-applied", "the object as it was applied before"),
    ("alm-examples", "samples that the operator's console shows"),
    ("operatorframework.io/initialization-resource", "a sample that the operator's console shows"),
    ("kustomize.config.k8s.io/id", "how kustomize finds the object again"),
    ("config.kubernetes.io/origin", "where kustomize found the object"),
    ("alpha.config.kubernetes.io/transformations", "what kustomize did with the object"),
];

/// Keys below which nothing is an image, by their parent's key where that matters.
const KEYS: &[(Option<&str>, &str, &str)] = &[
    (None, "openAPIV3Schema", SCHEMA),
    (None, "rbd", "an image of a Ceph pool: core/v1 RBDVolumeSource"),
    (None, "registryImages", "troubleshoot asks a registry about these; see collectors"),
    (Some("metadata"), "managedFields", "the API server's record of who wrote what"),
];

const fn exception(group: &'static str, kinds: &'static [&'static str], reason: &'static str) -> Exception {
    Exception { group, kinds, reason }
}

/// Whether nothing in an object of this kind is a missed image.
pub(super) fn is_object(object: &ObjectRef) -> bool {
    let group = object.group();
    KINDS.iter().any(|exception| {
        let same = match exception.group.strip_prefix("*.") {
            Some(parent) => group == parent || group.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
            None => group == exception.group,
        };
        same && (exception.kinds.is_empty() || exception.kinds.contains(&object.kind.as_str()))
    })
}

/// Whether nothing in the annotation is a missed image.
pub(super) fn is_annotation(name: &str) -> bool {
    ANNOTATIONS.iter().any(|(excepted, _)| *excepted == name)
}

/// Whether nothing below `key`, itself in the mapping called `parent`, is a missed image.
pub(super) fn is_key(parent: Option<&str>, key: &str) -> bool {
    KEYS.iter().any(|(above, excepted, _)| *excepted == key && above.is_none_or(|above| parent == Some(above)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excepted(api_version: &str, kind: &str) -> bool {
        is_object(&ObjectRef { api_version: api_version.into(), kind: kind.into(), ..ObjectRef::default() })
    }

    #[test]
    fn groups_and_kinds_are_told_apart() {
        for (api_version, kind, expected) in [
            ("policy.sigstore.dev/v1beta1", "ClusterImagePolicy", true),
            ("constraints.gatekeeper.sh/v1beta1", "K8sAllowedRepos", true),
            ("gatekeeper.sh/v1", "Any", true),
            ("notgatekeeper.sh/v1", "Any", false),
            ("v1", "Secret", true),
            ("v1", "ConfigMap", false),
            ("acme.example/v1", "Secret", false),
            ("config.openshift.io/v1", "Image", true),
            ("config.openshift.io/v1", "ClusterOperator", false),
            ("pkg.crossplane.io/v1", "Provider", false),
        ] {
            assert_eq!(excepted(api_version, kind), expected, "{api_version} {kind}");
        }
    }

    #[test]
    fn every_line_has_a_reason() {
        let reasons = KINDS.iter().map(|exception| exception.reason);
        let reasons =
            reasons.chain(ANNOTATIONS.iter().map(|(_, reason)| *reason)).chain(KEYS.iter().map(|line| line.2));
        assert!(reasons.into_iter().all(|reason| reason.len() > 20));
    }
}
