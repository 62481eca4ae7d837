//! The JSON schema of a functionConfig, made from the types that read it.
//!
//! It is draft-07, which every editor's YAML server reads, and its only references are those of former presets to the presets, so that Kubernetes'
//! structural schema follows from it. It takes all that [`Config::read`](super::Config::read) takes, in an object as Kubernetes has them, and
//! refuses unknown fields, wrong types and wrong numbers of presets. What a pattern of images can match, and which values go together, only the
//! reader knows.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::images::Declared;
use super::names::{GROUP, KIND, VERSION};
use super::proxies::{ProxyFields, ProxySpec};
use super::shorthand::Short;
use super::spec::{Fields, ImagesSpec, Spec};
use crate::proxy::{Preset, PresetUnion};
use crate::schema::{merged, tidy};

/// The schema of the whole object, of our kind and of a `ConfigMap`.
#[must_use]
pub fn schema() -> Value {
    let mut spec = of::<Spec>();
    let data = short_form(&spec);
    refer_to_presets(&mut spec);
    let api_version = format!("{GROUP}/{VERSION}");
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": KIND,
        "description": "The configuration of pullthrough: its fields in `spec`, or the most used ones as strings in `data`.",
        "type": "object",
        "properties": {
            "apiVersion": {
                "type": "string",
                "description": format!("`{api_version}`; with another group the kind is free, as in the `ConfigMap` that kpt makes."),
            },
            "kind": { "type": "string", "description": format!("`{KIND}`.") },
            "metadata": {
                "type": "object",
                "description": "Kubernetes metadata. `name` is the configuration's name; the pull Secret is named \
                 after it if nothing else names the Secret.",
            },
            "spec": described(spec, "The configuration. All of its fields are optional."),
            "data": described(
                data,
                "The short form, for `kpt fn eval … -- app=acme` and a Kptfile's `configMap`: one proxy, and \
                 strings only. Items of a list are separated by commas. Can't be combined with `spec`.",
            ),
            "status": { "description": "Not read." },
            "immutable": { "description": "Not read." },
            "binaryData": { "description": "Not read." },
        },
        "additionalProperties": false,
        "not": { "required": ["spec", "data"] },
        "if": { "properties": { "apiVersion": { "pattern": format!("^{}/", GROUP.replace('.', "\\.")) } }, "required": ["apiVersion"] },
        "then": {
            "properties": { "apiVersion": { "const": api_version }, "kind": { "const": KIND } },
            "required": ["kind"],
        },
    })
}

/// A former preset is as long as the preset itself, and has the same fields.
fn refer_to_presets(spec: &mut Value) {
    for name in Preset::NAMES {
        let proxy = "/properties/proxies/items/properties";
        if let Some(former) = spec.pointer_mut(&format!("{proxy}/formerly/items/properties/{name}")) {
            *former = json!({ "$ref": format!("#/properties/spec{proxy}/{name}") });
        }
    }
}

fn described(schema: Value, description: &str) -> Value {
    with(schema, "description", description.into())
}

fn with(mut schema: Value, keyword: &str, value: Value) -> Value {
    if let Some(keywords) = schema.as_object_mut() {
        keywords.insert(keyword.to_owned(), value);
    }
    schema
}

fn of<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(keywords) = schema.as_object_mut() {
        keywords.remove("title");
    }
    tidy(&mut schema);
    schema
}

/// One preset's own fields.
fn preset(name: &str) -> Value {
    of::<PresetUnion>().pointer(&format!("/properties/{name}")).cloned().unwrap_or_default()
}

/// `data`: the last names of `spec`'s fields as strings, and the fields of the preset that it names.
fn short_form(spec: &Value) -> Value {
    let mut fields = Map::new();
    for (name, field) in properties(&of::<Short>()) {
        // Its doc comment is the place in `spec` that has the description.
        let place = text(&field).lines().next().unwrap_or_default();
        let place = place.strip_prefix("`spec.").and_then(|place| place.strip_suffix('`'));
        let field = match place {
            Some(place) => words(at(spec, place), &format!("spec.{place}")),
            None => with(with(field.clone(), "enum", json!(Preset::NAMES)), "default", "replicated".into()),
        };
        fields.insert(name, field);
    }
    for part in ["images", "access"] {
        for (name, field) in properties(at(spec, part)).into_iter().filter(|(name, _)| name != "fields") {
            fields.insert(name.clone(), words(&field, &format!("spec.{part}.{name}")));
        }
    }
    let mut of_presets: Map<String, Value> = Map::new();
    let mut cases = Vec::new();
    for name in Preset::NAMES {
        let preset = preset(name);
        for (field, schema) in properties(&preset) {
            let description = format!("- `{name}`: {}", text(&schema));
            let earlier = of_presets.get(&field).map(|earlier| format!("{}\n{description}", text(earlier)));
            let place = format!("the preset {name}");
            of_presets.insert(field, described(words(&schema, &place), &earlier.unwrap_or(description)));
        }
        cases.push((name, preset));
    }
    let cases: Vec<Value> = cases.iter().map(|(name, preset)| case(name, preset, &of_presets)).collect();
    for (name, field) in of_presets {
        // What is right depends on the preset, so each case says it.
        fields.insert(name, json!({ "type": "string", "description": text(&field) }));
    }
    json!({ "type": ["object", "null"], "properties": fields, "additionalProperties": false, "allOf": cases })
}

/// With this preset, its required fields are set, and no other preset's.
fn case(name: &str, preset: &Value, of_presets: &Map<String, Value>) -> Value {
    let own = properties(preset);
    let mut fields = Map::new();
    for field in of_presets.keys() {
        let schema = match own.get(field) {
            Some(own) => bare(words(own, name)),
            None => Value::Bool(false),
        };
        fields.insert(field.clone(), schema);
    }
    let then =
        json!({ "properties": fields, "required": preset.get("required").cloned().unwrap_or_else(|| json!([])) });
    let named: &[&str] = if name == "replicated" { &[] } else { &["preset"] };
    json!({ "if": { "properties": { "preset": { "const": name } }, "required": named }, "then": then })
}

fn bare(mut schema: Value) -> Value {
    if let Some(keywords) = schema.as_object_mut() {
        keywords.remove("description");
    }
    schema
}

/// The same value written as a string.
fn words(schema: &Value, place: &str) -> Value {
    let mut words = Map::from_iter([("type".to_owned(), "string".into())]);
    words.insert("description".to_owned(), format!("`{place}`: {}", text(schema)).into());
    if let Some(default) = schema.get("default") {
        let default = default.as_str().map_or_else(|| default.to_string(), str::to_owned);
        words.insert("default".to_owned(), default.into());
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("boolean") => {
            words.insert("enum".to_owned(), json!(["true", "false"]));
        }
        Some("integer") => {
            words.insert("pattern".to_owned(), "^\\+?[0-9]+$".into());
        }
        Some("string") => {
            for keyword in ["enum", "pattern", "minLength", "maxLength"] {
                words.extend(schema.get(keyword).map(|value| (keyword.to_owned(), value.clone())));
            }
        }
        _ => {}
    }
    words.into()
}

fn properties(schema: &Value) -> Map<String, Value> {
    schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The field at a path such as `proxies[].inPlace`.
fn at<'s>(schema: &'s Value, path: &str) -> &'s Value {
    let pointer: String = path.split('.').map(|name| format!("/properties/{}", name.replace("[]", "/items"))).collect();
    schema.pointer(&pointer).unwrap_or(&Value::Null)
}

fn text(schema: &Value) -> &str {
    schema.get("description").and_then(Value::as_str).unwrap_or_default()
}

/// Images are in a pod spec, in one field, or in several fields each, of which `repository` or `image` is one.
pub(super) fn one_shape(schema: &mut Schema) {
    const PARTS: [&str; 5] = ["registry", "repository", "image", "tag", "digest"];
    const TEXT: [&str; 2] = ["prefix", "split"];
    let has = |name: &&str| json!({ "required": [name] });
    let none_of = |names: &[&[&str]]| json!({ "anyOf": names.concat().iter().map(has).collect::<Vec<_>>() });
    schema.insert(
        "oneOf".to_owned(),
        json!([
            { "required": ["podSpec"], "not": none_of(&[&["path"], &TEXT, &PARTS]) },
            { "required": ["path"], "not": none_of(&[&["podSpec"], &PARTS]) },
            {
                "anyOf": [has(&"repository"), { "required": ["registry", "image"] }],
                "not": none_of(&[&["podSpec", "path"], &TEXT]),
            },
        ]),
    );
}

impl JsonSchema for ProxySpec {
    fn schema_name() -> Cow<'static, str> {
        "Proxy".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let mut proxy = merged([ProxyFields::json_schema(generator), PresetUnion::json_schema(generator)]);
        proxy.insert(
            "description".to_owned(),
            "A proxy: exactly one preset, and the fields that every proxy \
            has."
                .into(),
        );
        proxy
    }
}

impl JsonSchema for ImagesSpec {
    fn schema_name() -> Cow<'static, str> {
        "Images".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        merged([Declared::json_schema(generator), Fields::json_schema(generator)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_described() {
        fn check(schema: &Value, path: &str) {
            for (name, field) in properties(schema) {
                let path = format!("{path}.{name}");
                if field.get("$ref").is_some() {
                    continue;
                }
                let description = text(&field);
                assert!(description.ends_with(['.', ')']) || description.contains("\n- "), "{path}: {description}");
                check(&field, &path);
                check(field.get("items").unwrap_or(&Value::Null), &format!("{path}[]"));
            }
        }
        check(&schema(), "");
    }
}
