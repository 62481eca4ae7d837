//! `verify` and `pin` against real servers: what the function says, and how often it asks.

use crate::package::without_secrets;
use crate::pipe::{Function, images};
use crate::servers::{Access, Image, LICENSE, PROGRAMS, Proxy, Registry, Scene, Skopeo, free_port};
use crate::tools;
use crate::workdir::Workdir;

tests![
    verify_says_what_is_wrong_in_words_to_act_on,
    pin_takes_the_digest_from_the_question_that_was_asked_anyway,
    pin_asks_the_proxy_once_for_what_the_registry_does_not_tell,
];

/// Whoever reads it has to know whom to call: the vendor, the proxy's operator, the author of the manifests, the network's people.
fn verify_says_what_is_wrong_in_words_to_act_on() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let scene = Scene::new(&skopeo, None);
    let proxy = scene.proxy.host();
    let source = scene.source();
    let upstream = scene.registry.host();
    let function = Function::new(&proxy, &upstream);
    let refused = |function: &Function<'_>, image: &str| {
        let refused = function.run(&[image], "verify: true").failure();
        assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""), "{refused}");
        assert!(!refused.stderr.contains(LICENSE.password), "{refused}");
        let (_, said) = refused.stderr.split_once("can't be pulled: ").unwrap_or_else(|| panic!("{refused}"));
        said.lines().next().unwrap().to_owned()
    };

    let expected =
        format!("401 from http://{proxy}/v2/proxy/acme/upstream/acme/api/manifests/1: the credential was not accepted");
    scene.proxy.license("another-license");
    assert_eq!(
        refused(&function, &source),
        format!("{expected}; check that the license or account is the right one, and neither expired nor archived")
    );

    scene.proxy.license(LICENSE.password);
    function.run(&[&source], "verify: true").success();

    let mut stranger = Function::new(&proxy, &upstream);
    stranger.alias = Proxy::STRANGER;
    assert_eq!(
        refused(&stranger, &source),
        format!(
            "401 from http://{proxy}/v2/proxy/acme/stranger/acme/api/manifests/1: its upstream refused the image; give the proxy \
             credentials for this upstream registry"
        )
    );

    assert_eq!(
        refused(&function, &format!("{upstream}/acme/api:2")),
        format!(
            "404 from http://{proxy}/v2/proxy/acme/upstream/acme/api/manifests/2; check its name and tag, and that the registry \
             behind the proxy has it"
        )
    );

    let nobody = format!("127.0.0.1:{}", free_port());
    assert_eq!(
        refused(&Function::new(&nobody, &upstream), &source),
        format!(
            "could not connect to http://{nobody}; check that the proxy runs and can be reached from here, or set spec.verify: false"
        )
    );
}

fn pin_takes_the_digest_from_the_question_that_was_asked_anyway() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let work = Workdir::new();
    let registry = Registry::start(&work.folder("registry"), Access::Open, None);
    let image = Image::new(&work.folder("image"), "pinned");
    let [one, two] = ["acme/api:1", "acme/web:1"].map(|name| format!("{}/{name}", registry.host()));
    for reference in [&one, &two] {
        Skopeo::new(&skopeo, None).push(&image, reference, None).success();
    }
    let before = registry.requests().len();

    let built = Function::new("proxy.example", &registry.host()).run(&[&one, &two], "pin: true").success();
    assert_eq!(images(&built), [&one, &two].map(|reference| format!("{reference}@{}", image.digest)));
    let mut asked = registry.requests()[before..].to_vec();
    asked.sort();
    assert_eq!(asked, ["HEAD /v2/acme/api/manifests/1 200", "HEAD /v2/acme/web/manifests/1 200"]);
}

fn pin_asks_the_proxy_once_for_what_the_registry_does_not_tell() {
    let Some([_, _, skopeo, _]) = tools::find(PROGRAMS) else { return };
    let scene = Scene::new(&skopeo, None);
    scene.proxy.license(LICENSE.password);
    let sources = [scene.source(), scene.push("acme/api:2"), scene.push("acme/web:1")];
    let sources: Vec<_> = sources.iter().map(String::as_str).collect();
    let proxied = |source: &str| {
        let name = source.split_once('/').unwrap().1;
        format!("{}/proxy/acme/{}/{name}@{}", scene.proxy.host(), Proxy::ALIAS, scene.digest())
    };

    for more in ["pin: true", "pin: true\n  verify: true"] {
        let (asked, relayed) = (scene.registry.requests().len(), scene.proxy.requests().len());
        let built = Function::new(&scene.proxy.host(), &scene.registry.host()).run(&sources, more).success();
        let pinned: Vec<_> = sources.iter().copied().map(proxied).collect();
        assert_eq!(images(&without_secrets(&built).0), pinned);

        let mut relayed = scene.proxy.requests().split_off(relayed);
        // On loopback https is tried first, which is no question.
        relayed.retain(|line| line.contains("/manifests/"));
        let (challenged, shown): (Vec<_>, Vec<_>) = relayed.iter().partition(|line| line.contains("\" 401 "));
        assert_eq!(
            (challenged.len(), shown.len()),
            (1, 3),
            "a challenge for the host, a question for each image: {relayed:?}"
        );
        assert!(shown.iter().all(|line| line.contains(LICENSE.user) && line.contains("\"HEAD ")), "{shown:?}");
        // What the proxy asked there in its turn is not ours.
        let asked = &scene.registry.requests()[asked..];
        assert_eq!(asked.iter().filter(|line| line.ends_with(" 401")).count(), 3, "{asked:?}");
    }
}
