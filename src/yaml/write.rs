//! Spelling new YAML and JSON: the values that are inserted.

use std::fmt;

use super::scalar;

/// A value to write. Keys keep their order. `Debug` shows its kind and nothing of it, which may be a Secret's.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    /// Null.
    Null,
    /// A string.
    Text(String),
    /// A string of several lines, each without its line break. The first has no blank at its start.
    Lines(Vec<String>),
    /// A whole number.
    Number(usize),
    /// A sequence.
    List(Vec<Value>),
    /// A mapping.
    Map(Vec<(String, Value)>),
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Text(_) => "Text(…)",
            Self::Lines(_) => "Lines(…)",
            Self::Number(_) => "Number(…)",
            Self::List(_) => "List(…)",
            Self::Map(_) => "Map(…)",
        })
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl Value {
    /// A mapping with these entries.
    pub fn map<K: Into<String>, const N: usize>(entries: [(K, Value); N]) -> Self {
        Self::Map(entries.map(|(key, value)| (key.into(), value)).into())
    }

    /// Adds the entries of another mapping to those of this one. `false`, and nothing is added, where both say something of one place.
    #[must_use]
    pub fn merge(&mut self, other: Value) -> bool {
        match (self, other) {
            (Self::Map(known), Self::Map(entries)) => merge(known, entries),
            _ => false,
        }
    }

    fn is_empty(&self) -> bool {
        match self {
            Self::List(items) => items.is_empty(),
            Self::Map(entries) => entries.is_empty(),
            Self::Null | Self::Text(_) | Self::Lines(_) | Self::Number(_) => false,
        }
    }
}

/// Adds entries to others. `false`, and nothing is added, where a key has something else already.
pub(crate) fn merge(known: &mut Vec<(String, Value)>, entries: Vec<(String, Value)>) -> bool {
    let mut merged = known.clone();
    for (key, value) in entries {
        match merged.iter_mut().find(|(other, _)| *other == key) {
            Some((_, other)) => {
                if !other.merge(value) {
                    return false;
                }
            }
            None => merged.push((key, value)),
        }
    }
    *known = merged;
    true
}

/// The lines of entries of a block mapping, without indentation and line breaks.
#[must_use]
pub fn block_entries(entries: &[(String, Value)]) -> Vec<String> {
    let mut lines = Vec::new();
    for (key, value) in entries {
        let key = scalar::spell(key);
        match value {
            Value::Map(inner) if !inner.is_empty() => {
                lines.push(format!("{key}:"));
                lines.extend(block_entries(inner).into_iter().map(|line| format!("  {line}")));
            }
            Value::List(items) if !items.is_empty() => {
                lines.push(format!("{key}:"));
                lines.extend(block_items(items));
            }
            Value::Lines(text) => {
                lines.push(format!("{key}: |-"));
                lines.extend(text.iter().map(|line| format!("  {line}")));
            }
            _ => lines.push(format!("{key}: {}", flow(value, false))),
        }
    }
    lines
}

/// The lines of items of a block sequence, without indentation and line breaks.
#[must_use]
pub fn block_items(items: &[Value]) -> Vec<String> {
    let mut lines = Vec::new();
    for item in items {
        let inner = match item {
            Value::Map(entries) if !item.is_empty() => block_entries(entries),
            Value::List(items) if !item.is_empty() => block_items(items),
            _ => vec![flow(item, false)],
        };
        lines.extend(
            inner
                .into_iter()
                .enumerate()
                .map(|(number, line)| format!("{}{line}", if number == 0 { "- " } else { "  " })),
        );
    }
    lines
}

/// The mapping `value` as a document, without a marker. Of anything else, the flow form.
#[must_use]
pub fn document(value: &Value, newline: &str) -> String {
    let lines = match value {
        Value::Map(entries) if !entries.is_empty() => block_entries(entries),
        _ => vec![flow(value, false)],
    };
    lines.into_iter().flat_map(|line| [line, newline.to_owned()]).collect()
}

/// The value on one line, as a flow collection or as JSON.
#[must_use]
pub fn flow(value: &Value, json: bool) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Text(content) => flow_text(content, json),
        Value::Lines(lines) => scalar::double_quoted(&lines.join("\n")),
        Value::Number(number) => number.to_string(),
        Value::List(items) => flow_list(items.iter().cloned(), json),
        Value::Map(entries) => {
            format!("{{{}}}", flow_entries(entries, json).join(", "))
        }
    }
}

/// Entries of a flow mapping, each on one line.
#[must_use]
pub fn flow_entries(entries: &[(String, Value)], json: bool) -> Vec<String> {
    entries.iter().map(|(key, value)| format!("{}: {}", flow_text(key, json), flow(value, json))).collect()
}

fn flow_text(text: &str, json: bool) -> String {
    if json { scalar::double_quoted(text) } else { scalar::spell(text).into_owned() }
}

/// A sequence on one line. Only one of its items is in memory at a time.
#[must_use]
pub fn flow_list(items: impl Iterator<Item = Value>, json: bool) -> String {
    let mut text = String::from("[");
    for (position, item) in items.enumerate() {
        text.push_str(if position == 0 { "" } else { ", " });
        text.push_str(&flow(&item, json));
    }
    text.push(']');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Value {
        Value::map([
            ("kind", Value::from("Secret")),
            ("metadata", Value::map([("name", Value::from("yes")), ("labels", Value::Map(Vec::new()))])),
            (
                "list",
                Value::List(vec![Value::map([("a", Value::from("1")), ("b", Value::Number(2))]), Value::from("x")]),
            ),
        ])
    }

    #[test]
    fn block_style_is_that_of_kustomize() {
        let Value::Map(entries) = sample() else { unreachable!() };
        let lines = block_entries(&entries).join("\n");
        assert_eq!(lines, "kind: Secret\nmetadata:\n  name: \"yes\"\n  labels: {}\nlist:\n- a: \"1\"\n  b: 2\n- x");
    }

    #[test]
    fn lines_are_a_literal_block_or_one_string() {
        let lines = Value::Lines(vec!["- op: test".into(), "  path: /a".into()]);
        assert_eq!(block_entries(&[("patch".into(), lines.clone())]), ["patch: |-", "  - op: test", "    path: /a"]);
        assert_eq!(flow(&lines, true), r#""- op: test\n  path: /a""#);
    }

    #[test]
    fn json_quotes_everything() {
        let json =
            r#"{"kind": "Secret", "metadata": {"name": "yes", "labels": {}}, "list": [{"a": "1", "b": 2}, "x"]}"#;
        assert_eq!(flow(&sample(), true), json);
    }
}
