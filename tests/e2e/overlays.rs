//! `kustomize build` as docs/kustomize.md shows it: the function in the outermost kustomization, in a base, in a Component, as a container.

use crate::package::{HOST, command};
use crate::pages::{self, assert_examples_are_files};
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

tests![
    the_page_shows_the_examples,
    the_example_builds_and_passes_the_guard,
    a_path_in_a_variable_is_absolute,
    the_example_with_a_container_builds,
    a_container_reads_a_mounted_docker_config,
    the_example_with_a_lock_asks_nobody,
    overlays_above_the_function_rename_the_secret_everywhere,
];

/// What becomes of the private image, up to its tag.
pub(crate) const PROXIED: &str = "image: images.acme.example/proxy/acme/ghcr.io/acme/web:";

fn the_page_shows_the_examples() {
    assert_examples_are_files("docs/kustomize.md", &["examples/kustomize"]);
}

/// Prefix, namespace and the overlay's tag come before the function, the hashes of names after it.
fn the_example_builds_and_passes_the_guard() {
    let Some(builds) = Builds::new() else { return };
    let built = builds.script("build.sh").success();
    assert!(built.contains("0 errors"), "{built}");
    let rendered = builds.work.read("kustomize/rendered.yaml");
    builds.script("build.sh").success();
    assert_eq!(builds.work.read("kustomize/rendered.yaml"), rendered);
    for text in [
        &*format!("{PROXIED}1.4.3\n"),
        "image: redis:7\n",
        "  name: acme-registry\n  namespace: shop\ntype: kubernetes.io/dockerconfigjson\n",
        "      imagePullSecrets:\n      - name: acme-registry\n",
        "name: north-settings-",
    ] {
        assert!(rendered.contains(text), "{text} is not in\n{rendered}");
    }
}

/// kustomize runs an executable in the folder of the kustomization that names it.
fn a_path_in_a_variable_is_absolute() {
    let Some(builds) = Builds::new() else { return };
    builds.edit("build.sh", "\"$PWD/license.yaml\"", "license.yaml");
    let refused = builds.script("build.sh").failure();
    assert!(refused.stderr.contains("PULLTHROUGH_LICENSE_FILE: can't read the file"), "{refused}");
}

fn the_example_with_a_container_builds() {
    let (Some(builds), Some(_), Some(image)) = (Builds::new(), tools::find(["podman", "runc"]), tools::image()) else {
        return;
    };
    builds.edit("container/pullthrough.yaml", "localhost/pullthrough:dev", &image);
    let built = builds.script("container.sh").success();
    assert!(built.contains(&format!("{PROXIED}1.4.3\n")) && built.contains("  .dockerconfigjson: "), "{built}");
}

/// A docker config from outside of the kustomization, which only its owner may read.
fn a_container_reads_a_mounted_docker_config() {
    let (Some(builds), Some(_), Some(image)) = (Builds::new(), tools::find(["podman", "runc"]), tools::image()) else {
        return;
    };
    let variables = "        - PULLTHROUGH_LICENSE_ID\n        - PULLTHROUGH_HOSTS\n";
    builds.edit("container/pullthrough.yaml", "localhost/pullthrough:dev", &image);
    builds.edit(
        "container/pullthrough.yaml",
        variables,
        "        - PULLTHROUGH_DOCKERCONFIG=/credentials/config.json\n",
    );
    let config =
        builds.work.write("credentials/config.json", r#"{"auths": {"images.acme.example": {"auth": "bWU6eA=="}}}"#);
    fs::set_permissions(&config, fs::Permissions::from_mode(0o600)).unwrap();
    let mount = format!("type=bind,src={},dst=/credentials", config.parent().unwrap().display());
    let build = |flags: &[&str]| {
        let mut build = builds.command(&builds.kustomize);
        run(
            build
                .args(["build", "--enable-alpha-plugins", "--network", "--mount", &mount])
                .args(flags)
                .arg("container"),
            "",
        )
    };
    let refused = build(&[]).failure();
    assert!(
        refused.stderr.contains("PULLTHROUGH_DOCKERCONFIG") && refused.stderr.contains("Permission denied"),
        "{refused}"
    );
    let built = build(&["--as-current-user"]).success();
    assert!(built.contains("  .dockerconfigjson: ") && built.contains(&format!("{PROXIED}1.4.3\n")), "{built}");
}

/// A lock among the resources answers, and does not get into the output. Nobody could ask: there is no such registry.
fn the_example_with_a_lock_asks_nobody() {
    let Some(builds) = Builds::new() else { return };
    for file in ["base/shop.yaml", "locked/imagelock.yaml"] {
        builds.edit(file, "ghcr.io/", "registry.invalid/");
    }
    let built = builds.build("locked").success();
    assert!(built.contains("/proxy/acme/registry.invalid/acme/web:1.4.2\n") && !built.contains("ImageLock"), "{built}");
    builds.edit("locked/imagelock.yaml", ":1.4.2", ":1.4.1");
    let asked = builds.build("locked").failure();
    assert!(asked.stderr.contains("registry.invalid/acme/web:1.4.2"), "{asked}");
}

/// In a Component and in a base the function comes before what overlays do to names: kustomize renames the Secret and whoever names it.
fn overlays_above_the_function_rename_the_secret_everywhere() {
    let Some(builds) = Builds::new() else { return };
    builds.shared_base();
    let over = "resources: [../shared]\nnamespace: shop\nnamePrefix: north-\nnameSuffix: -x\n";
    builds.write("over/kustomization.yaml", over);
    for (folder, name) in [("with-component", "north-acme-registry"), ("over", "north-acme-registry-x")] {
        let built = builds.build(folder).success();
        let secret = format!("  name: {name}\n  namespace: shop\ntype: kubernetes.io/dockerconfigjson\n");
        let named = format!("      imagePullSecrets:\n      - name: {name}\n");
        assert!(built.contains(&secret) && built.contains(&named), "{built}");
        assert!(built.contains(&format!("{PROXIED}1.4.2\n")), "{built}");
        builds.check(&built).success();
        // The guard sees through a new name, not through a Secret that opens something else.
        builds.check(&built.replace("kind: Secret", "kind: Other")).failure();
        let unmarked = built.replace("managed-by: pullthrough", "managed-by: other");
        builds.check(&unmarked).success();
        let data = unmarked.lines().find_map(|line| line.trim().strip_prefix(".dockerconfigjson: ")).unwrap();
        builds.check(&unmarked.replace(data, "eyJhdXRocyI6e319")).failure();
    }
}

/// The example, in a folder of its own.
pub(crate) struct Builds {
    /// The folder that holds it as `kustomize`.
    pub(crate) work: Workdir,
    kustomize: PathBuf,
}

impl Builds {
    /// Copies it, where there is a kustomize.
    pub(crate) fn new() -> Option<Builds> {
        let [kustomize] = tools::find(["kustomize"])?;
        let work = Workdir::new();
        copy(&pages::path("examples/kustomize"), &work.join("kustomize"));
        Some(Builds { work, kustomize })
    }

    /// Makes `shared`, a base that has the function itself.
    pub(crate) fn shared_base(&self) {
        copy(&pages::path("examples/kustomize/base"), &self.work.join("kustomize/shared"));
        self.write("shared/pullthrough.yaml", &self.work.read("kustomize/customer/pullthrough.yaml"));
        let kustomization = self.work.read("kustomize/base/kustomization.yaml");
        self.write("shared/kustomization.yaml", &format!("{kustomization}transformers: [pullthrough.yaml]\n"));
    }

    /// Writes a file of it.
    pub(crate) fn write(&self, file: &str, text: &str) {
        self.work.write(&format!("kustomize/{file}"), text);
    }

    /// Replaces a text that must be there.
    #[track_caller]
    pub(crate) fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.work.read(&format!("kustomize/{file}"));
        assert!(text.contains(old), "{old} is not in {file}:\n{text}");
        self.write(file, &text.replace(old, new));
    }

    /// Gives the configuration of a folder these further lines, instead of earlier ones.
    pub(crate) fn configure(&self, folder: &str, lines: &str) {
        let file = format!("{folder}/pullthrough.yaml");
        let original = fs::read_to_string(pages::path("examples/kustomize").join(&file)).unwrap();
        self.write(&file, &format!("{original}{lines}"));
    }

    /// Builds a folder with a license.
    pub(crate) fn build(&self, folder: &str) -> Finished {
        let mut build = self.command(&self.kustomize);
        build.args(["build", "--enable-alpha-plugins", "--enable-exec", folder]);
        build.env("PULLTHROUGH_LICENSE_FILE", self.work.join("kustomize/license.yaml"));
        run(build.env("PULLTHROUGH_HOSTS", HOST), "")
    }

    /// The guard, on a build.
    pub(crate) fn check(&self, rendered: &str) -> Finished {
        let mut check = self.command(&tools::binary());
        run(check.args(["check", "--rendered", "--config", "customer/pullthrough.yaml", "-"]), rendered)
    }

    /// Runs a script of the page.
    fn script(&self, name: &str) -> Finished {
        let mut shell = self.command(&PathBuf::from("sh"));
        let kustomize = self.kustomize.parent().expect("a program is in a folder");
        shell.env("PATH", tools::path_with(&[&self.work.join("bin"), kustomize]));
        run(shell.arg(name), "")
    }

    fn command(&self, program: &PathBuf) -> std::process::Command {
        let mut command = command(&self.work, program);
        command.current_dir(self.work.join("kustomize"));
        command
    }
}
