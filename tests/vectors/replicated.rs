//! KOTS's own tables: which hosts, which pull secret.
//!
//! One thing that no row shows is different on purpose: a license's `replicatedProxyDomain` counts here, and KOTS ignores it.

use pullthrough::config;
use pullthrough::credentials::DockerConfig;
use pullthrough::credentials::{Credentials, Origin, Product, ProxyCredential};
use pullthrough::environment::Environment;
use pullthrough::replicated::{Choice, Domains, Place, ReplicatedObjects};
use pullthrough::yaml::parse::{Error, Split, objects};
use serde_json::{Value, json};

use super::{text, vectors};

/// Rows that have another answer here, each with the reason.
const OWNED: [(&str, &str); 3] = [
    (
        "GetRegistryProxyInfo returns embedded cluster registry when EMBEDDED_CLUSTER is set",
        "variables name credentials here and never hosts: a render must not depend on the machine that it runs on",
    ),
    (
        "GetRegistryProxyInfo does not use installation settings for embedded cluster",
        "for the same reason; `replicated.host` in the configuration says it",
    ),
    (
        "ProxyEndpointFromLicense with license parameter containing a dev (okteto) endpoint returns the same naemspace proxy info",
        "hosts of one engineer at Replicated, which may be configured as any other",
    ),
];

#[test]
fn registry_proxy_info() {
    let kots = vectors("kots");
    for case in cases(&kots, "registry_proxy_info", 6) {
        let objects = read(&[application(&case["application"]), installation(&case["installation"])]);
        check(case, &domains(&objects));
    }
}

#[test]
fn registry_proxy_info_from_license_endpoint() {
    let kots = vectors("kots");
    for case in cases(&kots, "registry_proxy_info_from_license_endpoint", 5) {
        let endpoint = &case["license_endpoint"];
        let license = if endpoint.is_null() { Value::Null } else { license("some-id", endpoint) };
        check(case, &domains(&read(&[license])));
    }
}

/// The hosts of a pull secret. Hosts are names of DNS: in lower case here, and sorted, as KOTS's JSON is.
#[test]
fn registry_hosts_order() {
    let kots = vectors("kots");
    for case in cases(&kots, "registry_hosts_order", 1) {
        let hosts: Vec<String> =
            ["Proxy", "Registry"].map(|name| text(&case["proxyInfo"], &format!("/{name}")).to_owned()).into();
        let json = pull_secret(&read(&[license("some-id", &Value::Null)]), &hosts);
        let found: Vec<String> = json["auths"].as_object().unwrap().keys().cloned().collect();
        let wanted: Vec<String> =
            case["want"].as_array().unwrap().iter().map(|host| host.as_str().unwrap().to_lowercase()).collect();
        assert_eq!(found, wanted);
    }
}

#[test]
fn license_docker_cfg() {
    let kots = vectors("kots");
    for case in cases(&kots, "license_docker_cfg", 5) {
        let license = license(text(case, "/licenseID"), &Value::Null);
        let objects = read(&[license, application(&case["application"]), installation(&case["versionInfo"])]);
        let domains = domains(&objects);
        assert_eq!(pull_secret(&objects, &[domains.proxy, domains.registry]), case["want_decoded"], "{}", case["name"]);
    }
}

fn cases<'v>(kots: &'v Value, table: &str, expected: usize) -> &'v [Value] {
    let cases = kots[table]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), expected, "{table}");
    cases
}

/// An owned row must differ, or it would not be owned.
fn check(case: &Value, found: &Domains) {
    let name = text(case, "/name");
    let found = [&found.proxy, &found.registry, found.registry_default];
    // KOTS's third host is the one that a custom registry domain stands for; not every table has it.
    let upstream = case.pointer("/want/Upstream").and_then(Value::as_str).unwrap_or(found[2]);
    let wanted = [text(case, "/want/Proxy"), text(case, "/want/Registry"), upstream];
    match OWNED.iter().find(|(owned, _)| *owned == name) {
        Some((_, reason)) => assert_ne!(found, wanted, "{name} is owned, because {reason}"),
        None => assert_eq!(found, wanted, "{name}"),
    }
}

fn domains(objects: &ReplicatedObjects) -> Domains {
    objects.domains(&Choice::default()).unwrap()
}

fn pull_secret(objects: &ReplicatedObjects, hosts: &[String]) -> Value {
    let credentials = Credentials::collect(&Environment::bare(0), objects, Vec::new()).unwrap();
    let answer = credentials.for_proxy(Product::Replicated { app: "app" }, &config::Credentials::Default, hosts);
    let ProxyCredential::Found(credential, Origin::Items) = answer else { panic!("{answer:?}") };
    let mut config = DockerConfig::default();
    credential.write_to(&mut config, hosts).unwrap();
    serde_json::from_str(&config.to_json()).unwrap()
}

fn license(id: &str, endpoint: &Value) -> Value {
    object("License", &json!({"appSlug": "app", "licenseID": id, "endpoint": endpoint}))
}

fn application(fields: &Value) -> Value {
    object(
        "Application",
        &json!({
            "proxyRegistryDomain": fields["ProxyRegistryDomain"],
            "replicatedRegistryDomain": fields["ReplicatedRegistryDomain"],
        }),
    )
}

fn installation(fields: &Value) -> Value {
    object(
        "Installation",
        &json!({
            "replicatedProxyDomain": fields["ReplicatedProxyDomain"],
            "replicatedRegistryDomain": fields["ReplicatedRegistryDomain"],
        }),
    )
}

fn object(kind: &str, spec: &Value) -> Value {
    json!({"apiVersion": "kots.io/v1beta1", "kind": kind, "spec": spec})
}

/// JSON is YAML: each object is a document.
fn read(items: &[Value]) -> ReplicatedObjects {
    let mut found = ReplicatedObjects::default();
    for item in items.iter().filter(|item| !item.is_null()) {
        let text = item.to_string();
        let read = objects(
            &text,
            |_| Split::Whole,
            |number, tree| {
                assert!(found.read(&tree.view(), Place(number)).unwrap(), "{item}");
                Ok::<(), Error>(())
            },
        );
        read.unwrap();
    }
    assert_eq!(found.problems, []);
    found
}
