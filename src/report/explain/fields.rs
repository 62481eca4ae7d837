//! The fields of the configuration, as its JSON schema describes them.

use serde_json::Value;

/// A field and what its schema says.
pub(super) struct Field {
    /// As the reference has it: `spec.proxies[].match`.
    pub(super) path: String,
    description: String,
    kind: String,
    default: Option<String>,
    /// The names of the fields in it.
    fields: Vec<String>,
}

impl Field {
    pub(super) fn leaf(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default().trim_end_matches("[]")
    }

    /// Whether a path without indexes means this field: the whole one, one without its beginning, or its name alone.
    pub(super) fn is_called(&self, wanted: &str) -> bool {
        let path = normalized(&self.path);
        path == wanted || path.strip_suffix(wanted).is_some_and(|before| before.ends_with('.'))
    }

    pub(super) fn page(&self) -> String {
        let mut page = format!("{}\n  {}\n", self.path, self.description.replace('\n', "\n  "));
        page.push_str(&format!("  Type: {}.", self.kind));
        if let Some(default) = &self.default {
            page.push_str(&format!(" Default: {default}."));
        }
        page.push('\n');
        if !self.fields.is_empty() {
            page.push_str(&format!("  Fields: {}.\n", self.fields.join(", ")));
        }
        page
    }
}

/// A path without what stands in brackets.
pub(super) fn normalized(path: &str) -> String {
    let mut depth = 0;
    let outside = path.chars().filter(|char| {
        match char {
            '[' => depth += 1,
            ']' => {
                depth -= 1;
                return false;
            }
            _ => {}
        }
        depth <= 0
    });
    outside.collect()
}

/// All fields of `spec` and `data`, each before those in it.
pub(super) fn all(schema: &Value) -> Vec<Field> {
    let mut fields = Vec::new();
    for root in ["spec", "data"] {
        if let Some(field) = schema.pointer(&format!("/properties/{root}")) {
            add(root, field, &mut fields);
        }
    }
    fields
}

fn add(path: &str, field: &Value, fields: &mut Vec<Field>) {
    // What refers to a preset has the fields that are shown there.
    if field.get("$ref").is_some() {
        return;
    }
    let text = |key: &str| field.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let inner = properties(field).or_else(|| field.get("items").and_then(properties));
    let is_list = field.get("items").is_some();
    fields.push(Field {
        path: path.to_owned(),
        description: text("description"),
        kind: kind(field),
        default: field.get("default").map(ToString::to_string),
        fields: inner.iter().flat_map(|inner| inner.keys().cloned()).collect(),
    });
    for (name, value) in inner.into_iter().flatten() {
        let list = if is_list { "[]" } else { "" };
        add(&format!("{path}{list}.{name}"), value, fields);
    }
}

fn properties(schema: &Value) -> Option<&serde_json::Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

fn kind(field: &Value) -> String {
    if let Some(values) = field.get("enum").and_then(Value::as_array) {
        let names: Vec<String> = values.iter().map(|value| value.to_string().trim_matches('"').to_owned()).collect();
        return format!("one of {}", names.join(", "));
    }
    let name = |value: &Value| value.get("type").and_then(Value::as_str).unwrap_or("any value").to_owned();
    match field.get("items") {
        Some(items) => format!("list of {}s", name(items)),
        None => name(field),
    }
}
