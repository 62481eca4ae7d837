//! `kubectl kustomize`, which runs no executable function but still runs legacy exec plugins: plain YAML on stdin, the configuration as a
//! file in argv[1].

use crate::package::{HOST, assert_made_pullable, assert_pull_secret, command, without_secrets};
use crate::process::run;
use crate::servers::LICENCE;
use crate::tools;
use crate::workdir::Workdir;
use std::os::unix::fs::symlink;

#[test]
fn a_legacy_plugin_makes_the_images_pullable() {
    let Some([kubectl]) = tools::find(["kubectl"]) else { return };
    let work = Workdir::new();
    work.fixture("overlay");
    // A plugin is what has no function annotation and an executable at the place that its kind names.
    let config = work.read("overlay/pullthrough.yaml");
    let (head, spec) =
        config.split_once("  annotations:").and_then(|(head, rest)| Some((head, rest.split_once("spec:")?.1))).unwrap();
    work.write("overlay/pullthrough.yaml", format!("{head}spec:{spec}"));
    let plugin = work.folder("plugins/pullthrough.dev/v1alpha1/pullthrough").join("PullThrough");
    symlink(tools::binary(), plugin).unwrap();
    let build = |flags: &[&str]| {
        let mut build = command(&work, &kubectl);
        build.args(["kustomize", "overlay"]).args(flags).env("KUSTOMIZE_PLUGIN_HOME", work.join("plugins"));
        build.env("PULLTHROUGH_LICENSE_ID", LICENCE.password).env("PULLTHROUGH_HOSTS", HOST);
        run(&mut build, "").success()
    };

    let (after, secrets) = without_secrets(&build(&["--enable-alpha-plugins"]));
    let kustomization = work.read("overlay/kustomization.yaml");
    work.write("overlay/kustomization.yaml", kustomization.split_once("transformers:").unwrap().0);
    assert_made_pullable(&build(&[]), &after, HOST, "");
    let [secret] = &secrets[..] else { panic!("one namespace needs one Secret: {secrets:?}") };
    assert_pull_secret(secret, &[HOST, "proxy.replicated.com", "registry.replicated.com"]);
}
