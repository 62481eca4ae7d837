//! The air gap of `docs/replicated.md`: `examples/airgap` lists, copies and renders, between a license proxy and a local registry that never meet.

use crate::package::{command, without_secrets};
use crate::pages;
use crate::process::run;
use crate::servers::{Access, Image, Registry, Shop, Skopeo};
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::path::{Path, PathBuf};

tests![the_page_shows_the_scripts, images_cross_an_air_gap,];

fn the_page_shows_the_scripts() {
    let page = pages::read("docs/replicated.md");
    for name in ["online.yaml", "offline.yaml"] {
        assert!(
            page.contains(&pages::read(&format!("examples/airgap/{name}"))),
            "docs/replicated.md does not show {name}"
        );
    }
    for name in ["list.sh", "fetch.sh", "load.sh"] {
        let script = pages::read(&format!("examples/airgap/{name}"));
        let (_, commands) = script.split_once("set -eu\n\n").unwrap();
        assert!(page.contains(commands), "docs/replicated.md does not show {name}");
    }
}

/// One image is behind the license, one is public, with a digest; the local registry has neither before.
fn images_cross_an_air_gap() {
    let Some([skopeo, _]) = tools::find(["skopeo", "jq"]) else { return };
    let Some(shop) = Shop::start() else { return };
    let work = Workdir::new();
    copy(&pages::path("examples/airgap"), work.path());
    let public = Registry::start(&work.folder("public"), Access::Open, None);
    let local = Registry::start(&work.folder("local"), Access::Open, None);
    let client = Skopeo::new(&skopeo, None);
    let (private, cache) =
        (Image::new(&work.folder("private-image"), "api"), Image::new(&work.folder("public-image"), "redis"));
    let account = shop.account();
    client.push(&private, &shop.source(), Some(&account)).success();
    client.push(&cache, &format!("{}/library/redis:7", public.host()), None).success();

    let redis = format!("{}/library/redis:7@{}", public.host(), cache.digest);
    let manifests =
        work.read("manifests.yaml").replace("ghcr.io/acme/api:1.4.2", &shop.source()).replace("redis:7", &redis);
    work.write("manifests.yaml", manifests);
    let proxy = format!(
        "- replicated: {{app: acme, host: \"{}\"}}\n    aliases: {{\"{}\": upstream}}",
        shop.host(),
        shop.upstream()
    );
    let online = work.read("online.yaml").replace("- replicated: {app: acme, host: images.acme.example}", &proxy);
    let online = online.replace("ghcr.io/acme/**", &format!("{}/**", shop.upstream()));
    work.write("online.yaml", online.replace("docker.io/library/**", &format!("{}/**", public.host())));
    let offline = work.read("offline.yaml").replace("registry.corp.example", &format!("\"{}\"", local.host()));
    work.write("offline.yaml", offline);
    work.write("license.yaml", shop.license(&["issue", "bigbank"]).success());
    let hosts = [shop.host(), public.host(), local.host()];
    let insecure = hosts.map(|host| format!("[[registry]]\nlocation = \"{host}\"\ninsecure = true\n")).concat();
    work.write(".config/containers/registries.conf", insecure);
    let script = |name: &str| {
        let mut shell = command(&work, &PathBuf::from("sh"));
        let folders = [work.join("bin"), skopeo.parent().unwrap().to_owned()];
        let folders: Vec<&Path> = folders.iter().map(PathBuf::as_path).collect();
        shell.env("PATH", tools::path_with(&folders)).env("HOME", work.path());
        run(shell.arg(name), "").success()
    };

    script("list.sh");
    let listed = work.read("images.tsv");
    let bare = format!("{}/library/redis@{}", public.host(), cache.digest);
    let lines = [
        format!("{bare}\t{}/acme/library/redis@{}\n", local.host(), cache.digest),
        format!("{}\t{}/acme/acme/api:1\n", shop.proxied(), local.host()),
    ];
    assert!(lines.iter().all(|line| listed.contains(line)) && listed.lines().count() == 2, "{listed}");
    script("fetch.sh");
    // The gap: whatever is still asked for on the other side would fail now.
    drop((shop, public));
    script("load.sh");

    let (rendered, secrets) = without_secrets(&work.read("rendered.yaml"));
    assert_eq!(secrets, Vec::<String>::new());
    for image in
        [format!("{}/acme/acme/api:1", local.host()), format!("{}/acme/library/redis:7@{}", local.host(), cache.digest)]
    {
        assert!(rendered.contains(&format!("image: {image}\n")), "{rendered}");
    }
    for pulled in
        [format!("{}/acme/acme/api:1", local.host()), format!("{}/acme/library/redis@{}", local.host(), cache.digest)]
    {
        client.pull(&pulled, None).success();
    }
}
