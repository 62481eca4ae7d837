//! KOTS's end-to-end cases: the objects that it renders, field by field, against what the function writes into the same manifests.
//!
//! What is different everywhere, on purpose: [`EVERYWHERE`]. What is different in one case: [`OWNED`]. Everything else is equal.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pullthrough::access::Verifications;
use pullthrough::function::Output;
use serde_json::{Value, json};

use super::golden::{self, documents, list, manifest};
use super::{text, vectors};

/// What differs in every case, each with the reason; `compare` takes these out and nothing else.
const EVERYWHERE: [(&str, &str); 4] = [
    (
        "the Secret has the label app.kubernetes.io/managed-by: pullthrough",
        "a later run replaces what has this mark, and leaves what a person made",
    ),
    (
        "there is no second Secret kotsadm-replicated-registry",
        "it is for KOTS's own console, and doubles the places where a license ID is kept",
    ),
    (
        "there is a Secret in every namespace whose pods name it, too",
        "KOTS's is in the app's namespace only, and pods don't see those of others",
    ),
    (
        "no kots.io/app-slug and no kots.io/backup on every object",
        "they are for KOTS's own console and backups; the table of rendered objects has none either",
    ),
];

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
        "kustomize merges lists by name and loses one of two init containers without one; bytes that are not edited are not lost",
    ),
];

#[derive(Clone, Copy, Debug, PartialEq)]
enum Difference {
    /// The proxy of the case is refused, with its name in the message.
    Refused(&'static str),
    /// The Secret opens this host as well.
    MoreHosts(&'static str),
    /// KOTS's rendering has lost the container that had this image.
    LostContainer(&'static str),
}

#[test]
fn end_to_end_golden() {
    let kots = vectors("kots");
    let mut compared = Compared::default();
    for (case, midstream) in golden::midstreams(&kots) {
        let name = format!("{} {}", text(case, "/case"), text(midstream, "/dir"));
        match output(case, midstream) {
            Ok(written) => compared.midstream(&name, case, midstream, written),
            Err(error) => {
                let Some(Difference::Refused(word)) = owned(case) else { panic!("{name}: {error}") };
                assert!(error.contains(word), "{name} is owned: {error}");
            }
        }
    }
    // As many as the table had when this was written, so that none is passed over unseen.
    assert_eq!((compared.objects, compared.images, compared.secrets), (20, 27, 21));
    assert_eq!(EVERYWHERE.len(), 4);
}

#[derive(Default)]
struct Compared {
    objects: usize,
    images: usize,
    secrets: usize,
}

impl Compared {
    fn midstream(&mut self, name: &str, case: &Value, midstream: &Value, written: Vec<Value>) {
        let mut written = by_name(written);
        for object in list(&midstream["input_objects_with_images"]) {
            let wanted = rendered(case, object);
            let found = written.remove(&key(&manifest(object))).unwrap_or_else(|| panic!("{name}: no {object}"));
            assert_eq!(found, wanted, "{name}");
            self.objects += 1;
            let pod = pod_spec(&wanted).clone();
            self.images += list(&pod["containers"]).chain(list(&pod["initContainers"])).count();
        }
        let (secrets, others): (Vec<Value>, Vec<Value>) =
            written.into_values().partition(|object| object["kind"] == "Secret");
        let others: Vec<&Value> = others.iter().filter(|object| object["apiVersion"] != "kots.io/v1beta1").collect();
        assert!(others.is_empty(), "{name}: {others:?} were not in the input");
        self.secrets(name, case, midstream, &secrets);
    }

    fn secrets(&mut self, name: &str, case: &Value, midstream: &Value, secrets: &[Value]) {
        let wanted = list(&midstream["want_secrets"]).find(|secret| !is_second(secret)).unwrap();
        let wanted = secret(case, wanted);
        for secret in secrets {
            // The same Secret, in another namespace: that of pods which name it.
            let mut here = wanted.clone();
            here["metadata"]["namespace"] = secret["metadata"]["namespace"].clone();
            assert_eq!(without_null(secret.clone()), without_null(here), "{name}");
            self.secrets += 1;
        }
        let is_there = secrets.iter().any(|secret| secret["metadata"]["namespace"] == wanted["metadata"]["namespace"]);
        let has_pods = list(&midstream["input_objects_with_images"]).count() > 0;
        assert!(is_there || (wanted["metadata"]["namespace"].is_null() && !has_pods), "{name}: no Secret {wanted}");
    }
}

/// The documents that the function writes; or what it said instead.
fn output(case: &Value, midstream: &Value) -> Result<Vec<Value>, String> {
    let found = golden::found(case, midstream)?;
    let verdicts = golden::verdicts(case, &found);
    let answer = found.answer(&verdicts, &Verifications::new());
    match &answer.output {
        Output::Done(edits) => Ok(documents(&edits.apply()).into_iter().filter(Value::is_object).collect()),
        Output::Refused(_) | Output::Nothing => Err(golden::said(&answer.findings)),
    }
}

/// The manifest with what KOTS renders in the places that it touches.
fn rendered(case: &Value, object: &Value) -> Value {
    let is_it = |rendered: &&Value| ["kind", "name", "namespace"].iter().all(|key| rendered[key] == object[key]);
    let rendered = list(&case["want_rendered"]).find(is_it).unwrap_or_else(|| panic!("{object} is not rendered"));
    let mut wanted = manifest(object);
    let pod = pod_spec(&wanted).clone();
    let mut new = pod.clone();
    for containers in ["containers", "initContainers"] {
        let mut images = list(&rendered[containers]).map(|container| container["image"].clone());
        for (index, container) in list(&pod[containers]).enumerate() {
            let is_lost = matches!(owned(case), Some(Difference::LostContainer(image)) if container["image"] == image);
            // KOTS lost it: what it would have become is what its name says.
            new[containers][index]["image"] = if is_lost {
                json!(format!("proxy.replicated.com/proxy/my-app/{}", text(container, "/image")))
            } else {
                images.next().unwrap_or_else(|| panic!("{container} is not rendered"))
            };
        }
        assert_eq!(images.next(), None);
    }
    new["imagePullSecrets"] = rendered["imagePullSecrets"].clone();
    *pod_spec_mut(&mut wanted) = new;
    wanted
}

/// KOTS's Secret as an object, with what is different everywhere.
fn secret(case: &Value, wanted: &Value) -> Value {
    let mut config = wanted["dockerconfigjson_decoded"].clone();
    if let Some(Difference::MoreHosts(host)) = owned(case) {
        let auths = config["auths"].as_object_mut().unwrap();
        let account = auths.values().next().unwrap().clone();
        assert!(auths.insert(host.to_owned(), account).is_none(), "{wanted} is owned");
    }
    let mut metadata = wanted["metadata"].clone();
    metadata["labels"] = json!({"app.kubernetes.io/managed-by": "pullthrough"});
    json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": metadata,
        "type": wanted["type"],
        "data": {".dockerconfigjson": STANDARD.encode(config.to_string())},
    })
}

fn is_second(secret: &Value) -> bool {
    secret["metadata"]["name"] == "kotsadm-replicated-registry"
}

fn owned(case: &Value) -> Option<Difference> {
    let name = text(case, "/case");
    OWNED.iter().find(|(owned, _, _)| *owned == name).map(|(_, difference, _)| *difference)
}

fn by_name(objects: Vec<Value>) -> BTreeMap<String, Value> {
    let count = objects.len();
    let by_name: BTreeMap<_, _> = objects.into_iter().map(|object| (key(&object), object)).collect();
    assert_eq!(by_name.len(), count, "two objects of one name");
    by_name
}

fn key(object: &Value) -> String {
    let metadata = &object["metadata"];
    format!("{} {} {}", object["kind"], metadata["namespace"], metadata["name"])
}

fn pod_spec(object: &Value) -> &Value {
    object.pointer("/spec/template/spec").unwrap_or(&object["spec"])
}

fn pod_spec_mut(object: &mut Value) -> &mut Value {
    let path = if object.pointer("/spec/template/spec").is_some() { "/spec/template/spec" } else { "/spec" };
    object.pointer_mut(path).unwrap()
}

fn without_null(mut object: Value) -> Value {
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.retain(|_, value| !value.is_null());
    }
    object
}
