//! `kustomize build` as docs/kustomize.md shows it: the function in the outermost kustomization, in a base, in a Component, as a container;
//! and kustomize's traps, each handled, or answered in a way that nobody can overlook.

use crate::package::{HOST, command};
use crate::page::{assert_examples_are_files, repository};
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

const PROXIED: &str = "image: images.acme.example/proxy/acme/ghcr.io/acme/web:";

#[test]
fn the_page_shows_the_examples() {
    assert_examples_are_files("docs/kustomize.md", &["examples/kustomize"]);
}

/// Prefix, namespace and the overlay's tag come before the function, the hashes of names after it.
#[test]
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
#[test]
fn a_path_in_a_variable_is_absolute() {
    let Some(builds) = Builds::new() else { return };
    builds.edit("build.sh", "\"$PWD/license.yaml\"", "license.yaml");
    let refused = builds.script("build.sh").failure();
    assert!(refused.stderr.contains("PULLTHROUGH_LICENSE_FILE: the file that it names can't be read"), "{refused}");
}

#[test]
fn the_example_with_a_container_builds() {
    let (Some(builds), Some(_), Some(image)) = (Builds::new(), tools::find(["podman", "runc"]), tools::image()) else {
        return;
    };
    builds.edit("container/pullthrough.yaml", "localhost/pullthrough:dev", &image);
    let built = builds.script("container.sh").success();
    assert!(built.contains(&format!("{PROXIED}1.4.3\n")) && built.contains("  .dockerconfigjson: "), "{built}");
}

/// A docker config from outside of the kustomization, which only its owner may read.
#[test]
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
#[test]
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
#[test]
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

/// Trap: `images:` above the function looks for a name that is gone. kustomize says nothing; the name to give is the new one.
#[test]
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
#[test]
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
#[test]
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
#[test]
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
#[test]
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
#[test]
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
#[test]
fn a_validator_is_an_error_of_kustomize() {
    let Some(builds) = Builds::new() else { return };
    builds.edit("customer/kustomization.yaml", "transformers:", "validators:");
    let refused = builds.build("customer").failure();
    assert!(refused.stderr.contains("validator shouldn't modify the resource map"), "{refused}");
}

/// The example, in a folder of its own.
struct Builds {
    work: Workdir,
    kustomize: PathBuf,
}

impl Builds {
    /// Copies it, where there is a kustomize.
    fn new() -> Option<Builds> {
        let [kustomize] = tools::find(["kustomize"])?;
        let work = Workdir::new();
        copy(&repository("examples/kustomize"), &work.join("kustomize"));
        Some(Builds { work, kustomize })
    }

    /// Makes `shared`, a base that has the function itself.
    fn shared_base(&self) {
        copy(&repository("examples/kustomize/base"), &self.work.join("kustomize/shared"));
        self.write("shared/pullthrough.yaml", &self.work.read("kustomize/customer/pullthrough.yaml"));
        let kustomization = self.work.read("kustomize/base/kustomization.yaml");
        self.write("shared/kustomization.yaml", &format!("{kustomization}transformers: [pullthrough.yaml]\n"));
    }

    fn write(&self, file: &str, text: &str) {
        self.work.write(&format!("kustomize/{file}"), text);
    }

    /// Replaces a text that must be there.
    #[track_caller]
    fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.work.read(&format!("kustomize/{file}"));
        assert!(text.contains(old), "{old} is not in {file}:\n{text}");
        self.write(file, &text.replace(old, new));
    }

    /// Gives the configuration of a folder these further lines, instead of earlier ones.
    fn configure(&self, folder: &str, lines: &str) {
        let file = format!("{folder}/pullthrough.yaml");
        let original = fs::read_to_string(repository("examples/kustomize").join(&file)).unwrap();
        self.write(&file, &format!("{original}{lines}"));
    }

    /// Builds a folder with a licence.
    fn build(&self, folder: &str) -> Finished {
        let mut build = self.command(&self.kustomize);
        build.args(["build", "--enable-alpha-plugins", "--enable-exec", folder]);
        build.env("PULLTHROUGH_LICENSE_FILE", self.work.join("kustomize/license.yaml"));
        run(build.env("PULLTHROUGH_HOSTS", HOST), "")
    }

    /// The guard, on a build.
    fn check(&self, rendered: &str) -> Finished {
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
