//! The Replicated layout has everything that a layout can have, so it is what these tests use.

use super::*;
use crate::proxy::preset::{Replicated, ReplicatedHosts};

fn reference(text: &str) -> Reference {
    Reference::parse(text).unwrap()
}

fn replicated() -> Replicated {
    Replicated { app: Some("acme".to_owned()), ..Replicated::default() }
}

fn custom() -> Layout {
    Replicated {
        host: Some("Images.Acme.example".to_owned()),
        registry_host: Some("registry.acme.example".to_owned()),
        ..replicated()
    }
    .layout()
    .unwrap()
}

fn corp() -> BTreeMap<String, String> {
    [("registry.corp:5000".to_owned(), "corp".to_owned())].into()
}

/// `placement` in one word, with what it holds.
fn placement(layout: &Layout, text: &str) -> String {
    let key = |takes: bool| if takes { "secret" } else { "open" };
    match layout.placement(&reference(text)) {
        Placement::Upstream => "elsewhere".to_owned(),
        Placement::Proxied { source: None, takes_credentials } => format!("served {}", key(takes_credentials)),
        Placement::Proxied { source: Some(source), takes_credentials } => {
            format!("served {} {source}", key(takes_credentials))
        }
        Placement::InPlace { takes_credentials } => format!("in place {}", key(takes_credentials)),
        Placement::LegacyHost { to, takes_credentials } => format!("moved {} {to}", key(takes_credentials)),
    }
}

#[test]
fn the_paths_of_the_replicated_hosts() {
    let layout = replicated().layout().unwrap();
    for (text, expected) in [
        ("nginx", "elsewhere"),
        ("proxy.replicated.com.evil.example/proxy/acme/x", "elsewhere"),
        ("images.acme.example/proxy/acme/x", "elsewhere"),
        ("proxy.replicated.com/proxy/acme/quay.io/org/app:1", "served secret quay.io/org/app:1"),
        ("PROXY.Replicated.com/proxy/acme/nginx", "served secret nginx"),
        ("proxy.replicated.com/proxy/other/quay.io/org/app:1", "served secret"),
        ("proxy.replicated.com/library/replicated-sdk-image:1.0.0", "served open"),
        ("proxy.replicated.com/anonymous/registry.k8s.io/pause:3", "served open registry.k8s.io/pause:3"),
        ("proxy.replicated.com/anon/nginx:1", "served open nginx:1"),
        ("proxy.replicated.com/somewhere/else", "in place secret"),
        ("proxy.replicated.com/acme", "in place secret"),
        ("registry.replicated.com/acme/image:1", "in place secret"),
        ("registry.replicated.com/library/replicated-sdk-image:1", "in place open"),
        ("registry.replicated.com/librarian/x", "in place secret"),
    ] {
        assert_eq!(placement(&layout, text), expected, "{text}");
    }
}

#[test]
fn custom_domains_replace_the_default_ones() {
    let layout = custom();
    for (text, expected) in [
        ("images.acme.example/proxy/acme/nginx", "served secret nginx"),
        ("images.acme.example/library/x", "served open"),
        ("images.acme.example/x", "in place secret"),
        ("proxy.replicated.com/proxy/acme/nginx:1", "moved secret images.acme.example/proxy/acme/nginx:1"),
        ("proxy.replicated.com/proxy/other/nginx", "moved secret images.acme.example/proxy/other/nginx"),
        ("proxy.replicated.com/library/x", "moved open images.acme.example/library/x"),
        ("proxy.replicated.com/anonymous/x", "moved open images.acme.example/anonymous/x"),
        ("Proxy.replicated.com/x:T", "moved secret images.acme.example/x:T"),
        ("registry.acme.example/acme/x", "in place secret"),
        ("registry.acme.example/library/x", "in place open"),
        ("registry.replicated.com/acme/x:1", "moved secret registry.acme.example/acme/x:1"),
        ("registry.replicated.com/library/x", "moved open registry.acme.example/library/x"),
    ] {
        assert_eq!(placement(&layout, text), expected, "{text}");
    }
    assert_eq!(
        layout.credential_hosts(),
        ["images.acme.example", "proxy.replicated.com", "registry.acme.example", "registry.replicated.com"]
    );
    assert_eq!(replicated().layout().unwrap().credential_hosts(), ["proxy.replicated.com", "registry.replicated.com"]);
}

#[test]
fn staging_hosts_stand_in_for_the_default_ones() {
    let layout = replicated().layout_in_place_of(&ReplicatedHosts::staging()).unwrap();
    assert_eq!(layout.host(), "proxy.staging.replicated.com");
    assert_eq!(placement(&layout, "registry.staging.replicated.com/acme/x"), "in place secret");
    assert_eq!(placement(&layout, "proxy.replicated.com/proxy/acme/x"), "elsewhere");
}

#[test]
fn default_hosts_are_unwound_like_custom_ones() {
    let layout = custom();
    for host in ["images.acme.example", "proxy.replicated.com"] {
        let unwound = layout.unwind(&reference(&format!("{host}/proxy/acme/quay.io/a:1")));
        assert_eq!(unwound, Some(reference("quay.io/a:1")));
    }
    for text in
        ["quay.io/a", "registry.acme.example/acme/x", "images.acme.example/library/x", "images.acme.example/proxy/b/x"]
    {
        assert_eq!(layout.unwind(&reference(text)), None, "{text}");
    }
}

#[test]
fn a_registry_with_a_port_needs_an_alias() {
    let plain = custom();
    let ported = reference("registry.corp:5000/ns/app:1");
    let error = plain.target(&ported).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`registry.corp:5000/ns/app:1` is on registry.corp:5000, which can't be part of an image's path: set the \
         name that the proxy has for it, as in `aliases: {\"registry.corp:5000\": name}`"
    );
    let layout = plain.with_aliases(&corp()).unwrap();
    let target = layout.target(&ported).unwrap();
    assert_eq!(target.as_written(), "images.acme.example/proxy/acme/corp/ns/app:1");
    assert_eq!(layout.unwind(&target), Some(ported));
}

#[test]
fn an_alias_of_docker_hub_is_written_where_no_host_was() {
    let aliases = [("index.docker.io".to_owned(), "hub".to_owned())].into();
    let layout = custom().with_aliases(&aliases).unwrap();
    for (source, target) in [
        ("nginx:1", "images.acme.example/proxy/acme/hub/nginx:1"),
        ("docker.io/library/nginx", "images.acme.example/proxy/acme/hub/library/nginx"),
    ] {
        assert_eq!(layout.target(&reference(source)).unwrap().as_written(), target);
        assert_eq!(layout.unwind(&reference(target)).unwrap().normalized(), reference(source).normalized());
    }
}

#[test]
fn an_organization_with_the_name_of_an_alias_must_be_written_out() {
    let layout = custom().with_aliases(&corp()).unwrap();
    let error = layout.target(&reference("corp/app")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`corp/app` would become `images.acme.example/proxy/acme/corp/app`, which the proxy would read as \
         `registry.corp:5000/app`: write the image with its registry, or change the alias"
    );
    let target = layout.target(&reference("docker.io/corp/app")).unwrap();
    assert_eq!(layout.unwind(&target).unwrap().normalized(), "docker.io/corp/app");
}

#[test]
fn aliases_are_one_word_for_one_registry() {
    for (pairs, says) in [
        (vec![("a:1", "x"), ("b:1", "x")], "`a:1` and `b:1` have the same name `x`"),
        (vec![("a:1", "x/y")], "`x/y` has a slash"),
        (vec![("a:1", "X")], "`X` has upper-case letters"),
        (vec![("a:1", "x:1")], "`x:1` can't be part of an image name"),
        (vec![("acme", "x")], "Kubernetes would not recognize `acme` as a host"),
        (vec![("docker.io", "x"), ("index.docker.io", "y")], "`docker.io` has two names, `x` and `y`"),
    ] {
        let aliases = pairs.into_iter().map(|(registry, name)| (registry.to_owned(), name.to_owned()));
        let problem = custom().with_aliases(&aliases.collect()).unwrap_err();
        assert_eq!(problem.field, "aliases");
        assert!(problem.to_string().contains(says), "{problem}");
    }
}

#[test]
fn one_name_for_two_spellings_of_a_registry_is_one_alias() {
    let aliases = ["docker.io", "index.docker.io"].map(|registry| (registry.to_owned(), "hub".to_owned()));
    assert!(custom().with_aliases(&aliases.into()).is_ok());
}

#[test]
fn further_hosts_are_in_place() {
    let layout = custom().with_in_place(["Other.acme.example", "registry.acme.example"]).unwrap();
    assert_eq!(placement(&layout, "other.acme.example/library/x"), "in place secret");
    assert_eq!(placement(&layout, "registry.acme.example/library/x"), "in place open");
    assert_eq!(layout.credential_hosts().len(), 5);
    assert!(custom().with_in_place(["images.acme.example"]).unwrap_err().problem.contains("proxy itself"));
    assert!(custom().with_in_place(["acme"]).unwrap_err().problem.contains("not recognize"));
}

#[test]
fn the_case_of_a_host_is_nothing_and_of_a_dotless_one_all() {
    let layout = custom();
    let target = layout.target(&reference("QUAY.io/org/app:1")).unwrap();
    assert_eq!(target.as_written(), "images.acme.example/proxy/acme/quay.io/org/app:1");
    let error = layout.target(&reference("Foo/app")).unwrap_err();
    assert!(matches!(error, TargetError::NeedsAlias { .. }), "{error}");
}

#[test]
fn a_name_has_its_limit() {
    let layout = custom();
    let fits = "a".repeat(255 - "images.acme.example/proxy/acme/".len());
    assert_eq!(layout.target(&reference(&fits)).unwrap().name_as_written().len(), 255);
    let error = layout.target(&reference(&format!("{fits}a:1"))).unwrap_err();
    assert!(error.to_string().contains("has 256 characters, but at most 255 are allowed: use a shorter"), "{error}");
}
