//! Findings as the `results` of a ResourceList, in the fields that kpt prints.

use super::finding::Finding;
use super::resource_list::ResourceList;
use crate::yaml::{Edit, Value, insert, lines, write};

/// The edits that make `results` of `list` say `findings` and nothing else, and make it the only document. An input without results keeps none
/// when there is nothing to say.
///
/// The findings go as their text comes, for there may be as many of them as images.
#[must_use]
pub fn edits(list: &ResourceList<'_>, findings: Vec<Finding>) -> Vec<Edit> {
    let root = list.root.view();
    let nothing_to_say = findings.is_empty();
    let results = findings.into_iter().map(|finding| result(&finding));
    let old = root.entries().into_iter().find(|(key, _)| key.scalar() == Some("results"));
    let slot = || insert::new_key(&root, "items");
    let mut edits = match old {
        None if nothing_to_say => Vec::new(),
        None => slot().map(|slot| slot.list("results", results)).into_iter().collect(),
        Some((_, old)) if root.is_flow() => {
            vec![Edit { span: old.span(), text: write::flow_list(results, root.tree().is_json()) }]
        }
        Some((key, old)) => {
            let removed = Edit { span: lines::entry_span(&key, &old), text: String::new() };
            let added = slot().filter(|_| !nothing_to_say).map(|slot| slot.list("results", results));
            std::iter::once(removed).chain(added).collect()
        }
    };
    edits.extend(list.tail.map(|span| Edit { span, text: String::new() }));
    edits
}

/// The results as JSON, for callers that get them beside the output.
#[must_use]
pub fn to_json(findings: &[Finding]) -> String {
    write::flow_list(findings.iter().map(result), true)
}

fn result(finding: &Finding) -> Value {
    let mut entries = vec![
        ("message".to_owned(), Value::from(&*finding.message)),
        ("severity".to_owned(), Value::from(finding.severity.to_string())),
    ];
    if let Some(object) = &finding.object {
        let mut reference = vec![
            ("apiVersion".to_owned(), Value::from(object.api_version.clone())),
            ("kind".to_owned(), Value::from(object.kind.clone())),
        ];
        reference.extend(object.namespace.clone().map(|namespace| ("namespace".to_owned(), Value::from(namespace))));
        reference.push(("name".to_owned(), Value::from(object.name.clone())));
        entries.push(("resourceRef".to_owned(), Value::Map(reference)));
    }
    if let Some(path) = &finding.field {
        let mut field = vec![("path".to_owned(), Value::from(path.clone()))];
        field.extend(finding.current.clone().map(|value| ("currentValue".to_owned(), Value::from(value))));
        field.extend(finding.proposed.clone().map(|value| ("proposedValue".to_owned(), Value::from(value))));
        entries.push(("field".to_owned(), Value::Map(field)));
    }
    if let Some(file) = &finding.file {
        let path = ("path".to_owned(), Value::from(file.path.clone()));
        let index = (file.index > 0).then(|| ("index".to_owned(), Value::Number(file.index)));
        entries.push(("file".to_owned(), Value::Map(std::iter::once(path).chain(index).collect())));
    }
    let code = std::iter::once(("code".to_owned(), Value::from(finding.code.name())));
    let tags = finding.tags.iter().map(|(name, value)| ((*name).to_owned(), Value::from(value.as_ref())));
    let mut tags: Vec<_> = code.chain(tags).collect();
    tags.sort_by(|(one, _), (other, _)| one.cmp(other));
    entries.push(("tags".to_owned(), Value::Map(tags)));
    Value::Map(entries)
}
