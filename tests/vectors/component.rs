//! KOTS's end-to-end cases: what it writes into its midstream and what that renders to, against the Component for the same objects, the
//! same license and the same verdicts.
//!
//! Some things are different everywhere, on purpose. KOTS lists four spellings of each name of Docker Hub, here there are those that
//! occur. Its patches are strategic merges, with the labels of their object. It makes each Secret twice, the second time as `kotsadm-replicated-registry` for
//! its own console, with annotations of its installer; and in the app's namespace only, where pods in others don't see it.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pullthrough::access::Verifications;
use pullthrough::component::{Component, KUSTOMIZATION, SECRETS};
use serde_json::{Value, json};

use super::golden::{self, documents, list};
use super::{text, vectors};

/// What is different in one case, each with the reason.
const OWNED: [(&str, Difference, &str); 3] = [
    (
        "subchart-alias",
        Difference::Refused("fake-docker-proxy"),
        "a host without a dot or a port is an organization on Docker Hub to whoever reads the image",
    ),
    (
        "customhostnames",
        Difference::MoreHosts("registry.replicated.com"),
        "the default host stays open to manifests that still name it where nothing is rewritten",
    ),
    (
        "replicatedhelm",
        Difference::LostContainer("quay.io/replicatedcom/qa-kots-1:alpine-3.5"),
        "its two init containers have no name, which kustomize merges lists by, so one of them is lost in the rendering; Kubernetes takes no such object",
    ),
];

#[derive(Clone, Copy, Debug)]
enum Difference {
    /// The proxy of the case is refused, with its name in the message.
    Refused(&'static str),
    /// The Secret opens this host as well.
    MoreHosts(&'static str),
    /// The rendering has no container with this image.
    LostContainer(&'static str),
}

impl Difference {
    fn refused(self) -> Option<&'static str> {
        if let Self::Refused(word) = self { Some(word) } else { None }
    }

    fn more_hosts(self) -> Option<&'static str> {
        if let Self::MoreHosts(host) = self { Some(host) } else { None }
    }

    fn lost(self) -> Option<&'static str> {
        if let Self::LostContainer(image) = self { Some(image) } else { None }
    }
}

fn owned(case: &Value) -> impl Iterator<Item = Difference> {
    let name = text(case, "/case");
    OWNED.iter().filter(move |(owned, _, _)| *owned == name).map(|(_, difference, _)| *difference)
}

#[test]
fn end_to_end_golden() {
    let kots = vectors("kots");
    for (case, midstream) in golden::midstreams(&kots) {
        compare(case, midstream);
    }
}

fn compare(case: &Value, midstream: &Value) {
    let name = format!("{} {}", text(case, "/case"), text(midstream, "/dir"));
    let made = component(case, midstream);
    if let Some(word) = owned(case).find_map(Difference::refused) {
        assert!(made.is_err_and(|error| error.contains(word)), "{name} is owned");
        return;
    }
    let files = made.unwrap_or_else(|error| panic!("{name}: {error}"));
    let kustomization = files[KUSTOMIZATION].first().unwrap();

    let used: BTreeSet<String> = references(midstream).iter().map(|image| split(image).0.to_owned()).collect();
    let entry = |entry: &Value| (text(entry, "/name").replace('\\', ""), text(entry, "/newName").to_owned());
    let wanted: BTreeMap<_, _> =
        list(&midstream["want_images"]).map(entry).filter(|(name, _)| used.contains(name)).collect();
    let entries: BTreeMap<_, _> = list(&kustomization["images"]).map(entry).collect();
    assert_eq!(entries, wanted, "{name}: images");

    let wanted: BTreeSet<String> = list(&midstream["want_patches"]).map(wanted_patch).collect();
    let patches: BTreeSet<String> = list(&kustomization["patches"]).map(patch).collect();
    assert_eq!(patches, wanted, "{name}: patches");

    for wanted in
        list(&midstream["want_secrets"]).filter(|secret| secret["metadata"]["name"] != "kotsadm-replicated-registry")
    {
        let same = |secret: &&Value| {
            ["name", "namespace"].iter().all(|key| secret["metadata"][key] == wanted["metadata"][key])
        };
        let Some(secret) = files.get(SECRETS).and_then(|secrets| secrets.iter().find(same)) else {
            // Without a workload and without a namespace there is nothing to put it beside.
            assert!(wanted["metadata"]["namespace"].is_null() && used.is_empty(), "{name}: no Secret {wanted}");
            continue;
        };
        let config = STANDARD.decode(text(secret, "/data/.dockerconfigjson")).unwrap();
        let mut found: Value = serde_json::from_slice(&config).unwrap();
        for host in owned(case).filter_map(Difference::more_hosts) {
            assert!(found["auths"].as_object_mut().unwrap().remove(host).is_some(), "{name} is owned");
        }
        assert_eq!((&found, &secret["type"]), (&wanted["dockerconfigjson_decoded"], &wanted["type"]), "{name}: Secret");
    }

    for object in list(&midstream["input_objects_with_images"]) {
        let rendered = list(&case["want_rendered"])
            .find(|rendered| ["kind", "name", "namespace"].iter().all(|key| rendered[key] == object[key]))
            .unwrap_or_else(|| panic!("{name}: {object} is not rendered"));
        let after = |image: &Value| {
            let (name, suffix) = split(image.as_str().unwrap());
            entries.get(name).map_or_else(|| name.to_owned(), String::clone) + suffix
        };
        let images = |object: &Value| -> Vec<Value> {
            let lists = [&object["initContainers"], &object["containers"]];
            lists.into_iter().flat_map(list).map(|container| container["image"].clone()).collect()
        };
        let is_lost = |image: &&Value| owned(case).filter_map(Difference::lost).any(|lost| **image == lost);
        let found: Vec<String> = images(object).iter().filter(|image| !is_lost(image)).map(after).collect();
        assert_eq!(json!(found), json!(images(rendered)), "{name}: {object}");
    }
}

/// KOTS's strategic merge patch: which list of which object, and what is in it.
fn wanted_patch(patch: &Value) -> String {
    let at = if patch["kind"] == "Pod" { "/spec/imagePullSecrets" } else { "/spec/template/spec/imagePullSecrets" };
    let namespace = patch["metadata"]["namespace"].as_str().unwrap_or("default");
    let (version, kind, name) = (text(patch, "/apiVersion"), text(patch, "/kind"), text(patch, "/metadata/name"));
    format!("{version} {kind} {namespace} {name} {at} {}", patch.pointer(at).unwrap())
}

/// The same of our JSON patch.
fn patch(patch: &Value) -> String {
    let target = &patch["target"];
    let group = target["group"].as_str().map_or_else(String::new, |group| format!("{group}/"));
    let [operations] = &documents(text(patch, "/patch"))[..] else { panic!("{patch}") };
    let [test, add] = &list(operations).collect::<Vec<_>>()[..] else { panic!("{patch}") };
    assert_eq!((text(test, "/op"), &test["path"], text(add, "/op")), ("test", &add["path"], "add"));
    format!(
        "{group}{} {} {} {} {} {}",
        text(target, "/version"),
        text(target, "/kind"),
        text(target, "/namespace"),
        text(target, "/name"),
        text(add, "/path"),
        add["value"]
    )
}

/// The files of the Component, each as its documents; or what was said instead.
fn component(case: &Value, midstream: &Value) -> Result<BTreeMap<&'static str, Vec<Value>>, String> {
    let found = golden::found(case, midstream)?;
    let verdicts = golden::verdicts(case, &found);
    let (component, findings) = Component::new(found.plan(&verdicts, &Verifications::new(), true), false);
    let component = component.ok_or_else(|| golden::said(&findings))?;
    Ok(component.files.into_iter().map(|(name, text)| (name, documents(&text))).collect())
}

fn references(midstream: &Value) -> Vec<String> {
    let containers = list(&midstream["input_objects_with_images"])
        .flat_map(|object| list(&object["initContainers"]).chain(list(&object["containers"])));
    containers.map(|container| text(container, "/image").to_owned()).collect()
}

/// Name, and tag with digest.
fn split(image: &str) -> (&str, &str) {
    let path = image.rfind('/').unwrap_or(0);
    let end = image.char_indices().find(|(at, char)| *at > path && [':', '@'].contains(char));
    image.split_at(end.map_or(image.len(), |(at, _)| at))
}
