//! The patches that name pull Secrets.
//!
//! Kinds whose lists kustomize merges by name get a strategic merge patch: it adds what is missing and leaves what is there, however often
//! it is applied. It would put new names first, so where there is a list already the patch takes ours out of it and a JSON patch puts it
//! at the end, as the function does. In every other kind kustomize replaces lists, so those get a JSON patch alone, which tests first that the
//! list is as it was: a base that has changed stops the build.
//!
//! A strategic merge patch without a target fails when its object is not there; a target that matches nothing is passed over in silence.
//! Each patched object therefore has one, even where it changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::krm::{Code, Finding, ObjectRef, Severity};
use crate::plan::Attachment;
use crate::workload::PullSecrets;
use crate::yaml::Value;
use crate::yaml::path::pointer_step;
use crate::yaml::write::block_items;

use super::images::escaped;

/// The lists that kustomize merges by name (k8s.io/api: `patchMergeKey` in PodSpec). A ServiceAccount's own is replaced.
const MERGED: [(&str, &[&str], &str); 6] = [
    ("v1", &["Pod"], "/spec/imagePullSecrets"),
    ("v1", &["PodTemplate"], "/template/spec/imagePullSecrets"),
    ("v1", &["ReplicationController"], "/spec/template/spec/imagePullSecrets"),
    ("apps/v1", &["DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"], "/spec/template/spec/imagePullSecrets"),
    ("batch/v1", &["Job"], "/spec/template/spec/imagePullSecrets"),
    ("batch/v1", &["CronJob"], "/spec/jobTemplate/spec/template/spec/imagePullSecrets"),
];

/// Patches, sorted by object.
#[derive(Default)]
pub(super) struct Patches {
    /// Strategic merge patches, each the beginning of its object.
    pub(super) merges: Vec<Value>,
    /// JSON patches, as items of `patches:`, applied after those.
    pub(super) targeted: Vec<Value>,
}

/// The patches that add these names.
pub(super) fn patches(attachments: &[Attachment]) -> (Patches, Vec<Finding>) {
    let mut objects: BTreeMap<&Arc<ObjectRef>, Vec<&Attachment>> = BTreeMap::new();
    for attachment in attachments {
        objects.entry(&attachment.object).or_default().push(attachment);
    }
    let (mut patches, mut findings) = (Patches::default(), Vec::new());
    for (object, attachments) in objects {
        // kustomize builds no object without a name; `generateName` is shown with an asterisk.
        if object.name.is_empty() || object.name.ends_with('*') {
            findings.extend(attachments.iter().map(|attachment| nameless(attachment)));
            continue;
        }
        let (mut merged, mut operations) = (Vec::new(), Vec::new());
        for attachment in attachments {
            if is_merged(attachment) {
                merged.extend(merge(attachment));
                if !attachment.list.names.is_empty() {
                    operations.extend(append(attachment));
                }
            } else {
                operations.extend(guarded(attachment));
            }
        }
        let mut patch = identity(object);
        patch.extend(merged);
        patches.merges.push(Value::Map(patch));
        if !operations.is_empty() {
            let text = Value::Lines(block_items(&operations));
            patches.targeted.push(Value::map([("target", target(object)), ("patch", text)]));
        }
    }
    (patches, findings)
}

fn is_merged(attachment: &Attachment) -> bool {
    let Attachment { object, list, .. } = attachment;
    let path = pointer(list);
    MERGED.iter().any(|(version, kinds, at)| {
        *version == object.api_version && kinds.contains(&object.kind.as_str()) && *at == path
    })
}

fn nameless(attachment: &Attachment) -> Finding {
    let message = format!(
        "{} has no name for a patch to call it by, so `{}` can't be added to {}; add it in the base",
        attachment.object,
        attachment.names.join("`, `"),
        attachment.list.path
    );
    let finding = Finding::new(Severity::Error, Code::NotExpressible, message);
    finding
        .about(&attachment.object, attachment.file.as_ref())
        .field(attachment.list.path.clone(), attachment.list.line)
}

fn identity(object: &ObjectRef) -> Vec<(String, Value)> {
    let mut metadata = vec![("name".to_owned(), Value::from(object.name.as_str()))];
    metadata.extend(object.namespace.as_deref().map(|namespace| ("namespace".to_owned(), Value::from(namespace))));
    vec![
        ("apiVersion".to_owned(), Value::from(object.api_version.as_str())),
        ("kind".to_owned(), Value::from(object.kind.as_str())),
        ("metadata".to_owned(), Value::Map(metadata)),
    ]
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

/// The entry of the object's first key that leads to the list: our names, or `$patch: delete` for them where they go to the end of a list.
fn merge(attachment: &Attachment) -> Option<(String, Value)> {
    let is_appended = !attachment.list.names.is_empty();
    let item = |name: &String| {
        let mut entries = vec![("name".to_owned(), Value::from(name.as_str()))];
        entries.extend(is_appended.then(|| ("$patch".to_owned(), Value::from("delete"))));
        Value::Map(entries)
    };
    let items = Value::List(attachment.names.iter().map(item).collect());
    // The paths of the table hold nothing but plain keys.
    let keys: Vec<String> = pointer(&attachment.list).split('/').skip(1).map(str::to_owned).collect();
    let (first, rest) = keys.split_first()?;
    Some((first.clone(), nested(rest, items)))
}

fn nested(keys: &[String], value: Value) -> Value {
    keys.iter().rev().fold(value, |value, key| Value::map([(key.clone(), value)]))
}

fn pointer(list: &PullSecrets) -> String {
    list.keys.iter().fold(list.holder.clone(), |pointer, key| pointer + &pointer_step(key))
}

fn append(attachment: &Attachment) -> impl Iterator<Item = Value> {
    let end = pointer(&attachment.list) + "/-";
    attachment.names.iter().map(move |name| operation("add", &end, attachment.list.form.item(name)))
}

/// A test that the list is still as it was, or still missing, and the addition.
fn guarded(attachment: &Attachment) -> Vec<Value> {
    let list = &attachment.list;
    let items = |names: &[String]| Value::List(names.iter().map(|name| list.form.item(name)).collect());
    if list.is_there {
        let test = operation("test", &pointer(list), items(&list.names));
        return std::iter::once(test).chain(append(attachment)).collect();
    }
    let Some((first, rest)) = list.keys.split_first() else { return Vec::new() };
    let path = format!("{}{}", list.holder, pointer_step(first));
    vec![operation("test", &path, Value::Null), operation("add", &path, nested(rest, items(&attachment.names)))]
}

fn operation(op: &str, path: &str, value: Value) -> Value {
    Value::map([("op", Value::from(op)), ("path", Value::from(path)), ("value", value)])
}
