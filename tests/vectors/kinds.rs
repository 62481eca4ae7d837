//! The image fields of public custom resources, as their schemas have them, against the table of kinds: an object is made for each version of each
//! kind, with an image in every field that its schema has one in.

use std::collections::BTreeSet;

use pullthrough::access::{Verdicts, Verifications};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Output, Request};
use pullthrough::krm::ObjectRef;
use pullthrough::workload::kinds;
use serde_json::{Value, json};

use super::{text, vectors};

const CONFIG: &str = "
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: kinds}
spec:
  proxies: [{replicated: {app: acme, host: images.acme.example}}]
  images: {private: [\"**\"]}
  pullSecret: {name: ours, create: never}
";

/// Where the table names pull Secrets and the source of the facts has no such field: group, end of the path, and the reason.
const BESIDE_THE_SCHEMA: [(&str, &str, &str); 6] = [
    ("k8s.elastic.co", "podTemplate/spec/imagePullSecrets", "the schema keeps all of a pod template"),
    ("operators.coreos.com", "spec/secrets", "its name does not say what it is for"),
    ("awx.ansible.com", "spec/image_pull_secrets", "its name is spelled differently"),
    ("repo-manager.pulpproject.org", "spec/image_pull_secrets", "its name is spelled differently"),
    ("dynatrace.com", "spec/customPullSecret", "its name is spelled differently"),
    ("flink.apache.org", "podTemplate/spec/imagePullSecrets", "it is a field of a pod spec"),
];

/// A field of a kind, and the image that stands in it.
struct Field {
    path: String,
    form: String,
    image: String,
}

/// Puts a value at a path, in whose lists and mappings with any key it is the only one.
fn put(at: &mut Value, path: &[&str], value: Value) {
    let Some((first, rest)) = path.split_first() else {
        match (at, value) {
            (Value::Object(old), Value::Object(new)) => old.extend(new),
            (at, value) => *at = value,
        }
        return;
    };
    let (key, is_list) = first.strip_suffix("[]").map_or((*first, false), |key| (key, true));
    let key = if key == "*" { "any" } else { key };
    if !at.is_object() {
        *at = json!({});
    }
    let below = at.as_object_mut().unwrap().entry(key).or_insert(Value::Null);
    if !is_list {
        return put(below, rest, value);
    }
    if !below.is_array() {
        *below = json!([null]);
    }
    put(&mut below[0], rest, value);
}

fn object(api_version: &str, kind: &str, fields: &[Field]) -> Value {
    let mut object = json!({"apiVersion": api_version, "kind": kind, "metadata": {"name": "one"}});
    // The longer paths last: what is below a pod spec is put into it.
    for Field { path, form, image } in fields {
        let path: Vec<&str> = path.split('/').collect();
        let value = match form.as_str() {
            "pod" => json!({"containers": [{"name": "c", "image": image}]}),
            "parts" => {
                let (repository, tag) = image.rsplit_once(':').unwrap();
                json!({"repository": repository, "tag": tag})
            }
            _ => json!(image),
        };
        put(&mut object, &path, value);
    }
    object
}

fn run(object: &Value) -> String {
    let text = serde_json::to_string_pretty(object).unwrap();
    let request = Request { config: Some(("config.yaml", CONFIG)), ..Request::default() };
    let variable = |name: &str| (name == "PULLTHROUGH_LICENSE_ID").then(|| "license".to_owned());
    let environment = Environment { var: Box::new(variable), ..Environment::bare(1_700_000_000) };
    let found = Analysis::read(&text, request, &environment).unwrap_or_else(|answer| panic!("{answer:?}"));
    let answer = found.answer(&Verdicts::new(), &Verifications::new());
    let Output::Done(edits) = &answer.output else { panic!("{text}: {:#?}", answer.findings) };
    edits.apply()
}

/// The paths at which a value stands, with `[]` for every item.
fn paths_of(value: &Value, wanted: &str, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text == wanted => drop(found.insert(path.to_owned())),
        Value::Array(items) => items.iter().for_each(|item| paths_of(item, wanted, &format!("{path}[]"), found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                let path = if path.is_empty() { key.clone() } else { format!("{path}/{key}") };
                paths_of(value, wanted, &path, found);
            }
        }
        _ => {}
    }
}

fn is_exception(object: &ObjectRef, path: &str) -> bool {
    kinds::exceptions(object)
        .any(|exception| exception.paths.is_empty() || exception.paths.iter().any(|field| field.to_string() == path))
}

#[test]
fn every_image_field_of_a_schema_is_rewritten_or_an_exception() {
    let table = vectors("crd-image-fields");
    let (mut checked, mut exceptions, mut faults) = (0, 0, Vec::new());
    for (group, kinds) in table["groups"].as_object().unwrap() {
        for entry in kinds.as_object().unwrap().values() {
            let kind = text(entry, "/kind");
            let fields = entry["fields"].as_array().unwrap();
            let versions: BTreeSet<&str> = fields
                .iter()
                .flat_map(|field| field["versions"].as_array().unwrap())
                .map(|version| version.as_str().unwrap())
                .collect();
            for version in versions {
                let api_version = format!("{group}/{version}");
                let own = fields.iter().filter(|field| field["versions"].as_array().unwrap().contains(&json!(version)));
                let mut own: Vec<Field> = own
                    .enumerate()
                    .map(|(number, field)| Field {
                        path: text(field, "/path").to_owned(),
                        form: text(field, "/form").to_owned(),
                        image: format!("ghcr.io/acme/n{number}:1"),
                    })
                    .collect();
                own.sort_by_key(|field| field.path.matches('/').count());
                let name =
                    ObjectRef { api_version: api_version.clone(), kind: kind.to_owned(), ..ObjectRef::default() };
                let output = run(&object(&api_version, kind, &own));
                for field in &own {
                    let written = field.image.rsplit_once(':').unwrap().0;
                    let is_rewritten = output.contains(&format!("images.acme.example/proxy/acme/{written}"));
                    let is_exception = is_exception(&name, &field.path);
                    checked += 1;
                    exceptions += usize::from(is_exception);
                    if is_rewritten == is_exception {
                        faults.push(format!("{api_version} {kind} {} ({})", field.path, field.form));
                    }
                }
                let allowed: Vec<&str> =
                    entry["pull_secrets"].as_array().unwrap().iter().map(|path| path.as_str().unwrap()).collect();
                let pods = own.iter().filter(|field| field.form == "pod");
                let pods: Vec<String> = pods.map(|field| format!("{}/imagePullSecrets", field.path)).collect();
                let mut named = BTreeSet::new();
                paths_of(&serde_json::from_str(&output).unwrap(), "ours", "", &mut named);
                for path in named {
                    let path = path.replace("/any", "/*");
                    let field = path.trim_end_matches("/name").trim_end_matches("[]");
                    let is_known = allowed.contains(&field)
                        || pods.iter().any(|pod| pod == field)
                        || BESIDE_THE_SCHEMA.iter().any(|(of, end, _)| group.ends_with(of) && field.ends_with(end));
                    if !is_known {
                        faults.push(format!("{api_version} {kind} names the Secret in {path}, which the schema lacks"));
                    }
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}\n{} faults", faults.join("\n"), faults.len());
    println!("{checked} fields, {exceptions} of them exceptions");
    assert!(checked >= 574, "only {checked} fields");
}
