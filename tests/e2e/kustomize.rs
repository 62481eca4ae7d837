//! `kustomize build`, the standalone program, with the function as an executable.

use crate::package::{HOST, assert_made_pullable, assert_pull_secret, command, without_secrets};
use crate::process::{Finished, run};
use crate::servers::LICENSE;
use crate::tools;
use crate::workdir::Workdir;
use std::path::PathBuf;

tests![
    a_transformer_makes_the_images_pullable,
    a_refusal_stops_the_build_and_says_why,
    without_enable_exec_the_function_is_skipped_in_silence,
];

fn a_transformer_makes_the_images_pullable() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let work = Workdir::new();
    let built = build(&work, &kustomize, &["--enable-alpha-plugins", "--enable-exec"]).success();

    let (after, secrets) = without_secrets(&built);
    assert_made_pullable(&without_the_function(&work, &kustomize), &after, HOST, "");
    let [secret] = &secrets[..] else { panic!("one namespace needs one Secret: {secrets:?}") };
    assert_pull_secret(secret, &[HOST, "proxy.replicated.com", "registry.replicated.com"]);
}

fn a_refusal_stops_the_build_and_says_why() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let work = Workdir::new();
    work.fixture("overlay");
    let config = work.read("overlay/pullthrough.yaml");
    work.write("overlay/pullthrough.yaml", config.replace("acme/**", "other/**"));

    let refused =
        run(kustomize_command(&work, &kustomize).args(["--enable-alpha-plugins", "--enable-exec"]), "").failure();
    assert!(refused.stdout.is_empty() && refused.stderr.contains("ghcr.io/acme/api:1.2.3"), "{refused}");
}

/// kustomize's own trap (kustomize#4399), which `check --rendered` guards against.
fn without_enable_exec_the_function_is_skipped_in_silence() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let work = Workdir::new();
    let skipped = build(&work, &kustomize, &["--enable-alpha-plugins"]).success();
    assert_eq!(skipped, without_the_function(&work, &kustomize));
    // The guard sees that the function did not run, and is content when it did.
    check_rendered(&work, &skipped).failure();
    let built = build(&work, &kustomize, &["--enable-alpha-plugins", "--enable-exec"]).success();
    check_rendered(&work, &built).success();
}

fn check_rendered(work: &Workdir, rendered: &str) -> Finished {
    let mut check = command(work, &tools::binary());
    run(check.args(["check", "--rendered", "--config", "overlay/pullthrough.yaml", "-"]), rendered)
}

fn build(work: &Workdir, kustomize: &PathBuf, flags: &[&str]) -> Finished {
    work.fixture("overlay");
    run(kustomize_command(work, kustomize).args(flags), "")
}

fn kustomize_command(work: &Workdir, kustomize: &PathBuf) -> std::process::Command {
    let mut command = command(work, kustomize);
    command.args(["build", "overlay"]).env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", HOST);
    command
}

/// What kustomize builds when the kustomization names no transformer.
fn without_the_function(work: &Workdir, kustomize: &PathBuf) -> String {
    work.fixture("overlay");
    let kustomization = work.read("overlay/kustomization.yaml");
    let (resources, _) = kustomization.split_once("transformers:").expect("the fixture names one");
    work.write("overlay/kustomization.yaml", resources);
    run(&mut kustomize_command(work, kustomize), "").success()
}
