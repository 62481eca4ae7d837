//! The `images:` entries: which image fields kustomize reads, what each name becomes, and what can't be said so.
//!
//! The rules are kustomize's own (kubernetes-sigs/kustomize: api/filters/imagetag/legacy.go, api/internal/image/image.go,
//! api/internal/konfig/builtinpluginconsts/images.go): `image` in every list called `containers` or `initContainers`, wherever it is, and
//! the image volumes of pod specs. `name` is put into a regular expression as it is, so it is escaped here; `newName` alone keeps tag and digest.

mod reach;

use std::collections::{BTreeMap, BTreeSet};

use crate::function::planned::Planned;
use crate::image::Reference;
use crate::krm::{Code, Finding, ObjectRef, Severity};
use crate::workload::{ImageField, Target, Workload};
use crate::yaml::Value;

use reach::Reached;

/// A place of an image: an object, a path in it, and a line of the input, for two objects of one name may be there.
type Place<'a> = (&'a ObjectRef, &'a str, usize);

/// The entries, sorted by name, and what kustomize can't do.
pub(super) fn entries(planned: &Planned<'_>) -> (Vec<Value>, Vec<Finding>) {
    let (reached, mut findings) = reach::reached(&planned.input);
    let fields = rewritten(planned);
    let read: BTreeSet<Place<'_>> = reached.iter().map(Reached::place).collect();
    let mut told = BTreeSet::new();
    for (place, (workload, field, to)) in &fields {
        if field.reference.placeholders().is_some() {
            continue;
        }
        let why = if to.suffix() != field.reference.suffix() {
            "with another tag or digest; omit `pin`, or pin images in the base"
        } else if !matches!(field.target, Target::Whole(_)) || !read.contains(place) {
            "in a field that kustomize's `images` does not change; change it in the base, and give the object the \
             annotation pullthrough.dev/skip: \"true\""
        } else {
            continue;
        };
        if told.insert((field.reference.as_written(), why)) {
            let text = field.reference.as_written();
            let message = format!("`{text}` must become `{to}` {why}");
            let finding = Finding::new(Severity::Error, Code::NotExpressible, message);
            let finding = finding.about(&workload.object, workload.file.as_ref());
            findings.push(finding.field(field.path.clone(), field.line).values(text, Some(to.as_written().to_owned())));
        }
    }
    let mut names: BTreeMap<&str, Name<'_>> = BTreeMap::new();
    for (_, field, to) in fields.values() {
        names.entry(field.reference.name_as_written()).or_default().become_of(field, to);
    }
    for reached in &reached {
        let to = fields.get(&reached.place());
        let name = reach::name(&reached.text);
        let Some(found) = names.get_mut(name).filter(|_| reach::is_named(&reached.text, name)) else { continue };
        match to {
            None => found.stay(reached),
            Some(_) => findings.extend(reached.only_since(name, &mut told)),
        }
    }
    for (name, found) in &names {
        findings.extend(found.problem(name));
        let next = found.outcomes.keys().find(|to| names.contains_key(*to));
        findings.extend(next.map(|to| {
            let message = format!(
                "`{name}` must become `{to}`, and `{to}` something else: kustomize would apply both to the first"
            );
            Finding::new(Severity::Error, Code::NotExpressible, message)
        }));
    }
    let entry = |(name, found): (&&str, &Name<'_>)| {
        let to = found.outcomes.keys().next()?;
        Some(Value::map([("name", Value::from(escaped(name))), ("newName", Value::from(*to))]))
    };
    (names.iter().filter_map(entry).collect(), findings)
}

/// The image fields that get a new text.
fn rewritten<'p>(planned: &'p Planned<'_>) -> BTreeMap<Place<'p>, (&'p Workload, &'p ImageField, &'p Reference)> {
    let mut fields = BTreeMap::new();
    for workload in &planned.workloads {
        for field in workload.groups.iter().flat_map(|group| &group.images) {
            let decision = planned.plan.decisions.get(field.reference.as_written());
            if let Some(to) = decision.and_then(|decision| decision.to.as_ref()) {
                fields.insert((&*workload.object, field.path.as_str(), field.line), (workload, field, to));
            }
        }
    }
    fields
}

/// What happens to the images of one name.
#[derive(Default)]
struct Name<'a> {
    /// By new name, the texts that get it.
    outcomes: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// The texts that stay, with the first place of each.
    stay: BTreeMap<&'a str, &'a Reached>,
}

impl<'a> Name<'a> {
    fn become_of(&mut self, field: &'a ImageField, to: &'a Reference) {
        self.outcomes.entry(to.name_as_written()).or_default().insert(field.reference.as_written());
    }

    fn stay(&mut self, reached: &'a Reached) {
        self.stay.entry(&reached.text).or_insert(reached);
    }

    /// kustomize gives all images of a name the same new name, regardless of tags and objects.
    fn problem(&self, name: &str) -> Option<Finding> {
        if self.stay.is_empty() && self.outcomes.len() < 2 {
            return None;
        }
        let list = |texts: &BTreeSet<&str>| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ");
        let mut parts: Vec<String> =
            self.outcomes.iter().map(|(to, texts)| format!("{} under `{to}`", list(texts))).collect();
        parts.extend(self.stay.iter().map(|(text, at)| format!("`{text}` in {} {} unchanged", at.object, at.path)));
        let message = format!(
            "kustomize renames all images named `{name}` or none, but these must differ: {}; declare all of them in \
             images.private, public or ignore, or change them in the base",
            parts.join("; ")
        );
        let finding = Finding::new(Severity::Error, Code::NotExpressible, message);
        Some(match self.stay.values().next() {
            Some(at) => {
                finding.about(&at.object, at.file.as_ref()).field(at.path.clone(), at.line).values(&*at.text, None)
            }
            None => finding,
        })
    }
}

/// A name as a regular expression that matches nothing else. Names are letters, digits and `._-/:`, and the brackets of IPv6 hosts.
pub(super) fn escaped(name: &str) -> String {
    let mut escaped = String::with_capacity(name.len() + 4);
    for char in name.chars() {
        if !char.is_ascii_alphanumeric() && !matches!(char, '_' | '-' | '/' | ':') {
            escaped.push('\\');
        }
        escaped.push(char);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_regular_expression_reads_otherwise_is_escaped() {
        assert_eq!(escaped("registry.corp:5000/a-b/c_d.e"), r"registry\.corp:5000/a-b/c_d\.e");
        assert_eq!(escaped("[::1]:5000/a"), r"\[::1\]:5000/a");
    }
}
