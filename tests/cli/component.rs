//! `component`: what its patches say of fields that the base does not have.

use super::{program, run, text};

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  proxies:
  - template: {host: mirror.example, pattern: '{host}/{registry}/{repository}'}
  images:
    private: ['ghcr.io/acme/**']
    fields:
    - {kind: Gadget, path: 'spec/a/containers[]/image', pullSecrets: {path: spec/pod/template/secrets}}
    - {kind: Gadget, path: 'spec/b/containers[]/image', pullSecrets: {path: spec/pod/template/helperSecret, form: name}}
    - {kind: Gadget, path: 'spec/c/containers[]/image', pullSecrets: {path: spec/pod/otherSecrets, form: names}}
  access: {probe: false}
";

/// The `patches` of the Component for an object with this in its `spec`.
fn patches(name: &str, spec: &str) -> String {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let config = folder.join("config.yaml");
    std::fs::write(&config, CONFIG).unwrap();
    let out = folder.join("component");
    let input = format!(
        "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {{name: g}}\nspec:\n  a: {{containers: [{{image: ghcr.io/acme/a}}]}}\n  b: {{containers: [{{image: ghcr.io/acme/b}}]}}\n  c: {{containers: [{{image: ghcr.io/acme/c}}]}}\n{spec}\n"
    );
    let made = run(program().arg("component").arg("-o").arg(&out).arg("--config").arg(&config), &input);
    assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
    let text = std::fs::read_to_string(out.join("kustomization.yaml")).unwrap();
    text.split_once("patch: |-\n").expect("there is a patch").1.to_owned()
}

/// RFC 6902, 4.1: `add` replaces what is there. A second one for the same mapping would take out what the first one put in.
#[test]
fn fields_below_one_missing_mapping_are_made_by_one_operation() {
    let made = patches("component-missing-parent", "");
    let expected = "\x20   - op: test
      path: /spec/pod
      value: null
    - op: add
      path: /spec/pod
      value:
        template:
          secrets:
          - name: acme-registry
          helperSecret: acme-registry
        otherSecrets:
        - acme-registry
";
    assert_eq!(made, expected);
    assert_eq!(patches("component-null-parent", "  pod: null\n"), expected);
}

#[test]
fn a_list_beside_a_missing_field_is_appended_to() {
    let made = patches("component-list-and-missing", "  pod: {otherSecrets: [own]}\n");
    let expected = "\x20   - op: test
      path: /spec/pod/template
      value: null
    - op: add
      path: /spec/pod/template
      value:
        secrets:
        - name: acme-registry
        helperSecret: acme-registry
    - op: test
      path: /spec/pod/otherSecrets
      value:
      - own
    - op: add
      path: /spec/pod/otherSecrets/-
      value: acme-registry
";
    assert_eq!(made, expected);
}
