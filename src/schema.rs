//! How texts with a meaning look in the JSON schema.
//!
//! A field's reader decides; a pattern here lets an editor say so before. Each takes all that its reader takes, and is for engines without
//! lookaround, since Kubernetes has one of those (RE2).

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident { $($keyword:literal: $value:expr),* })+) => {$(
        $(#[$doc])*
        pub(crate) enum $name {}

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", $($keyword: $value),* })
            }
        }
    )+};
}

texts! {
    /// A registry's host, with its port (distribution `reference/regexp.go`). That it has a dot or a port is for the reader to see.
    Host {
        "pattern": r"^(\[[0-9a-fA-F:.]+\]|[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*)(:[0-9]+)?$"
    }
    /// A registry's host, or a path in it.
    Source {
        "pattern": r"^[^\s/@]+(/[^\s/@]+)*$"
    }
    /// A DNS-1123 subdomain, as names of Secrets are.
    Name {
        "pattern": r"^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
        "maxLength": 253
    }
    /// A DNS-1123 label, as names of namespaces are.
    Namespace {
        "pattern": "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$",
        "maxLength": 63
    }
    /// A segment of a repository.
    Segment {
        "pattern": r"^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$"
    }
    /// A pattern of images: it begins with `**`, or with a registry and a slash.
    Glob {
        "pattern": r"^(\*\*|[^/\s]+/.)"
    }
    /// A path to a field.
    Path {
        "pattern": "^[^/]"
    }
    /// A time with its unit.
    Time {
        "pattern": "^0*[1-9][0-9]*(ms|s|m)$"
    }
    /// An AWS account.
    Account {
        "pattern": "^[0-9]{12}$"
    }
    /// Text that is not empty.
    Text {
        "minLength": 1
    }
}

/// Exactly one of a union's members is set.
pub(crate) fn exactly_one(schema: &mut Schema) {
    let members: Vec<Value> = names(schema, "properties").map(|name| json!({ "required": [name] })).collect();
    schema.insert("oneOf".to_owned(), members.into());
}

/// Several structs that are read from one mapping: the fields of all, and every other keyword of each.
pub(crate) fn merged(parts: impl IntoIterator<Item = Schema>) -> Schema {
    let mut whole = Map::new();
    for part in parts {
        for (keyword, value) in part.as_object().into_iter().flatten() {
            match (whole.get_mut(keyword), value) {
                (Some(Value::Object(all)), Value::Object(more)) => all.extend(more.clone()),
                (Some(Value::Array(all)), Value::Array(more)) => all.extend(more.iter().cloned()),
                _ => {
                    whole.insert(keyword.clone(), value.clone());
                }
            }
        }
    }
    whole.into()
}

/// Takes out what is true of the Rust types and not of our reader, and says the rest as people read it.
///
/// - A key without a value is an error, so nothing may be null.
/// - An enum is a list of values, which every editor and Kubernetes read; the description says what each means.
/// - An empty list or mapping is no default worth telling.
/// - Lines of a doc comment are no lines of a text, only its paragraphs are.
pub(crate) fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(keywords) => {
            keywords.values_mut().for_each(tidy);
            refuse_null(keywords);
            list_values(keywords);
            keywords.remove("format");
            let says_nothing = |value: &Value| match value {
                Value::Null => true,
                Value::Array(items) => items.is_empty(),
                Value::Object(entries) => entries.is_empty(),
                _ => false,
            };
            if keywords.get("default").is_some_and(says_nothing) {
                keywords.remove("default");
            }
            if let Some(Value::String(text)) = keywords.get_mut("description") {
                *text = reflow(text);
            }
        }
        _ => {}
    }
}

fn refuse_null(keywords: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = keywords.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            keywords.insert("type".to_owned(), only);
        }
    }
    let Some(Value::Array(any)) = keywords.get_mut("anyOf") else { return };
    any.retain(|schema| schema.get("type") != Some(&json!("null")));
    if let [Value::Object(only)] = any.as_slice() {
        let only = only.clone();
        keywords.remove("anyOf");
        for (keyword, value) in only {
            keywords.entry(keyword).or_insert(value);
        }
    }
}

fn list_values(keywords: &mut Map<String, Value>) {
    let Some(Value::Array(cases)) = keywords.get("oneOf") else { return };
    let values: Vec<Value> = cases.iter().filter_map(|case| case.get("const").cloned()).collect();
    if values.is_empty() || values.len() != cases.len() {
        return;
    }
    let meanings =
        cases.iter().filter_map(|case| Some((case.get("const")?.as_str()?, case.get("description")?.as_str()?)));
    let meanings: Vec<String> = meanings.map(|(value, meaning)| format!("- `{value}`: {meaning}")).collect();
    let description = keywords.get("description").and_then(Value::as_str).unwrap_or_default();
    let description = format!("{description}\n\n{}", meanings.join("\n"));
    keywords.remove("oneOf");
    keywords.insert("type".to_owned(), "string".into());
    keywords.insert("enum".to_owned(), values.into());
    keywords.insert("description".to_owned(), description.into());
}

/// One line for each paragraph and each item of a list.
fn reflow(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim) {
        match lines.last_mut() {
            Some(last) if !last.is_empty() && !line.is_empty() && !line.starts_with("- ") => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_owned()),
        }
    }
    lines.join("\n")
}

/// The keys of a mapping in a schema.
pub(crate) fn names<'a>(schema: &'a Schema, keyword: &str) -> impl Iterator<Item = &'a str> {
    schema.get(keyword).and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.as_str())
}
