//! The page about the kinds of the table.

use std::fmt::Write as _;

use pullthrough::krm::FieldSpec;
use pullthrough::workload::kinds;
use pullthrough::workload::pull_secrets::Form;
use pullthrough::workload::row::{Holder, Images, Line, Parts, Place, Selector};

/// What stands above the groups.
const HEAD: &str = "# Custom resources

<!-- Generated from src/workload/kinds.table: `BLESS=1 cargo test --test generated`. -->

Every pod spec is found wherever it stands in an object: a mapping with `containers` or `initContainers`. So are other lists of containers
(`extraContainers`, `sidecars`), a mapping called `container` with an `image`, and objects in an object, such as the manifests of a Template.
Such a pod spec names the pull Secret where its schema surely knows the key; else a warning `secret-not-attached` says that it needs one.

The images below are in fields of their own, which have to be known. A private image in any other field is a warning `image-not-read`, with
the entry of [`images.fields`](reference.md#spec.images.fields) to add. To add a kind for everyone, add a line to `src/workload/kinds.table`.

Paths are those of `images.fields`; `**` stands for any depth, and a `?` behind a key for a mapping that has to be there already.
";

fn path(spec: &FieldSpec) -> String {
    spec.to_string()
}

fn below(place: &Place, holder: &Holder, end: &str) -> String {
    let steps = [place.at.as_ref().map(path), holder.as_ref().map(path)];
    steps.into_iter().flatten().chain([end.to_owned()]).filter(|step| !step.is_empty()).collect::<Vec<_>>().join("/")
}

fn parts(Parts { registry, repository, tag, digest }: &Parts) -> String {
    let registry = registry.map_or(String::new(), |key| format!("{{{key}}}/"));
    let tag = tag.map_or(String::new(), |key| format!(":{{{key}}}"));
    let digest = digest.map_or(String::new(), |key| format!("@{{{key}}}"));
    format!("{registry}{{{repository}}}{tag}{digest}")
}

fn images(place: &Place) -> String {
    let images = place.images.iter().map(|images| match images {
        Images::Pod => format!("the pod spec `{}`", place.at.as_ref().map_or(".".to_owned(), path)),
        Images::Whole(holder, key) => format!("`{}`", below(place, holder, key)),
        Images::Each(field) => format!("`{}`", below(place, &None, &path(field))),
        Images::Parts(holder, keys) => format!("`{}`", below(place, holder, &parts(keys))),
        Images::Deep(holder, key) => format!("`{}`", below(place, &None, &format!("**/{}/{key}", path(holder)))),
    });
    images.collect::<Vec<_>>().join("<br>")
}

fn secrets(place: &Place) -> String {
    let Some(secrets) = &place.secrets else { return String::from("none") };
    let fields = secrets.fields.iter().map(|field| {
        let all = path(&field.path);
        let marked = field.required.as_ref().map(path);
        let marked =
            marked.map_or(all.clone(), |start| format!("{start}?{}", all.strip_prefix(&start).unwrap_or_default()));
        format!("`{}`", below(place, &None, &marked))
    });
    let form = match secrets.form {
        Form::Objects => "",
        Form::Names => " (names)",
        Form::Object => " (one object)",
        Form::Name => " (one name)",
    };
    let caveat = place.caveat.map_or(String::new(), |caveat| format!("; but {caveat}"));
    fields.collect::<Vec<_>>().join("<br>") + form + &caveat
}

fn kinds_of(selector: &Selector) -> String {
    let kinds = if selector.kinds.is_empty() { "every kind".to_owned() } else { selector.kinds.join(", ") };
    if selector.versions.is_empty() { kinds } else { format!("{kinds} ({})", selector.versions.join(", ")) }
}

pub(super) fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut exceptions = String::from(
        "\n## Left alone\n\nThese look like images, and no pod of the cluster pulls them.\n\n| group | kinds | fields | why |\n|---|---|---|---|\n",
    );
    for (name, group) in kinds::groups() {
        let mut rows = String::new();
        for line in group.lines() {
            match line {
                Line::Row(row) => {
                    for place in &row.places {
                        let (mut kinds, images, secrets) = (kinds_of(&row.selector), images(place), secrets(place));
                        if row.is_for_local_registries {
                            kinds += ", with a `localRegistry` only";
                        }
                        writeln!(rows, "| {kinds} | {images} | {secrets} |").unwrap();
                    }
                }
                Line::Exception(exception) => {
                    let fields =
                        exception.paths.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join("<br>");
                    let fields = if fields.is_empty() { "all".to_owned() } else { fields };
                    let kinds = kinds_of(&exception.selector);
                    writeln!(exceptions, "| {name} | {kinds} | {fields} | {} |", exception.reason).unwrap();
                }
            }
        }
        if !rows.is_empty() {
            let name = if name == "*" { "Every group" } else { name };
            write!(
                page,
                "\n## {name}\n\nSource: {}\n\n| kinds | images | pull Secrets |\n|---|---|---|\n{rows}",
                group.source
            )
            .unwrap();
        }
    }
    page + &exceptions
}
