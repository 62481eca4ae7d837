//! `docs/replicated.md`: what it shows are files of `examples/replicated`, which are run here, and what it says has a test.

use crate::package::{command, docker_config_of};
use crate::process::run;
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::fs;
use std::path::{Path, PathBuf};

tests![
    the_page_shows_what_is_run,
    each_way_makes_the_image_pullable,
    a_secret_from_a_store_opens_the_same_host,
    kpt_is_not_given_the_secret,
    each_row_of_the_table_has_its_test,
];

const PRIVATE: &str = "image: images.acme.example/proxy/acme/ghcr.io/acme/api:1.4.2\n";

fn the_page_shows_what_is_run() {
    for name in [
        "pullthrough.yaml",
        "external-secret.yaml",
        "embedded-cluster.yaml",
        "kustomize.sh",
        "helm.sh",
        "kpt.sh",
        "flux.sh",
        "secret.sh",
    ] {
        assert!(page().contains(&example(name)), "docs/replicated.md does not show examples/replicated/{name}");
    }
    let never = "  pullSecret:\n    create: never   # pods name it; it is made in the cluster\n";
    let annotation = "  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: pullthrough}\n";
    assert_eq!(example("in-git.yaml"), example("pullthrough.yaml").replace(annotation, "") + never);
}

fn each_way_makes_the_image_pullable() {
    let Some(programs) = tools::find(["kustomize", "helm", "kpt"]) else { return };
    for (script, output, secret) in [
        ("kustomize.sh", "rendered.yaml", true),
        ("helm.sh", "rendered.yaml", true),
        ("kpt.sh", "package/shop.yaml", false),
    ] {
        let work = run_script(script, &programs);
        let made = work.read(output);
        assert!(made.contains(PRIVATE) && made.contains("image: redis:7\n"), "{script}: {made}");
        assert!(made.contains("imagePullSecrets:\n      - name: acme-registry\n"), "{script}: {made}");
        assert_eq!(made.contains("kind: Secret\n"), secret, "{script}: {made}");
    }
    let component = run_script("flux.sh", &programs).read("component/kustomization.yaml");
    assert!(component.contains("newName: images.acme.example/proxy/acme/ghcr.io/acme/api\n"), "{component}");
}

fn a_secret_from_a_store_opens_the_same_host() {
    let made = docker_config_of(&run_script("secret.sh", &[]).read("component/secret.yaml"));
    let made: serde_json::Value = serde_json::from_str(&made).unwrap();
    let made = made["auths"]["images.acme.example"]["auth"].as_str().unwrap();

    let manifest = example("external-secret.yaml");
    let config = manifest.lines().find_map(|line| line.trim().strip_prefix(".dockerconfigjson: '")).unwrap();
    let config = config.trim_end_matches('\'').replace("{{ printf \"LICENSE_ID:%s\" .id | b64enc }}", made);
    let config: serde_json::Value = serde_json::from_str(&config).unwrap();
    assert_eq!(config, serde_json::json!({"auths": {"images.acme.example": {"auth": made}}}));
    let user = String::from_utf8(base64::Engine::decode(&base64::engine::general_purpose::STANDARD, made).unwrap());
    assert_eq!(user.unwrap(), "LICENSE_ID:2vExAmPlEnOtAlIcEnSe0123456");
}

fn kpt_is_not_given_the_secret() {
    let Some([kpt]) = tools::find(["kpt"]) else { return };
    let work = files();
    copy(&work.join("chart/templates"), &work.join("package"));
    let mut eval = command(&work, &kpt);
    eval.env("PULLTHROUGH_LICENSE_FILE", work.join("license.yaml"));
    eval.args(["fn", "eval", "package", "--exec", "pullthrough", "--fn-config", "pullthrough.yaml"]);
    let refused = run(&mut eval, "").failure();
    assert!(refused.stderr.contains("create: always"), "{refused}");
}

fn each_row_of_the_table_has_its_test() {
    let page = page();
    let (_, table) = page.split_once("| | KOTS | pullthrough | test |\n|---|---|---|---|\n").unwrap();
    let rows: Vec<_> = table.lines().take_while(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20, "{rows:#?}");
    for row in rows {
        let named: Vec<_> = row.rsplit('|').nth(1).unwrap().split_whitespace().collect();
        assert!(!named.is_empty(), "{row}");
        for case in named {
            let folder = root().join("tests/function/cases").join(case.trim_matches('`'));
            assert!(folder.is_dir(), "{case} is no case: {row}");
        }
    }
}

fn run_script(name: &str, programs: &[PathBuf]) -> Workdir {
    let work = files();
    let mut shell = command(&work, &PathBuf::from("bash"));
    let bin = work.join("bin");
    let folders: Vec<&Path> = [bin.as_path()].into_iter().chain(programs.iter().filter_map(|it| it.parent())).collect();
    shell.env("PATH", tools::path_with(&folders));
    run(shell.args(["-euo", "pipefail", name]), "").success();
    work
}

fn files() -> Workdir {
    let work = Workdir::new();
    copy(&root().join("examples/replicated"), work.path());
    work
}

fn example(name: &str) -> String {
    fs::read_to_string(root().join("examples/replicated").join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn page() -> String {
    fs::read_to_string(root().join("docs/replicated.md")).unwrap()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
