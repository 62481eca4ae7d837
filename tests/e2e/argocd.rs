//! Argo CD's config management plugin: the command of `plugin.yaml` as its server runs it, with what the sidecar is given.
//!
//! The server is not here. What it does is in argoproj/argo-cd, cmpserver/plugin/plugin.go: the command in a process group of its own, the
//! application's folder as working directory, the sidecar's variables and the application's, no standard input; SIGTERM to the group when time is up.

mod sidecar;

use crate::package::{command, docker_config_of, without_secrets};
use crate::pages;
use crate::process::run;
use crate::servers::LICENSE;
use crate::tools;
use crate::workdir::Workdir;
use pullthrough::yaml::parse;
use serde_json::{Value, json};
use sidecar::{Sidecar, wait_until};
use std::fs;
use std::io::Read as _;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

tests![
    the_page_shows_its_examples,
    the_plugin_is_one_that_argo_cd_reads_and_no_shell,
    the_repo_server_gets_the_sidecar,
    it_runs_with_the_rights_of_the_sidecar,
    it_prints_what_argo_cd_applies,
    a_folder_of_plain_files_needs_no_kustomization,
    the_application_chooses_neither_hosts_nor_credentials,
    nothing_of_the_repository_is_run,
    what_can_not_be_built_prints_nothing,
    a_registry_that_never_answers_takes_no_longer_than_the_budget,
    a_shared_repo_server_asks_no_private_address,
    when_time_is_up_it_ends_at_once_with_nothing_printed,
    an_application_without_the_plugin_is_seen_by_the_guard,
];

const PROXIED: [&str; 2] =
    ["images.acme.example/proxy/acme/acme/web:1.4.2", "images.acme.example/proxy/acme/ghcr.io/acme/agent:7"];

/// What Argo CD's users choose, and what they might try.
const HOSTILE: [(&str, &str); 12] = [
    ("ARGOCD_APP_NAME", "shop"),
    ("ARGOCD_APP_NAMESPACE", "shop"),
    ("ARGOCD_APP_SOURCE_PATH", "../../etc"),
    ("ARGOCD_APP_PARAMETERS", "[{\"name\": \"config\", \"string\": \"mine.yaml\"}]"),
    ("ARGOCD_ENV_PULLTHROUGH_HOSTS", "evil.example"),
    ("ARGOCD_ENV_PULLTHROUGH_LICENSE_ID", "stolen"),
    ("ARGOCD_ENV_PULLTHROUGH_PUBLIC_ONLY", "0"),
    ("ARGOCD_ENV_HTTPS_PROXY", "http://evil.example"),
    ("ARGOCD_ENV_KUSTOMIZE_PLUGIN_CONFIG_STRING", "kind: PullThrough"),
    ("ARGOCD_ENV_PATH", "."),
    ("PARAM_CONFIG", "mine.yaml"),
    ("KUBE_VERSION", "1.37"),
];

fn the_page_shows_its_examples() {
    let files = ["plugin.yaml", "pullthrough.yaml", "Dockerfile", "repo-server.yaml", "kustomization.yaml"];
    pages::assert_shows("docs/argocd.md", "examples/argocd", &files);
    pages::assert_shows(
        "docs/argocd.md",
        "examples/argocd",
        &["license.yaml", "application.yaml", "guard.sh", "plugin-folder.yaml"],
    );
}

fn the_plugin_is_one_that_argo_cd_reads_and_no_shell() {
    let Sidecar { plugin, .. } = Sidecar::new();
    assert_eq!((plugin.api_version.as_str(), plugin.kind.as_str()), ("argoproj.io/v1alpha1", "ConfigManagementPlugin"));
    let command = plugin.spec.generate.line();
    assert_eq!(command[0], "pullthrough");
    assert!(command.iter().all(|word| !word.contains("sh") || word.contains('/')), "{command:?}");
    // Who names it gets an error where it is missing; a plugin that is discovered is one that may not be.
    let application = pages::read("examples/argocd/application.yaml");
    assert!(application.contains(&format!("    plugin:\n      name: {}\n", plugin.metadata.name)), "{application}");
}

/// As an administrator adds it: the patches apply, and the sidecar mounts the files of this configuration and no other.
fn the_repo_server_gets_the_sidecar() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let (sidecar, work) = (Sidecar::new(), Workdir::new());
    let server = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: argocd-repo-server\nspec:\n  template:\n    spec:\n      \
                  containers:\n      - name: argocd-repo-server\n      volumes:\n      - {name: var-files, emptyDir: {}}\n      \
                  - {name: plugins, emptyDir: {}}\n";
    sidecar.write("install/server.yaml", server);
    sidecar.write("install/kustomization.yaml", "resources: [server.yaml]\ncomponents: [../etc]\n");
    let component = sidecar.read("etc/kustomization.yaml");
    for (patches, variables) in [("", 1), ("- path: license.yaml\n", 3)] {
        sidecar.write("etc/kustomization.yaml", &format!("{component}{patches}"));
        let mut build = command(&work, &kustomize);
        let built = run(build.arg("build").arg(sidecar.path("install")), "").success();
        let (config, server) = built.split_once("---\n").unwrap();
        let name = config.lines().find_map(|line| line.strip_prefix("  name: ")).unwrap();
        assert!(
            name.starts_with("argocd-pullthrough-") && server.contains(&format!("          name: {name}\n")),
            "{built}"
        );
        let server: Value = pages::parse(server);
        let pod = &server["spec"]["template"]["spec"];
        let own = pod["containers"].as_array().unwrap().iter().find(|each| each["name"] == "pullthrough").unwrap();
        assert_eq!(own["env"].as_array().unwrap().len(), variables);
        assert_eq!(own["command"], json!(["/var/run/argocd/argocd-cmp-server"]));
        for mount in own["volumeMounts"].as_array().unwrap() {
            let volumes = pod["volumes"].as_array().unwrap();
            assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount} has no volume");
        }
    }
}

fn it_runs_with_the_rights_of_the_sidecar() {
    let (Some([podman, _, kustomize]), Some(image)) = (tools::find(["podman", "runc", "kustomize"]), tools::image())
    else {
        return;
    };
    let sidecar = Sidecar::new();
    let container = sidecar.container(&podman, &kustomize, &image);
    assert_eq!((container.user.as_str(), container.read_only), ("999", true));
    let (built, hostile) = (container.generate(&[]).success(), container.generate(&HOSTILE).success());
    assert_eq!(built, hostile);
    assert_made_pullable(&built);
    // There is nothing else in the image that could be run.
    assert_eq!(container.programs(), ["usr/local/bin/kustomize", "usr/local/bin/pullthrough"]);
}

fn it_prints_what_argo_cd_applies() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let sidecar = Sidecar::new();
    let built = sidecar.generate(&kustomize, &[]).success();
    assert_made_pullable(&built);
    assert!(!built.contains("kind: Secret") && built.contains("- name: acme-registry"), "{built}");
    parse::objects::<parse::Error>(&built, |_| parse::Split::Whole, |_, _| Ok(())).unwrap();
}

/// With the second plugin of the page. What is local configuration is not printed, and no file at all is an error.
fn a_folder_of_plain_files_needs_no_kustomization() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let mut sidecar = Sidecar::new();
    sidecar.plugin = pages::parse(&pages::read("examples/argocd/plugin-folder.yaml"));
    fs::remove_file(sidecar.path("app/kustomization.yaml")).unwrap();
    let local = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: local\n  annotations:\n    config.kubernetes.io/local-config: \"true\"\n";
    sidecar.write("app/below/local.yaml", local);
    let built = sidecar.generate(&kustomize, &[]).success();
    assert_made_pullable(&built);
    assert!(built.contains("- name: acme-registry") && !built.contains("name: local"), "{built}");
    fs::remove_file(sidecar.path("app/shop.yaml")).unwrap();
    let refused = sidecar.generate(&kustomize, &[]).failure();
    assert!(refused.stdout.is_empty() && refused.code == Some(2), "{refused}");
}

fn the_application_chooses_neither_hosts_nor_credentials() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let sidecar = Sidecar::new();
    sidecar.with_a_license();
    let built = sidecar.generate(&kustomize, &[]).success();
    let secret = without_secrets(&built).1.remove(0);
    let accounts = docker_config_of(&secret);
    assert!(accounts.contains("images.acme.example") && !secret.contains(LICENSE.password), "{secret}");
    sidecar.write("app/mine.yaml", "this is no configuration");
    assert_eq!(sidecar.generate(&kustomize, &HOSTILE).success(), built);
}

/// What is in the repository is data. Argo CD takes away the right to be run, but that is not what is relied on.
fn nothing_of_the_repository_is_run() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let sidecar = Sidecar::new();
    for name in ["kustomize", "pullthrough", "function"] {
        let program = sidecar.write(&format!("app/{name}"), "#!/bin/sh\ntouch ran\n");
        fs::set_permissions(program, fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert_made_pullable(&sidecar.generate(&kustomize, &[]).success());

    let kustomization = sidecar.read("app/kustomization.yaml");
    sidecar.write("app/kustomization.yaml", &format!("{kustomization}transformers: [function.yaml]\n"));
    let function = "apiVersion: example.com/v1\nkind: Function\nmetadata:\n  name: f\n  annotations:\n    \
                    config.kubernetes.io/function: 'exec: {path: ./function}'\n";
    sidecar.write("app/function.yaml", function);
    let refused = sidecar.generate(&kustomize, &[]).failure();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{refused}");
    assert!(!sidecar.path("app/ran").exists());
}

/// Argo CD takes what is printed for all there is, and prunes the rest.
fn what_can_not_be_built_prints_nothing() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let sidecar = Sidecar::new();
    let kustomization = sidecar.read("app/kustomization.yaml");
    sidecar.write("app/kustomization.yaml", &format!("{kustomization}- missing.yaml\n"));
    let refused = sidecar.generate(&kustomize, &[]).failure();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{refused}");
    assert!(refused.stderr.contains("missing.yaml") && refused.stderr.contains("`kustomize` failed"), "{refused}");

    sidecar.write("app/kustomization.yaml", "resources: []\n");
    let refused = sidecar.generate(&kustomize, &[]).failure();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""), "{refused}");
}

fn a_registry_that_never_answers_takes_no_longer_than_the_budget() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let (sidecar, registry) = (Sidecar::new(), TcpListener::bind("127.0.0.1:0").unwrap());
    sidecar.ask(&registry, "1s");
    let began = Instant::now();
    let refused = sidecar.generate_on_private_networks(&kustomize).wait();
    let took = began.elapsed();
    assert!(took > Duration::from_millis(900) && took < Duration::from_secs(4), "{took:?}: {refused}");
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused}");
    assert!(refused.stderr.contains("unreachable"), "{refused}");
}

/// A repo-server builds for many teams; what is on its network is not for them to ask.
fn a_shared_repo_server_asks_no_private_address() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let (sidecar, registry) = (Sidecar::new(), TcpListener::bind("127.0.0.1:0").unwrap());
    sidecar.ask(&registry, "20s");
    let refused = sidecar.generate(&kustomize, &HOSTILE).failure();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused}");
    registry.set_nonblocking(true).unwrap();
    assert!(registry.accept().is_err(), "it was asked");
}

fn when_time_is_up_it_ends_at_once_with_nothing_printed() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    // While a registry is asked.
    let (sidecar, registry) = (Sidecar::new(), TcpListener::bind("127.0.0.1:0").unwrap());
    sidecar.ask(&registry, "20s");
    let running = sidecar.generate_on_private_networks(&kustomize);
    let (mut asked, _) = registry.accept().unwrap();
    asked.read_exact(&mut [0]).unwrap();
    let began = Instant::now();
    let ended = running.terminate();
    assert!(began.elapsed() < Duration::from_secs(1) && ended.code.is_none() && ended.stdout.is_empty(), "{ended}");

    // While kustomize builds: it ends as well.
    let sidecar = Sidecar::new();
    let slow = sidecar.write("slow/kustomize", "#!/bin/sh\necho $$ >started\nexec sleep 60\n");
    fs::set_permissions(&slow, fs::Permissions::from_mode(0o755)).unwrap();
    let running = sidecar.generate_on_private_networks(&slow);
    let started = sidecar.path("app/started");
    wait_until(|| fs::read_to_string(&started).is_ok_and(|text| text.ends_with('\n')));
    let child = PathBuf::from("/proc").join(fs::read_to_string(&started).unwrap().trim());
    let began = Instant::now();
    let ended = running.terminate();
    assert!(began.elapsed() < Duration::from_secs(1) && ended.code.is_none() && ended.stdout.is_empty(), "{ended}");
    wait_until(|| !child.exists());
}

/// An Application without the plugin is built by Argo CD's own kustomize, and nobody says so.
fn an_application_without_the_plugin_is_seen_by_the_guard() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    let sidecar = Sidecar::new();
    let built = sidecar.generate(&kustomize, &[]).success();
    assert!(sidecar.guard(&built).code == Some(0));
    let work = Workdir::new();
    let skipped = run(command(&work, &kustomize).arg("build").arg(sidecar.path("app")), "").success();
    let refused = sidecar.guard(&skipped);
    assert!(refused.code == Some(1) && refused.stdout.contains("error[not-rendered]"), "{refused}");
}

#[track_caller]
fn assert_made_pullable(built: &str) {
    assert!(PROXIED.iter().all(|image| built.contains(image)) && built.contains("image: redis:7\n"), "{built}");
}
