//! The workflow of `examples/github-actions`: its steps, run as GitHub runs them.

use crate::package::command;
use crate::pages;
use crate::process::{Finished, run};
use crate::servers::{Access, Image, PROGRAMS, Registry, Skopeo, UPSTREAM, docker_config};
use crate::tools;
use crate::workdir::{Workdir, copy};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

tests![
    the_page_shows_its_examples,
    the_workflow_may_not_do_more_than_read,
    the_example_builds_without_a_network,
    a_skipped_function_fails_the_workflow,
    a_lock_that_is_not_fresh_fails_the_workflow,
];

const FOLDER: &str = "examples/github-actions";
const WORKFLOW: &str = ".github/workflows/images.yaml";
const STEPS: [&str; 4] =
    ["Install pullthrough", "Build", "Check that the function ran", "Check that the lock is fresh"];

fn the_page_shows_its_examples() {
    let files = [WORKFLOW, "overlays/customer/kustomization.yaml", "overlays/customer/pullthrough.yaml"];
    pages::assert_shows("docs/ci.md", FOLDER, &files);
}

/// Without the word `bash` GitHub's shell has no `pipefail`, and a failed check in a pipe would be none.
fn the_workflow_may_not_do_more_than_read() {
    let workflow = workflow();
    assert_eq!(workflow["permissions"], json!({"contents": "read"}));
    assert_eq!(workflow["defaults"]["run"]["shell"], "bash");
    let steps = workflow["jobs"]["images"]["steps"].as_array().unwrap();
    for used in steps.iter().filter_map(|step| step["uses"].as_str()) {
        let (_, commit) = used.split_once('@').unwrap();
        assert!(commit.len() == 40 && commit.chars().all(|char| char.is_ascii_hexdigit()), "{used} is not pinned");
    }
    let named: Vec<&str> = steps.iter().filter_map(|step| step["name"].as_str()).collect();
    assert_eq!(named, STEPS);
}

/// As it is committed: its lock answers for what is not declared, so the build needs no registry.
fn the_example_builds_without_a_network() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let checkout = Checkout::new(kustomize);
    checkout.steps(&STEPS[..3]).success();
    let rendered = checkout.work.read("checkout/rendered.yaml");
    assert!(rendered.contains("image: images.acme.example/proxy/acme/ghcr.io/acme/web:1.4.2\n"), "{rendered}");
    assert!(rendered.contains("image: redis:7\n") && !rendered.contains("ImageLock"), "{rendered}");
    assert!(checkout.work.read("summary").contains("0 to rewrite; 0 errors"), "{}", checkout.work.read("summary"));
    let installed = format!("install --locked --git {} {}\n", env!("CARGO_PKG_REPOSITORY"), env!("CARGO_PKG_NAME"));
    assert_eq!(checkout.work.read("installed"), installed);
}

fn a_skipped_function_fails_the_workflow() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let checkout = Checkout::new(kustomize);
    let workflow = checkout.work.read(&format!("checkout/{WORKFLOW}"));
    assert!(workflow.contains(" --enable-exec"), "{workflow}");
    checkout.work.write(&format!("checkout/{WORKFLOW}"), workflow.replace(" --enable-exec", ""));
    let failed = checkout.steps(&STEPS[..3]).failure();
    assert!(failed.code == Some(1) && failed.stdout.contains("error[not-rendered]"), "{failed}");
    assert!(checkout.work.read("summary").contains("error[not-rendered]"));
}

fn a_lock_that_is_not_fresh_fails_the_workflow() {
    let (Some([kustomize]), Some([_, _, skopeo, _])) = (tools::find(["kustomize"]), tools::find(PROGRAMS)) else {
        return;
    };
    let checkout = Checkout::new(kustomize);
    let registry = Registry::start(&checkout.work.folder("registry"), Access::Htpasswd, None);
    checkout.on(&registry.host());
    checkout.lock();
    checkout.steps(&STEPS).success();

    // The registry opens.
    drop(registry);
    let registry = Registry::start(&checkout.work.folder("open"), Access::Open, None);
    let host = registry.host();
    let image = Image::new(&checkout.work.folder("image"), "open");
    let account = docker_config(&host, UPSTREAM);
    Skopeo::new(&skopeo, None).push(&image, &format!("{host}/acme/web:1.4.2"), Some(&account)).success();
    checkout.on(&host);
    let failed = checkout.steps(&STEPS).failure();
    assert!(failed.stdout.contains("-  access: private") && failed.stdout.contains("+  access: public"), "{failed}");
    checkout.lock();
    checkout.steps(&STEPS).success();

    // An image that the lock does not answer for: there is no such tag, which is no answer to keep.
    let base = checkout.work.read("checkout/base/shop.yaml");
    checkout.work.write("checkout/base/shop.yaml", base.replace(":1.4.2", ":1.4.3"));
    let failed = checkout.steps(&STEPS).failure();
    assert!(failed.stderr.contains("acme/web:1.4.3"), "{failed}");
}

fn workflow() -> Value {
    pages::parse(&pages::read(&format!("{FOLDER}/{WORKFLOW}")))
}

/// The example as a repository of its own, and a runner's programs.
struct Checkout {
    work: Workdir,
    kustomize: PathBuf,
}

impl Checkout {
    fn new(kustomize: PathBuf) -> Checkout {
        let work = Workdir::new();
        copy(&pages::path(FOLDER), &work.join("checkout"));
        // What is installed is the program under test.
        let cargo = work.write("runner/cargo", "#!/bin/sh\necho \"$@\" >../installed\n");
        fs::set_permissions(cargo, fs::Permissions::from_mode(0o755)).unwrap();
        let checkout = Checkout { work, kustomize };
        checkout.shell("git init --quiet && git add .").success();
        checkout
    }

    /// Moves the private image to this registry.
    fn on(&self, host: &str) {
        copy(&pages::path(FOLDER), &self.work.join("checkout"));
        for file in ["base/shop.yaml", "overlays/customer/imagelock.yaml"] {
            let file = format!("checkout/{file}");
            self.work.write(&file, self.work.read(&file).replace("ghcr.io/acme", &format!("{host}/acme")));
        }
        let config = self.work.read("checkout/overlays/customer/pullthrough.yaml");
        let aliases = format!("    aliases: {{\"{host}\": upstream}}\n  images:\n");
        self.work.write("checkout/overlays/customer/pullthrough.yaml", config.replace("  images:\n", &aliases));
        self.shell("git add .").success();
    }

    /// Makes the lock and keeps it, as somebody does at their desk.
    fn lock(&self) {
        let lock = "pullthrough lock --config overlays/customer/pullthrough.yaml base >lock && mv lock overlays/customer/imagelock.yaml";
        self.shell(&format!("{lock} && git add .")).success();
    }

    /// Runs these steps, in their order, up to one that fails.
    fn steps(&self, names: &[&str]) -> Finished {
        let workflow: Value = pages::parse(&self.work.read(&format!("checkout/{WORKFLOW}")));
        let steps = workflow["jobs"]["images"]["steps"].as_array().unwrap().clone();
        let mut scripts = steps.iter().filter(|step| names.iter().any(|name| step["name"] == **name)).peekable();
        while let Some(step) = scripts.next() {
            let finished = self.shell(step["run"].as_str().unwrap());
            if finished.code != Some(0) || scripts.peek().is_none() {
                return finished;
            }
        }
        panic!("there are no steps {names:?}");
    }

    /// Runs a script as GitHub does for `shell: bash`
    /// (docs.github.com: actions/reference/workflows-and-actions/workflow-syntax, `defaults.run.shell`).
    fn shell(&self, script: &str) -> Finished {
        let script = self.work.write("script.sh", script);
        let mut bash = command(&self.work, &PathBuf::from("bash"));
        let folders = [self.work.join("runner"), self.work.join("bin"), self.kustomize.parent().unwrap().to_owned()];
        bash.env("PATH", tools::path_with(&[&folders[0], &folders[1], &folders[2]]));
        bash.env("GITHUB_STEP_SUMMARY", self.work.join("summary"));
        bash.args(["--noprofile", "--norc", "-eo", "pipefail"]).arg(script).current_dir(self.work.join("checkout"));
        run(&mut bash, "")
    }
}
