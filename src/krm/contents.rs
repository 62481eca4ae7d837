//! Whether an input holds Kubernetes objects at all, and what else it holds when it does not: the file of another program, or what a command
//! printed that failed.

use super::finding::{Code, Finding, Severity};
use super::resource::Resource;
use crate::yaml::View;

/// What was found in the documents of an input.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    objects: usize,
    /// The first thing that is not an object.
    other: Option<Other>,
    /// The first of them that is not even a mapping, and how many there are.
    foreign: Option<(Other, usize)>,
}

/// Something that is not an object.
#[derive(Clone, Copy, Debug)]
struct Other {
    line: usize,
    what: What,
}

/// What stands where an object should.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Null,
    EmptyMapping,
    EmptyList,
    Text,
    /// A list whose items are objects, as jsonnet prints an array.
    ListOfObjects,
    List,
    /// A mapping of names to objects, as jsonnet prints its own objects.
    MappingOfObjects,
    /// A values file, a Compose file.
    Mapping,
}

impl Contents {
    /// Takes an object into account. A mapping with nothing but a `kind` may be any program's.
    pub fn object(&mut self, resource: &Resource<'_>) {
        let view = &resource.view;
        if is_empty_list(resource) {
            return;
        }
        if !resource.object.api_version.is_empty() || has(view, "metadata") {
            self.objects += 1;
        } else {
            self.other(view);
        }
    }

    /// Takes something else into account. What is written nowhere, as between two document markers, is nothing.
    pub fn other(&mut self, view: &View<'_>) {
        if view.span().start == view.span().end {
            return;
        }
        let is_foreign = !view.is_mapping() && !view.is_null();
        if self.other.is_some() && !(is_foreign && self.foreign.is_none()) {
            if let Some((_, count)) = self.foreign.as_mut().filter(|_| is_foreign) {
                *count += 1;
            }
            return;
        }
        let other = Other { line: view.tree().line(view.start()), what: What::of(view) };
        self.other.get_or_insert(other);
        if is_foreign {
            self.foreign = Some((other, 1));
        }
    }

    /// How many objects there are.
    #[must_use]
    pub fn objects(&self) -> usize {
        self.objects
    }

    /// That there is none, and what there is instead. `None` when there are some. Comments, empty documents and empty lists may be right: there is
    /// nothing to deploy.
    #[must_use]
    pub fn finding(&self) -> Option<Finding> {
        match (self.objects, &self.other) {
            (1.., _) => None,
            (0, Some(Other { line, what })) => {
                let message = format!("this input contains no Kubernetes object: it is {}", what.sentence());
                let finding = Finding::new(Severity::Error, Code::NoObjects, message);
                Some(Finding { line: Some(*line), ..finding })
            }
            (0, None) => {
                let message = "this input contains no Kubernetes object, only comments, empty documents or empty \
                    lists; check whether the command that made it failed";
                Some(Finding::new(Severity::Warning, Code::NoObjects, message))
            }
        }
    }

    /// That a list or a text stands among the objects. kyaml reads no document but mappings and null (kubernetes-sigs/kustomize:
    /// `kyaml/yaml/rnode.go`, `ErrorIfInvalid`).
    #[must_use]
    pub fn beside(&self) -> Option<Finding> {
        let (Other { line, what }, count) = self.foreign.as_ref().filter(|_| self.objects > 0)?;
        let more = if *count > 1 { format!(" (one of {count} such documents)") } else { String::new() };
        let message = format!(
            "this document is {}, not an object{more}: kubectl, kustomize and kpt refuse it; remove it",
            if *what == What::Text { "text" } else { "a list" }
        );
        let finding = Finding::new(Severity::Warning, Code::NoObjects, message);
        Some(Finding { line: Some(*line), ..finding })
    }
}

/// Go prints a list without items as `items: null`. One whose `items` is a list is never met here: its items are.
fn is_empty_list(resource: &Resource<'_>) -> bool {
    let kind = resource.object.kind.as_str();
    if !kind.ends_with("List") {
        return false;
    }
    match resource.view.entries().iter().find(|(key, _)| key.scalar() == Some("items")) {
        Some((_, value)) => value.is_null(),
        None => kind == "List" && resource.object.api_version == "v1",
    }
}

/// Whether a document's root says that it is an object or a list of objects.
#[must_use]
pub fn is_object(view: &View<'_>) -> bool {
    has(view, "kind") && (has(view, "apiVersion") || has(view, "metadata"))
}

fn has(view: &View<'_>, name: &str) -> bool {
    view.entries().iter().any(|(key, _)| key.scalar() == Some(name))
}

impl What {
    fn of(view: &View<'_>) -> Self {
        if view.is_null() {
            return Self::Null;
        }
        if view.is_sequence() {
            return match view.items() {
                Ok(items) if items.is_empty() => Self::EmptyList,
                Ok(items) if items.iter().any(is_object) => Self::ListOfObjects,
                // Too many aliases to look through are a list as well.
                Ok(_) | Err(_) => Self::List,
            };
        }
        match view.entries() {
            _ if !view.is_mapping() => Self::Text,
            entries if entries.is_empty() => Self::EmptyMapping,
            entries if entries.iter().any(|(_, value)| is_object(value)) => Self::MappingOfObjects,
            _ => Self::Mapping,
        }
    }

    /// What it is and, where that is known, what to do.
    fn sentence(self) -> &'static str {
        match self {
            Self::Null => "`null`; check whether the command that made it failed",
            Self::EmptyMapping => "an empty mapping; check whether the command that made it failed",
            Self::EmptyList => "an empty list; check whether the command that made it failed",
            Self::Text => "text; check whether the command that made it failed",
            Self::ListOfObjects => {
                "a list of objects; write each as a document of its own (jsonnet: `jsonnet -y`), or make them the `items` of a `kind: List`"
            }
            Self::List => "a list; expected documents with `apiVersion` and `kind`",
            Self::MappingOfObjects => {
                "a mapping of objects; write each as a document of its own (jsonnet: `jsonnet -y` over `std.objectValues(…)`), or make them the `items` of a `kind: List`"
            }
            Self::Mapping => {
                "a mapping that lacks `apiVersion` or `kind`, such as a values file, a Compose file or an error \
                 message; give rendered manifests, or check whether the command that made it failed"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::krm::Input;

    fn contents(text: &str) -> Contents {
        let mut contents = Contents::default();
        let input = Input::read(text).unwrap();
        let visited = input.objects(|view, items_of| match Resource::read_item(view.clone(), items_of) {
            Ok(Some(resource)) => contents.object(&resource),
            _ => contents.other(view),
        });
        assert_eq!(visited, Ok(()));
        contents
    }

    #[test]
    fn content_without_an_object_is_named() {
        for (text, line, words) in [
            ("null\n", 1, "`null`"),
            ("---\n# x\n~\n", 3, "`null`"),
            ("{}\n", 1, "an empty mapping"),
            ("[]\n", 1, "an empty list"),
            ("Error: chart not found\n", 1, "a mapping that lacks"),
            ("no such chart\n", 1, "text"),
            ("42\n", 1, "text"),
            ("# values\nimage: {repository: ghcr.io/acme/web}\n", 2, "a mapping that lacks"),
            ("kind: DaemonSet\nreplicas: 2\n", 1, "a mapping that lacks"),
            ("services: {web: {image: ghcr.io/acme/web:1}}\n", 1, "a values file, a Compose file"),
            ("[{\"apiVersion\": \"v1\", \"kind\": \"Pod\"}]\n", 1, "`jsonnet -y`"),
            ("- apiVersion: v1\n  kind: Pod\n", 1, "a list of objects"),
            ("- a\n- b\n", 1, "a list; expected"),
            ("{\"web\": {\"apiVersion\": \"v1\", \"kind\": \"Pod\"}}\n", 1, "std.objectValues"),
        ] {
            let contents = contents(text);
            let finding = contents.finding().unwrap();
            assert_eq!((finding.severity, finding.line), (Severity::Error, Some(line)), "{text}");
            assert!(finding.message.contains(words), "{text}: {}", finding.message);
        }
    }

    #[test]
    fn lists_and_texts_among_objects_are_named_once() {
        const POD: &str = "apiVersion: v1\nkind: Pod\n";
        for (document, words) in [("- a\n", "a list"), ("[]\n", "a list"), ("a b\n", "text"), ("42\n", "text")] {
            for (text, line) in [(format!("{POD}---\n{document}"), 4), (format!("{document}---\n{POD}"), 1)] {
                let finding = contents(&text).beside().unwrap();
                let expected = format!("this document is {words}, not an object");
                assert_eq!((finding.severity, finding.line), (Severity::Warning, Some(line)), "{text}");
                assert!(finding.message.starts_with(&expected), "{text}: {}", finding.message);
            }
        }
        let finding = contents(&format!("a: b\n---\n- a\n---\n{POD}---\ntext\n")).beside().unwrap();
        assert_eq!(finding.line, Some(3));
        assert!(finding.message.contains("(one of 2 such documents)"), "{}", finding.message);
        for text in ["- a\n".to_owned(), format!("{POD}---\na: b\n"), format!("{POD}---\n~\n---\n# x\n")] {
            assert!(contents(&text).beside().is_none(), "{text}");
        }
    }

    #[test]
    fn nothing_at_all_may_be_right() {
        for text in [
            "# x\n",
            "---\n---\n# y\n",
            " \n",
            "apiVersion: v1\nkind: List\nitems: []\n",
            "apiVersion: v1\nkind: List\nitems:\n",
            "apiVersion: v1\nkind: List\n",
            "apiVersion: apps/v1\nkind: DeploymentList\nitems: null\n",
        ] {
            assert_eq!(contents(text).finding().unwrap().severity, Severity::Warning, "{text}");
        }
    }

    #[test]
    fn one_object_is_enough() {
        for text in [
            "a: b\n---\napiVersion: v1\nkind: Pod\n",
            "kind: Pod\nmetadata: {name: a}\n",
            "apiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: a}\n",
            "apiVersion: example.com/v1\nkind: AllowList\nspec: {}\n",
            "apiVersion: example.com/v1\nkind: Basket\nitems: null\n",
        ] {
            assert!(contents(text).finding().is_none(), "{text}");
        }
    }
}
