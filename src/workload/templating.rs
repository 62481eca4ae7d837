//! Objects whose own controller fills placeholders in, in the cluster: there they are final output like any other text.

use crate::image::{Placeholder, Placeholders};
use crate::krm::ObjectRef;

/// Kinds of an API group whose controller fills in placeholders of one form. No kinds: all of the group, and of the groups below it.
struct Filler {
    group: &'static str,
    kinds: &'static [&'static str],
    placeholder: Placeholder,
}

const FILLERS: [Filler; 4] = [
    // argoproj/argo-workflows docs/variables.md; argoproj/argo-rollouts docs/features/analysis.md (`{{args.…}}`); argoproj/argo-cd
    // docs/operator-manual/applicationset/Template.md. A Sensor holds Workflows (argoproj/argo-events docs/sensors/triggers/argo-workflow.md). A
    // Rollout is run as it is.
    Filler {
        group: "argoproj.io",
        kinds: &[
            "AnalysisRun",
            "AnalysisTemplate",
            "ApplicationSet",
            "ClusterAnalysisTemplate",
            "ClusterWorkflowTemplate",
            "CronWorkflow",
            "Sensor",
            "Workflow",
            "WorkflowTaskSet",
            "WorkflowTemplate",
        ],
        placeholder: Placeholder::Template,
    },
    // tektoncd/pipeline docs/variables.md; tektoncd/triggers docs/triggertemplates.md: `$(tt.params.…)`.
    Filler { group: "tekton.dev", kinds: &[], placeholder: Placeholder::Parameter },
    // openshift/api template/v1 types.go: a Template is stored as it is and filled in for each instance.
    Filler { group: "template.openshift.io", kinds: &["Template"], placeholder: Placeholder::Variable },
    // kubernetes-sigs/kro website/docs: a ResourceGraphDefinition holds CEL in `${…}`. Its instances, which may be in the same group, hold values.
    Filler { group: "kro.run", kinds: &["ResourceGraphDefinition"], placeholder: Placeholder::Variable },
];

/// Whether every placeholder is one that the object's own controller fills in.
#[must_use]
pub fn fills_in(object: &ObjectRef, placeholders: &Placeholders) -> bool {
    let group = object.group();
    let is_of = |filler: &Filler| match filler.kinds {
        [] => group.strip_suffix(filler.group).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')),
        kinds => group == filler.group && kinds.contains(&object.kind.as_str()),
    };
    placeholders.kinds().all(|kind| FILLERS.iter().any(|filler| filler.placeholder == kind && is_of(filler)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_placeholders_of_a_kind_are_filled_in_by_its_controller() {
        for (api_version, kind, text, own) in [
            ("argoproj.io/v1alpha1", "Workflow", "a:{{workflow.parameters.tag}}", true),
            ("argoproj.io/v1alpha1", "AnalysisTemplate", "a:{{args.tag}}", true),
            ("argoproj.io/v1alpha1", "Rollout", "a:{{ .Values.tag }}", false),
            ("argoproj.io/v1alpha1", "Workflow", "a:{{inputs.parameters.x}}-${Y}", false),
            ("argoproj.io/v1alpha1", "Workflow", "a:$(params.x)", false),
            ("tekton.dev/v1", "Task", "$(params.image)", true),
            ("triggers.tekton.dev/v1beta1", "TriggerTemplate", "$(tt.params.image)", true),
            ("tekton.dev/v1", "Task", "{{ .Values.image }}", false),
            ("nottekton.dev/v1", "Task", "$(params.image)", false),
            ("template.openshift.io/v1", "Template", "${IMAGE}", true),
            ("kro.run/v1alpha1", "ResourceGraphDefinition", "${schema.spec.image}", true),
            ("kro.run/v1alpha1", "WebApp", "${IMAGE}", false),
            ("apps/v1", "Deployment", "{{ .Values.image }}", false),
            ("v1", "Pod", "$(IMAGE)", false),
        ] {
            let object = ObjectRef { api_version: api_version.into(), kind: kind.into(), ..ObjectRef::default() };
            assert_eq!(fills_in(&object, &Placeholders::of(text).unwrap()), own, "{api_version} {kind} {text}");
        }
    }
}
