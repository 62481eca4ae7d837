//! Paths to fields, in the words of kustomize's FieldSpec: `spec/template/spec/containers[]/image`.
//!
//! Names are between slashes, a slash in a name is written `\/` (kubernetes-sigs/kustomize `api/filters/fieldspec`, `splitPath`). A list on
//! the way fans out over its items, with `[]` behind its name or without. Beyond kustomize, `[key=glob]` takes only the items in which
//! `key` looks like that: `env[name=RELATED_IMAGE_*]/value`. In a name and in a glob `*` stands for any text: `data/*_IMAGE`.

use std::fmt;

use crate::image::wildcard;
use crate::yaml::de::nearest;
use crate::yaml::{Fault, View};

/// A path to fields of an object.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FieldSpec {
    text: String,
    steps: Vec<Step>,
}

/// Where a field is or would be.
#[derive(Clone, Debug)]
pub struct FieldPlace<'a> {
    /// The innermost mapping on the way there.
    pub holder: View<'a>,
    /// The key in it that leads to the field.
    pub key: String,
    /// The keys below that one, the field's own last. With some, the value of the first key is missing or not a mapping.
    pub below: Vec<String>,
}

/// Into the entry `name`, and where that is a list into its items.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Step {
    name: String,
    items: Items,
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Items {
    /// Nothing is said: all items, where it is a list.
    Unsaid,
    /// `[]`
    All,
    /// `[key=glob]`
    Those { key: String, glob: String },
}

/// Why a text is no path.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum FieldSpecError {
    /// It is empty.
    #[error("the path is empty; write the names on the way to the field, as in `spec/image`")]
    Empty,
    /// It has a name without a letter.
    #[error("`{0}` has an empty name; write one slash between two names, and none at the ends")]
    EmptyName(String),
    /// It has dots where slashes are expected.
    #[error("`{0}` has no slash; write slashes between names: `{1}`")]
    Dots(String, String),
    /// What stands in brackets is no filter.
    #[error("`{0}` has brackets without a filter in them; write `[]`, or `[name=glob]` for some of the items")]
    Brackets(String),
    /// It has two asterisks.
    #[error("`{0}` has `**`, which paths don't support: expected each name on the way, or `*` for any name")]
    AnyDepth(String),
    /// A backslash stands before something else than a slash.
    #[error("`{0}` has a backslash in a name: a slash in a name is written `\\/`, and in YAML's double quotes `\\\\/`")]
    Backslash(String),
    /// A list is identified by its number.
    #[error("`{0}` selects an item by its number, which changes; write `[]`, or `[name=glob]` for some of the items")]
    Number(String),
}

impl FieldSpec {
    /// Reads a path.
    ///
    /// # Errors
    /// A [`FieldSpecError`] that says what to write instead.
    pub fn parse(text: &str) -> Result<Self, FieldSpecError> {
        if text.is_empty() {
            return Err(FieldSpecError::Empty);
        }
        let steps = split(text).iter().map(|step| Step::parse(text, step)).collect::<Result<Vec<_>, _>>()?;
        match steps.as_slice() {
            [only] if only.name.contains('.') && !text.contains("\\/") => {
                Err(FieldSpecError::Dots(text.to_owned(), text.trim_start_matches('.').replace('.', "/")))
            }
            _ => Ok(Self { text: text.to_owned(), steps }),
        }
    }

    /// The fields of the object at `view` that the path leads to; a list at its end is taken apart. None where the object has none.
    ///
    /// # Errors
    /// A [`Fault`] that leaves open which they are.
    pub fn find<'a>(&self, view: &View<'a>) -> Result<Vec<View<'a>>, Fault> {
        self.steps.iter().try_fold(vec![view.clone()], |views, step| {
            let mut found = Vec::new();
            for view in &views {
                step.take(view, &mut found)?;
            }
            Ok(found)
        })
    }

    /// The mappings in which the last name of the path is, or would be, a key: [`FieldSpec::key`].
    ///
    /// # Errors
    /// Those of [`FieldSpec::find`].
    pub fn find_owners<'a>(&self, view: &View<'a>) -> Result<Vec<View<'a>>, Fault> {
        let steps = self.steps.split_last().map_or(Vec::new(), |(_, before)| before.to_vec());
        let mut owners = Self { text: String::new(), steps }.find(view)?;
        owners.retain(View::is_mapping);
        Ok(owners)
    }

    /// The places of the path's last field, whether it exists or not: a new one can be made below the last mapping on the way. A list on
    /// the way fans out over its items; where there is no such list there is no place.
    ///
    /// # Errors
    /// Those of [`FieldSpec::find`].
    pub fn find_places<'a>(&self, view: &View<'a>) -> Result<Vec<FieldPlace<'a>>, Fault> {
        let mut places = Vec::new();
        let Some((last, way)) = self.steps.split_last() else { return Ok(places) };
        let mut mappings = vec![view.clone()];
        let mut rest = self.steps.iter();
        for step in way {
            rest.next();
            let mut next = Vec::new();
            for mapping in &mappings {
                let mut found = Vec::new();
                step.take(mapping, &mut found)?;
                let below = found.into_iter().filter(View::is_mapping).collect::<Vec<_>>();
                if below.is_empty() && step.makes_one(mapping)? {
                    // Lists that are not there have no items to make something in.
                    let is_one = |step: &Step| step.items == Items::Unsaid && !step.is_glob();
                    if is_one(step) && rest.clone().all(is_one) {
                        let below = rest.clone().map(|step| step.name.clone()).collect();
                        places.push(FieldPlace { holder: mapping.clone(), key: step.name.clone(), below });
                    }
                }
                next.extend(below);
            }
            mappings = next;
        }
        places.extend(mappings.into_iter().map(|holder| FieldPlace {
            holder,
            key: last.name.clone(),
            below: Vec::new(),
        }));
        // In the order of the text: what was given up on early stands before what was followed to the end.
        places.sort_by_key(|place| place.holder.start());
        Ok(places)
    }

    /// The path that may have been meant by this one, which leads nowhere in the object at `view`: with the nearest existing names.
    ///
    /// # Errors
    /// Those of [`FieldSpec::find`].
    pub fn nearest(&self, view: &View<'_>) -> Result<Option<String>, Fault> {
        let mut steps = self.steps.clone();
        let mut at = vec![view.clone()];
        for step in &mut steps {
            let mut next = Vec::new();
            for view in &at {
                step.take(view, &mut next)?;
            }
            if next.is_empty() && !step.is_glob() {
                let entries = at.iter().flat_map(View::entries).collect::<Vec<_>>();
                let keys = entries.iter().filter_map(|(key, _)| key.scalar()).collect::<Vec<_>>();
                let Some(name) = nearest(&step.name, &keys) else { return Ok(None) };
                name.clone_into(&mut step.name);
                for view in &at {
                    step.take(view, &mut next)?;
                }
            }
            at = next;
        }
        let leads = !at.is_empty() && steps != self.steps;
        Ok(leads.then(|| steps.iter().map(ToString::to_string).collect::<Vec<_>>().join("/")))
    }

    /// Whether a name on the way stands for several.
    #[must_use]
    pub fn has_globs(&self) -> bool {
        self.steps.iter().any(Step::is_glob)
    }

    /// The last name of the path.
    #[must_use]
    pub fn key(&self) -> &str {
        self.steps.last().map_or("", |step| &step.name)
    }

    /// The names on the way. Without lists, the keys to follow.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.steps.iter().map(|step| step.name.as_str())
    }

    /// The path without the brackets at its end, which take a list apart. `None` where it has none.
    #[must_use]
    pub fn without_items(&self) -> Option<String> {
        let (last, way) = self.steps.split_last()?;
        let bare = Step { name: last.name.clone(), items: Items::Unsaid };
        let steps = way.iter().chain([&bare]).map(ToString::to_string);
        (last.items != Items::Unsaid).then(|| steps.collect::<Vec<_>>().join("/"))
    }

    /// How many steps this and another path begin with in common, short of the last one.
    #[must_use]
    pub fn common(&self, other: &Self) -> usize {
        let steps = self.steps.iter().zip(&other.steps).take_while(|(one, other)| one == other).count();
        steps.min(self.steps.len().saturating_sub(1)).min(other.steps.len().saturating_sub(1))
    }

    /// The path cut in two behind so many steps.
    #[must_use]
    pub fn split_at(&self, steps: usize) -> (Self, Self) {
        let part = |steps: Vec<Step>| Self { text: String::new(), steps };
        let first = self.steps.iter().take(steps).cloned().collect();
        (part(first), part(self.steps.iter().skip(steps).cloned().collect()))
    }

    /// The path up to its last list that is marked as one, which two fields have in common when they are found in step. Empty without.
    #[must_use]
    pub fn list(&self) -> String {
        let last = self.steps.iter().rposition(|step| step.items != Items::Unsaid);
        let steps = self.steps.iter().take(last.map_or(0, |last| last + 1));
        steps.map(ToString::to_string).collect::<Vec<_>>().join("/")
    }
}

impl fmt::Display for FieldSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name.replace('/', "\\/"))?;
        match &self.items {
            Items::Unsaid => Ok(()),
            Items::All => f.write_str("[]"),
            Items::Those { key, glob } => write!(f, "[{key}={glob}]"),
        }
    }
}

impl Step {
    fn parse(path: &str, step: &str) -> Result<Self, FieldSpecError> {
        let (name, items) = match step.strip_suffix(']').and_then(|step| step.split_once('[')) {
            Some((name, "")) => (name, Items::All),
            Some((name, filter)) => (name, Self::filter(path, filter)?),
            None if step.contains(['[', ']']) => return Err(FieldSpecError::Brackets(path.to_owned())),
            None => (step, Items::Unsaid),
        };
        if name.is_empty() {
            return Err(FieldSpecError::EmptyName(path.to_owned()));
        }
        if name.contains("**") {
            return Err(FieldSpecError::AnyDepth(path.to_owned()));
        }
        // No key of Kubernetes' own has one.
        if name.contains('\\') {
            return Err(FieldSpecError::Backslash(path.to_owned()));
        }
        Ok(Self { name: name.to_owned(), items })
    }

    fn filter(path: &str, filter: &str) -> Result<Items, FieldSpecError> {
        match filter.split_once('=') {
            Some((key, glob)) if !key.is_empty() && !glob.is_empty() => {
                Ok(Items::Those { key: key.to_owned(), glob: glob.to_owned() })
            }
            None if filter.bytes().all(|byte| byte.is_ascii_digit()) => Err(FieldSpecError::Number(path.to_owned())),
            _ => Err(FieldSpecError::Brackets(path.to_owned())),
        }
    }

    /// Whether a mapping may be made here where there is none: not where there is a list.
    fn makes_one(&self, mapping: &View<'_>) -> Result<bool, Fault> {
        Ok(self.items == Items::Unsaid && mapping.get(&self.name)?.is_none_or(|value| !value.is_sequence()))
    }

    fn take<'a>(&self, view: &View<'a>, found: &mut Vec<View<'a>>) -> Result<(), Fault> {
        if !self.is_glob() {
            return view.get(&self.name)?.map_or(Ok(()), |value| self.take_items(value, found));
        }
        for (key, value) in view.entries() {
            if key.scalar().is_some_and(|key| wildcard(&self.name, key)) {
                self.take_items(value, found)?;
            }
        }
        Ok(())
    }

    /// Whether the name stands for several.
    fn is_glob(&self) -> bool {
        self.name.contains('*')
    }

    /// The value of an entry, or its items where it is a list.
    fn take_items<'a>(&self, value: View<'a>, found: &mut Vec<View<'a>>) -> Result<(), Fault> {
        if !value.is_sequence() {
            if self.items == Items::Unsaid && !value.is_null() {
                found.push(value);
            }
            return Ok(());
        }
        for item in value.items()? {
            let taken = match &self.items {
                Items::Unsaid | Items::All => true,
                Items::Those { key, glob } => {
                    let text = item.get(key)?.and_then(|field| field.scalar());
                    text.is_some_and(|text| wildcard(glob, text))
                }
            };
            if taken && !item.is_null() {
                found.push(item);
            }
        }
        Ok(())
    }
}

/// The parts between slashes, but for escaped ones and those in brackets.
fn split(path: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut in_brackets = false;
    for char in path.chars() {
        let ends = char == '/' && !in_brackets;
        let Some(part) = parts.last_mut() else { break };
        match char {
            '/' if ends && part.ends_with('\\') => {
                part.pop();
                part.push('/');
            }
            '/' if ends => parts.push(String::new()),
            _ => {
                in_brackets = char == '[' || (in_brackets && char != ']');
                part.push(char);
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse::{self, Split};

    fn found(path: &str, text: &str) -> Vec<String> {
        let path = FieldSpec::parse(path).unwrap();
        let mut lines = Vec::new();
        parse::objects(
            text,
            |_| Split::Whole,
            |_, tree| {
                for view in path.find(&tree.view()).unwrap() {
                    lines.push(format!("{}: {}", view.path(), view.scalar().unwrap_or("…")));
                }
                Ok::<(), parse::Error>(())
            },
        )
        .unwrap();
        lines
    }

    const POD: &str = "\
spec:
  containers:
  - name: a
    image: x
    env:
    - {name: RELATED_IMAGE_A, value: one}
    - {name: OTHER, value: two}
    - {name: RELATED_IMAGE_B, value: three}
  - name: b
    image: y
  images: [p, q]
  none:
metadata:
  annotations:
    acme.example/image: z
    a.b: w
";

    #[test]
    fn lists_fan_out_with_brackets_and_without() {
        let images = ["spec.containers[0].image: x", "spec.containers[1].image: y"];
        assert_eq!(found("spec/containers[]/image", POD), images);
        assert_eq!(found("spec/containers/image", POD), images);
        assert_eq!(found("spec/images", POD), ["spec.images[0]: p", "spec.images[1]: q"]);
        assert_eq!(found("spec/images[]", POD), ["spec.images[0]: p", "spec.images[1]: q"]);
        assert_eq!(found("spec/containers[name=b]/image", POD), ["spec.containers[1].image: y"]);
        assert_eq!(
            found("spec/containers/env[name=RELATED_IMAGE_*]/value", POD),
            ["spec.containers[0].env[0].value: one", "spec.containers[0].env[2].value: three"]
        );
        assert_eq!(
            found(r"metadata/annotations/acme.example\/image", POD),
            [r#"metadata.annotations["acme.example/image"]: z"#]
        );
        assert_eq!(found("metadata/annotations/a*b", POD), [r#"metadata.annotations["a.b"]: w"#]);
        assert_eq!(found("spec/contain*/image", POD), images);
        for path in ["spec/none", "spec/none/x", "spec[]/containers", "no/where", "spec/images/x"] {
            assert!(found(path, POD).is_empty(), "{path}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        for (path, says) in [
            ("", "the path is empty"),
            ("/spec/image", "an empty name"),
            ("spec//image", "an empty name"),
            ("spec/image/", "an empty name"),
            ("spec/[]/image", "an empty name"),
            ("spec.containers[].image", "brackets"),
            ("spec.image", "write slashes between names: `spec/image`"),
            ("spec/containers[0]/image", "selects an item by its number"),
            ("spec/containers[name]/image", "brackets"),
            ("spec/containers[=x]/image", "brackets"),
            ("spec/containers]/image", "brackets"),
            ("spec/containers[name=a/image", "brackets"),
            ("spec/**/image", "has `**`, which paths don't support"),
            ("**", "has `**`"),
            (r"data/my\\/image", r"written `\/`"),
        ] {
            let error = FieldSpec::parse(path).unwrap_err().to_string();
            assert!(error.contains(says), "{path}: {error}");
        }
    }

    #[test]
    fn the_nearest_path_is_found() {
        let nearest = |path: &str| {
            let (path, mut found) = (FieldSpec::parse(path).unwrap(), None);
            let look = |_, tree: crate::yaml::Tree<'_>| {
                found = path.nearest(&tree.view()).unwrap();
                Ok::<(), parse::Error>(())
            };
            parse::objects(POD, |_| Split::Whole, look).unwrap();
            found
        };
        assert_eq!(nearest("spec/container[]/imgae").as_deref(), Some("spec/containers[]/image"));
        assert_eq!(nearest("spec/image").as_deref(), Some("spec/images"));
        for path in ["spec/zzz", "spec/containers[]/image", "spec/containers[name=c]/image"] {
            assert_eq!(nearest(path), None, "{path}");
        }
    }

    #[test]
    fn a_list_is_common_to_its_fields() {
        let list = |path: &str| FieldSpec::parse(path).unwrap().list();
        assert_eq!(list("spec/images[]/tag"), "spec/images[]");
        assert_eq!(list("spec/image/tag"), "");
        assert_eq!(list("spec/pullSecrets[]"), "spec/pullSecrets[]");
    }
}
