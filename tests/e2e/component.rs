//! `pullthrough component`: what plain kustomize builds with it is what the function makes in place.

use crate::package::{HOST, command};
use crate::pages;
use crate::process::{Finished, run};
use crate::servers::LICENSE;
use crate::tools;
use crate::workdir::{Workdir, copy, fixture};
use std::fs;
use std::path::PathBuf;

tests![
    a_component_does_what_the_function_does,
    with_the_secret_it_has_the_secret_of_the_function,
    the_secret_is_refused_where_the_base_or_the_configuration_is_against_it,
    the_same_input_gives_the_same_files,
    kubectl_builds_the_same,
    entries_of_one_name_stay_apart,
    a_changed_list_stops_the_build,
    what_kustomize_can_not_say_is_named_and_nothing_is_written,
    what_only_newer_kustomize_reads_is_a_warning,
    a_file_of_somebody_else_is_not_written_over,
    the_example_for_flux_runs,
    a_stale_component_is_seen_by_the_guard,
];

fn a_component_does_what_the_function_does() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let scene = Scene::new(kustomize);
    scene.make(&[]).success();

    let (function, component) = (scene.with_the_function(), scene.with_the_component());
    assert_eq!(documents(&component), documents(&function));
    let rewritten = component.matches(&format!("{HOST}/proxy/acme/")).count();
    assert_eq!((rewritten, component.matches("name: acme-registry").count()), (20, 15), "{component}");
}

fn with_the_secret_it_has_the_secret_of_the_function() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let scene = Scene::new(kustomize);
    scene.configure(&[("create: never", "create: auto")]);
    scene.make(&["--with-secret"]).success();

    let component = scene.with_the_component();
    assert_eq!(documents(&component), documents(&scene.with_the_function()));
    assert!(component.contains("app.kubernetes.io/managed-by: pullthrough"), "{component}");
    // Without the option no credential is asked for and the file goes.
    assert!(scene.work.join("component/secret.yaml").exists());
    scene.make(&[]).success();
    assert!(!scene.work.join("component/secret.yaml").exists() && !scene.with_the_component().contains("managed-by"));
}

fn the_secret_is_refused_where_the_base_or_the_configuration_is_against_it() {
    let scene = Scene::new(PathBuf::from("no-kustomize"));
    let base = fs::read_to_string(scene.work.join("base/workloads.yaml")).unwrap();
    let refused = scene.run(&["--with-secret"], &base).failure();
    assert!(refused.code == Some(1) && refused.stderr.contains("pullSecret.create is never"), "{refused}");

    scene.configure(&[("create: never", "create: auto")]);
    let secret = "apiVersion: v1\nkind: Secret\ntype: kubernetes.io/dockerconfigjson\nmetadata: {name: acme-registry, namespace: shop}\ndata: {.dockerconfigjson: e30=}\n";
    let refused = scene.run(&["--with-secret"], &format!("{secret}---\n{base}")).failure();
    assert!(
        refused.code == Some(1) && refused.stderr.contains("the base already contains the pull Secret"),
        "{refused}"
    );
    assert!(!scene.work.join("component").exists());
}

fn the_same_input_gives_the_same_files() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let scene = Scene::new(kustomize);
    scene.make(&[]).success();
    let files = || scene.work.read("component/kustomization.yaml");
    let first = files();
    scene.make(&[]).success();
    assert_eq!(files(), first);
}

/// `kubectl apply -k` builds with the kustomize in it, whose releases are older.
fn kubectl_builds_the_same() {
    let Some([kustomize, kubectl]) = tools::find(["kustomize", "kubectl"]) else { return };
    let scene = Scene::new(kustomize);
    // Which older ones don't read, as the command says.
    let base = scene.work.read("base/workloads.yaml");
    scene.work.write("base/workloads.yaml", base.replace("{reference: \"ghcr.io/acme/data:1\"}", "{}"));
    scene.make(&[]).success();
    scene.work.write("overlay/kustomization.yaml", "resources: [../base]\ncomponents: [../component]\n");
    let built = run(command(&scene.work, &kubectl).args(["kustomize", "overlay"]), "").success();
    assert_eq!(documents(&built), documents(&scene.with_the_component()));
}

/// Two entries of one name in other lists than ours: kustomize merges them away as soon as there is a strategic merge patch.
fn entries_of_one_name_stay_apart() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let scene = Scene::new(kustomize);
    scene.make(&[]).success();
    let built = scene.with_the_component();
    assert_eq!((built.matches("name: LEVEL").count(), built.matches("ip: 10.0.0.1").count()), (2, 2), "{built}");
}

/// A base that has changed since must not lose what it says, or get a name twice.
fn a_changed_list_stops_the_build() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let scene = Scene::new(kustomize);
    scene.make(&[]).success();
    let base = scene.work.read("base/workloads.yaml");
    let spec = "spec:\n  template:\n    spec:\n";
    let with_list = format!("{spec}      imagePullSecrets: [{{name: new}}]\n");
    let (replica_set, rollout) = ("name: replicaset\n  namespace: shop\n", "name: rollout\n");
    let changes = [
        (format!("{replica_set}{spec}"), format!("{replica_set}{with_list}")),
        (format!("{rollout}{spec}"), format!("{rollout}{with_list}")),
        ("[{name: own}, {name: other}]".to_owned(), "[{name: own}, {name: acme-registry}]".to_owned()),
        ("name: account-of-its-own".to_owned(), "name: another".to_owned()),
    ];
    for (from, to) in changes {
        assert!(base.contains(&from), "{from}");
        scene.work.write("base/workloads.yaml", base.replacen(&from, &to, 1));
        let refused = scene.build("../component", "");
        assert!(refused.code == Some(1) && refused.stderr.contains("test failed"), "{to}: {refused}");
    }
}

fn what_kustomize_can_not_say_is_named_and_nothing_is_written() {
    let scene = Scene::new(PathBuf::from("no-kustomize"));
    let pod = |name: &str, rest: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{{name}}}\nspec:\n  {rest}\n");
    let made = |manifests: &[String], changes: &[(&str, &str)]| {
        scene.configure(changes);
        scene.run(&[], &manifests.join("---\n"))
    };
    let api = "containers: [{name: a, image: 'ghcr.io/acme/api:1'}]";
    let cases: [(Finished, &[&str]); 6] = [
        // Two tags of one name, of which one is declared otherwise.
        (
            made(
                &[pod("name: a", api), pod("name: b", &api.replace(":1", ":2"))],
                &[("public: [", "ignore: [\"ghcr.io/acme/api:2\"]\n    public: [")],
            ),
            &["all images named `ghcr.io/acme/api`", "`ghcr.io/acme/api:1` under", "`ghcr.io/acme/api:2` in Pod b"],
        ),
        // The function leaves this one alone, and kustomize would not.
        (
            made(&[pod("name: a", api), pod("name: b, annotations: {pullthrough.dev/skip: 'true'}", api)], &[]),
            &["`ghcr.io/acme/api:1` in Pod b spec.containers[0].image"],
        ),
        (
            made(&[pod("name: a", &api.replace("containers", "ephemeralContainers"))], &[]),
            &["`ghcr.io/acme/api:1` must become", "ephemeralContainers[0].image"],
        ),
        (made(&[PROMETHEUS.to_owned()], &[]), &["`ghcr.io/acme/prometheus:1` must become", "Prometheus a spec.image"]),
        (made(&[pod("generateName: a-", api)], &[]), &["Pod a-* has no name"]),
        // kustomize would give the first its own name, and then that of the second.
        (
            made(
                &[
                    pod("name: a", &api.replace("ghcr.io/acme/api:1", "old.example/x/acme/api:open")),
                    pod("name: b", &api.replace("ghcr.io/", "docker.io/")),
                ],
                &[
                    ("private: [\"ghcr.io/acme/**\", \"docker.io/acme/**\"]", "private: [\"docker.io/acme/api:1\"]"),
                    ("public: [", "public: [\"docker.io/acme/api:open\", "),
                    ("  images:", FORMERLY),
                ],
            ),
            &["kustomize would apply both"],
        ),
    ];
    for (number, (finished, words)) in cases.into_iter().enumerate() {
        let finished = finished.failure();
        let said = words.iter().all(|word| finished.stderr.contains(word));
        assert!(finished.code == Some(1) && said, "case {number}: {finished}");
    }
    assert!(!scene.work.join("component").exists());
}

const PROMETHEUS: &str = "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: a}\nspec: {image: 'ghcr.io/acme/prometheus:1'}\n";
const FORMERLY: &str = "      formerly: [{template: {host: old.example, pattern: '{host}/x/{repository}', upstream: docker.io}}]\n  images:";

fn what_only_newer_kustomize_reads_is_a_warning() {
    let scene = Scene::new(PathBuf::from("no-kustomize"));
    let finished = scene.run(&[], &fs::read_to_string(scene.work.join("base/workloads.yaml")).unwrap());
    assert!(finished.code == Some(0), "{finished}");
    let warnings: Vec<&str> = finished.stderr.lines().collect();
    let [warning] = warnings[..] else { panic!("{finished}") };
    assert!(
        warning.starts_with("warning[not-expressible]")
            && warning.contains("5.7")
            && warning.contains("ghcr.io/acme/data:1")
    );
}

fn a_file_of_somebody_else_is_not_written_over() {
    let scene = Scene::new(PathBuf::from("no-kustomize"));
    scene.work.write("component/kustomization.yaml", "resources: []\n");
    let refused = scene.run(&[], &fs::read_to_string(scene.work.join("base/workloads.yaml")).unwrap()).failure();
    assert!(refused.code == Some(2) && refused.stderr.contains("kustomization.yaml was not written by"), "{refused}");
    assert_eq!(scene.work.read("component/kustomization.yaml"), "resources: []\n");
}

/// The page's commands, in the folder that the page is about.
fn the_example_for_flux_runs() {
    pages::assert_shows(
        "docs/flux.md",
        "examples/flux",
        &[
            "component.sh",
            "pullthrough.yaml",
            "cluster/kustomization.yaml",
            "cluster/flux.yaml",
            "cluster/flux-components.yaml",
            "helmrelease.yaml",
        ],
    );
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let work = Workdir::new();
    copy(&pages::path("examples/flux"), &work.join("flux"));
    let committed = "flux/components/pullthrough/kustomization.yaml";
    let before = work.read(committed);
    fs::remove_file(work.join(committed)).unwrap();
    let mut shell = command(&work, &PathBuf::from("sh"));
    let folder = kustomize.parent().unwrap();
    shell.env("PATH", tools::path_with(&[&work.join("bin"), folder])).current_dir(work.join("flux"));
    run(shell.arg("component.sh"), "").success();
    assert_eq!(work.read(committed), before, "the committed Component is what the page makes");
}

/// A Component knows the images of the day that it was made. kustomize builds with it whatever the base says now.
fn a_stale_component_is_seen_by_the_guard() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let work = Workdir::new();
    copy(&pages::path("examples/flux"), &work.join("flux"));
    let guard = || {
        let built = run(command(&work, &kustomize).args(["build", "flux/cluster"]), "").success();
        let mut check = command(&work, &tools::binary());
        run(check.args(["check", "--rendered", "--config", "flux/pullthrough.yaml", "-"]), &built)
    };
    guard().success();
    for (old, new) in [("image: redis:7", "image: acme/cache:1"), ("name: web\n  namespace", "name: shop\n  namespace")]
    {
        let base = work.read("flux/base/shop.yaml");
        assert!(base.contains(old), "{base}");
        work.write("flux/base/shop.yaml", base.replace(old, new));
        let missed = guard().failure();
        assert!(missed.code == Some(1) && missed.stdout.contains("error[not-rendered]"), "{missed}");
        work.write("flux/base/shop.yaml", base);
    }
}

/// A base, the configuration, and a Component for it.
struct Scene {
    work: Workdir,
    kustomize: PathBuf,
}

impl Scene {
    fn new(kustomize: PathBuf) -> Scene {
        let scene = Scene { work: Workdir::new(), kustomize };
        copy(&fixture("component"), scene.work.path());
        scene
    }

    fn configure(&self, changes: &[(&str, &str)]) {
        let config = fs::read_to_string(fixture("component/pullthrough.yaml")).unwrap();
        let config = changes.iter().fold(config, |config, (from, to)| {
            assert!(config.contains(from), "{from}");
            config.replacen(from, to, 1)
        });
        self.work.write("pullthrough.yaml", config);
    }

    /// Makes the Component from what kustomize builds of the base.
    fn make(&self, options: &[&str]) -> Finished {
        let base = run(command(&self.work, &self.kustomize).args(["build", "base"]), "").success();
        self.run(options, &base)
    }

    fn run(&self, options: &[&str], base: &str) -> Finished {
        let mut component = command(&self.work, &tools::binary());
        component.args(["component", "-o", "component", "--config", "pullthrough.yaml"]).args(options);
        if options.contains(&"--with-secret") {
            component.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", HOST);
        }
        run(&mut component, base)
    }

    fn build(&self, component: &str, transformer: &str) -> Finished {
        let list = |key: &str, file: &str| if file.is_empty() { String::new() } else { format!("{key}: [{file}]\n") };
        let text =
            format!("resources: [../base]\n{}{}", list("components", component), list("transformers", transformer));
        self.work.write("overlay/kustomization.yaml", text);
        let mut build = command(&self.work, &self.kustomize);
        build.args(["build", "overlay", "--load-restrictor", "LoadRestrictionsNone"]);
        if !transformer.is_empty() {
            build.args(["--enable-alpha-plugins", "--enable-exec"]);
            build.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", HOST);
        }
        run(&mut build, "")
    }

    fn with_the_component(&self) -> String {
        self.build("../component", "").success()
    }

    fn with_the_function(&self) -> String {
        self.build("", "../pullthrough.yaml").success()
    }
}

/// The documents of a build, in an order that does not depend on where an object came from.
fn documents(stream: &str) -> Vec<String> {
    let mut documents: Vec<String> = stream.split("---\n").map(str::to_owned).collect();
    documents.sort();
    documents
}
