//! Errors and warnings as SARIF 2.1.0, which code scanning shows (docs.oasis-open.org/sarif/sarif/v2.1.0).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::is_shown;
use crate::function::inspect::Inspection;
use crate::krm::{Code, Finding, Severity};
use crate::report::explain;

/// Where the codes are described.
const REFERENCE: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/reference.md");
const SCHEMA: &str = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The log of one run.
#[must_use]
pub fn sarif(inspection: &Inspection) -> String {
    let shown: Vec<&Finding> = inspection.findings.iter().filter(|finding| is_shown(finding)).collect();
    let mut rules: BTreeMap<Code, usize> = BTreeMap::new();
    for finding in &shown {
        let next = rules.len();
        rules.entry(finding.code).or_insert(next);
    }
    let results: Vec<Value> = shown.iter().map(|finding| result(finding, rules.get(&finding.code).copied())).collect();
    let mut ordered: Vec<(Code, usize)> = rules.into_iter().collect();
    ordered.sort_by_key(|(_, index)| *index);
    let rules: Vec<Value> = ordered.into_iter().map(|(code, _)| rule(code)).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "pullthrough",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn rule(code: Code) -> Value {
    let remedy = explain::remedy(code);
    json!({
        "id": code.name(),
        "shortDescription": { "text": code.description() },
        "fullDescription": { "text": remedy },
        "help": { "text": remedy, "markdown": format!("{remedy}\n\n[`{code}` in the reference]({REFERENCE}#{code})") },
        "helpUri": format!("{REFERENCE}#{code}"),
    })
}

fn result(finding: &Finding, rule: Option<usize>) -> Value {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    };
    let mut result = Map::new();
    let mut add = |name: &str, value: Value| drop(result.insert(name.to_owned(), value));
    add("ruleId", finding.code.name().into());
    add("level", level.into());
    add("message", json!({ "text": &*finding.message }));
    if let Some(rule) = rule {
        add("ruleIndex", rule.into());
    }
    let location = location(finding);
    if !location.is_empty() {
        add("locations", json!([location]));
    }
    result.into()
}

/// Where it is; nothing on standard input without an object.
fn location(finding: &Finding) -> Map<String, Value> {
    let mut location = Map::new();
    if let Some(file) = &finding.file {
        let artifact = json!({ "uri": uri(&file.path) });
        let physical = match finding.line.filter(|line| *line > 0) {
            Some(line) => json!({ "artifactLocation": artifact, "region": { "startLine": line } }),
            None => json!({ "artifactLocation": artifact }),
        };
        location.insert("physicalLocation".to_owned(), physical);
    }
    if let Some(object) = &finding.object {
        let field = finding.field.as_ref().filter(|field| !field.is_empty());
        let name = field.map_or_else(|| object.to_string(), |field| format!("{object} {field}"));
        location.insert("logicalLocations".to_owned(), json!([{ "fullyQualifiedName": name }]));
    }
    location
}

/// A path as a URI reference: relative where the path is (RFC 3986 section 4.2), with everything percent-encoded that is neither unreserved nor a
/// slash.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let path = path.strip_prefix("./").unwrap_or(&path);
    let mut uri = if path.starts_with('/') { "file://".to_owned() } else { String::new() };
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_uri_references() {
        for (path, expected) in [
            ("manifests/web.yaml", "manifests/web.yaml"),
            ("./my pod.yaml", "my%20pod.yaml"),
            ("a:b/ü%.yaml", "a%3Ab/%C3%BC%25.yaml"),
            ("dir\\web.yaml", "dir/web.yaml"),
            ("/abs/x#y.yaml", "file:///abs/x%23y.yaml"),
        ] {
            assert_eq!(uri(path), expected);
        }
    }
}
