//! Kubernetes itself: its strict decoding and validation of what the function writes, and kubelet's own keyring over the pull Secrets.

use crate::package::command;
use crate::process::run;
use crate::tools;
use crate::workdir::Workdir;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

tests![no_output_has_an_error_that_its_input_has_not, kubelet_finds_the_account_of_every_preset,];

/// Each preset, one image that it serves, and the host that its credentials are for.
const PRESETS: [(&str, &str, &str); 15] = [
    ("replicated: {app: acme, host: images.acme.example}", "ghcr.io/acme/web:1", "images.acme.example"),
    (
        "harbor: {host: 'harbor.example:8443', project: hub, upstream: ghcr.io}",
        "ghcr.io/acme/web:1",
        "harbor.example:8443",
    ),
    (
        "ecr: {account: '123456789012', region: eu-central-1, prefix: hub, upstream: docker.io}",
        "nginx:1.27",
        "123456789012.dkr.ecr.eu-central-1.amazonaws.com",
    ),
    (
        "gar: {location: europe-west3, project: 'example.com:prod', repository: hub, upstream: docker.io}",
        "acme/web:1",
        "europe-west3-docker.pkg.dev",
    ),
    ("artifactory: {host: acme.jfrog.io, repository: hub, upstream: docker.io}", "acme/web:1", "acme.jfrog.io"),
    (
        "artifactory: {host: acme.jfrog.io, layout: subdomain, repository: hub, upstream: docker.io}",
        "acme/web:1",
        "hub.acme.jfrog.io",
    ),
    ("nexus: {host: nexus.example, layout: port, port: 8083, upstream: docker.io}", "acme/web:1", "nexus.example:8083"),
    ("quay: {host: quay.example, organization: hub, upstream: docker.io}", "acme/web:1", "quay.example"),
    (
        "zot: {host: 'zot.example:5000', destination: /hub, upstream: ghcr.io}",
        "ghcr.io/acme/web@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "zot.example:5000",
    ),
    ("distribution: {host: 'localhost:5000', upstream: docker.io}", "acme/web:1", "localhost:5000"),
    ("acr: {host: acme.azurecr.io, prefix: hub, upstream: docker.io}", "acme/web:1", "acme.azurecr.io"),
    ("gitlab: {host: gitlab.example, group: acme/platform}", "acme/web:1", "gitlab.example"),
    ("cloudsmith: {organization: acme, repository: hub, upstream: docker.io}", "acme/web:1", "docker.cloudsmith.io"),
    ("localRegistry: {host: 'registry.example:5000', namespace: acme}", "ghcr.io/acme/web:1", "registry.example:5000"),
    (
        "template: {host: mirror.example, pattern: '{host}/{registry}/{repository}'}",
        "ghcr.io/acme/web:1",
        "mirror.example",
    ),
];

/// Every case of the function. A typed list that gets an object of another kind, or a field that a kind does not have, shows here.
fn no_output_has_an_error_that_its_input_has_not() {
    let Some([check]) = tools::find(["kubernetes-check"]) else { return };
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/function/cases");
    let names: Vec<_> = fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    let errors = |file: &str| {
        let files = names.iter().map(|name| Path::new(name).join(file)).filter(|path| cases.join(path).is_file());
        let files: Vec<PathBuf> = files.collect();
        assert!(files.len() > 300, "only {} cases have {file}", files.len());
        let work = Workdir::new();
        let said = run(command(&work, &check).current_dir(&cases).arg("objects").args(files), "").success();
        let mut errors: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in said.lines() {
            let (path, error) = line.split_once('\t').unwrap();
            // This one repeats the text.
            let error = error.split("invalid Yaml document separator").next().unwrap();
            errors.entry(path.split('/').next().unwrap().to_owned()).or_default().insert(error.to_owned());
        }
        errors
    };
    let (before, after) = (errors("input.yaml"), errors("output.yaml"));
    // Otherwise nothing would have been looked at.
    assert!(before.len() > 20, "{before:#?}");
    for (case, errors) in after {
        let new: Vec<_> = errors.difference(before.get(&case).unwrap_or(&BTreeSet::new())).cloned().collect();
        assert!(new.is_empty(), "{case}: {new:#?}");
    }
}

fn kubelet_finds_the_account_of_every_preset() {
    let Some([check]) = tools::find(["kubernetes-check"]) else { return };
    for (preset, image, host) in PRESETS {
        let work = Workdir::new();
        work.write(
            "pullthrough.yaml",
            format!(
                "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: acme}}\nspec:\n  proxies:\n  - {preset}\n  images: {{private: [\"**\"]}}\n"
            ),
        );
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - name: web\n    image: {image}\n"
        );
        let mut function = command(&work, &tools::binary());
        let account = [("USERNAME", "robot"), ("PASSWORD", "pa\"s:s\\wörd$ "), ("HOSTS", host)];
        function.envs(account.map(|(name, value)| (format!("PULLTHROUGH_{name}"), value)));
        let output = run(function.args(["--config", "pullthrough.yaml"]), &pod).success();
        assert!(output.contains(&format!("image: {host}/")), "{preset}: {output}");
        work.write("output.yaml", output);
        let found = run(command(&work, &check).args(["pulls", "output.yaml"]), "").success();
        let (_, user) = found.trim_end().rsplit_once('\t').unwrap();
        assert_eq!(user, "robot", "{preset}: {found}");
        assert_eq!(run(command(&work, &check).args(["objects", "output.yaml"]), "").success(), "", "{preset}");
    }
}
