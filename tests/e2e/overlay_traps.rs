//! kustomize's traps, those that docs/kustomize.md names: each handled, or answered in a way that nobody can overlook.

use crate::overlays::{Builds, PROXIED};

tests![
    images_of_an_overlay_above_the_function_need_the_new_name,
    the_name_of_the_secret_gets_a_hash_with_kustomizes_own_mark_only,
    a_secret_of_the_same_name_is_completed_or_an_error,
    a_base_with_two_namespaces_can_not_be_moved_into_one,
    a_second_function_changes_nothing,
    a_generator_has_nothing_to_make_pullable,
    a_validator_is_an_error_of_kustomize,
    a_configuration_among_the_resources_is_no_function,
    variables_are_filled_in_after_the_function,
];

/// Trap: `images:` above the function looks for a name that is gone. kustomize says nothing; the name to give is the new one.
fn images_of_an_overlay_above_the_function_need_the_new_name() {
    let Some(builds) = Builds::new() else { return };
    let images = |name: &str| format!("images: [{{name: {name}, newTag: 9.9.9}}]\n");
    let folder = "with-component/kustomization.yaml";
    let kustomization = builds.work.read(&format!("kustomize/{folder}"));
    for (name, tag) in [("ghcr.io/acme/web", "1.4.2"), ("images.acme.example/proxy/acme/ghcr.io/acme/web", "9.9.9")] {
        builds.write(folder, &format!("{kustomization}{}", images(name)));
        let built = builds.build("with-component").success();
        assert!(built.contains(&format!("{PROXIED}{tag}\n")), "{name}: {built}");
    }
}

/// Trap: from a transformer kustomize's documented annotation for hashes is an annotation like any other. Its own mark works.
fn the_name_of_the_secret_gets_a_hash_with_kustomizes_own_mark_only() {
    let Some(builds) = Builds::new() else { return };
    let annotated = |annotation: &str| {
        builds.configure("customer", &format!("  pullSecret: {{annotations: {{{annotation}}}}}\n"));
        builds.build("customer").success()
    };
    let documented = annotated("kustomize.config.k8s.io/needs-hash: 'true'");
    assert!(documented.contains("    kustomize.config.k8s.io/needs-hash: \"true\"\n"), "{documented}");
    assert!(documented.contains("- name: acme-registry\n"), "{documented}");

    let own = annotated("internal.config.kubernetes.io/needsHashSuffix: enabled");
    let hashed: Vec<&str> = own.lines().filter(|line| line.contains("name: acme-registry-")).map(str::trim).collect();
    assert!(hashed.len() == 2 && hashed[1].ends_with(hashed[0]) && !own.contains("needsHashSuffix"), "{own}");
    builds.check(&own).success();
}

/// A Secret of the same name is one object: what the function sees it completes, what comes above it stops the build.
fn a_secret_of_the_same_name_is_completed_or_an_error() {
    let Some(builds) = Builds::new() else { return };
    builds.shared_base();
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: acme-registry}\ntype: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: eyJhdXRocyI6e319}\n";
    builds.write("over/secret.yaml", secret);
    builds.write("over/kustomization.yaml", "resources: [../shared, secret.yaml]\n");
    let refused = builds.build("over").failure();
    assert!(refused.stderr.contains("already registered id: Secret.v1.[noGrp]/acme-registry"), "{refused}");

    builds.write("over/pullthrough.yaml", &builds.work.read("kustomize/customer/pullthrough.yaml"));
    builds.write("over/kustomization.yaml", "resources: [../base, secret.yaml]\ntransformers: [pullthrough.yaml]\n");
    let built = builds.build("over").success();
    assert!(built.matches("kind: Secret\n").count() == 1 && !built.contains("eyJhdXRocyI6e319"), "{built}");
}

/// Trap: one Secret for each namespace of a base becomes two of one name when an overlay moves all of it into one.
fn a_base_with_two_namespaces_can_not_be_moved_into_one() {
    let Some(builds) = Builds::new() else { return };
    builds.shared_base();
    let web = builds.work.read("kustomize/base/shop.yaml");
    let other = web.replacen("  name: web\n", "  name: other\n  namespace: jobs\n", 1);
    builds.write("shared/shop.yaml", &format!("{web}---\n{other}"));
    builds.write("over/kustomization.yaml", "resources: [../shared]\nnamespace: shop\n");
    let refused = builds.build("over").failure();
    assert!(refused.stderr.contains("namespace transformation produces ID conflict"), "{refused}");
}

/// A base of the vendor's has the function, and so has the customer's overlay; any other function in between does the same: kustomize
/// then hands over paths as if the objects were files of a package.
fn a_second_function_changes_nothing() {
    let Some(builds) = Builds::new() else { return };
    builds.shared_base();
    builds.write("over/pullthrough.yaml", &builds.work.read("kustomize/customer/pullthrough.yaml"));
    let over = |rest: &str| format!("resources: [../shared]\nnamespace: shop\n{rest}");
    builds.write("over/kustomization.yaml", &over(""));
    let once = builds.build("over").success();
    builds.write("over/kustomization.yaml", &over("transformers: [pullthrough.yaml]\n"));
    assert_eq!(builds.build("over").success(), once);

    let config = builds.work.read("kustomize/customer/pullthrough.yaml");
    builds
        .write("over/other.yaml", &config.replace("path: pullthrough", "path: cat").replace("name: acme", "name: cat"));
    builds.write(
        "over/kustomization.yaml",
        "resources: [../base]\nnamespace: shop\ntransformers: [other.yaml, pullthrough.yaml]\n",
    );
    assert_eq!(builds.build("over").success(), once);
}

/// Trap: a generator is handed its configuration and nothing else. It says so, and the guard fails.
fn a_generator_has_nothing_to_make_pullable() {
    let Some(builds) = Builds::new() else { return };
    builds.edit("customer/kustomization.yaml", "transformers:", "generators:");
    let built = builds.build("customer");
    assert!(built.code == Some(0) && built.stderr.contains("warning[no-objects]"), "{built}");
    builds.check(&built.stdout).failure();

    // So does a transformer of a kustomization without resources. Its output is as empty as without the function.
    builds.write("empty/pullthrough.yaml", &builds.work.read("kustomize/customer/pullthrough.yaml"));
    builds.write("empty/kustomization.yaml", "transformers: [pullthrough.yaml]\n");
    let empty = builds.build("empty");
    assert!(empty.code == Some(0) && empty.stderr.contains("warning[no-objects]"), "{empty}");
    assert_eq!(empty.stdout.trim(), "");

    // It can make pull Secrets: those of the namespaces that the configuration names.
    let annotations = "annotations: {kustomize.config.k8s.io/needs-hash: 'true'}";
    builds.configure("customer", &format!("  pullSecret: {{namespaces: [shop], {annotations}}}\n"));
    let built = builds.build("customer");
    assert!(built.stderr.is_empty() && built.stdout.contains("  name: north-acme-registry-"), "{built}");
    assert!(!built.stdout.contains("needs-hash"), "{built}");
}

/// Trap: kustomize refuses every function under `validators:` (kustomize#5036).
fn a_validator_is_an_error_of_kustomize() {
    let Some(builds) = Builds::new() else { return };
    builds.edit("customer/kustomization.yaml", "transformers:", "validators:");
    let refused = builds.build("customer").failure();
    assert!(refused.stderr.contains("validator shouldn't modify the resource map"), "{refused}");
}

/// Trap: under `resources:` the configuration is an object like any other. The guard counts it and fails.
fn a_configuration_among_the_resources_is_no_function() {
    let Some(builds) = Builds::new() else { return };
    builds.edit("customer/kustomization.yaml", "- ../base\n", "- ../base\n- pullthrough.yaml\n");
    builds.edit("customer/kustomization.yaml", "transformers:\n- pullthrough.yaml\n", "");
    let built = builds.build("customer").success();
    assert!(built.contains("kind: PullThrough\n") && !built.contains(PROXIED), "{built}");
    builds.check(&built).failure();
}

/// Trap: `vars:` are filled in last. The name before one is enough to rewrite an image; a whole image in one is a warning, and the guard sees it.
fn variables_are_filled_in_after_the_function() {
    let Some(builds) = Builds::new() else { return };
    let values =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: versions}\ndata: {tag: 9.9.9, whole: ghcr.io/acme/web}\n";
    builds.write("vars/values.yaml", values);
    builds.write("vars/references.yaml", "varReference: [{path: spec/template/spec/containers/image}]\n");
    builds.write("vars/pullthrough.yaml", &builds.work.read("kustomize/customer/pullthrough.yaml"));
    let variable = |name: &str, field: &str| {
        format!(
            "- {{name: {name}, objref: {{apiVersion: v1, kind: ConfigMap, name: versions}}, fieldref: {{fieldpath: data.{field}}}}}\n"
        )
    };
    let vars = variable("TAG", "tag") + &variable("WHOLE", "whole");
    let lists =
        "resources: [web.yaml, values.yaml]\ntransformers: [pullthrough.yaml]\nconfigurations: [references.yaml]\n";
    builds.write("vars/kustomization.yaml", &format!("{lists}vars:\n{vars}"));
    let web = |image: &str| {
        let container = format!("containers: [{{name: web, image: '{image}'}}]");
        builds.write(
            "vars/web.yaml",
            &format!("apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{template: {{spec: {{{container}}}}}}}\n"),
        );
        builds.build("vars")
    };
    let tag = web("ghcr.io/acme/web:$(TAG)").success();
    assert!(tag.contains(&format!("{PROXIED}9.9.9\n")), "{tag}");
    let whole = web("$(WHOLE)");
    assert!(whole.code == Some(0) && whole.stderr.contains("warning[placeholder]"), "{whole}");
    assert!(whole.stdout.contains("image: ghcr.io/acme/web\n"), "{whole}");
    builds.check(&whole.stdout).failure();
}
