//! The KRMFunctionDefinition (kubernetes-sigs/kustomize `kyaml/fn/framework/function_definition.go`), with a structural schema as a
//! CustomResourceDefinition has one (Kubernetes, "Specifying a structural schema").

use serde_json::{Map, Value, json};

pub(crate) fn definition(schema: &Value, doc: &Value) -> Value {
    let home = doc["sourceURL"].as_str().unwrap();
    json!({
        "apiVersion": "config.kubernetes.io/v1alpha1",
        "kind": "KRMFunctionDefinition",
        "metadata": { "name": "pullthrough" },
        "spec": {
            "group": pullthrough::config::GROUP,
            "names": { "kind": pullthrough::config::KIND },
            "description": doc["short"],
            "publisher": "pullthrough",
            "home": home,
            "tags": doc["tags"],
            "versions": [{
                "name": pullthrough::config::VERSION,
                "idempotent": true,
                "license": doc["license"],
                "usage": format!("{home}/blob/main/docs/reference.md"),
                "examples": doc["examplePackageURLs"],
                "runtime": { "container": { "image": doc["image"], "network": true } },
                "schema": { "openAPIV3Schema": root(schema) },
            }],
        },
    })
}

/// The object of our own kind: what only a `ConfigMap` has is left out, and Kubernetes knows metadata by itself.
fn root(schema: &Value) -> Value {
    let mut properties = Map::new();
    for name in ["apiVersion", "kind", "metadata"] {
        let kind = &schema["properties"][name]["type"];
        properties.insert(name.to_owned(), json!({ "type": kind }));
    }
    for name in ["spec", "data"] {
        properties.insert(name.to_owned(), structural(&schema["properties"][name], schema));
    }
    json!({ "type": "object", "description": schema["description"], "properties": properties, "not": schema["not"] })
}

/// Without what Kubernetes refuses in a structural schema. Unknown fields are pruned there, and need no `additionalProperties: false`.
fn structural(schema: &Value, root: &Value) -> Value {
    match schema {
        Value::Object(keywords) if keywords.contains_key("$ref") => {
            let target = root.pointer(schema["$ref"].as_str().unwrap().trim_start_matches('#')).unwrap();
            without_words(structural(target, root))
        }
        Value::Object(keywords) => {
            let mut kept = Map::new();
            for (keyword, value) in keywords {
                match (keyword.as_str(), value) {
                    ("additionalProperties", Value::Bool(false)) => {}
                    // The cases of the short form.
                    ("allOf", _) => {}
                    ("type", Value::Array(types)) => {
                        kept.insert("type".to_owned(), types[0].clone());
                        kept.insert("nullable".to_owned(), true.into());
                    }
                    ("properties", Value::Object(fields)) => {
                        let fields: Map<String, Value> =
                            fields.iter().map(|(name, field)| (name.clone(), structural(field, root))).collect();
                        kept.insert("properties".to_owned(), fields.into());
                    }
                    _ => {
                        kept.insert(keyword.clone(), structural(value, root));
                    }
                }
            }
            kept.into()
        }
        Value::Array(items) => items.iter().map(|item| structural(item, root)).collect(),
        other => other.clone(),
    }
}

/// The descriptions are those of the fields that were referred to.
fn without_words(mut schema: Value) -> Value {
    if let Some(keywords) = schema.as_object_mut() {
        keywords.remove("description");
        for field in keywords.get_mut("properties").and_then(Value::as_object_mut).into_iter().flat_map(Map::values_mut)
        {
            *field = without_words(field.take());
        }
    }
    schema
}

/// The rules of Kubernetes for a structural schema, as far as one of ours could break them.
pub(crate) fn is_structural(schema: &Value, path: &str) {
    let keywords = schema.as_object().unwrap_or_else(|| panic!("{path}: {schema}"));
    assert!(keywords.get("type").is_some_and(Value::is_string), "{path}: a type that is one word");
    for keyword in keywords.keys() {
        let known = [
            "type",
            "nullable",
            "description",
            "default",
            "enum",
            "pattern",
            "minimum",
            "maximum",
            "minLength",
            "maxLength",
            "minItems",
            "properties",
            "additionalProperties",
            "items",
            "required",
            "oneOf",
            "not",
        ];
        assert!(known.contains(&keyword.as_str()), "{path}: {keyword}");
    }
    assert!(
        !(keywords.contains_key("properties") && keywords.contains_key("additionalProperties")),
        "{path}: `properties` and `additionalProperties` exclude each other"
    );
    for alternative in keywords.get("oneOf").and_then(Value::as_array).into_iter().flatten().chain(keywords.get("not"))
    {
        only_requires(alternative, path);
    }
    for (name, field) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
        is_structural(field, &format!("{path}.{name}"));
    }
    for keyword in ["items", "additionalProperties"] {
        if let Some(inner) = keywords.get(keyword) {
            is_structural(inner, &format!("{path}[]"));
        }
    }
}

/// Below `oneOf` and `not` a structural schema says nothing about types and defaults; ours only say which fields there are.
fn only_requires(schema: &Value, path: &str) {
    for (keyword, value) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "required" => {}
            "not" => only_requires(value, path),
            "anyOf" => value.as_array().unwrap().iter().for_each(|schema| only_requires(schema, path)),
            _ => panic!("{path}: {keyword} below a choice"),
        }
    }
}
