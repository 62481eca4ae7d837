//! Names on proxies: KOTS's own tables and what follows from its code, Replicated's documentation,
//! and the rewriters of Harbor and Zarf.
//!
//! Where this package answers otherwise on purpose, the row is owned here: its input, our answer
//! and the reason. An owned row that agrees, or is not in the table, fails.

use pullthrough::credentials::{Basic, DockerConfig};
use pullthrough::image::Reference;
use pullthrough::proxy::preset::{LocalRegistry, Replicated, Template};
use pullthrough::proxy::{Layout, Placement, TargetError};
use serde_json::Value;

use crate::{rows, text, vectors};

/// Stands where a table has a word for a digest.
const DIGEST: &str = "@sha256:25dedae0aceb6b4fe5837a0acbacc6580453717f126a095aa05a3c6fcea14dd4";

const PORT: &str = "a path has no port, so the name would be invalid for every runtime; an alias makes a valid one";
const DOUBLE: &str = "KOTS proxies a second time what is on the default host, and the name leads nowhere";
const BOTH: &str = "tag and digest are both kept: the tag says to people what the digest is";
const NO_LATEST: &str = "an untagged image is `latest` to every runtime; nothing is added";
const LIBRARY: &str = "`nginx` and `docker.io/library/nginx` are one image, so it has one name";

/// A difference that is meant: input, our answer, reason.
type Owned<'o> = &'o [(&'o str, &'o str, &'o str)];

/// One row: input, their answer, ours.
struct Row(String, String, String);

fn settle(table: &str, rows: &[Row], owned: Owned<'_>) {
    for Row(input, theirs, ours) in rows {
        let expected = owned.iter().find(|(owned, _, _)| owned == input);
        assert_eq!(ours, expected.map_or(theirs.as_str(), |(_, ours, _)| ours), "{table}: {input}");
        assert!(expected.is_none() || ours != theirs, "{table}: {input} agrees and needs no owner");
    }
    for (input, _, reason) in owned {
        assert!(rows.iter().any(|row| row.0 == *input), "{table} has no row {input} ({reason})");
    }
}

fn replicated(app: &str, host: &str, registry_host: &str) -> Layout {
    let set = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Replicated { app: set(app), host: set(host), registry_host: set(registry_host), channel: None }.layout().unwrap()
}

fn local_registry(address: &str, flatten: bool) -> Layout {
    let (host, namespace) = address.split_once('/').unwrap_or((address, ""));
    LocalRegistry { host: host.to_owned(), namespace: Some(namespace.to_owned()), flatten, upstream: None }
        .layout()
        .unwrap()
}

/// What becomes of an image, or why nothing does.
fn answer(layout: &Layout, image: &str) -> String {
    let Ok(reference) = Reference::parse(image) else {
        return "no reference".to_owned();
    };
    match layout.target(&reference) {
        Ok(target) => target.to_string(),
        Err(TargetError::NeedsAlias { .. }) => "needs an alias".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn name(image: &str) -> String {
    Reference::parse(image).map_or_else(|_| image.to_owned(), |image| image.name_as_written().to_owned())
}

fn suffix(image: &str) -> String {
    Reference::parse(image).map_or_else(|_| String::new(), |image| image.suffix().to_owned())
}

fn cases<'v>(file: &'v Value, group: &str, expected: usize) -> &'v [Value] {
    let cases = file[group]["cases"].as_array().unwrap();
    assert_eq!(cases.len(), expected, "{group}");
    cases
}

fn list<'v>(value: &'v Value, member: &str) -> &'v [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

#[test]
fn kots_proxied_names() {
    let file = vectors("kots");
    let mut rows = Vec::new();
    for case in cases(&file, "make_proxied_image_url", 26) {
        // `host` alone is an organization of Docker Hub to Kubernetes, and `digest` is no digest.
        let real = |text: &str| {
            let text = text.replace("@digest", DIGEST);
            text.strip_prefix("host/").map_or(text.clone(), |path| format!("host.example/{path}"))
        };
        let layout = replicated(text(case, "/app_slug"), "host.example", "");
        let image = text(case, "/image");
        rows.push(Row(image.to_owned(), real(text(case, "/want")), name(&answer(&layout, &real(image)))));
    }
    settle(
        "make_proxied_image_url",
        &rows,
        &[
            ("registry:5000/image", "needs an alias", PORT),
            ("registry:5000/image:tag", "needs an alias", PORT),
            ("registry:5000/image@digest", "needs an alias", PORT),
            ("registry:5000/image:tag@digest", "needs an alias", PORT),
            ("registry:5000/namespace/image:tag@digest", "needs an alias", PORT),
            ("host/proxy/slug/registry:5000/image", "no reference", PORT),
            ("host/proxy/slug/registry:5000/image:tag", "no reference", PORT),
            ("host/proxy/slug/registry:5000/image@digest", "no reference", PORT),
            ("host/proxy/slug/registry:5000/image:tag@digest", "no reference", PORT),
            ("host/proxy/slug/registry:5000/namespace/image:tag@digest", "no reference", PORT),
        ],
    );
}

/// What kustomize makes of an image with KOTS's entries: KOTS leaves tag and digest out of the file
/// that it writes, so both stay.
fn kustomized(image: &str, entries: &[Value]) -> String {
    let entry = entries.iter().find(|entry| text(entry, "/name") == name(image));
    entry.map_or_else(|| image.to_owned(), |entry| format!("{}{}", text(entry, "/newName"), suffix(image)))
}

#[test]
fn kots_rewritten_private_images() {
    let file = vectors("kots");
    let mut rows = Vec::new();
    for case in cases(&file, "rewrite_private_images", 3) {
        let host = text(case, "/installation/replicatedProxyDomain");
        let registry = text(case, "/installation/replicatedRegistryDomain");
        let layout = replicated(text(case, "/app_slug"), host, registry);
        for known in list(case, "known_images").iter().filter(|known| known["isPrivate"] == true) {
            let image = text(known, "/image");
            let theirs = kustomized(image, list(case, "want_kustomize_images"));
            rows.push(Row(image.to_owned(), theirs, answer(&layout, image)));
        }
    }
    assert_eq!(rows.len(), 8);
    settle("rewrite_private_images", &rows, &[]);
}

#[test]
fn kots_local_registry() {
    let file = vectors("kots");
    let address = |case: &Value| {
        let (host, namespace) = (text(case, "/registry/endpoint"), text(case, "/registry/namespace"));
        format!("{host}/{namespace}")
    };
    let mut rows = Vec::new();
    for case in cases(&file, "rewrite_images_local_registry", 1) {
        let layout = local_registry(&address(case), true);
        let entries = list(case, "want_kustomize_images");
        assert_eq!((entries.len(), list(case, "images").len()), (18, 9));
        for image in list(case, "images").iter().filter_map(Value::as_str) {
            rows.push(Row(image.to_owned(), kustomized(image, entries), answer(&layout, image)));
        }
        for spelling in entries.iter().map(|entry| text(entry, "/name")) {
            rows.push(Row(spelling.to_owned(), kustomized(spelling, entries), answer(&layout, spelling)));
        }
    }
    settle("rewrite_images_local_registry", &rows, &[]);

    let rows: Vec<Row> = cases(&file, "dest_image_local_registry", 5)
        .iter()
        .map(|case| {
            let image = text(case, "/image");
            let ours = answer(&local_registry(&address(case), true), image);
            Row(image.to_owned(), text(case, "/want").to_owned(), ours)
        })
        .collect();
    let digest = "sha256:17c5f462c92fc39303e6363c65e074559f8d6a1354150027ed5053557e3298c5";
    settle(
        "dest_image_local_registry",
        &rows,
        &[(
            &format!("quay.io/someorg/debian:0.1@{digest}"),
            &format!("localhost:5000/somebigbank/debian:0.1@{digest}"),
            BOTH,
        )],
    );
}

#[test]
fn replicated_documentation() {
    let file = vectors("kots");
    for case in cases(&file, "docs_proxy_url_layout", 13) {
        // The documentation's word for an application is in upper case, which no name may have.
        let url = text(case, "/url").replace("APPSLUG", "app-slug");
        let app = case["app"].as_str().unwrap_or("any").replace("APPSLUG", "app-slug");
        let layout = replicated(&app, case["proxy_domain"].as_str().unwrap_or_default(), "");
        let upstream = Reference::parse(text(case, "/upstream")).unwrap();
        let url = Reference::parse(&url).unwrap();
        let proxied = text(case, "/via") == "proxy";
        if proxied {
            assert_eq!(layout.target(&upstream).as_ref(), Ok(&url), "{case}");
        }
        let placement = Placement::Proxied { source: Some(upstream.clone()), takes_credentials: proxied };
        assert_eq!(layout.placement(&url), placement, "{case}");
        assert_eq!(layout.unwind(&url), Some(upstream), "{case}");
    }
}

#[test]
fn replicated_cli_strips_the_proxy() {
    let file = vectors("kots");
    let rows: Vec<Row> = cases(&file, "strip_proxy_prefix", 9)
        .iter()
        .map(|case| {
            let input = text(case, "/input");
            let app = input.split('/').skip_while(|part| *part != "proxy").nth(1).unwrap_or("any");
            let layout = replicated(app, text(case, "/proxyRegistryDomain"), "");
            let ours = layout.unwind(&Reference::parse(input).unwrap());
            let ours = ours.map_or_else(|| input.to_owned(), |source| source.to_string());
            Row(input.to_owned(), text(case, "/expected").to_owned(), ours)
        })
        .collect();
    let hub = "the command shortens names of Docker Hub for its list; a name that is on no proxy stays";
    settle(
        "strip_proxy_prefix",
        &rows,
        &[
            ("docker.io/library/postgres:14", "docker.io/library/postgres:14", hub),
            (
                "index.docker.io/replicated/replicated-sdk:1.0.0-beta.32",
                "index.docker.io/replicated/replicated-sdk:1.0.0-beta.32",
                hub,
            ),
        ],
    );
}

#[test]
fn kots_edge_cases() {
    let file = vectors("kots");
    let cases = cases(&file, "derived_edge_cases", 37);
    let rows = |column: &str, layout: &Layout| -> Vec<Row> {
        let row = |case: &Value| {
            let image = text(case, "/Input");
            let entry = list(case, column).first();
            let theirs = match (text(case, "/Err"), entry) {
                ("", Some(entry)) => format!("{}{}", text(entry, "/NewName"), suffix(image)),
                ("", None) => image.to_owned(),
                _ => "no reference".to_owned(),
            };
            Row(image.to_owned(), theirs, answer(layout, image))
        };
        cases.iter().map(row).collect()
    };
    let ported = [
        ("localhost:5000/app:1", "needs an alias", PORT),
        ("reg.local:5000/ns/app", "needs an alias", PORT),
        ("app:5000/x/y:1", "needs an alias", PORT),
    ];
    let default = rows("Kustomize_default", &replicated("my-app", "", ""));
    settle("derived_edge_cases, default domains", &default, &ported);

    let moved = [
        (
            "proxy.replicated.com/library/replicated-sdk-image:1.0.0",
            "proxy.acme.com/library/replicated-sdk-image:1.0.0",
            DOUBLE,
        ),
        (
            "proxy.replicated.com/proxy/my-app/quay.io/org/app:1",
            "proxy.acme.com/proxy/my-app/quay.io/org/app:1",
            DOUBLE,
        ),
        (
            "proxy.replicated.com/proxy/other-app/quay.io/org/app:1",
            "proxy.acme.com/proxy/other-app/quay.io/org/app:1",
            DOUBLE,
        ),
        ("proxy.replicated.com/anonymous/nginx:1", "proxy.acme.com/anonymous/nginx:1", DOUBLE),
    ];
    let custom = rows("Kustomize_custom", &replicated("my-app", "proxy.acme.com", "registry.acme.com"));
    settle("derived_edge_cases, custom domains", &custom, &[ported.as_slice(), moved.as_slice()].concat());

    let layout = local_registry("localhost:5000/ns", true);
    let row = |case: &Value| {
        let image = text(case, "/Input");
        let theirs = match text(case, "/Err") {
            "" => name(text(case, "/LocalRegistryDest")),
            _ => "no reference".to_owned(),
        };
        Row(image.to_owned(), theirs, name(&answer(&layout, image)))
    };
    let local: Vec<Row> = cases.iter().map(row).collect();
    let there = "it is on the local registry already, where another path is another image";
    settle("derived_edge_cases, local registry", &local, &[("localhost:5000/app:1", "localhost:5000/app", there)]);
}

#[test]
fn kots_invalid_names_are_refused() {
    let file = vectors("kots");
    let mut seen = Vec::new();
    for case in cases(&file, "derived_invalid_rewrites", 4) {
        let input = text(case, "/input").replace("@sha256:<64 hex>", DIGEST);
        let theirs = text(case, "/kots_output").replace("@sha256:<64 hex>", DIGEST);
        assert_eq!(Reference::parse(&theirs).is_ok(), case["valid"] == true, "{case}");
        let ours = match input.strip_suffix(" with empty appSlug") {
            Some(_) => {
                Replicated { app: Some(String::new()), ..Replicated::default() }.layout().unwrap_err().field.to_owned()
            }
            None => answer(&replicated("my-app", "", ""), &input),
        };
        seen.push(if ours == theirs { "the same".to_owned() } else { ours });
    }
    assert_eq!(seen, ["needs an alias", "needs an alias", "app", "the same"]);
}

#[test]
fn embedded_cluster_functions() {
    let file = vectors("kots");
    let proxy = replicated("app-slug", "", "");
    let proxied = "proxy.replicated.com/proxy/app-slug/x:1";
    let mut rows = Vec::new();
    for case in cases(&file, "embedded_cluster_v3_image_functions", 11) {
        let real = |pointer: &str| {
            text(case, pointer)
                .replace("<proxy-registry-domain>", "proxy.replicated.com")
                .replace("<app-slug>", "app-slug")
                .replace("<local-registry>", "local.example:5000")
                .replace("<already on the proxy domain>", proxied)
                .replace("<unchanged>", proxied)
                .replace("@sha256:abc...", DIGEST)
        };
        let (function, input) = (text(case, "/fn"), real("/in"));
        let ours = match (function, case["mode"].as_str(), function.strip_prefix("BYO --registry ")) {
            (_, _, Some(registry)) => {
                let reference = Reference::parse(&input).unwrap();
                let formerly = replicated("my-app", "", "").unwind(&reference).unwrap_or(reference);
                answer(&local_registry(registry, false), formerly.as_written())
            }
            (_, Some("airgap"), _) => answer(&local_registry("local.example:5000", false), &input),
            // What is not to be proxied is for the configuration to say (`ignore`, `except`).
            ("ReplicatedImageName noProxy=true", _, _) => input.clone(),
            ("ReplicatedImageRegistry", _, _) => {
                answer(&proxy, &format!("{input}/x")).trim_end_matches("/x").to_owned()
            }
            _ => answer(&proxy, &input),
        };
        rows.push(Row(input, real("/out"), ours));
    }
    let owned = [("nginx:latest", "registry.example.com/acme/library/nginx:latest", LIBRARY)];
    settle("embedded_cluster_v3_image_functions", &rows, &owned);
}

#[test]
fn kots_pull_secrets() {
    let file = vectors("kots");
    for case in cases(&file, "pull_secret_for_registries", 2) {
        let basic = Basic::new(text(case, "/args/username"), text(case, "/args/password")).unwrap();
        let mut config = DockerConfig::default();
        for host in list(&case["args"], "registries").iter().filter_map(Value::as_str) {
            config.set(host, &basic);
        }
        for secret in ["want_admin_console_secret", "want_app_secret"] {
            assert_eq!(config.to_json(), text(&case[secret], "/dockerconfigjson_decoded"), "{case}");
        }
    }
}

#[test]
fn kots_docker_config_of_a_license() {
    let file = vectors("kots");
    let mut rows = Vec::new();
    for case in cases(&file, "license_docker_cfg", 5) {
        let domain = |version: &str, application: &str| {
            let domains = [case.pointer(version), case.pointer(application)];
            domains.into_iter().flatten().find_map(Value::as_str).unwrap_or_default()
        };
        let host = domain("/versionInfo/ReplicatedProxyDomain", "/application/ProxyRegistryDomain");
        let registry = domain("/versionInfo/ReplicatedRegistryDomain", "/application/ReplicatedRegistryDomain");
        let basic = Basic::new("LICENSE_ID", text(case, "/licenseID")).unwrap();
        let mut config = DockerConfig::default();
        for host in replicated("any", host, registry).credential_hosts() {
            config.set(&host, &basic);
        }
        rows.push(Row(text(case, "/name").to_owned(), case["want_decoded"].to_string(), config.to_json()));
    }
    let auth = r#"{"auth":"TElDRU5TRV9JRDphYmNkZWY="}"#;
    let all = format!(
        r#"{{"auths":{{"my-proxy.example.com":{auth},"my-registry.example.com":{auth},"proxy.replicated.com":{auth},"registry.replicated.com":{auth}}}}}"#
    );
    let left = "what is left on a default host, in a custom resource for one, could not be pulled";
    settle(
        "license_docker_cfg",
        &rows,
        &[
            ("app passed with custom registry domains should return custom domains", &all, left),
            ("version info passed with custom domains should return custom domains", &all, left),
            (
                "both app and version info are passed with custom domains should return custom domains from version info",
                &all,
                left,
            ),
        ],
    );
}

/// `replace` of Harbor's webhook: everything of one registry below a host and path.
fn harbor(upstream: &str, replace: &str) -> Layout {
    let (host, path) = replace.split_once('/').unwrap();
    Template {
        host: host.to_owned(),
        pattern: format!("{{host}}/{path}/{{repository}}"),
        upstream: Some(upstream.to_owned()),
    }
    .layout()
    .unwrap()
}

#[test]
fn harbor_webhook_replaces_registries() {
    let file = vectors("harbor-container-webhook");
    let table: Vec<Row> = rows(&file, "replace_registry", 9)
        .iter()
        .map(|row| {
            let image = text(row, "/in/imageRef");
            let upstream = Reference::parse(image).unwrap().registry().to_owned();
            let ours = answer(&harbor(&upstream, text(row, "/in/newRegistry")), image);
            Row(image.to_owned(), text(row, "/out/expectedRef").to_owned(), ours)
        })
        .collect();
    settle(
        "replace_registry",
        &table,
        &[
            ("somehost:443/public/busybox", "harbor.example.com/proxy-cache/public/busybox", NO_LATEST),
            ("example.com/busybox", "harbor.example.com/proxy-cache/busybox", NO_LATEST),
            ("busybox", "harbor.example.com/proxy-cache/library/busybox", NO_LATEST),
        ],
    );
}

#[test]
fn harbor_webhook_takes_the_first_rule() {
    let file = vectors("harbor-container-webhook");
    let centos = ("centos", "harbor.example.com/dockerhub-proxy/library/centos", NO_LATEST);
    let quay = (
        "quay.io/bitnami/sealed-secrets-controller",
        "harbor.example.com/quay-proxy/bitnami/sealed-secrets-controller",
        NO_LATEST,
    );
    for (name, count, owned) in [("rule_rewrite", 6, vec![centos]), ("rules_rewrite", 7, vec![centos, quay])] {
        // A part of a registry is chosen by the configuration's globs, not by a layout.
        let all = rows(&file, name, count).iter();
        let table: Vec<Row> = all.filter(|row| !text(row, "/in/image").contains("ubuntu")).map(harbor_rule).collect();
        assert!(table.len() >= 4);
        settle(name, &table, &owned);
    }
}

fn harbor_rule(row: &Value) -> Row {
    let image = text(row, "/in/image");
    let reference = Reference::parse(image).unwrap();
    let layouts = list(&row["in"], "rules").iter().filter_map(|rule| match text(rule, "/matches/0") {
        upstream @ ("^docker.io" | "^quay.io") => {
            Some(harbor(upstream.trim_start_matches('^'), text(rule, "/replace")))
        }
        _ => None,
    });
    let mut serving = layouts.filter(|layout| layout.serves(&reference));
    let ours = serving.next().map_or_else(|| image.to_owned(), |layout| answer(&layout, image));
    Row(image.to_owned(), text(row, "/out/image").to_owned(), ours)
}

#[test]
fn zarf_moves_images() {
    let file = vectors("zarf-transform-image");
    let table: Vec<Row> = rows(&file, "transform_host_without_checksum", 12)
        .iter()
        .map(|row| {
            let image = text(row, "/in/image");
            let theirs = row["out"]["image"].as_str().unwrap_or("no reference");
            // The table names GitLab's website, which a configuration may not: its registry has another name.
            let [target, ours] =
                [text(row, "/in/target"), image].map(|it| it.replace("gitlab.com", "registry.gitlab.com"));
            let ours = answer(&local_registry(&target, false), &ours).replace("registry.gitlab.com", "gitlab.com");
            Row(image.to_owned(), theirs.to_owned(), ours)
        })
        .collect();
    let busybox = "busybox:latest@sha256:3fbc632167424a6d997e74f52b878d7cc478225cffac6bc977eedfe51c7f4e79";
    settle(
        "transform_host_without_checksum",
        &table,
        &[
            ("nginx", "gitlab.com/project/library/nginx", NO_LATEST),
            (busybox, &format!("gitlab.com/project/library/{busybox}"), BOTH),
            (
                "oci://10.43.130.183:5000/stefanprodan/manifests/podinfo",
                "no reference",
                "a scheme is Helm's, never part of an image",
            ),
        ],
    );
}
