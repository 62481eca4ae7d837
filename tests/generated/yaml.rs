//! YAML of JSON, in blocks. Its strings are JSON's where they are no plain words.

use serde_json::Value;

/// The keys in the order in which Kubernetes' objects have them; others follow by name.
const FIRST: [&str; 8] = ["apiVersion", "kind", "metadata", "image", "name", "description", "type", "spec"];

pub(crate) fn document(value: &Value) -> String {
    let mut text = String::new();
    block(value, 0, &mut text);
    text.trim_start().to_owned()
}

fn block(value: &Value, indent: usize, text: &mut String) {
    let margin = "  ".repeat(indent);
    match value {
        Value::Object(entries) if !entries.is_empty() => {
            let mut entries: Vec<_> = entries.iter().collect();
            entries.sort_by_key(|(key, _)| FIRST.iter().position(|first| first == key).unwrap_or(FIRST.len()));
            for (key, value) in entries {
                text.push_str(&format!("\n{margin}{}:", word(key)));
                block(value, indent + 1, text);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                let mut inner = String::new();
                block(item, indent + 1, &mut inner);
                text.push_str(&format!("\n{margin}- {}", inner.trim_start()));
            }
        }
        Value::String(word_or_text) => text.push_str(&format!(" {}", word(word_or_text))),
        other => text.push_str(&format!(" {other}")),
    }
    if indent == 0 {
        text.push('\n');
    }
}

/// Plain where no YAML reads anything else, else as JSON.
fn word(text: &str) -> String {
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(|char| char.is_ascii_alphanumeric() || "._/-".contains(char) || char == ' ')
        && !text.ends_with(' ')
        && !["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { Value::from(text).to_string() }
}
