//! The container image, which `scripts/image.sh` builds: what it holds, and the orchestrators that run functions from images, with podman as
//! their engine.

use crate::kpt::{Package, with_each_kpt};
use crate::package::{HOST, assert_made_pullable, assert_pull_secret, command, without_secrets};
use crate::process::{Finished, run};
use crate::servers::{Access, LICENSE, PROGRAMS, Registry};
use crate::tools;
use crate::workdir::{Workdir, fixture};
use std::fs;
use std::path::PathBuf;

tests![
    it_holds_the_program_and_two_accounts,
    it_says_what_it_is,
    it_needs_no_rights_and_no_network,
    kustomize_runs_it,
    kubectl_runs_it,
    kustomize_lets_it_ask_a_registry,
    kustomize_says_that_it_could_not_ask,
    kpt_eval_runs_it,
    kpt_eval_lets_it_ask_a_registry,
    kpt_render_runs_it,
    kpt_render_lets_it_ask_a_registry,
];

/// Less than any orchestrator gives a function.
const CONFINED: [&str; 7] = [
    "--rm",
    "-i",
    "--pull=never",
    "--network=none",
    "--read-only",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
];

/// The variables that a container gets from its caller where the caller says so.
const CREDENTIALS: [&str; 2] = ["PULLTHROUGH_LICENSE_ID", "PULLTHROUGH_HOSTS"];

fn it_holds_the_program_and_two_accounts() {
    let Some(Engine { podman, image }) = Engine::find() else { return };
    let work = Workdir::new();
    let podman = |arguments: &[&str]| run(command(&work, &podman).args(arguments), "").success();
    let container = podman(&["create", "--pull=never", &image]);
    podman(&["export", "--output=image.tar", container.trim()]);
    podman(&["rm", container.trim()]);

    let files = run(command(&work, &PathBuf::from("tar")).args(["--list", "--file=image.tar"]), "").success();
    let files: Vec<&str> = files.lines().filter(|name| !name.ends_with('/')).collect();
    assert_eq!(files, ["etc/group", "etc/passwd", "usr/local/bin/pullthrough"]);
}

fn it_says_what_it_is() {
    let Some(Engine { podman, image }) = Engine::find() else { return };
    let described = run(command(&Workdir::new(), &podman).args(["image", "inspect", &image]), "").success();
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    let config = &described[0]["Config"];

    assert_eq!(config["Entrypoint"], serde_json::json!(["/usr/local/bin/pullthrough"]));
    assert_eq!(config["User"], "65534:65534");
    for (label, value) in [
        ("title", env!("CARGO_PKG_NAME")),
        ("description", env!("CARGO_PKG_DESCRIPTION")),
        ("version", env!("CARGO_PKG_VERSION")),
        ("source", env!("CARGO_PKG_REPOSITORY")),
        ("licenses", env!("CARGO_PKG_LICENSE")),
    ] {
        assert_eq!(config["Labels"][format!("org.opencontainers.image.{label}")], value, "{label}");
    }
    assert!(config["Labels"]["org.opencontainers.image.revision"].as_str().is_some_and(|commit| commit.len() == 40));
}

fn it_needs_no_rights_and_no_network() {
    let Some(Engine { podman, image }) = Engine::find() else { return };
    let [input, output] =
        ["dumped/kpt-eval.yaml", "dumped/kpt-eval.out.yaml"].map(|name| fs::read_to_string(fixture(name)).unwrap());
    for user in ["nobody", "65534", "1000:1000", "0"] {
        let work = Workdir::new();
        let mut function = command(&work, &podman);
        function
            .arg("run")
            .args(CONFINED)
            .args(CREDENTIALS.map(|name| format!("--env={name}")))
            .args(["--user", user, &image]);
        function.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", HOST);
        assert_eq!(run(&mut function, &input).success(), output, "as {user}");
    }
}

fn kustomize_runs_it() {
    let (Some([kustomize]), Some(engine)) = (tools::find(["kustomize"]), Engine::find()) else { return };
    Overlay::new(&engine, "").assert_made_pullable(&kustomize, &["build"]);
}

fn kubectl_runs_it() {
    let (Some([kubectl]), Some(engine)) = (tools::find(["kubectl"]), Engine::find()) else { return };
    Overlay::new(&engine, "").assert_made_pullable(&kubectl, &["kustomize"]);
}

fn kustomize_lets_it_ask_a_registry() {
    let (Some([kustomize]), Some(engine), Some(_)) =
        (tools::find(["kustomize"]), Engine::find(), tools::find(PROGRAMS))
    else {
        return;
    };
    let folder = Workdir::new();
    let registry = Registry::start(folder.path(), Access::Htpasswd, None);
    let overlay = Overlay::new(&engine, "network: true");
    undecided(&overlay.work, "overlay", &registry.host());

    // Whoever writes the kustomization and whoever builds it must both allow it.
    let refused = overlay.run(&kustomize, &["build"], &[]).failure();
    assert!(refused.stderr.contains("network required but not enabled"), "{refused}");
    let built = overlay.run(&kustomize, &["build"], &["--network"]).success();
    assert!(built.contains(PROXIED), "{built}");
    assert_eq!(registry.requests(), [ASKED]);
}

fn kustomize_says_that_it_could_not_ask() {
    let (Some([kustomize]), Some(engine)) = (tools::find(["kustomize"]), Engine::find()) else { return };
    let overlay = Overlay::new(&engine, "");
    undecided(&overlay.work, "overlay", "registry.example");
    let refused = overlay.run(&kustomize, &["build"], &["--network"]);
    assert_could_not_ask(&refused);
    assert!(refused.stderr.contains("no network; give the function network access (`--network`"), "{refused}");
}

fn kpt_eval_runs_it() {
    let Some(Engine { image, .. }) = Engine::find() else { return };
    with_each_kpt(|package| {
        let eval = ["fn", "eval", "package", "--image", &image, "--fn-config", "package/pullthrough.yaml"];
        let eval = [&eval[..], &["--results-dir", "results"]].concat();

        package.kpt(&eval).success();
        package.assert_made_pullable(HOST);
        package.assert_results_name("ghcr.io/acme/api:1.2.3");
        package.assert_unchanged_by(&eval);
    });
}

fn kpt_eval_lets_it_ask_a_registry() {
    let (Some(Engine { image, .. }), Some(_)) = (Engine::find(), tools::find(PROGRAMS)) else { return };
    with_each_kpt(|package| {
        let folder = Workdir::new();
        let registry = Registry::start(folder.path(), Access::Htpasswd, None);
        undecided(&package.work, "package", &registry.host());
        let eval = ["fn", "eval", "package", "--image", &image, "--fn-config", "package/pullthrough.yaml"];

        assert_could_not_ask(&package.kpt(&eval));
        package.kpt(&[&eval[..], &["--network"]].concat()).success();
        assert!(package.work.read("package/workloads.yaml").contains(PROXIED));
        assert_eq!(registry.requests(), [ASKED]);
    });
}

fn kpt_render_runs_it() {
    let Some(engine) = Engine::find() else { return };
    with_each_kpt(|package| {
        run_in_pipeline(package, &engine);

        package.kpt(&RENDER).success();
        package.assert_made_pullable(HOST);
        package.assert_results_name("ghcr.io/acme/api:1.2.3");
        package.assert_unchanged_by(&RENDER);
    });
}

fn kpt_render_lets_it_ask_a_registry() {
    let (Some(engine), Some(_)) = (Engine::find(), tools::find(PROGRAMS)) else { return };
    with_each_kpt(|package| {
        let folder = Workdir::new();
        let registry = Registry::start(folder.path(), Access::Htpasswd, None);
        run_in_pipeline(package, &engine);
        undecided(&package.work, "package", &registry.host());

        assert_could_not_ask(&package.kpt(&RENDER));
        package.kpt(&[&RENDER[..], &["--allow-network"]].concat()).success();
        assert!(package.work.read("package/workloads.yaml").contains(PROXIED));
        assert_eq!(registry.requests(), [ASKED]);
    });
}

const RENDER: [&str; 5] = ["fn", "render", "package", "--results-dir", "results"];

/// What becomes of the private image of [`undecided`] workloads.
const PROXIED: &str = "image: images.acme.example/proxy/acme/upstream/acme/api:1.2.3";

/// The one request that it takes to know that.
const ASKED: &str = "HEAD /v2/acme/api/manifests/1.2.3 401";

struct Engine {
    podman: PathBuf,
    image: String,
}

impl Engine {
    /// podman and the image, or `None` when one of them is missing.
    fn find() -> Option<Engine> {
        let [podman, _] = tools::find(["podman", "runc"])?;
        Some(Engine { podman, image: tools::image()? })
    }
}

/// The fixture, with the function as a container.
struct Overlay {
    work: Workdir,
}

impl Overlay {
    /// Lays it out; `more` is a further line of the function's declaration.
    fn new(engine: &Engine, more: &str) -> Overlay {
        let work = Workdir::new();
        work.fixture("overlay");
        let container = format!(
            "container:\n        image: {}\n        envs: [{}]\n        {more}",
            engine.image,
            CREDENTIALS.join(", ")
        );
        edit(&work, "overlay/pullthrough.yaml", &[("exec:\n        path: pullthrough", &container)]);
        Overlay { work }
    }

    /// Runs `PROGRAM COMMAND overlay FLAGS` with a license.
    fn run(&self, program: &PathBuf, subcommand: &[&str], flags: &[&str]) -> Finished {
        let mut command = command(&self.work, program);
        command.args(subcommand).args(["overlay", "--enable-alpha-plugins"]).args(flags);
        command.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", HOST);
        run(&mut command, "")
    }

    #[track_caller]
    fn assert_made_pullable(&self, program: &PathBuf, subcommand: &[&str]) {
        let (after, secrets) = without_secrets(&self.run(program, subcommand, &[]).success());
        edit(&self.work, "overlay/kustomization.yaml", &[("transformers:\n  - pullthrough.yaml\n", "")]);
        assert_made_pullable(&self.run(program, subcommand, &[]).success(), &after, HOST, "");
        let [secret] = &secrets[..] else { panic!("one namespace needs one Secret: {secrets:?}") };
        assert_pull_secret(secret, &[HOST, "proxy.replicated.com", "registry.replicated.com"]);
    }
}

/// Makes the function of a package's pipeline a container.
fn run_in_pipeline(package: &Package<'_>, engine: &Engine) {
    edit(&package.work, "package/Kptfile", &[("exec: pullthrough", &format!("image: {}", engine.image))]);
}

/// Moves the private image to a registry that has to be asked about it. The proxy knows that registry as `upstream`.
fn undecided(work: &Workdir, folder: &str, registry: &str) {
    edit(work, &format!("{folder}/workloads.yaml"), &[("ghcr.io/acme/api", &format!("{registry}/acme/api"))]);
    let aliases = format!("host: images.acme.example\n      aliases: {{\"{registry}\": upstream}}");
    edit(
        work,
        &format!("{folder}/pullthrough.yaml"),
        &[
            ("host: images.acme.example", &aliases),
            ("private: [\"ghcr.io/acme/**\"]", "private: []"),
            ("probe: false", "probe: true"),
        ],
    );
}

/// Fails unless the function refused because the registry of [`undecided`] workloads can't be reached, and said so.
#[track_caller]
fn assert_could_not_ask(finished: &Finished) {
    let told = &finished.stderr;
    assert!(finished.code == Some(1), "{finished}");
    assert!(
        told.contains("unreachable") && told.contains("/acme/api:1.2.3") && told.contains("ImageLock"),
        "{finished}"
    );
}

/// Replaces these texts in a file, each of which must be there.
#[track_caller]
fn edit(work: &Workdir, file: &str, replacements: &[(&str, &str)]) {
    let mut text = work.read(file);
    for (old, new) in replacements {
        assert!(text.contains(old), "{old} is not in {file}:\n{text}");
        text = text.replace(old, new);
    }
    work.write(file, text);
}
