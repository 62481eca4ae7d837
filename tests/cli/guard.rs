//! `check --rendered`, rule by rule: what it lets pass, what it fails for, and what it says then.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{program, run, text};

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  proxies:
  - harbor: {host: harbor.example, project: hub, upstream: ghcr.io}
  images: {private: ['ghcr.io/**'], public: ['docker.io/**']}
  access: {probe: false}
";

const PUBLIC: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: public}
spec: {containers: [{name: a, image: docker.io/library/nginx}]}
";

/// A pod on the proxy whose pull Secrets have these names.
fn pod(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("{{name: {name}}}")).collect();
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  imagePullSecrets: [{}]\n  containers:\n  - {{name: a, image: harbor.example/hub/acme/web:1}}\n",
        names.join(", ")
    )
}

/// A Secret with an account for `host`.
fn secret(name: &str, host: &str) -> String {
    secret_of(name, &format!(r#"{{"auths":{{"{host}":{{"auth":"bWU6cHc="}}}}}}"#))
}

fn secret_of(name: &str, config: &str) -> String {
    let data = STANDARD.encode(config);
    format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\ntype: kubernetes.io/dockerconfigjson\ndata: {{.dockerconfigjson: {data}}}\n"
    )
}

/// A folder of this test's own, with the configuration outside of it.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("guard-{name}"));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn config() -> &'static Path {
    static WRITTEN: OnceLock<PathBuf> = OnceLock::new();
    WRITTEN.get_or_init(|| written("guard", CONFIG))
}

/// The same without a pattern that nothing public matches, which would be a warning.
fn config_of_public() -> &'static Path {
    static WRITTEN: OnceLock<PathBuf> = OnceLock::new();
    WRITTEN.get_or_init(|| written("guard-public", &CONFIG.replace("private: ['ghcr.io/**'], ", "")))
}

fn written(name: &str, config: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.yaml", std::process::id()));
    fs::write(&path, config).unwrap();
    path
}

fn guard(arguments: &[&str], input: &str) -> Output {
    let has_private = input.contains("ghcr.io")
        || input.contains("harbor.example")
        || (input.is_empty() && !arguments.contains(&"--strict"));
    let config = if has_private { config() } else { config_of_public() };
    run(program().args(["check", "--rendered", "--config"]).arg(config).args(arguments), input)
}

/// The guard fails, and says this.
#[track_caller]
fn fails(input: &str, says: &[&str]) {
    let output = guard(&[], input);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{input}\n{said}{}", text(&output.stderr));
    for says in says {
        assert!(said.contains(says), "{says} is missing:\n{said}");
    }
}

/// The guard passes it; `strict` is what it makes of it with `--strict`.
#[track_caller]
fn passes(input: &str, strict: i32, says: &[&str]) {
    let output = guard(&[], input);
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{input}\n{said}{}", text(&output.stderr));
    for says in says {
        assert!(said.contains(says), "{says} is missing:\n{said}");
    }
    assert_eq!(guard(&["--strict"], input).status.code(), Some(strict), "--strict: {input}\n{said}");
}

#[test]
fn it_needs_a_configuration() {
    for strict in [&[][..], &["--strict"]] {
        let output = run(program().args(["check", "--rendered"]).args(strict), PUBLIC);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stdout));
        assert!(text(&output.stderr).contains("there is no configuration"), "{}", text(&output.stderr));
    }
    let alone = run(program().args(["check", "--strict", "--config"]).arg(config()), PUBLIC);
    assert_eq!(alone.status.code(), Some(2), "{}", text(&alone.stderr));
}

#[test]
fn local_config_is_looked_at_like_the_rest() {
    let private = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, annotations: {config.kubernetes.io/local-config: \"true\"}}\nspec: {template: {spec: {containers: [{image: ghcr.io/acme/db}]}}}\n";
    fails(private, &["error[not-rendered]", "StatefulSet db", "1 object looked at, and nothing left out"]);
    // The function goes on leaving it alone.
    let output = run(program().arg("--config").arg(config()), private);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), private.to_owned()));
    let list = format!("apiVersion: v1\nkind: List\nitems:\n- {}", private.trim_end().replace('\n', "\n  "));
    fails(&list, &["error[not-rendered]", "StatefulSet db"]);
    // Configuration is configuration, with the annotation and without.
    let lock = "---\napiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: a, annotations: {config.kubernetes.io/local-config: \"true\"}}\nimages: []\n";
    passes(&format!("{PUBLIC}{lock}"), 0, &["1 object looked at, 1 left out: ImageLock (1)"]);
}

#[test]
fn skipped_objects_are_named_and_counted() {
    let skipped = |kind: &str| {
        format!(
            "---\napiVersion: v1\nkind: {kind}\nmetadata: {{name: left, annotations: {{pullthrough.dev/skip: \"true\"}}}}\nspec: {{containers: [{{image: ghcr.io/acme/web}}]}}\n"
        )
    };
    let input = format!("{PUBLIC}{}{}", skipped("Pod"), skipped("Widget"));
    passes(
        &input,
        1,
        &["info[skipped] line 6: Pod left", "Widget left", "1 object looked at, 2 left out: pullthrough.dev/skip (2)"],
    );
    passes(&skipped("Pod"), 1, &["0 objects looked at, 1 left out: pullthrough.dev/skip (1)"]);
    // Only the value `true` skips.
    fails(&skipped("Pod").replace("\"true\"", "\"yes\""), &["error[not-rendered]"]);
    let excluded = PUBLIC.replace("{name: public}", "{name: public, annotations: {kots.io/exclude: \"true\"}}");
    assert_eq!(guard(&["--strict"], &format!("{PUBLIC}---\n{excluded}")).status.code(), Some(1));
}

#[test]
fn something_must_reach_a_cluster() {
    for nothing in [
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [pod.yaml]\n",
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n",
        "kind: Kustomization\nnamePrefix: a-\n",
        "resources:\n- pod.yaml\n",
        "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
        "image: {repository: ghcr.io/acme/web, tag: \"1\"}\nreplicas: 1\n",
        "- a\n- b\n",
        "apiVersion: kpt.dev/v1\nkind: Kptfile\nmetadata: {name: a}\n",
        "apiVersion: builtin\nkind: PrefixTransformer\nmetadata: {name: a}\nprefix: a-\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fn, annotations: {config.kubernetes.io/function: \"exec: {path: a}\"}}\n",
        "apiVersion: v1\nkind: List\nitems: []\n",
        CONFIG,
    ] {
        fails(nothing, &["error[no-objects]", "0 objects looked at"]);
    }
    let flux = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\nspec: {path: ./apps}\n";
    passes(flux, 0, &["1 object looked at"]);
    passes("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", 0, &["1 object looked at, and nothing left out"]);
}

#[test]
fn sources_are_to_be_built_first() {
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [pod.yaml]\n";
    fails(&format!("{PUBLIC}---\n{kustomization}"), &["error[not-built]", "`kustomize build`", "Kustomization (1)"]);
    let folder = folder("overlay");
    fs::write(folder.join("pod.yaml"), PUBLIC).unwrap();
    fs::write(folder.join("kustomization.yaml"), "resources: [pod.yaml]\n").unwrap();
    let output = guard(&[folder.to_str().unwrap()], "");
    let said = text(&output.stdout);
    assert!(
        output.status.code() == Some(1) && said.contains("kustomization.yaml: line 1: this is a kustomization"),
        "{said}"
    );
    fs::remove_file(folder.join("kustomization.yaml")).unwrap();
    fs::write(folder.join("Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.0.0\n").unwrap();
    let output = guard(&[folder.to_str().unwrap()], "");
    let said = text(&output.stdout);
    assert!(output.status.code() == Some(1) && said.contains("`helm template`"), "{said}");
    fs::remove_file(folder.join("Chart.yaml")).unwrap();
    assert_eq!(guard(&["--strict", folder.to_str().unwrap()], "").status.code(), Some(0));
}

/// What kubelet makes of a Secret, and the API server of its fields.
#[test]
fn a_secret_that_is_named_must_open_what_the_pod_needs() {
    let ours = pod(&["acme-registry"]);
    let opens = |secret: &str| passes(&format!("{ours}{secret}"), 0, &[]);
    let fails_for = |secret: &str, why: &str| {
        fails(&format!("{ours}{secret}"), &["error[secret-opens-nothing]", "`acme-registry`", why]);
    };
    // One that is made elsewhere is not here.
    passes(&ours, 0, &[]);
    opens(&secret("acme-registry", "harbor.example"));
    opens(&secret("acme-registry", "https://harbor.example/v2/"));
    opens(&secret("acme-registry", "harbor.example/hub/acme"));
    opens(&secret("acme-registry", "*.example"));
    opens(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: acme-registry}\ntype: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: '{\"auths\":{\"harbor.example\":{\"username\":\"a\",\"password\":\"b\"}}}'}\n",
    );
    let old = STANDARD.encode(r#"{"harbor.example":{"auth":"bWU6cHc="}}"#);
    opens(&format!(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: acme-registry}}\ntype: kubernetes.io/dockercfg\ndata: {{.dockercfg: {old}}}\n"
    ));
    fails_for(
        &secret("acme-registry", "harbor.example").replace("kubernetes.io/dockerconfigjson", "Opaque"),
        "its type is Opaque",
    );
    fails_for(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: acme-registry}\ndata: {foo: YQ==}\n",
        "its type is Opaque",
    );
    fails_for(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: acme-registry}\ntype: kubernetes.io/dockerconfigjson\n",
        "it has no `.dockerconfigjson`",
    );
    fails_for(
        "---\napiVersion: v1\nkind: Secret\nmetadata: {name: acme-registry}\ntype: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: \"?\"}\n",
        "not base64",
    );
    fails_for(&secret_of("acme-registry", "{}"), "no account");
    fails_for(&secret_of("acme-registry", r#"{"auths":{"harbor.example":{}}}"#), "no account");
    fails_for(&secret_of("acme-registry", r#"{"auths":{"harbor.example":{"auth":""}}}"#), "no account");
    fails_for(&secret_of("acme-registry", "nonsense"), "could not be read");
    // Each type has its own place for accounts, and kubelet looks nowhere else.
    fails_for(&secret_of("acme-registry", r#"{"harbor.example":{"auth":"bWU6cHc="}}"#), "password below `auths`");
    fails_for(
        &secret("acme-registry", "harbor.example").replace("dockerconfigjson", "dockercfg"),
        "password (at the top level, not under `auths`)",
    );
    fails_for(&secret("acme-registry", "other.example"), "no account for harbor.example");
    fails_for(&secret("acme-registry", "harbor.example/other"), "no account for harbor.example");
    fails_for(&secret("acme-registry", "harbor.example:8443"), "no account for harbor.example");
    // A Secret of another namespace is another.
    passes(
        &format!(
            "{ours}{}",
            secret("acme-registry", "other.example").replace("{name: acme", "{namespace: b, name: acme")
        ),
        0,
        &[],
    );
}

#[test]
fn a_secret_stands_for_ours_when_it_opens_what_the_pod_needs() {
    let other = secret("other", "harbor.example");
    passes(&format!("{}{other}", pod(&["other"])), 0, &[]);
    passes(&format!("{}{other}", pod(&["gone", "other"])), 0, &[]);
    let managed = |host: &str| {
        secret("other", host)
            .replace("{name: other}", "{name: other, labels: {app.kubernetes.io/managed-by: pullthrough}}")
    };
    passes(&format!("{}{}", pod(&["other"]), managed("harbor.example")), 0, &[]);
    fails(
        &format!("{}{}", pod(&["other"]), managed("unrelated.example")),
        &["error[not-rendered]", "does not name `acme-registry`", "of `other`: it has no account for harbor.example"],
    );
    // It must be named, and be here.
    fails(&format!("{}{other}", pod(&[])), &["does not name `acme-registry`"]);
    fails(&pod(&["other"]), &["does not name `acme-registry`"]);
    // Of two one opens it; the other one is of no use, and no harm.
    let two = pod(&["acme-registry", "other"]);
    passes(&format!("{two}{other}{}", secret("acme-registry", "unrelated.example")), 0, &[]);
    let broken = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: other}\ndata: {a: YQ==}\n";
    passes(
        &format!("{two}{broken}{}", secret("acme-registry", "harbor.example")),
        1,
        &["warning[secret-opens-nothing]", "`other` of Pod web opens nothing"],
    );
    // kubelet stops at one that it can't read (pkg/credentialprovider/secrets/secrets.go).
    let unreadable = secret_of("other", "nonsense");
    fails(
        &format!("{two}{unreadable}{}", secret("acme-registry", "harbor.example")),
        &["error[secret-opens-nothing]", "`other`"],
    );
    // A pod with several images.
    let images = "  - {name: b, image: harbor.example/hub/acme/b}\n";
    passes(&format!("{}{images}{other}", pod(&["other"])), 0, &[]);
    // Secrets of the pod's ServiceAccount are the pod's, where it has no list.
    let account = |names: &str| {
        format!("---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: default}}\nimagePullSecrets: [{names}]\n")
    };
    passes(&format!("{}{}{other}", pod(&[]), account("{name: other}")), 0, &[]);
    passes(&format!("{}{}", pod(&[]), account("{name: acme-registry}")), 0, &[]);
    fails(
        &format!("{}{}{}", pod(&[]), account("{name: other}"), secret("other", "b.example")),
        &["`acme-registry` in spec", "of `other`: it has no account"],
    );
    fails(&format!("{}{}{}", pod(&["own"]), account("{name: other}"), other), &["does not name `acme-registry`"]);
}

#[test]
fn a_field_in_another_form_names_no_secret() {
    for wrong in ["acme-registry", "{name: acme-registry}", "4"] {
        fails(
            &pod(&[]).replace("imagePullSecrets: []", &format!("imagePullSecrets: {wrong}")),
            &["error[secret-not-attached]", "instead of a list"],
        );
    }
    // A pod that needs no Secret does not need the field either.
    let public = PUBLIC.replace("containers:", "imagePullSecrets: acme-registry, containers:");
    passes(&public, 0, &[]);
}

/// A field with room for one Secret: the one that is named must open what ours would.
#[test]
fn the_only_secret_of_a_field_must_open_what_is_needed() {
    const FIELD: &str = "  - {kind: Gadget, path: spec/image, pullSecrets: {path: spec/secret, form: ";
    let gadget = |secret: &str| {
        format!(
            "apiVersion: example.com/v1\nkind: Gadget\nmetadata: {{name: g}}\nspec:\n  image: harbor.example/hub/acme/web\n  secret: {secret}\n"
        )
    };
    for (form, field) in [("name", "other"), ("object", "{name: other}")] {
        let config = CONFIG.replace(
            "images: {private: ['ghcr.io/**'], public: ['docker.io/**']}",
            &format!("images:\n    fields:\n  {FIELD}{form}}}}}"),
        );
        let config = written(&format!("guard-single-{form}"), &config);
        for (secret, code, says) in [
            (secret("other", "harbor.example"), 0, ""),
            (secret("other", "unrelated.example"), 1, "error[secret-not-attached]"),
            (secret_of("other", "{}"), 1, "error[secret-not-attached]"),
            (secret("acme-registry", "harbor.example"), 1, "error[secret-not-attached]"),
            (String::new(), 1, "error[secret-not-attached]"),
        ] {
            let input = format!("{}{secret}", gadget(field));
            let output = run(program().args(["check", "--rendered", "--strict", "--config"]).arg(&config), &input);
            let said = text(&output.stdout);
            assert_eq!(output.status.code(), Some(code), "{form}: {input}{said}{}", text(&output.stderr));
            assert!(said.contains(says), "{form}: {input}{said}");
        }
        // It has no room for the name of ours because it is ours.
        let output = run(
            program().args(["check", "--rendered", "--config"]).arg(&config),
            &gadget(&field.replace("other", "acme-registry")),
        );
        assert_eq!(output.status.code(), Some(0), "{form}: {}", text(&output.stdout));
    }
}

#[test]
fn a_tag_of_its_own_may_hide_an_image() {
    let base64 = STANDARD.encode("ghcr.io/acme/b");
    let with_image = |image: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - {{name: a, image: {image}}}\n"
        )
    };
    for hidden in [
        with_image(&format!("!!binary {base64}")),
        with_image("!x ghcr.io/acme/b"),
        with_image("!<tag:yaml.org,2002:binary> YQ=="),
        with_image("docker.io/a/b").replace("kind: Pod", &format!("kind: !!binary {}", STANDARD.encode("Pod"))),
        with_image("docker.io/a/b").replace("containers:", &format!("!!binary {}:", STANDARD.encode("containers"))),
        with_image("docker.io/a/b").replace("kind: Pod", "kind: !x Pod"),
        with_image("docker.io/a/b").replace("apiVersion: v1", "apiVersion: !x v1"),
        format!(
            "apiVersion: v1\nkind: List\nitems:\n- {}",
            with_image("!x ghcr.io/acme/b").trim_end().replace('\n', "\n  ")
        ),
    ] {
        fails(&hidden, &["error[unreadable]"]);
    }
    // Each once, and nothing else of it.
    let output = guard(&[], &with_image("!x ghcr.io/acme/b"));
    assert!(text(&output.stdout).contains("1 error, 1 warning"), "{}", text(&output.stdout));
    passes(&with_image("!!str docker.io/a/b"), 0, &[]);
    passes(&with_image("! docker.io/a/b"), 0, &[]);
    let data = format!(
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\nbinaryData: {{logo: !!binary {base64}}}\n"
    );
    passes(&format!("{PUBLIC}{data}"), 0, &[]);
}

/// `kubectl get -o yaml`: what the cluster reports is no image field, and lists hold objects.
#[test]
fn output_of_a_cluster_is_judged_by_its_specs() {
    let get = "\
apiVersion: v1
kind: List
metadata: {resourceVersion: \"\"}
items:
- apiVersion: v1
  kind: Pod
  metadata:
    name: web
    namespace: shop
    annotations:
      kubectl.kubernetes.io/last-applied-configuration: |
        {\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"image\":\"ghcr.io/acme/web:1\"}]}}
    managedFields:
    - manager: kubectl
      fieldsV1: {\"f:spec\": {\"f:containers\": {\"k:{\\\"name\\\":\\\"web\\\"}\": {\"f:image\": {}}}}}
  spec:
    imagePullSecrets: [{name: acme-registry}]
    serviceAccountName: default
    containers: [{name: web, image: \"harbor.example/hub/acme/web:1\"}]
  status:
    containerStatuses:
    - {name: web, image: \"ghcr.io/acme/web:1\", imageID: \"ghcr.io/acme/web@sha256:0123456789012345678901234567890123456789012345678901234567890123\"}
- apiVersion: batch/v1
  kind: CronJob
  metadata: {name: night, namespace: shop}
  spec: {jobTemplate: {spec: {template: {spec: {imagePullSecrets: [{name: acme-registry}], containers: [{image: harbor.example/hub/acme/job}]}}}}}
";
    passes(get, 0, &["2 images:", "2 objects looked at, and nothing left out"]);
    fails(
        &get.replace("image: harbor.example/hub/acme/job", "image: ghcr.io/acme/job"),
        &["CronJob shop/night", "error[not-rendered]"],
    );
    let typed = "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: web}\n  spec: {containers: [{image: ghcr.io/acme/web}]}\n";
    fails(typed, &["error[not-rendered]", "Pod web"]);
}

#[test]
fn every_name_of_a_kustomization_is_known_and_hidden_files_are_counted() {
    for name in ["kustomization.yaml", "kustomization.yml", "Kustomization"] {
        let folder = folder(&format!("names-{name}"));
        fs::create_dir_all(folder.join("base")).unwrap();
        fs::write(folder.join("base/pod.yaml"), PUBLIC).unwrap();
        fs::write(folder.join("base").join(name), "resources: [pod.yaml]\n").unwrap();
        let said = text(&guard(&[folder.to_str().unwrap()], "").stdout);
        assert!(said.contains("error[not-built]") && said.contains(name), "{said}");
    }
    let folder = folder("hidden");
    fs::create_dir_all(folder.join(".git")).unwrap();
    for (name, text) in [(".pod.yaml", "kind: {"), (".git/pod.yaml", "kind: {"), (".note", ""), ("pod.yaml", PUBLIC)] {
        fs::write(folder.join(name), text).unwrap();
    }
    let output = guard(&["--strict", folder.to_str().unwrap()], "");
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains("1 object looked at, 2 left out: hidden (2)"), "{said}");
}

#[cfg(unix)]
#[test]
fn links_are_followed_once_or_named() {
    use std::os::unix::fs::symlink;

    let folder = folder("links");
    for name in ["overlay", "base/deep"] {
        fs::create_dir_all(folder.join(name)).unwrap();
    }
    fs::write(folder.join("overlay/public.yaml"), PUBLIC).unwrap();
    fs::write(folder.join("base/deep/pod.yaml"), PUBLIC.replace("docker.io/library/nginx", "ghcr.io/acme/web"))
        .unwrap();
    let check = || {
        let output = guard(&[folder.join("overlay").to_str().unwrap()], "");
        (output.status.code(), text(&output.stdout))
    };
    assert_eq!(check().0, Some(0));
    symlink("../base", folder.join("overlay/base")).unwrap();
    symlink("../base/deep", folder.join("overlay/again")).unwrap();
    symlink("..", folder.join("base/deep/back")).unwrap();
    let (code, said) = check();
    assert_eq!((code, said.matches("would still become").count()), (Some(1), 1), "{said}");

    fs::remove_file(folder.join("overlay/base")).unwrap();
    fs::remove_file(folder.join("overlay/again")).unwrap();
    symlink("..", folder.join("overlay/up")).unwrap();
    symlink("nowhere", folder.join("overlay/gone.yaml")).unwrap();
    symlink("/dev/null", folder.join("overlay/null.yaml")).unwrap();
    let (code, said) = check();
    assert_eq!(code, Some(0), "{said}");
    for says in [
        "overlay/up is a link to a folder",
        "gone.yaml is a broken link",
        "null.yaml is not a file",
        "3 left out: broken link (1), device (1), linked folder (1)",
    ] {
        assert!(said.contains(says), "{says}: {said}");
    }
    assert_eq!(guard(&["--strict", folder.join("overlay").to_str().unwrap()], "").status.code(), Some(1));
}

#[test]
fn json_has_what_was_looked_at() {
    let output = guard(&["-o", "json"], &format!("{PUBLIC}---\n{CONFIG}"));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["coverage"], serde_json::json!({"objects": 1, "leftOut": {"PullThrough": 1}}), "{document:#}");
}
