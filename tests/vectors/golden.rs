//! KOTS's end-to-end cases as inputs of ours: the same objects, license and verdicts, with the pull options in our words.

use std::collections::BTreeMap;

use pullthrough::access::{Access, ManifestKey, Verdict, Verdicts};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Request};
use pullthrough::image::Reference;
use pullthrough::krm::Finding;
use pullthrough::yaml::View;
use pullthrough::yaml::parse::{Error, Split, objects};
use serde_json::{Value, json};

use super::text;

const CASES: usize = 11;
const MIDSTREAMS: usize = 23;

/// Each case with each of its midstreams: KOTS makes one for the application and one for every chart.
pub(super) fn midstreams(kots: &Value) -> Vec<(&Value, &Value)> {
    let cases: Vec<&Value> = list(&kots["end_to_end_golden"]["cases"]).collect();
    assert_eq!(cases.len(), CASES, "end_to_end_golden");
    let midstreams: Vec<_> =
        cases.into_iter().flat_map(|case| list(&case["midstreams"]).map(move |midstream| (case, midstream))).collect();
    assert_eq!(midstreams.len(), MIDSTREAMS);
    midstreams
}

/// The input, read; or what was said instead.
pub(super) fn found(case: &Value, midstream: &Value) -> Result<Analysis<'static>, String> {
    let mut items = vec![kots("License", &case["license"])];
    // One JSON object alone would have no room for a Secret beside it.
    items.push(kots("Application", Some(&case["application"]).filter(|spec| spec.is_object()).unwrap_or(&json!({}))));
    items.extend(list(&midstream["input_objects_with_images"]).map(manifest));
    let input: String = items.iter().map(|item| format!("{item}\n---\n")).collect();
    let config = config(case, midstream).to_string();
    let account = &case["pull_options"]["RewriteImageOptions"];
    let environment = Environment {
        var: Box::new(|name| {
            let field = match name {
                "PULLTHROUGH_USERNAME" => "Username",
                "PULLTHROUGH_PASSWORD" => "Password",
                "PULLTHROUGH_HOSTS" => "Hostname",
                _ => return None,
            };
            account[field].as_str().map(str::to_owned)
        }),
        ..Environment::bare(0)
    };
    Analysis::read(input.leak(), Request { config: Some(("config", &config)), ..Request::default() }, &environment)
        .map_err(|answer| said(&answer.findings))
}

/// What KOTS's own probe said, for everything that is asked.
pub(super) fn verdicts(case: &Value, found: &Analysis<'_>) -> Verdicts {
    let known: BTreeMap<ManifestKey, bool> = list(&case["known_images_after"])
        .filter_map(|image| {
            Some((ManifestKey::of(&Reference::parse(text(image, "/image")).ok()?)?, image["isPrivate"] == true))
        })
        .collect();
    let verdict = |key: &ManifestKey| if known[key] { Access::Private } else { Access::Public };
    found.queries().keys().map(|key| (key.clone(), Verdict::known(verdict(key)))).collect()
}

pub(super) fn said(findings: &[Finding]) -> String {
    findings.iter().map(|finding| finding.message.to_string()).collect::<Vec<_>>().join("\n")
}

/// What the pull options of the case are called here.
fn config(case: &Value, midstream: &Value) -> Value {
    let options = &case["pull_options"];
    let rewrite = &options["RewriteImageOptions"];
    let proxy = if options["RewriteImages"] == true {
        let mut registry = json!({"host": rewrite["Hostname"], "flatten": true});
        if rewrite["Namespace"].is_string() {
            registry["namespace"] = rewrite["Namespace"].clone();
        }
        json!({"localRegistry": registry})
    } else {
        json!({"replicated": {}})
    };
    let secret = list(&midstream["want_secrets"])
        .find(|secret| secret["metadata"]["name"] != "kotsadm-replicated-registry")
        .unwrap();
    let namespaces: Vec<&str> = secret["metadata"]["namespace"].as_str().into_iter().collect();
    json!({
        "apiVersion": "pullthrough.dev/v1alpha1",
        "kind": "PullThrough",
        "metadata": {"name": "kots"},
        "spec": {
            "proxies": [proxy],
            "access": {"proxyPublic": options["RewriteImages"]},
            "pullSecret": {
                "name": secret["metadata"]["name"],
                "for": "all",
                "namespaces": namespaces,
                "annotations": secret["metadata"]["annotations"],
            },
            "replicatedObjects": "keep",
        },
    })
}

fn kots(kind: &str, spec: &Value) -> Value {
    json!({"apiVersion": "kots.io/v1beta1", "kind": kind, "metadata": {"name": "x"}, "spec": spec})
}

/// The table has objects without what is between their root and their containers.
pub(super) fn manifest(object: &Value) -> Value {
    let mut metadata = json!({"name": object["name"]});
    if object["namespace"].is_string() {
        metadata["namespace"] = object["namespace"].clone();
    }
    let mut pod = json!({"containers": object["containers"]});
    if object["initContainers"].is_array() {
        pod["initContainers"] = object["initContainers"].clone();
    }
    let spec = if object["kind"] == "Pod" { pod } else { json!({"template": {"spec": pod}}) };
    json!({"apiVersion": object["apiVersion"], "kind": object["kind"], "metadata": metadata, "spec": spec})
}

pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

pub(super) fn documents(text: &str) -> Vec<Value> {
    let mut documents = Vec::new();
    let read = objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            documents.push(json(&tree.view()));
            Ok(())
        },
    );
    read.unwrap();
    documents
}

fn json(view: &View<'_>) -> Value {
    if view.is_mapping() {
        let entries = view.entries().into_iter().map(|(key, value)| (key.scalar().unwrap().to_owned(), json(&value)));
        return Value::Object(entries.collect());
    }
    if view.is_sequence() {
        return view.items().unwrap().iter().map(json).collect();
    }
    view.scalar().filter(|_| !view.is_null()).map_or(Value::Null, Value::from)
}
