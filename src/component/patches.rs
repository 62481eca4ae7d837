//! The patches that name pull Secrets: JSON patches, each with a target that is one object.
//!
//! Not strategic merge patches, though they merge lists of Secrets by name: kustomize then merges the object's other lists with themselves,
//! and what has the same key twice is lost. Of two `env` entries of one name, two `hostAliases` of one address or two ports of one number
//! one is left, for every kind of patch (measured with 5.5 and 5.8.2).
//!
//! Every patch tests first that the list is as it was in the base, so that a base that has changed, or a Component that is applied twice,
//! stops the build and no name is lost or doubled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::krm::{Code, Finding, ObjectRef};
use crate::plan::Attachment;
use crate::workload::pull_secrets::Content;
use crate::yaml::Value;
use crate::yaml::path::pointer_step;
use crate::yaml::write::block_items;

use super::images::escaped;

/// The items of `patches:`, sorted by object. `secrets` are the names of Secrets in the base.
pub(super) fn patches(attachments: &[Attachment], secrets: &BTreeSet<String>) -> (Vec<Value>, Vec<Finding>) {
    let mut objects: BTreeMap<&Arc<ObjectRef>, Vec<&Attachment>> = BTreeMap::new();
    for attachment in attachments {
        objects.entry(&attachment.object).or_default().push(attachment);
    }
    let (mut patches, mut findings) = (Vec::new(), Vec::new());
    for (object, attachments) in objects {
        // kustomize builds no object without a name; `generateName` is shown with an asterisk.
        if object.name.is_empty() || object.name.ends_with('*') {
            findings.extend(attachments.into_iter().map(nameless));
            continue;
        }
        let (operations, refused) = operations(&attachments, secrets);
        findings.extend(refused.into_iter().map(unmergeable));
        if operations.is_empty() {
            continue;
        }
        let text = Value::Lines(block_items(&operations));
        patches.push(Value::map([("target", target(object)), ("patch", text)]));
    }
    (patches, findings)
}

fn nameless(attachment: &Attachment) -> Finding {
    let message = format!(
        "{} has no name that a patch could use, so `{}` can't be added to {}; add it in the base",
        attachment.object,
        attachment.names.join("`, `"),
        attachment.list.path
    );
    attachment.error(Code::NotExpressible, message)
}

fn unmergeable(attachment: &Attachment) -> Finding {
    let message = format!(
        "`{}` can't be added to {} by a patch, because another field is below the same missing mapping; add it in the base",
        attachment.names.join("`, `"),
        attachment.list.path
    );
    attachment.error(Code::NotExpressible, message)
}

/// kustomize takes each field for a regular expression, and an object without a namespace for one in `default`.
fn target(object: &ObjectRef) -> Value {
    let group = Some(object.group()).filter(|group| !group.is_empty());
    let mut entries: Vec<(String, Value)> = Vec::new();
    let namespace = object.namespace.as_deref().unwrap_or("default");
    let fields = [("kind", object.kind.as_str()), ("name", &object.name), ("namespace", namespace)];
    let version = [("version", object.version())];
    for (key, text) in group.map(|group| ("group", group)).into_iter().chain(version).chain(fields) {
        entries.push((key.to_owned(), Value::from(escaped(text))));
    }
    Value::Map(entries)
}

/// Tests, and the additions behind them; and the attachments that have no patch beside the others.
fn operations<'a>(attachments: &[&'a Attachment], secrets: &BTreeSet<String>) -> (Vec<Value>, Vec<&'a Attachment>) {
    let (mut made, mut operations, mut refused) = (Vec::<New>::new(), Vec::new(), Vec::new());
    for attachment in attachments {
        let Some(new) = New::of(attachment) else {
            operations.extend(appended(attachment, secrets));
            continue;
        };
        // Two fields may be below one mapping that has to be made: `add` writes over what is there, so it is made once, with both.
        match made.iter_mut().find(|known| known.path == new.path) {
            Some(known) => {
                if !known.value.merge(new.value) {
                    refused.push(*attachment);
                }
            }
            None => made.push(new),
        }
    }
    let made = made
        .into_iter()
        .flat_map(|New { path, before, value }| [operation("test", &path, before), operation("add", &path, value)]);
    (made.chain(operations).collect(), refused)
}

/// A field that the base does not have.
struct New {
    path: String,
    /// What the base has there.
    before: Value,
    value: Value,
}

impl New {
    /// `None` where the base has the list.
    fn of(attachment: &Attachment) -> Option<Self> {
        let list = &attachment.list;
        let before = match &list.content {
            Content::List => return None,
            Content::Blank(value) => value.clone(),
            Content::Nothing | Content::Taken | Content::Foreign(_) | Content::NoParent(..) => Value::Null,
        };
        let names = list.form.value(&attachment.names)?;
        let value = list.below.iter().rev().fold(names, |value, key| Value::map([(key.clone(), value)]));
        Some(Self { path: format!("{}{}", list.holder, pointer_step(&list.key)), before, value })
    }
}

/// The tests and additions for a list that the base has.
fn appended(attachment: &Attachment, secrets: &BTreeSet<String>) -> Vec<Value> {
    let list = &attachment.list;
    let item = |name: &String| list.form.item(name);
    let path = list.keys().fold(list.holder.clone(), |path, key| path + &pointer_step(key));
    // The names of Secrets in the base get their prefixes and hashes only at the end of a build, after Components.
    let mut operations = if list.names.iter().any(|name| secrets.contains(name)) {
        let others = list.names.iter().enumerate().filter(|(_, name)| !secrets.contains(*name));
        others.map(|(index, name)| operation("test", &format!("{path}/{index}"), item(name))).collect()
    } else {
        vec![operation("test", &path, Value::List(list.names.iter().map(item).collect()))]
    };
    operations.extend(attachment.names.iter().map(|name| operation("add", &format!("{path}/-"), item(name))));
    operations
}

fn operation(op: &str, path: &str, value: Value) -> Value {
    Value::map([("op", Value::from(op)), ("path", Value::from(path)), ("value", value)])
}
