//! The module for kpt (`wasm/build.sh` makes it): loaded by kpt from a file and from a registry, under both of its runtimes.

use crate::kpt::Package;
use crate::package::HOST;
use crate::process::{Finished, run};
use crate::servers::{Access, Image, PROGRAMS, Registry, blob};
use crate::tools;
use crate::workdir::Workdir;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

tests![
    eval_runs_it_from_a_file,
    render_runs_it_from_a_file,
    render_runs_it_from_a_registry,
    a_refused_package_is_a_failure_and_stays_as_it_was,
    results_of_a_refused_package_are_those_of_the_program,
    an_image_that_nobody_declared_can_not_be_asked_about,
    a_configuration_problem_is_shown,
    an_input_that_is_too_large_is_refused_with_its_size,
    the_build_for_wasi_is_the_command_line_without_a_network,
];

fn eval_runs_it_from_a_file() {
    for runtime in runtimes() {
        let package = runtime.package();
        let eval = runtime.eval();

        package.kpt(&eval).success();
        package.assert_made_pullable(HOST);
        package.assert_results_name("ghcr.io/acme/api:1.2.3");
        package.assert_unchanged_by(&eval);
    }
}

fn render_runs_it_from_a_file() {
    for runtime in runtimes() {
        let package = runtime.package();
        let kptfile = package.work.read("package/Kptfile");
        package
            .work
            .write("package/Kptfile", kptfile.replace("exec: pullthrough", &format!("exec: {}", runtime.module)));
        // It is a program to kpt as well.
        let render = [&RENDER[..], &["--allow-exec"]].concat();

        package.kpt(&render).success();
        package.assert_made_pullable(HOST);
        package.assert_results_name("ghcr.io/acme/api:1.2.3");
        package.assert_unchanged_by(&render);
    }
}

/// One tag holds the container images and the module; each takes its own.
fn render_runs_it_from_a_registry() {
    let (Some([_, _, skopeo, _]), Some([node_kpt])) = (tools::find(PROGRAMS), tools::find(["kpt"])) else { return };
    let runtimes = runtimes();
    if runtimes.is_empty() {
        return;
    }
    let folder = Workdir::new();
    let registry = Registry::start(&folder.folder("registry"), Access::Open, None);
    let reference = format!("{}/acme/pullthrough:v1", registry.host());
    let images = Images::push(&skopeo, &folder, &reference);
    for runtime in runtimes {
        let pushed = run(Command::new(&node_kpt).args(["alpha", "wasm", "push", &runtime.module, &reference]), "");
        pushed.success();
        let package = runtime.package();
        let kptfile = package.work.read("package/Kptfile");
        package.work.write("package/Kptfile", kptfile.replace("exec: pullthrough", &format!("image: {reference}")));

        package.kpt(&RENDER).success();
        package.assert_made_pullable(HOST);
        package.assert_results_name("ghcr.io/acme/api:1.2.3");
    }
    assert!(
        registry.requests().iter().any(|request| request.starts_with("GET /v2/acme/pullthrough/blobs/")),
        "kpt took it from somewhere else"
    );
    images.assert_still_there(&skopeo, &reference);
}

fn a_refused_package_is_a_failure_and_stays_as_it_was() {
    for runtime in runtimes() {
        let package = runtime.package();
        declare_nothing(&package, "probe: false");
        let before = package.work.read("package/workloads.yaml");

        let refused = package.kpt(&runtime.eval()).failure();
        for words in ["[FAIL]", "error[undecided]", "`ghcr.io/acme/api:1.2.3`", "pullthrough changed nothing: 1 error"]
        {
            assert!(refused.stderr.contains(words), "{words} is not in {refused}");
        }
        assert_eq!(package.work.read("package/workloads.yaml"), before);
    }
}

/// Under Node.js a failed run leaves what a failed program leaves.
fn results_of_a_refused_package_are_those_of_the_program() {
    let Some(runtime) = runtimes().into_iter().find(|runtime| runtime.name == "nodejs") else { return };
    let package = runtime.package();
    declare_nothing(&package, "probe: false");
    let results = |exec: &str| {
        let mut eval = runtime.eval();
        eval[4] = exec;
        let refused = package.kpt(&eval).failure();
        assert!(refused.stderr.contains("Exit code: 1"), "{refused}");
        package.work.read("results/results.yaml").replace(&format!("exec: {exec}\n"), "exec: it\n")
    };
    let [of_module, of_program] = [&runtime.module, "pullthrough"].map(results);
    assert!(of_module.contains("code: undecided"), "{of_module}");
    assert_eq!(of_module, of_program);
}

fn an_image_that_nobody_declared_can_not_be_asked_about() {
    for runtime in runtimes() {
        let package = runtime.package();
        declare_nothing(&package, "probe: true");

        let refused = package.kpt(&runtime.eval()).failure();
        for words in ["this build of pullthrough has no network", "images.private", "ImageLock"] {
            assert!(refused.stderr.contains(words), "{words} is not in {refused}");
        }
    }
}

fn a_configuration_problem_is_shown() {
    for runtime in runtimes() {
        let package = runtime.package();
        let config = package.work.read("package/pullthrough.yaml").replace("pullSecret:", "pullSecrets:");
        package.work.write("package/pullthrough.yaml", config);

        let refused = package.kpt(&runtime.eval()).failure();
        assert!(refused.stderr.contains("unknown field `pullSecrets`"), "{refused}");
    }
}

fn an_input_that_is_too_large_is_refused_with_its_size() {
    for runtime in runtimes() {
        let package = runtime.package();
        let large = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: large\ndata:\n{}",
            (0..66).map(|key| format!("  key-{key}: {}\n", "x".repeat(1 << 20))).collect::<String>()
        );
        package.work.write("package/large.yaml", large);

        let refused = package.kpt(&runtime.eval()).failure();
        assert!(refused.stderr.contains("and this build reads at most 64 MiB"), "{refused}");
    }
}

/// The command line itself, in a host that is no browser's.
fn the_build_for_wasi_is_the_command_line_without_a_network() {
    let (Some(module), Some([wazero])) = (tools::wasm("pullthrough-wasi.wasm"), tools::find(["wazero"])) else {
        return;
    };
    let work = Workdir::new();
    work.fixture("package");
    let wasi = |arguments: &[&str], input: &str| {
        let mut command = Command::new(&wazero);
        command.current_dir(work.path()).args(["run", "-cachedir=cache", "-mount=package:/:ro"]).arg(&module);
        run(command.arg("--").args(arguments), input)
    };
    assert_eq!(wasi(&["--version"], "").success(), concat!("pullthrough ", env!("CARGO_PKG_VERSION"), "\n"));

    let [config, workloads] = ["pullthrough.yaml", "workloads.yaml"].map(|name| work.read(&format!("package/{name}")));
    let function = ["--config", "pullthrough.yaml"];
    let check = ["check", "--config", "pullthrough.yaml", "workloads.yaml"];
    let lock = ["lock", "--config", "pullthrough.yaml", "workloads.yaml"];
    let of_program = |arguments: &[&str], input: &str| {
        run(Command::new(tools::binary()).current_dir(work.join("package")).args(arguments), input)
    };
    for arguments in [&function[..], &check] {
        let built = wasi(arguments, &workloads).success();
        assert!(built.contains(HOST), "{built}");
        assert_eq!(built, of_program(arguments, &workloads).success());
    }

    let config = config.replace("acme/**", "other/**").replace("probe: false", "probe: true");
    work.write("package/pullthrough.yaml", config);
    for arguments in [&function[..], &check, &lock] {
        let refused = wasi(arguments, &workloads).failure();
        assert!(refused.to_string().contains("this build of pullthrough has no network"), "{refused}");
    }
}

const RENDER: [&str; 6] = ["fn", "render", "package", "--allow-alpha-wasm", "--results-dir", "results"];

/// A kpt, and what it runs modules with.
struct Runtime {
    name: &'static str,
    kpt: PathBuf,
    module: String,
}

/// Node.js for the kpt that is released, wasmtime for one that was built with cgo. Those that are not installed are skipped.
fn runtimes() -> Vec<Runtime> {
    let Some(module) = tools::wasm("pullthrough-kpt.wasm") else { return Vec::new() };
    let runtime = |name, kpt: PathBuf| Runtime { name, kpt, module: module.display().to_string() };
    let node = tools::find(["kpt", "node"]).map(|[kpt, _]| runtime("nodejs", kpt));
    let wasmtime = tools::find(["kpt-cgo"]).map(|[kpt]| runtime("wasmtime", kpt));
    node.into_iter().chain(wasmtime).collect()
}

impl Runtime {
    fn package(&self) -> Package<'_> {
        let mut package = Package::new(&self.kpt);
        // kpt keeps modules of registries in the folder for temporary files, for ever.
        package.variables =
            vec![("KPT_FN_WASM_RUNTIME", PathBuf::from(self.name)), ("TMPDIR", package.work.folder("temporary"))];
        package
    }

    fn eval(&self) -> Vec<&str> {
        let config = "package/pullthrough.yaml";
        let results = ["--results-dir", "results"];
        [&["fn", "eval", "package", "--exec", &self.module, "--fn-config", config, "--allow-alpha-wasm"][..], &results]
            .concat()
    }
}

/// Leaves the private image without a declaration.
fn declare_nothing(package: &Package<'_>, probe: &str) {
    let config = package.work.read("package/pullthrough.yaml");
    let config = config.replace("acme/**", "other/**").replace("probe: false", probe);
    package.work.write("package/pullthrough.yaml", config);
}

/// Images for two machines under one tag.
struct Images(Vec<(&'static str, String)>);

impl Images {
    fn push(skopeo: &Path, folder: &Workdir, reference: &str) -> Images {
        let layout = folder.folder("layout");
        let images: Vec<_> =
            ["amd64", "arm64"].map(|machine| (machine, Image::new(&layout, machine).digest)).into_iter().collect();
        let manifests: Vec<Value> = images
            .iter()
            .map(|(machine, digest)| {
                let blob = layout.join("blobs").join(digest.replace(':', "/"));
                json!({
                    "mediaType": "application/vnd.oci.image.manifest.v1+json",
                    "digest": digest,
                    "size": fs::metadata(blob).expect("it was just written").len(),
                    "platform": {"os": "linux", "architecture": machine},
                })
            })
            .collect();
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": manifests,
        });
        let media_type = "application/vnd.oci.image.index.v1+json";
        let index = blob(&layout, media_type, index.to_string().as_bytes());
        let index = json!({"schemaVersion": 2, "manifests": [index]});
        fs::write(layout.join("index.json"), index.to_string()).expect("the folder is ours");
        let layout = format!("oci:{}", layout.display());
        let to = format!("docker://{reference}");
        let copy = ["copy", "--all", "--preserve-digests", "--dest-tls-verify=false", &layout, &to];
        skopeo_run(skopeo, &copy).success();
        Images(images)
    }

    fn assert_still_there(&self, skopeo: &Path, reference: &str) {
        let reference = format!("docker://{reference}");
        let index = skopeo_run(skopeo, &["inspect", "--raw", "--tls-verify=false", &reference]).success();
        let index: Value = serde_json::from_str(&index).expect("an index is JSON");
        let found: Vec<(String, &Value)> = index["manifests"]
            .as_array()
            .expect("it is a list")
            .iter()
            .map(|entry| {
                let part = |name: &str| entry["platform"][name].as_str().unwrap_or_default().to_owned();
                (format!("{}/{}", part("os"), part("architecture")), &entry["digest"])
            })
            .collect();
        for (machine, digest) in &self.0 {
            assert!(found.contains(&(format!("linux/{machine}"), &json!(digest))), "{index:#}");
        }
        assert_eq!(found.iter().filter(|(platform, _)| platform == "js/wasm").count(), 1, "{index:#}");
        assert_eq!(found.len(), self.0.len() + 1, "{index:#}");
    }
}

fn skopeo_run(skopeo: &Path, arguments: &[&str]) -> Finished {
    let home = Workdir::new();
    let mut command = Command::new(skopeo);
    command.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin").arg("--insecure-policy");
    run(command.args(arguments), "")
}
