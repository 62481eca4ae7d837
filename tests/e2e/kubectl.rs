//! `kubectl kustomize`, which runs no executable function but still runs legacy exec plugins: plain YAML on stdin, the configuration as a
//! file in argv[1].

use crate::package::{HOST, assert_made_pullable, assert_pull_secret, command, without_secrets};
use crate::pages::{self, assert_examples_are_files};
use crate::process::{Finished, run};
use crate::servers::LICENSE;
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::process::Command;

tests![
    the_page_shows_the_examples,
    the_example_builds_and_passes_the_guard,
    the_example_with_a_container_builds,
    an_executable_function_is_left_out_in_silence_and_the_guard_fails,
    a_legacy_plugin_makes_the_images_pullable,
];

fn the_page_shows_the_examples() {
    assert_examples_are_files("docs/kubectl.md", &["examples/kubectl"]);
}

/// As the page says: the plugin is installed, the build passes the guard, and kustomize runs the plugin too.
fn the_example_builds_and_passes_the_guard() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    for kubectl in tools::versions("kubectl").into_iter().flatten() {
        let example = Example::new(&kubectl);
        let missing = example.script("build.sh").failure();
        assert!(missing.stderr.contains("unable to find plugin root"), "{missing}");
        example.script("install.sh").success();
        let built = example.script("build.sh").success();
        assert!(built.contains("2 images: 1 public, 0 to rewrite; 0 errors"), "{built}");

        let rendered = example.work.read("kubectl/rendered.yaml");
        assert!(rendered.contains("image: images.acme.example/proxy/acme/ghcr.io/acme/web:1.4.2\n"), "{rendered}");
        let mut build = example.command(&kustomize);
        build.args(["build", "--enable-alpha-plugins", "."]).env("PULLTHROUGH_HOSTS", HOST);
        build.env("PULLTHROUGH_LICENSE_FILE", example.work.join("kubectl/license.yaml"));
        assert_eq!(run(&mut build, "").success(), rendered);
    }
}

fn the_example_with_a_container_builds() {
    let (Some(_), Some(image)) = (tools::find(["podman", "runc"]), tools::image()) else { return };
    for kubectl in tools::versions("kubectl").into_iter().flatten() {
        let example = Example::new(&kubectl);
        copy(&pages::path("examples/kustomize"), &example.work.join("kustomize"));
        let config = example.work.read("kustomize/container/pullthrough.yaml");
        example.work.write("kustomize/container/pullthrough.yaml", config.replace("localhost/pullthrough:dev", &image));
        let built = example.script("container.sh").success();
        assert!(built.contains("/proxy/acme/ghcr.io/acme/web:1.4.3\n"), "{built}");
    }
}

/// kubectl's own trap (kubectl#1498): an executable function is left out, without a word and without a flag to ask for it.
fn an_executable_function_is_left_out_in_silence_and_the_guard_fails() {
    for kubectl in tools::versions("kubectl").into_iter().flatten() {
        let work = Workdir::new();
        work.fixture("overlay");
        let mut build = command(&work, &kubectl);
        let skipped = run(build.args(["kustomize", "overlay", "--enable-alpha-plugins"]), "");
        assert!(skipped.code == Some(0) && skipped.stderr.is_empty(), "{skipped}");
        let mut check = command(&work, &tools::binary());
        check.args(["check", "--rendered", "--config", "overlay/pullthrough.yaml", "-"]);
        let guarded = run(&mut check, &skipped.stdout).failure();
        assert!(guarded.code == Some(1) && guarded.stdout.contains("error[not-rendered]"), "{guarded}");

        // `kubectl apply -k` is a build without flags.
        let plain = run(command(&work, &kubectl).args(["kustomize", "overlay"]), "").failure();
        assert!(plain.stderr.contains("external plugins disabled"), "{plain}");
    }
}

fn a_legacy_plugin_makes_the_images_pullable() {
    for kubectl in tools::versions("kubectl").into_iter().flatten() {
        plugin_makes_the_images_pullable(&kubectl);
    }
}

fn plugin_makes_the_images_pullable(kubectl: &PathBuf) {
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
        let mut build = command(&work, kubectl);
        build.args(["kustomize", "overlay"]).args(flags).env("KUSTOMIZE_PLUGIN_HOME", work.join("plugins"));
        build.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", HOST);
        run(&mut build, "").success()
    };

    let (after, secrets) = without_secrets(&build(&["--enable-alpha-plugins"]));
    let kustomization = work.read("overlay/kustomization.yaml");
    work.write("overlay/kustomization.yaml", kustomization.split_once("transformers:").unwrap().0);
    assert_made_pullable(&build(&[]), &after, HOST, "");
    let [secret] = &secrets[..] else { panic!("one namespace needs one Secret: {secrets:?}") };
    assert_pull_secret(secret, &[HOST, "proxy.replicated.com", "registry.replicated.com"]);
}

/// The example of the page, in a folder of its own, with nothing installed.
struct Example<'a> {
    work: Workdir,
    kubectl: &'a PathBuf,
}

impl Example<'_> {
    fn new(kubectl: &PathBuf) -> Example<'_> {
        let work = Workdir::new();
        copy(&pages::path("examples/kubectl"), &work.join("kubectl"));
        Example { work, kubectl }
    }

    /// Runs a script of the page.
    fn script(&self, name: &str) -> Finished {
        let mut shell = self.command(&PathBuf::from("sh"));
        let folder = self.kubectl.parent().expect("a program is in a folder");
        shell.env("PATH", tools::path_with(&[&self.work.join("bin"), folder]));
        run(shell.arg(name), "")
    }

    fn command(&self, program: &PathBuf) -> Command {
        let mut command = command(&self.work, program);
        command.current_dir(self.work.join("kubectl")).env("KUSTOMIZE_PLUGIN_HOME", self.work.join("plugins"));
        command
    }
}
