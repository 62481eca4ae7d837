//! Troubleshoot's collectors: the part of [`super::kinds`]' table for SupportBundle, Collector and Preflight.
//!
//! Where each keeps its image, pull Secret and namespace is in replicatedhq/troubleshoot
//! `pkg/apis/troubleshoot/v1beta2/collector_shared.go`. KOTS rewrites the same collectors (its `ImageRunner`s and `PodSpecRunner`s) and puts
//! the credentials themselves into them; here the Secret is named, and its data stays in the Secret. Images that `registryImages` looks for
//! stay as they are, as with KOTS: the collector is a question about the registry that they name.

use super::kinds::{Place, Secrets, like};
use super::pull_secrets::Form;

const IMAGE: &[(&str, &str)] = &[("", "image")];
const POD_SPEC: &[(&str, &str)] = &[
    ("podSpec/initContainers[]", "image"),
    ("podSpec/containers[]", "image"),
    ("podSpec/ephemeralContainers[]", "image"),
    ("podSpec/volumes[]/image", "reference"),
];
/// Troubleshoot makes a Secret of `data` that is written into these collectors, and passes over a `name` without it
/// (`pkg/collect/run_pod.go` `runPodWithSpec`, `copy_from_host.go`, at 5bf008f7; `sysctl.go` takes the name).
const NAME_ALONE: &str =
    "troubleshoot takes a Secret by name for this collector only from the ServiceAccount of its pods";

/// Every collector that starts pods of an image that its author chooses.
pub(super) const PLACES: &[Place] = &[
    unheeded(one("spec/collectors[]/run")),
    pods("spec/collectors[]/runPod"),
    pods("spec/collectors[]/runDaemonSet"),
    unheeded(one("spec/collectors[]/copyFromHost")),
    unheeded(one("spec/collectors[]/collectd")),
    one("spec/collectors[]/sysctl"),
    unheeded(one("spec/collectors[]/goldpinger/podLaunchOptions")),
    in_own_namespace(like("spec/collectors[]/goldpinger", IMAGE, None)),
    like("spec/collectors[]/dns", IMAGE, None),
    like("spec/collectors[]/etcd", IMAGE, None),
];

/// A collector with `imagePullSecret: {name: …}` beside the image.
const fn one(at: &'static str) -> Place {
    let secret = Secrets { parents: &[], key: "imagePullSecret", form: Form::Object };
    in_own_namespace(like(at, IMAGE, Some(secret)))
}

/// A collector with a pod spec, which names pull Secrets itself.
const fn pods(at: &'static str) -> Place {
    let secrets = Secrets { parents: &["podSpec"], key: "imagePullSecrets", form: Form::Objects };
    in_own_namespace(like(at, POD_SPEC, Some(secrets)))
}

const fn in_own_namespace(place: Place) -> Place {
    Place { has_namespace: true, ..place }
}

const fn unheeded(place: Place) -> Place {
    Place { caveat: Some(NAME_ALONE), ..place }
}
