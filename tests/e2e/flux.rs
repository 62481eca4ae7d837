//! What Flux applies, built with its own library: the examples of `docs/flux.md`, and what that page says of variables, images and SOPS.

use crate::package::command;
use crate::pages;
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::path::PathBuf;

tests![
    both_ways_to_name_the_component_pass_the_guard,
    a_component_that_is_named_twice_stops_the_build,
    variables_are_refused_by_the_component_and_seen_by_the_guard,
    images_of_the_kustomization_use_the_new_name,
    an_encrypted_secret_is_kept_and_built,
];

const AGENT: &str = "images.acme.example/proxy/acme/ghcr.io/acme/agent";

/// The files of the page.
struct Source {
    work: Workdir,
    build: PathBuf,
}

impl Source {
    fn new() -> Option<Source> {
        let [build] = tools::find(["flux-build"])?;
        let work = Workdir::new();
        copy(&pages::path("examples/flux"), work.path());
        Some(Source { work, build })
    }

    fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.work.read(file);
        assert!(text.contains(old), "{file} lacks {old}:\n{text}");
        self.work.write(file, text.replace(old, new));
    }

    /// What Flux builds. It writes a kustomization into the folder where there is none, as in its own copy of the source.
    fn build(&self, kustomization: &str) -> Finished {
        let work = Workdir::new();
        copy(self.work.path(), work.path());
        run(command(&work, &self.build).args([".", kustomization]), "")
    }

    fn pullthrough(&self, arguments: &[&str], input: &str) -> Finished {
        let mut program = command(&self.work, &tools::binary());
        program
            .env("PULLTHROUGH_LICENSE_ID", "2vExAmPlEnOtAlIcEnSe0123456")
            .env("PULLTHROUGH_HOSTS", "images.acme.example");
        run(program.args(arguments).args(["--config", "pullthrough.yaml"]), input)
    }

    fn guard(&self, built: &str) -> Finished {
        self.pullthrough(&["check", "--rendered", "-"], built)
    }
}

fn both_ways_to_name_the_component_pass_the_guard() {
    let Some(source) = Source::new() else { return };
    for kustomization in ["cluster/flux.yaml", "cluster/flux-components.yaml"] {
        let built = source.build(kustomization).success();
        assert!(built.contains(&format!("image: {AGENT}:7\n")), "{kustomization}: {built}");
        assert!(built.contains("- name: acme-registry\n"), "{kustomization}: {built}");
        source.guard(&built).success();
    }
    source.edit("cluster/flux-components.yaml", "  components:\n  - ../components/pullthrough\n", "");
    let built = source.build("cluster/flux-components.yaml").success();
    assert!(source.guard(&built).failure().stdout.contains("error[not-rendered]"));
}

fn a_component_that_is_named_twice_stops_the_build() {
    let Some(source) = Source::new() else { return };
    let twice = "  path: ./cluster\n  components:\n  - ../components/pullthrough\n";
    source.edit("cluster/flux.yaml", "  path: ./cluster\n", twice);
    let refused = source.build("cluster/flux.yaml").failure();
    assert!(refused.stderr.contains("test failed") || refused.stderr.contains("testing"), "{refused}");
}

/// They are filled in after kustomize, so nothing that kustomize does can match the image.
fn variables_are_refused_by_the_component_and_seen_by_the_guard() {
    let Some(source) = Source::new() else { return };
    source.edit("base/shop.yaml", "ghcr.io/acme/agent:7", "ghcr.io/acme/agent:${TAG:=7}");
    let refused = source.pullthrough(&["component", "-o", "made", "base/shop.yaml"], "").failure();
    assert!(refused.stderr.contains("error[not-expressible]") && refused.stderr.contains("${TAG:=7}"), "{refused}");
    source.edit("cluster/flux.yaml", "  prune: true\n", "  prune: true\n  postBuild: {substitute: {TAG: \"8\"}}\n");
    // The Component from before the change.
    let built = source.build("cluster/flux.yaml").success();
    assert!(built.contains("image: ghcr.io/acme/agent:8\n"), "{built}");
    let refused = source.guard(&built).failure();
    assert!(refused.stdout.contains("`ghcr.io/acme/agent:8`"), "{refused}");
}

fn images_of_the_kustomization_use_the_new_name() {
    let Some(source) = Source::new() else { return };
    for (name, tag) in [("ghcr.io/acme/agent", "7"), (AGENT, "8")] {
        let images = format!("  prune: true\n  images: [{{name: {name}, newTag: \"8\"}}]\n");
        source.edit("cluster/flux.yaml", "  prune: true\n", &images);
        let built = source.build("cluster/flux.yaml").success();
        assert!(built.contains(&format!("image: {AGENT}:{tag}\n")), "{name}: {built}");
        source.edit("cluster/flux.yaml", &images, "  prune: true\n");
    }
}

/// In the shape that the page's regex gives it: values are encrypted, and Flux sees an object to decrypt.
fn an_encrypted_secret_is_kept_and_built() {
    let Some(source) = Source::new() else { return };
    let component = ["component", "-o", "components/pullthrough", "base/shop.yaml"];
    let with_secret: Vec<&str> = component.into_iter().chain(["--with-secret"]).collect();
    source.pullthrough(&with_secret, "").success();
    let plain = source.work.read("components/pullthrough/secret.yaml");
    let (head, _) = plain.split_once(".dockerconfigjson: ").unwrap();
    let encrypted = format!(
        "{head}.dockerconfigjson: ENC[AES256_GCM,data:aa==,iv:aa==,tag:aa==,type:str]\nsops:\n  mac: ENC[AES256_GCM,data:aa==,iv:aa==,tag:aa==,type:str]\n  version: 3.13.3\n"
    );
    source.work.write("components/pullthrough/secret.yaml", &encrypted);
    for arguments in [&with_secret[..], &component] {
        let made = source.pullthrough(arguments, "");
        assert!(made.code == Some(0) && made.stderr.contains("is encrypted and was kept"), "{made}");
        assert_eq!(source.work.read("components/pullthrough/secret.yaml"), encrypted);
        let built = source.build("cluster/flux.yaml").success();
        assert!(built.contains("kind: Secret\n") && built.contains(".dockerconfigjson: ENC["), "{built}");
    }
}
