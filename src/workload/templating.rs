//! Objects whose own controller fills placeholders in, in the cluster: there they are final output like any other text.

use crate::image::{Placeholder, Placeholders};
use crate::krm::ObjectRef;

/// By API group, and all groups below it, the placeholders that its controllers fill in.
const OWN: [(&str, Placeholder); 4] = [
    // argoproj/argo-workflows docs/variables.md; Argo Rollouts' AnalysisTemplates and Argo Events' Sensors have the same.
    ("argoproj.io", Placeholder::Template),
    // tektoncd/pipeline docs/variables.md; tektoncd/triggers docs/triggertemplates.md: `$(tt.params.…)`.
    ("tekton.dev", Placeholder::Parameter),
    // openshift/api template/v1 types.go: a Template is stored as it is and filled in for each instance.
    ("template.openshift.io", Placeholder::Variable),
    // kubernetes-sigs/kro: a ResourceGraphDefinition holds CEL in `${…}`.
    ("kro.run", Placeholder::Variable),
];

/// Whether every placeholder is one that the object's own controller fills in.
#[must_use]
pub fn fills_in(object: &ObjectRef, placeholders: &Placeholders) -> bool {
    let group = object.group();
    let is_below = |known: &str| group.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    placeholders.kinds().all(|kind| OWN.iter().any(|(known, own)| *own == kind && is_below(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_placeholders_of_a_kind_are_filled_in_by_its_controller() {
        for (api_version, text, own) in [
            ("argoproj.io/v1alpha1", "a:{{workflow.parameters.tag}}", true),
            ("argoproj.io/v1alpha1", "a:{{inputs.parameters.x}}-${Y}", false),
            ("argoproj.io/v1alpha1", "a:$(params.x)", false),
            ("tekton.dev/v1", "$(params.image)", true),
            ("triggers.tekton.dev/v1beta1", "$(tt.params.image)", true),
            ("tekton.dev/v1", "{{ .Values.image }}", false),
            ("nottekton.dev/v1", "$(params.image)", false),
            ("template.openshift.io/v1", "${IMAGE}", true),
            ("apps/v1", "{{ .Values.image }}", false),
            ("v1", "$(IMAGE)", false),
        ] {
            let object = ObjectRef { api_version: api_version.into(), kind: "Any".into(), ..ObjectRef::default() };
            assert_eq!(fills_in(&object, &Placeholders::of(text).unwrap()), own, "{api_version} {text}");
        }
    }
}
