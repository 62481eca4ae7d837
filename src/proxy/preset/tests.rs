//! Every product on the same images.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Preset, PresetUnion};
use crate::image::Reference;
use crate::proxy::{Layout, Placement, TargetError};

const DIGEST: &str = "@sha256:e96c03a6dda7d0f28e2de632048a3d34bb1636d0858b65ef9a554441c70f6633";

fn preset(union: Value) -> Preset {
    serde_json::from_value::<PresetUnion>(union).unwrap().one().unwrap()
}

fn layout(union: Value) -> Layout {
    preset(union).layout().unwrap()
}

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

/// The images of the table, without tag and digest.
const IMAGES: [&str; 6] = [
    "nginx",
    "docker.io/nginx",
    "index.docker.io/library/nginx",
    "bitnami/redis",
    "quay.io/org/app",
    "registry.corp:5000/ns/app",
];

/// The name of each image on a proxy; "" where it is not served, "alias" where it needs one.
fn products() -> Vec<(Value, [&'static str; 6])> {
    let hub = |prefix: &'static str| -> [&'static str; 6] {
        let leak = |text: String| -> &'static str { text.leak() };
        let nginx = leak(format!("{prefix}/library/nginx"));
        [nginx, nginx, nginx, leak(format!("{prefix}/bitnami/redis")), "", ""]
    };
    let quay = |name: &'static str| ["", "", "", "", name, ""];
    vec![
        (
            json!({"replicated": {"app": "acme"}}),
            [
                "proxy.replicated.com/proxy/acme/nginx",
                "proxy.replicated.com/proxy/acme/docker.io/nginx",
                "proxy.replicated.com/proxy/acme/index.docker.io/library/nginx",
                "proxy.replicated.com/proxy/acme/bitnami/redis",
                "proxy.replicated.com/proxy/acme/quay.io/org/app",
                "alias",
            ],
        ),
        (
            json!({"harbor": {"host": "harbor.corp.example", "project": "hub", "upstream": "docker.io"}}),
            hub("harbor.corp.example/hub"),
        ),
        (
            json!({"harbor": {"host": "harbor.corp.example", "project": "q", "upstream": "quay.io"}}),
            quay("harbor.corp.example/q/org/app"),
        ),
        (
            json!({"harbor": {"host": "harbor.corp.example", "project": "c", "upstream": "registry.corp:5000"}}),
            ["", "", "", "", "", "harbor.corp.example/c/ns/app"],
        ),
        (
            json!({"ecr": {"account": "123456789012", "region": "eu-central-1", "prefix": "docker-hub", "upstream": "registry-1.docker.io"}}),
            hub("123456789012.dkr.ecr.eu-central-1.amazonaws.com/docker-hub"),
        ),
        (
            json!({"ecr": {"account": "123456789012", "region": "cn-north-1", "prefix": "ROOT", "upstream": "quay.io"}}),
            quay("123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/org/app"),
        ),
        (
            json!({"ecr": {"host": "ecr.corp.example", "prefix": "hub", "upstream": "docker.io"}}),
            hub("ecr.corp.example/hub"),
        ),
        (
            json!({"gar": {"location": "europe-west3", "project": "example.com:p", "repository": "hub", "upstream": "docker.io"}}),
            hub("europe-west3-docker.pkg.dev/example.com/p/hub"),
        ),
        (
            json!({"artifactory": {"host": "acme.jfrog.io", "repository": "docker-remote", "upstream": "docker.io"}}),
            hub("acme.jfrog.io/docker-remote"),
        ),
        (
            json!({"artifactory": {"host": "art.corp.example", "layout": "subdomain", "repository": "docker-remote", "upstream": "docker.io"}}),
            hub("docker-remote.art.corp.example"),
        ),
        (
            json!({"artifactory": {"host": "art.corp.example", "layout": "port", "port": 6555, "upstream": "quay.io"}}),
            quay("art.corp.example:6555/org/app"),
        ),
        (
            json!({"nexus": {"host": "nexus.corp.example", "repository": "hub", "upstream": "docker.io"}}),
            hub("nexus.corp.example/hub"),
        ),
        (
            json!({"nexus": {"host": "nexus.corp.example", "layout": "subdomain", "repository": "hub", "upstream": "docker.io"}}),
            hub("hub.nexus.corp.example"),
        ),
        (
            json!({"nexus": {"host": "nexus", "layout": "port", "port": 8082, "upstream": "docker.io"}}),
            hub("nexus:8082"),
        ),
        (
            json!({"quay": {"host": "quay.corp.example", "organization": "cache", "upstream": "docker.io"}}),
            hub("quay.corp.example/cache"),
        ),
        (
            json!({"quay": {"host": "quay.corp.example", "organization": "cache", "upstream": "docker.io/library"}}),
            [
                "quay.corp.example/cache/nginx",
                "quay.corp.example/cache/nginx",
                "quay.corp.example/cache/nginx",
                "",
                "",
                "",
            ],
        ),
        (json!({"zot": {"host": "zot.corp.example", "upstream": "docker.io"}}), hub("zot.corp.example")),
        (
            json!({"zot": {"host": "zot.corp.example", "destination": "/quay", "upstream": "quay.io/org"}}),
            quay("zot.corp.example/quay/org/app"),
        ),
        (
            json!({"zot": {"host": "zot.corp.example", "destination": "/quay", "stripPrefix": true, "upstream": "quay.io/org"}}),
            quay("zot.corp.example/quay/app"),
        ),
        (json!({"distribution": {"host": "mirror.gcr.io", "upstream": "docker.io"}}), hub("mirror.gcr.io")),
        (
            json!({"acr": {"host": "acme.azurecr.io", "prefix": "hub", "upstream": "docker.io"}}),
            hub("acme.azurecr.io/hub"),
        ),
        (
            json!({"acr": {"host": "acme.azurecr.io", "prefix": "x", "upstream": "docker.io/bitnami"}}),
            ["", "", "", "acme.azurecr.io/x/redis", "", ""],
        ),
        (
            json!({"gitlab": {"host": "gitlab.corp.example", "group": "g/sub"}}),
            hub("gitlab.corp.example/g/sub/dependency_proxy/containers"),
        ),
        (
            json!({"cloudsmith": {"organization": "acme", "repository": "images", "upstream": "docker.io"}}),
            hub("docker.cloudsmith.io/acme/images"),
        ),
        (
            json!({"localRegistry": {"host": "localhost:5000", "namespace": "ns"}}),
            [
                "localhost:5000/ns/library/nginx",
                "localhost:5000/ns/library/nginx",
                "localhost:5000/ns/library/nginx",
                "localhost:5000/ns/bitnami/redis",
                "localhost:5000/ns/org/app",
                "localhost:5000/ns/ns/app",
            ],
        ),
        (
            json!({"localRegistry": {"host": "localhost:5000", "flatten": true}}),
            [
                "localhost:5000/nginx",
                "localhost:5000/nginx",
                "localhost:5000/nginx",
                "localhost:5000/redis",
                "localhost:5000/app",
                "localhost:5000/app",
            ],
        ),
        (json!({"localRegistry": {"host": "localhost:5000", "upstream": "quay.io"}}), quay("localhost:5000/org/app")),
        (
            json!({"template": {"host": "m.corp.example", "pattern": "{host}/mirror/{registry}/{repository}"}}),
            [
                "m.corp.example/mirror/docker.io/library/nginx",
                "m.corp.example/mirror/docker.io/library/nginx",
                "m.corp.example/mirror/docker.io/library/nginx",
                "m.corp.example/mirror/docker.io/bitnami/redis",
                "m.corp.example/mirror/quay.io/org/app",
                "alias",
            ],
        ),
        (
            json!({"template": {"host": "m.corp.example", "pattern": "{host}/{namespace}/m/{name}-copy", "upstream": "quay.io"}}),
            quay("m.corp.example/org/m/app-copy"),
        ),
        (
            json!({"template": {"host": "m.corp.example", "pattern": "{host}/{original}", "upstream": "quay.io"}}),
            quay("m.corp.example/quay.io/org/app"),
        ),
    ]
}

#[test]
fn every_product_names_images_as_documented() {
    for (union, names) in products() {
        let layout = layout(union.clone());
        for (image, name) in IMAGES.iter().zip(names) {
            for suffix in ["", ":1", DIGEST, &format!(":7{DIGEST}")] {
                let source = reference(&format!("{image}{suffix}"));
                match (layout.target(&source), name) {
                    (Ok(target), name) => {
                        assert_eq!(target.as_written(), format!("{name}{suffix}"), "{union} {source}");
                    }
                    (Err(TargetError::NotServed { .. }), "") => {}
                    (Err(TargetError::NeedsAlias { .. }), "alias") => {}
                    (Err(error), _) => panic!("{union} {source}: {error}"),
                }
                assert_eq!(layout.serves(&source), !name.is_empty(), "{union} {source}");
                assert_eq!(layout.placement(&source), Placement::Upstream, "{union} {source}");
            }
        }
    }
}

#[test]
fn what_is_proxied_stays_and_is_recognized() {
    for (union, names) in products() {
        let layout = layout(union.clone());
        let opaque = layout.upstream().is_none() && preset(union.clone()).name() == "localRegistry";
        for (image, name) in IMAGES.iter().zip(names) {
            if name.is_empty() || name == "alias" {
                continue;
            }
            let target = reference(&format!("{name}:1"));
            assert_eq!(layout.target(&target).as_ref(), Ok(&target), "{union}");
            assert!(!layout.serves(&target), "{union} {target}");
            let Placement::Proxied { source, takes_credentials: true } = layout.placement(&target) else {
                panic!("{union} {target}: {:?}", layout.placement(&target));
            };
            let expected = (!opaque).then(|| reference(&format!("{image}:1")).normalized());
            assert_eq!(source.map(|source| source.normalized()), expected, "{union} {target}");
        }
    }
}

#[test]
fn a_product_without_the_registry_in_its_names_needs_one_upstream() {
    for (union, _) in products() {
        let (name, mut fields) = match union.as_object().unwrap().iter().next() {
            Some((name, fields)) => (name.clone(), fields.clone()),
            None => continue,
        };
        if layout(union.clone()).upstream().is_none() || name == "gitlab" || name == "localRegistry" {
            // Docker Hub alone, and no proxy at all.
            continue;
        }
        if fields["pattern"].as_str().is_some_and(|pattern| pattern.contains("{original}")) {
            continue;
        }
        fields.as_object_mut().unwrap().remove("upstream");
        let without = serde_json::from_value::<PresetUnion>(json!({name.clone(): fields.clone()}));
        let missing = match without {
            Err(error) => error.to_string().contains("upstream"),
            Ok(union) => union.one().unwrap().layout().unwrap_err().field == "upstream",
        };
        assert!(missing, "{name}");
        for (upstream, says) in [("https://docker.io", "scheme"), ("acme", "not recognize"), ("", "empty")] {
            fields["upstream"] = json!(upstream);
            fields.as_object_mut().unwrap().remove("stripPrefix");
            let error = preset(json!({name.clone(): fields.clone()})).layout().unwrap_err();
            assert_eq!(error.field, "upstream");
            assert!(error.problem.contains(says), "{name}: {error}");
        }
    }
}

#[test]
fn another_registry_below_the_proxy_is_none_of_its_names() {
    let original =
        json!({"template": {"host": "m.corp.example", "pattern": "{host}/{original}", "upstream": "quay.io"}});
    let registry = json!({"template": {"host": "m.corp.example", "pattern": "{host}/{registry}/{repository}"}});
    for (union, name) in [(original, "m.corp.example/ghcr.io/org/app"), (registry, "m.corp.example/team/app")] {
        let placement = layout(union).placement(&reference(name));
        assert_eq!(placement, Placement::InPlace { takes_credentials: true }, "{name}");
    }
}

#[test]
fn a_mistake_names_its_field() {
    let aws = "123456789012.dkr.ecr.eu-central-1.amazonaws.com";
    for (union, message) in [
        (json!({"replicated": {}}), "`app` is missing"),
        (json!({"replicated": {"app": ""}}), "`app` is empty"),
        (json!({"replicated": {"app": "Acme"}}), "`app`: `Acme` has upper-case letters"),
        (json!({"replicated": {"app": "a/b"}}), "`app`: `a/b` has a slash"),
        (
            json!({"replicated": {"app": "a", "host": "https://images.acme.example/"}}),
            "`host`: `https://images.acme.example/` has a scheme: write `images.acme.example`",
        ),
        (
            json!({"replicated": {"app": "a", "registryHost": "proxy.replicated.com"}}),
            "`registryHost`: `proxy.replicated.com` is the proxy's host as well",
        ),
        (
            json!({"harbor": {"host": "harbor", "project": "p", "upstream": "quay.io"}}),
            "`host`: Kubernetes would not recognize `harbor` as a host",
        ),
        (
            json!({"harbor": {"host": "h.corp", "project": "p/q", "upstream": "quay.io"}}),
            "`project`: `p/q` has a slash",
        ),
        (
            json!({"harbor": {"host": "h.corp", "project": "p", "upstream": "docker.io/library"}}),
            "`upstream`: `docker.io/library` has a path",
        ),
        (
            json!({"harbor": {"host": "h.corp", "project": "p", "upstream": "H.corp"}}),
            "`upstream`: `h.corp` is the proxy itself",
        ),
        (
            json!({"ecr": {"account": "123", "region": "eu-central-1", "upstream": "quay.io"}}),
            "`account`: `123` is not an AWS account",
        ),
        (json!({"ecr": {"account": "123456789012", "upstream": "quay.io"}}), "`region` is missing"),
        (json!({"ecr": {"upstream": "quay.io"}}), "`account` is missing"),
        (
            json!({"ecr": {"account": "123456789012", "host": aws, "upstream": "quay.io"}}),
            "`host` is set beside `account`",
        ),
        (
            json!({"gar": {"location": "eu/west", "project": "p", "repository": "r", "upstream": "quay.io"}}),
            "`location`: `eu/west` has a slash",
        ),
        (json!({"nexus": {"host": "n.corp", "upstream": "quay.io"}}), "`repository` is missing"),
        (
            json!({"nexus": {"host": "n.corp", "repository": "r", "port": 1, "upstream": "quay.io"}}),
            "`port` is set without `layout: port`",
        ),
        (json!({"nexus": {"host": "n.corp", "layout": "port", "upstream": "quay.io"}}), "`port` is missing"),
        (
            json!({"artifactory": {"host": "n.corp", "layout": "port", "port": 1, "repository": "r", "upstream": "quay.io"}}),
            "`repository` is set with `layout: port`",
        ),
        (
            json!({"artifactory": {"host": "n.corp:1", "layout": "port", "port": 1, "upstream": "quay.io"}}),
            "`host`: Kubernetes would not recognize `n.corp:1:1`",
        ),
        (
            json!({"zot": {"host": "z.corp", "stripPrefix": true, "upstream": "quay.io"}}),
            "`stripPrefix`: `quay.io` has no prefix",
        ),
        (json!({"gitlab": {"host": "g.corp", "group": "Acme"}}), "`group`: `Acme` has upper-case letters"),
        (
            json!({"localRegistry": {"host": "l.corp", "upstream": "l.corp"}}),
            "`upstream`: `l.corp` is the proxy itself",
        ),
        (
            json!({"template": {"host": "t.corp", "pattern": "x/{original}"}}),
            "`pattern`: `x/{original}` does not begin with `{host}/`",
        ),
        (
            json!({"template": {"host": "t.corp", "pattern": "{host}/{image}"}}),
            "`pattern`: `{image}` is not a variable: expected one of {registry}, {namespace}, {name}, {repository}, \
             {original}, and {host}",
        ),
        (
            json!({"template": {"host": "t.corp", "pattern": "{host}/{repository}"}}),
            "`upstream` is missing: the pattern drops the registry",
        ),
    ] {
        let error = preset(union.clone()).layout().unwrap_err().to_string();
        assert!(error.starts_with(message), "{union}: {error}");
    }
}

proptest! {
    #[test]
    fn a_name_on_a_proxy_is_read_back(
        product in 0..products().len(),
        registry in prop::sample::select(vec![
            "", "docker.io/", "index.docker.io/", "registry-1.docker.io/", "quay.io/", "localhost/",
            "registry.corp:5000/", "corp/", "library/", "ghcr.io/",
        ]),
        path in "([a-z0-9]{1,9}((\\.|-|_|__)[a-z0-9]{1,3}){0,2}/){0,4}[a-z]{1,99}",
        suffix in prop::sample::select(vec!["", ":1", ":v1.2_3-x", DIGEST]),
        aliased in any::<bool>(),
    ) {
        let (union, _) = products().swap_remove(product);
        let mut layout = layout(union);
        if aliased {
            let aliases = [("registry.corp:5000".to_owned(), "corp".to_owned())].into();
            layout = layout.with_aliases(&aliases).unwrap();
        }
        let Ok(source) = Reference::parse(&format!("{registry}{path}{suffix}")) else { return Ok(()) };
        match layout.target(&source) {
            Ok(target) => {
                prop_assert_eq!(target.suffix(), source.suffix());
                prop_assert_eq!(layout.target(&target), Ok(target.clone()));
                if let Some(back) = layout.unwind(&target) {
                    prop_assert_eq!(back.normalized(), source.normalized());
                } else {
                    let opaque = layout.upstream().is_none() && layout.host() == "localhost:5000";
                    prop_assert!(opaque, "{} is not read back", target);
                }
            }
            Err(TargetError::NotServed { .. }) => prop_assert!(!layout.serves(&source)),
            Err(TargetError::NeedsAlias { registry, .. }) => {
                prop_assert_eq!(registry, "registry.corp:5000");
                prop_assert!(!aliased);
            }
            Err(TargetError::ReadOtherwise { read, .. }) => {
                prop_assert!(aliased && read.starts_with("registry.corp:5000/"), "{}", read);
            }
            Err(TargetError::TooLong { length, .. }) => prop_assert!(length > 255),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
#[test]
fn exactly_one_is_set() {
    assert_eq!(
        PresetUnion::default().one().unwrap_err().to_string(),
        "no preset is set: expected exactly one of replicated, harbor, ecr, gar, artifactory, nexus, quay, zot, \
         distribution, acr, gitlab, cloudsmith, localRegistry, template"
    );
    let union: PresetUnion = serde_json::from_value(serde_json::json!({
        "replicated": {"app": "acme"},
        "gitlab": {"host": "gitlab.corp.example", "group": "g"},
    }))
    .unwrap();
    assert_eq!(
        union.one().unwrap_err().to_string(),
        "replicated and gitlab are set: expected exactly one preset, and another entry for each other one"
    );
}

#[test]
fn names_are_those_of_the_configuration() {
    for name in Preset::NAMES {
        let unknown = serde_json::json!({*name: {"nonsense": 1}});
        let error = serde_json::from_value::<PresetUnion>(unknown).unwrap_err().to_string();
        assert!(error.contains("unknown field `nonsense`"), "{name}: {error}");
    }
}
