//! What the function is for: a real client pulls the image that it rewrote with the Secret that it made, and the function itself asks a
//! real registry whether that was necessary.

use crate::package::{docker_config_of, without_secrets};
use crate::pipe::{Function, images};
use crate::servers::{
    Access, Authority, Image, LICENSE, PROGRAMS, Proxy, Registry, Scene, Skopeo, TokenServer, UPSTREAM, docker_config,
};
use crate::tools;
use crate::workdir::Workdir;

tests![
    the_emitted_secret_pulls_the_rewritten_image_until_the_license_is_revoked,
    an_image_that_everybody_can_pull_stays_where_it_is,
    a_registry_with_tokens_is_asked_for_each_repository,
    a_registry_with_a_private_authority_is_asked_by_who_trusts_it,
];

fn the_emitted_secret_pulls_the_rewritten_image_until_the_license_is_revoked() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let scene = Scene::new(&skopeo, None);
    scene.proxy.license(LICENSE.password);
    let function = Function::new(&scene.proxy.host(), &scene.upstream());

    let (workload, secrets) = without_secrets(&function.run(&[&scene.source()], "").success());
    assert_eq!(images(&workload), [scene.proxied()]);
    let [secret] = &secrets[..] else { panic!("one namespace needs one Secret: {secrets:?}") };
    let config = docker_config_of(secret);
    scene.client.pull(&scene.proxied(), Some(&config)).success();
    function.run(&[&scene.source()], "verify: true").success();

    scene.proxy.license("another-license");
    scene.client.pull(&scene.proxied(), Some(&config)).failure();
    let refused = function.run(&[&scene.source()], "verify: true").failure();
    assert!(refused.stderr.contains(&scene.proxied()) && !refused.stderr.contains(LICENSE.password), "{refused}");
}

fn an_image_that_everybody_can_pull_stays_where_it_is() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let registry = Registry::start(&work.folder("registry"), Access::Open, None);
    let reference = format!("{}/acme/api:1", registry.host());
    Skopeo::new(&skopeo, None).push(&Image::new(&work.folder("image"), "open"), &reference, None).success();
    let before = registry.requests().len();

    let built = Function::new("proxy.example", &registry.host()).run(&[&reference], "").success();
    assert_eq!((images(&built), without_secrets(&built).1), (vec![reference], vec![]));
    assert_eq!(registry.requests()[before..], ["HEAD /v2/acme/api/manifests/1 200"]);
}

fn a_registry_with_tokens_is_asked_for_each_repository() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let tokens = TokenServer::start(&work.folder("tokens"));
    let registry = Registry::start(&work.folder("registry"), Access::Token(&tokens), None);
    let image = Image::new(&work.folder("image"), "token");
    let right = docker_config(&registry.host(), UPSTREAM);
    let [public, private] = ["public/api", "acme/api"].map(|name| format!("{}/{name}:1", registry.host()));
    for reference in [&public, &private] {
        Skopeo::new(&skopeo, None).push(&image, reference, Some(&right)).success();
    }
    let before = tokens.requests().len();

    let built = Function::new("proxy.example", &registry.host()).run(&[&public, &private], "").success();
    let proxied = format!("proxy.example/proxy/acme/{}/acme/api:1", Proxy::ALIAS);
    assert_eq!(images(&without_secrets(&built).0), [public, proxied]);
    assert_eq!(tokens.requests().len() - before, 2, "one token for each repository");
}

fn a_registry_with_a_private_authority_is_asked_by_who_trusts_it() {
    let Some([_, _, _, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let authority = Authority::new(&work.folder("authority"));
    let registry = Registry::start(&work.folder("registry"), Access::Htpasswd, Some(&authority));
    let reference = format!("{}/acme/api:1", registry.host());
    let mut function = Function::new("proxy.example", &registry.host());

    let distrusted = function.run(&[&reference], "").failure();
    assert!(distrusted.stderr.contains(&reference), "{distrusted}");
    function.authority = Some(&authority);
    let built = function.run(&[&reference], "").success();
    let proxied = format!("proxy.example/proxy/acme/{}/acme/api:1", Proxy::ALIAS);
    assert_eq!(images(&without_secrets(&built).0), [proxied]);
}
