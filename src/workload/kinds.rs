//! The table of kinds: where each keeps images, and where it names pull Secrets.

use crate::krm::FieldSpec;
use crate::krm::ObjectRef;
use crate::yaml::{Fault, View};

use super::collectors;
use super::pull_secrets::Form;

/// A place in a kind that is, or is like, a pod spec.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Path of the mapping, from the root.
    pub at: &'static str,
    /// Paths below it of mappings that hold an image, and the key that holds it.
    pub images: &'static [(&'static str, &'static str)],
    /// Where it names pull Secrets.
    pub secrets: Option<Secrets>,
    /// Whether it is a pod spec, with a ServiceAccount.
    pub is_pod: bool,
    /// Whether its pods run in the `namespace` that stands in it, and not in that of the object.
    pub has_namespace: bool,
    /// Why naming the Secret may not be enough, as the end of a sentence.
    pub caveat: Option<&'static str>,
}

/// Where a pod spec, or what is like one, names pull Secrets.
#[derive(Clone, Copy, Debug)]
pub struct Secrets {
    /// Keys of mappings on the way there; missing ones are made.
    pub parents: &'static [&'static str],
    /// The key of the list.
    pub key: &'static str,
    /// How the list names them.
    pub form: Form,
}

struct Row {
    /// `None`: any group.
    group: Option<&'static str>,
    kinds: &'static [&'static str],
    places: &'static [Place],
}

/// The containers and image volumes of a PodSpec (core/v1).
const POD_IMAGES: &[(&str, &str)] = &[
    ("initContainers[]", "image"),
    ("containers[]", "image"),
    ("ephemeralContainers[]", "image"),
    ("volumes[]/image", "reference"),
];
const OWN: Option<Secrets> = Some(Secrets { parents: &[], key: "imagePullSecrets", form: Form::Objects });

const fn pod(at: &'static str) -> Place {
    Place { at, images: POD_IMAGES, secrets: OWN, is_pod: true, has_namespace: false, caveat: None }
}

pub(super) const fn like(
    at: &'static str,
    images: &'static [(&'static str, &'static str)],
    secrets: Option<Secrets>,
) -> Place {
    Place { at, images, secrets, is_pod: false, has_namespace: false, caveat: None }
}

/// Argo Workflows' templates (argoproj/argo-workflows: pkg/apis/workflow/v1alpha1/workflow_types.go).
const ARGO: &[(&str, &str)] = &[
    ("templates[]/container", "image"),
    ("templates[]/script", "image"),
    ("templates[]/containerSet/containers[]", "image"),
    ("templates[]/initContainers[]", "image"),
    ("templates[]/sidecars[]", "image"),
    ("templateDefaults/container", "image"),
    ("templateDefaults/script", "image"),
];
/// Tekton's steps (tektoncd/pipeline: pkg/apis/pipeline/v1/task_types.go).
const TEKTON: &[(&str, &str)] = &[("steps[]", "image"), ("sidecars[]", "image"), ("stepTemplate", "image")];
const TEKTON_RUN: &[(&str, &str)] =
    &[("taskSpec/steps[]", "image"), ("taskSpec/sidecars[]", "image"), ("taskSpec/stepTemplate", "image")];
const TEKTON_PIPELINE: &[(&str, &str)] = &[
    ("tasks[]/taskSpec/steps[]", "image"),
    ("tasks[]/taskSpec/sidecars[]", "image"),
    ("tasks[]/taskSpec/stepTemplate", "image"),
    ("finally[]/taskSpec/steps[]", "image"),
    ("finally[]/taskSpec/sidecars[]", "image"),
    ("finally[]/taskSpec/stepTemplate", "image"),
];
const TEKTON_PIPELINE_RUN: &[(&str, &str)] = &[
    ("pipelineSpec/tasks[]/taskSpec/steps[]", "image"),
    ("pipelineSpec/tasks[]/taskSpec/sidecars[]", "image"),
    ("pipelineSpec/tasks[]/taskSpec/stepTemplate", "image"),
    ("pipelineSpec/finally[]/taskSpec/steps[]", "image"),
    ("pipelineSpec/finally[]/taskSpec/sidecars[]", "image"),
    ("pipelineSpec/finally[]/taskSpec/stepTemplate", "image"),
];
/// The Prometheus operator's own images beside containers that are merged into its pods.
const PROMETHEUS: &[(&str, &str)] =
    &[("", "image"), ("thanos", "image"), ("initContainers[]", "image"), ("containers[]", "image")];
const SPEC_IMAGE: &[(&str, &str)] = &[("", "image")];
/// The kinds of troubleshoot's specs that have collectors, under its present and its former group.
const TROUBLESHOOT: &[&str] = &["SupportBundle", "Collector", "Preflight"];

const TABLE: &[Row] = &[
    Row { group: Some("troubleshoot.sh"), kinds: TROUBLESHOOT, places: collectors::PLACES },
    Row { group: Some("troubleshoot.replicated.com"), kinds: TROUBLESHOOT, places: collectors::PLACES },
    Row { group: None, kinds: &["Pod"], places: &[pod("spec")] },
    Row { group: None, kinds: &["PodTemplate"], places: &[pod("template/spec")] },
    Row { group: None, kinds: &["CronJob"], places: &[pod("spec/jobTemplate/spec/template/spec")] },
    Row { group: Some("serving.knative.dev"), kinds: &["Revision"], places: &[pod("spec")] },
    Row {
        group: Some("argoproj.io"),
        kinds: &["Workflow", "WorkflowTemplate", "ClusterWorkflowTemplate"],
        places: &[like("spec", ARGO, OWN)],
    },
    Row { group: Some("argoproj.io"), kinds: &["CronWorkflow"], places: &[like("spec/workflowSpec", ARGO, OWN)] },
    Row { group: Some("tekton.dev"), kinds: &["Task", "ClusterTask"], places: &[like("spec", TEKTON, None)] },
    Row { group: Some("tekton.dev"), kinds: &["StepAction"], places: &[like("spec", SPEC_IMAGE, None)] },
    Row {
        group: Some("tekton.dev"),
        kinds: &["TaskRun"],
        places: &[like(
            "spec",
            TEKTON_RUN,
            Some(Secrets { parents: &["podTemplate"], key: "imagePullSecrets", form: Form::Objects }),
        )],
    },
    Row { group: Some("tekton.dev"), kinds: &["Pipeline"], places: &[like("spec", TEKTON_PIPELINE, None)] },
    Row {
        group: Some("tekton.dev"),
        kinds: &["PipelineRun"],
        places: &[like(
            "spec",
            TEKTON_PIPELINE_RUN,
            Some(Secrets {
                parents: &["taskRunTemplate", "podTemplate"],
                key: "imagePullSecrets",
                form: Form::Objects,
            }),
        )],
    },
    Row {
        group: Some("monitoring.coreos.com"),
        kinds: &["Prometheus", "PrometheusAgent", "Alertmanager", "ThanosRuler"],
        places: &[like("spec", PROMETHEUS, OWN)],
    },
    Row {
        group: Some("jobset.x-k8s.io"),
        kinds: &["JobSet"],
        places: &[pod("spec/replicatedJobs[]/template/spec/template/spec")],
    },
    Row {
        group: Some("operators.coreos.com"),
        kinds: &["ClusterServiceVersion"],
        places: &[
            pod("spec/install/spec/deployments[]/spec/template/spec"),
            like(
                "",
                &[
                    (
                        "spec/install/spec/deployments[]/spec/template/spec/containers[]/env[name=RELATED_IMAGE_*]",
                        "value",
                    ),
                    ("spec/relatedImages[]", "image"),
                    ("metadata/annotations", "containerImage"),
                ],
                None,
            ),
        ],
    },
    Row {
        group: Some("operators.coreos.com"),
        kinds: &["CatalogSource"],
        places: &[like("spec", SPEC_IMAGE, Some(Secrets { parents: &[], key: "secrets", form: Form::Names }))],
    },
    Row {
        group: Some("serving.kserve.io"),
        kinds: &["InferenceService"],
        places: &[pod("spec/predictor"), pod("spec/transformer"), pod("spec/explainer")],
    },
    Row {
        group: Some("ceph.rook.io"),
        kinds: &["CephCluster"],
        places: &[like("spec", &[("cephVersion", "image")], None)],
    },
    Row { group: Some("postgresql.cnpg.io"), kinds: &["Cluster"], places: &[like("spec", &[("", "imageName")], OWN)] },
    Row {
        group: Some("sparkoperator.k8s.io"),
        kinds: &["SparkApplication"],
        places: &[like("spec", SPEC_IMAGE, Some(Secrets { parents: &[], key: "imagePullSecrets", form: Form::Names }))],
    },
    Row {
        group: Some("sparkoperator.k8s.io"),
        kinds: &["ScheduledSparkApplication"],
        places: &[like(
            "spec/template",
            SPEC_IMAGE,
            Some(Secrets { parents: &[], key: "imagePullSecrets", form: Form::Names }),
        )],
    },
    Row { group: Some("keda.sh"), kinds: &["ScaledJob"], places: &[pod("spec/jobTargetRef/template/spec")] },
    Row { group: Some("batch.volcano.sh"), kinds: &["Job"], places: &[pod("spec/tasks[]/template/spec")] },
    Row {
        group: Some("ray.io"),
        kinds: &["RayCluster"],
        places: &[pod("spec/headGroupSpec/template/spec"), pod("spec/workerGroupSpecs[]/template/spec")],
    },
    Row {
        group: Some("ray.io"),
        kinds: &["RayJob"],
        places: &[
            pod("spec/rayClusterSpec/headGroupSpec/template/spec"),
            pod("spec/rayClusterSpec/workerGroupSpecs[]/template/spec"),
            pod("spec/submitterPodTemplate/spec"),
        ],
    },
    Row {
        group: Some("ray.io"),
        kinds: &["RayService"],
        places: &[
            pod("spec/rayClusterConfig/headGroupSpec/template/spec"),
            pod("spec/rayClusterConfig/workerGroupSpecs[]/template/spec"),
        ],
    },
    Row {
        group: Some("kubeflow.org"),
        kinds: &["PyTorchJob"],
        places: &[pod("spec/pytorchReplicaSpecs/*/template/spec")],
    },
    Row { group: Some("kubeflow.org"), kinds: &["TFJob"], places: &[pod("spec/tfReplicaSpecs/*/template/spec")] },
    Row { group: Some("kubeflow.org"), kinds: &["MPIJob"], places: &[pod("spec/mpiReplicaSpecs/*/template/spec")] },
    Row {
        group: Some("apps.kruise.io"),
        kinds: &["AdvancedCronJob"],
        places: &[
            pod("spec/template/jobTemplate/spec/template/spec"),
            pod("spec/template/broadcastJobTemplate/spec/template/spec"),
        ],
    },
];

/// What every other kind has, when it has it: a controller's pod template.
const TEMPLATE: &[Place] = &[pod("spec/template/spec")];

/// Where an object of this kind may have images.
pub fn places(object: &ObjectRef) -> impl Iterator<Item = &'static Place> {
    let row =
        |row: &&Row| row.group.is_none_or(|group| group == object.group()) && row.kinds.contains(&object.kind.as_str());
    let rows = TABLE.iter().filter(row).flat_map(|row| row.places).collect::<Vec<_>>();
    rows.into_iter().chain(TEMPLATE)
}

/// Kinds whose fields look like images and are none: schemas, function pipelines, kustomizations, our own objects.
pub fn is_never_looked_at(object: &ObjectRef) -> bool {
    object.is("apiextensions.k8s.io", "CustomResourceDefinition")
        || matches!(object.group(), "kpt.dev" | "kustomize.config.k8s.io" | "config.kubernetes.io" | "pullthrough.dev")
}

/// The nodes at `path` below `view`; the empty path leads to itself.
///
/// # Errors
/// Those of [`FieldSpec::find`].
pub fn find<'a>(view: &View<'a>, path: &str) -> Result<Vec<View<'a>>, Fault> {
    if path.is_empty() {
        return Ok(vec![view.clone()]);
    }
    // Every path of the table parses: see the test.
    FieldSpec::parse(path).map_or(Ok(Vec::new()), |spec| spec.find(view))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_table_parses() {
        let places = TABLE.iter().flat_map(|row| row.places).chain(TEMPLATE);
        for place in places {
            for path in place.images.iter().map(|(path, _)| *path).chain([place.at]).filter(|path| !path.is_empty()) {
                assert!(FieldSpec::parse(path).is_ok(), "{path}");
            }
        }
    }
}
