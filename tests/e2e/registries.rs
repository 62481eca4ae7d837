//! The servers do what the other tests rely on: skopeo alone, without the function.

use crate::servers::{
    Access, Authority, Image, LICENSE, PROGRAMS, Registry, Scene, Skopeo, TokenServer, UPSTREAM, docker_config,
};
use crate::tools;
use crate::workdir::Workdir;

tests![
    an_open_registry_gives_to_everybody,
    a_registry_with_htpasswd_gives_to_who_has_the_account,
    a_registry_with_tokens_gives_public_images_to_everybody,
    a_registry_with_a_private_authority_is_for_who_trusts_it,
    a_license_opens_the_proxy_until_it_is_revoked,
    a_proxy_over_tls_is_for_who_trusts_its_authority,
];

fn an_open_registry_gives_to_everybody() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let registry = Registry::start(&work.folder("registry"), Access::Open, None);
    let skopeo = Skopeo::new(&skopeo, None);
    let image = Image::new(&work.folder("image"), "open");
    let reference = format!("{}/acme/api:1", registry.host());

    skopeo.push(&image, &reference, None).success();
    skopeo.pull(&reference, None).success();
    skopeo.pull(&format!("{}/acme/api@{}", registry.host(), image.digest), None).success();
    assert!(
        skopeo.pull(&format!("{}/acme/api:2", registry.host()), None).failure().stderr.contains("manifest unknown")
    );
    assert!(registry.requests().contains(&"GET /v2/acme/api/manifests/1 200".to_owned()), "{:?}", registry.requests());
}

fn a_registry_with_htpasswd_gives_to_who_has_the_account() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let registry = Registry::start(&work.folder("registry"), Access::Htpasswd, None);
    let skopeo = Skopeo::new(&skopeo, None);
    let image = Image::new(&work.folder("image"), "htpasswd");
    let reference = format!("{}/acme/api:1", registry.host());
    let right = docker_config(&registry.host(), UPSTREAM);

    skopeo.push(&image, &reference, Some(&right)).success();
    skopeo.pull(&reference, Some(&right)).success();
    assert!(skopeo.pull(&reference, None).failure().stderr.contains("authentication required"));
    let wrong = docker_config(&registry.host(), LICENSE);
    assert!(skopeo.pull(&reference, Some(&wrong)).failure().stderr.contains("authentication required"));
}

fn a_registry_with_tokens_gives_public_images_to_everybody() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let tokens = TokenServer::start(&work.folder("tokens"));
    let registry = Registry::start(&work.folder("registry"), Access::Token(&tokens), None);
    let skopeo = Skopeo::new(&skopeo, None);
    let image = Image::new(&work.folder("image"), "token");
    let right = docker_config(&registry.host(), UPSTREAM);
    let [public, private] = ["public/api", "acme/api"].map(|name| format!("{}/{name}:1", registry.host()));

    for reference in [&public, &private] {
        skopeo.push(&image, reference, Some(&right)).success();
        skopeo.pull(reference, Some(&right)).success();
    }
    skopeo.pull(&public, None).success();
    let asked = tokens.requests().len();
    assert!(skopeo.pull(&private, None).failure().stderr.contains("denied"));
    assert!(tokens.requests().len() > asked, "everybody gets a token, also for a private image");
}

fn a_registry_with_a_private_authority_is_for_who_trusts_it() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let [authority, stranger] = ["authority", "stranger"].map(|name| Authority::new(&work.folder(name)));
    let registry = Registry::start(&work.folder("registry"), Access::Htpasswd, Some(&authority));
    let image = Image::new(&work.folder("image"), "tls");
    let reference = format!("{}/acme/api:1", registry.host());
    let right = docker_config(&registry.host(), UPSTREAM);
    let trusting = Skopeo::new(&skopeo, Some(&authority));

    trusting.push(&image, &reference, Some(&right)).success();
    trusting.pull(&reference, Some(&right)).success();
    assert!(Skopeo::new(&skopeo, Some(&stranger)).pull(&reference, Some(&right)).failure().stderr.contains("x509"));
}

fn a_license_opens_the_proxy_until_it_is_revoked() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let scene = Scene::new(&skopeo, None);
    let config = docker_config(&scene.proxy.host(), LICENSE);
    let proxied = scene.proxied();

    assert!(scene.client.pull(&proxied, Some(&config)).failure().stderr.contains("authentication required"));
    scene.proxy.license(LICENSE.password);
    scene.client.pull(&proxied, Some(&config)).success();
    assert!(scene.client.pull(&proxied, None).failure().stderr.contains("authentication required"));
    assert!(scene.client.pull(&scene.source(), Some(&config)).failure().stderr.contains("authentication required"));
    let log = scene.proxy.requests().join("\n");
    assert!(
        log.contains(LICENSE.user) && !log.contains(UPSTREAM.user),
        "the client sends the license and nothing else: {log}"
    );

    scene.proxy.license("another-license");
    assert!(scene.client.pull(&proxied, Some(&config)).failure().stderr.contains("authentication required"));
}

fn a_proxy_over_tls_is_for_who_trusts_its_authority() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let authority = Authority::new(work.path());
    let scene = Scene::new(&skopeo, Some(&authority));
    scene.proxy.license(LICENSE.password);
    let config = docker_config(&scene.proxy.host(), LICENSE);

    scene.client.pull(&scene.proxied(), Some(&config)).success();
}
