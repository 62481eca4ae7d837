//! Images that the user names in `images.fields`.

use std::sync::Arc;

use crate::config::{ImageField, ImageFieldShape, NamePaths, PartPaths, Prefix, PullSecretsForm, Separator};
use crate::image::placeholder;
use crate::krm::{Code, FieldSpec, ObjectRef, Severity};
use crate::yaml::path::Segment;
use crate::yaml::{Fault, View};

use super::image_field::{Found, NameViews, PartViews, Skip, is_part};
use super::pull_secrets::{Form, PullSecrets};
use super::text::{self, Encoding, Text};

/// Images that are pulled with the same Secrets, and where those are named.
pub(super) struct Batch<'a> {
    /// What holds the images, or why they were left alone.
    pub(super) images: Vec<Result<Found<'a>, Skip<'a>>>,
    /// Where the Secrets are named.
    pub(super) pull_secrets: Vec<Arc<PullSecrets>>,
}

/// The images at the field's paths, with the pull Secrets of the same items of lists. Of pod specs, none.
///
/// # Errors
/// Those of [`FieldSpec::find`].
pub(super) fn find<'a>(field: &ImageField, object: &ObjectRef, root: &View<'a>) -> Result<Vec<Batch<'a>>, Fault> {
    if let ImageFieldShape::PodSpec(_) = field.shape {
        return Ok(Vec::new());
    }
    let Some(list) = &field.pull_secrets else {
        return Ok(vec![Batch { images: images(&field.shape, 0, object, root)?, pull_secrets: Vec::new() }]);
    };
    let common = paths(&field.shape).map(|path| path.common(&list.path)).min().unwrap_or(0);
    let (way, place) = list.path.split_at(common);
    let mut batches = Vec::new();
    for owner in way.find(root)? {
        let images = images(&field.shape, common, object, &owner)?;
        batches.push(Batch { images, pull_secrets: PullSecrets::find_all(&owner, &place, form(list.form), "")? });
    }
    Ok(batches)
}

/// Where the object names the pull Secrets of a pod spec, if elsewhere.
///
/// # Errors
/// Those of [`FieldSpec::find`].
pub(super) fn pull_secrets(field: &ImageField, root: &View<'_>) -> Result<Option<Vec<Arc<PullSecrets>>>, Fault> {
    let list = field.pull_secrets.as_ref();
    list.map(|list| PullSecrets::find_all(root, &list.path, form(list.form), "")).transpose()
}

fn paths(shape: &ImageFieldShape) -> impl Iterator<Item = &FieldSpec> {
    let paths = match shape {
        ImageFieldShape::PodSpec(path) | ImageFieldShape::Whole { path, .. } => [Some(path), None, None, None, None],
        ImageFieldShape::Parts(parts) => {
            let PartPaths { registry, name, tag, digest } = &**parts;
            [Some(name.anchor()), before(name), registry.as_ref(), tag.as_ref(), digest.as_ref()]
        }
    };
    paths.into_iter().flatten()
}

/// The field of what stands before the last part of a name.
fn before(name: &NamePaths) -> Option<&FieldSpec> {
    match name {
        NamePaths::Repository(_) => None,
        NamePaths::Image { repository, .. } => repository.as_ref(),
    }
}

fn form(form: PullSecretsForm) -> Form {
    match form {
        PullSecretsForm::Objects => Form::Objects,
        PullSecretsForm::Names => Form::Names,
        PullSecretsForm::Object => Form::Object,
        PullSecretsForm::Name => Form::Name,
    }
}

/// The images below `owner`, to which so many steps of the paths lead.
fn images<'a>(
    shape: &ImageFieldShape,
    steps: usize,
    object: &ObjectRef,
    owner: &View<'a>,
) -> Result<Vec<Result<Found<'a>, Skip<'a>>>, Fault> {
    match shape {
        ImageFieldShape::PodSpec(_) => Ok(Vec::new()),
        ImageFieldShape::Whole { path, prefix, split } => {
            let up_to_name = Prefix::up_to("=");
            let are_renames = prefix.is_none() && is_renames(path);
            let prefix = prefix.as_ref().or(are_renames.then_some(&up_to_name));
            let fields = Fields { object, prefix, split: *split, is_open: path.has_globs(), are_renames };
            fields.find(&path.split_at(steps).1, owner)
        }
        ImageFieldShape::Parts(paths) => {
            let found = parts(paths, steps, owner)?;
            Ok(found.into_iter().map(|views| Ok(Found::Parts(views))).collect())
        }
    }
}

/// Whether these are `images` as Argo CD's Applications have them below `kustomize`: `name=image`, or a name with a new tag. The latter says which
/// image is meant, and means none when it is changed (argoproj/argo-cd `pkg/apis/application/v1alpha1/types.go`, KustomizeImage).
fn is_renames(path: &FieldSpec) -> bool {
    path.names().collect::<Vec<_>>().ends_with(&["kustomize", "images"])
}

/// How fields with whole references are read.
struct Fields<'f> {
    object: &'f ObjectRef,
    prefix: Option<&'f Prefix>,
    split: Option<Separator>,
    /// Whether the path takes everything.
    is_open: bool,
    /// Whether the fields are those of [`is_renames`].
    are_renames: bool,
}

impl Fields<'_> {
    fn find<'a>(&self, path: &FieldSpec, owner: &View<'a>) -> Result<Vec<Result<Found<'a>, Skip<'a>>>, Fault> {
        let views = path.find(owner)?;
        let mut found = Vec::new();
        for (position, view) in views.iter().enumerate() {
            let before = position.checked_sub(1).and_then(|before| views.get(before));
            if self.is_value_of_flag(before, view) {
                found.push(Ok(Found::Whole(view.clone())));
            } else {
                found.extend(self.read(view));
            }
        }
        if path.key() == "image" {
            let mut parts = Vec::new();
            for owner in path.find_owners(owner)? {
                if is_part(&owner)? {
                    parts.extend(owner.get("image")?.map(|image| image.path().to_string()));
                }
            }
            for image in &mut found {
                let part = match image {
                    Ok(Found::Whole(view)) if parts.contains(&view.path().to_string()) => view.clone(),
                    _ => continue,
                };
                *image = Err(a_part(part));
            }
        }
        Ok(found)
    }

    /// The images in a field.
    fn read<'a>(&self, view: &View<'a>) -> Vec<Result<Found<'a>, Skip<'a>>> {
        let is_secret = self.object.is("", "Secret");
        let in_data = matches!(view.path().segments().first(), Some(Segment::Key("data")));
        let encoding = if is_secret && in_data { Encoding::Base64 } else { Encoding::Plain };
        let is_simple = encoding == Encoding::Plain && self.prefix.is_none() && self.split.is_none();
        let value = view.text().or_else(|| view.scalar().filter(|_| encoding == Encoding::Base64));
        let Some(value) = value.filter(|value| !value.trim().is_empty()) else {
            // A value without the prefix holds no image; every other value is declared to hold one.
            return if self.prefix.is_some() { Vec::new() } else { vec![Ok(Found::Whole(view.clone()))] };
        };
        // A flag among arguments is not an image, whatever its neighbors are.
        let is_item = matches!(view.path().segments().last(), Some(Segment::Index(_)));
        if is_simple && is_item && value.starts_with('-') {
            return Vec::new();
        }
        let holds_one = self.split.is_some()
            || placeholder(value).is_some()
            || match self.prefix {
                Some(prefix) => prefix.strip(value.trim()).is_none_or(|image| !image.contains('\n')),
                None => encoding == Encoding::Base64 || !(value.contains('\n') || value.trim().contains([' ', ','])),
            };
        if !holds_one {
            return vec![Err(several(view, value))];
        }
        if self.are_renames && !value.contains('=') {
            return vec![Err(a_name(view, value))];
        }
        if is_simple && value.contains('=') && placeholder(value).is_none() {
            return vec![Err(behind_a_name(view))];
        }
        if is_simple && !is_secret {
            return vec![Ok(Found::Whole(view.clone()))];
        }
        let Some(text) = encoding.decode(value) else { return vec![Err(no_base64(view))] };
        let mut ranges = text::images(&text, self.prefix, self.split);
        if is_secret && self.is_open {
            // A password may look like a name of Docker Hub's library, and must not be sent to a registry.
            ranges.retain(|range| text.get(range.clone()).is_some_and(|image| image.contains('/')));
        }
        match Text::excerpts(view, encoding, text, ranges) {
            Some(excerpts) => excerpts.into_iter().map(|excerpt| Ok(Found::Within(view.clone(), excerpt))).collect(),
            None => vec![Err(spelled_oddly(view))],
        }
    }

    /// Whether `before`, the item before this one, is the flag without its equals sign.
    fn is_value_of_flag(&self, before: Option<&View<'_>>, view: &View<'_>) -> bool {
        let flag = self.prefix.and_then(Prefix::flag);
        let Some((flag, before)) = flag.zip(before) else { return false };
        let (one, other) = (before.path().segments(), view.path().segments());
        let follows = match (one.split_last(), other.split_last()) {
            (Some((Segment::Index(one), list)), Some((Segment::Index(other), other_list))) => {
                list == other_list && one + 1 == *other
            }
            _ => false,
        };
        follows && before.text() == Some(flag) && view.text().is_some_and(|value| !value.starts_with('-'))
    }
}

fn several<'a>(view: &View<'a>, value: &str) -> Skip<'a> {
    let (separator, what) = match value.trim() {
        _ if value.contains('\n') => ("lines", "line breaks"),
        value if value.contains(',') => ("commas", "commas"),
        _ => ("spaces", "blanks"),
    };
    let message = format!(
        "the text has {what}, so it is not one image reference; if it holds images, add `split: {separator}` to the entry in images.fields. It was left alone"
    );
    (Severity::Warning, Code::InvalidReference, message, view.clone())
}

fn behind_a_name<'a>(view: &View<'a>) -> Skip<'a> {
    let message = "the text has `=`, so it is not an image reference; if an image follows it, add `prefix: \"*=\"` \
        to the entry in images.fields. It was left alone"
        .to_owned();
    (Severity::Warning, Code::InvalidReference, message, view.clone())
}

fn a_name<'a>(view: &View<'a>, value: &str) -> Skip<'a> {
    let message = format!(
        "without `=` this is the name that kustomize looks for, with a new tag, so it was left alone; to rewrite \
         it, write `NAME={value}` with the name to look for"
    );
    (Severity::Warning, Code::InvalidReference, message, view.clone())
}

fn no_base64<'a>(view: &View<'a>) -> Skip<'a> {
    let message = "the `data` of a Secret is base64, and this is not base64-encoded text; it was left alone".to_owned();
    (Severity::Warning, Code::InvalidReference, message, view.clone())
}

fn spelled_oddly<'a>(view: &View<'a>) -> Skip<'a> {
    let message =
        "the images can't be told apart as this is written; write it as a block (`|`). It was left alone".to_owned();
    (Severity::Warning, Code::InvalidReference, message, view.clone())
}

/// Why the `image` beside a `repository` or `registry` is not read by itself.
pub(super) fn a_part<'a>(view: View<'a>) -> Skip<'a> {
    let message = "`image` is beside `repository` or `registry`, so it is a part of a reference; name both in \
        images.fields (`repository`, `image`, `tag`). It was left alone"
        .to_owned();
    (Severity::Warning, Code::InvalidReference, message, view)
}

/// References in parts below `owner`. Parts belong together when they are in the same item of a list.
fn parts<'a>(paths: &PartPaths, steps: usize, owner: &View<'a>) -> Result<Vec<PartViews<'a>>, Fault> {
    let anchor = paths.name.anchor();
    let others = [paths.registry.as_ref(), before(&paths.name), paths.tag.as_ref(), paths.digest.as_ref()];
    let common = others.into_iter().flatten().map(|part| anchor.common(part)).min().unwrap_or(steps);
    let rest = |path: &FieldSpec| path.split_at(common).1;
    let (way, last) = (anchor.split_at(common).0.split_at(steps).1, rest(anchor));
    let others = others.map(|part| part.map(rest));
    let mut found = Vec::new();
    for owner in way.find(owner)? {
        found.extend(in_step(&owner, &last, &others, matches!(paths.name, NamePaths::Image { .. }))?);
    }
    Ok(found)
}

/// The images below the mapping in which the paths of their parts go apart.
fn in_step<'a>(
    owner: &View<'a>,
    anchor: &FieldSpec,
    others: &[Option<FieldSpec>; 4],
    is_image: bool,
) -> Result<Vec<PartViews<'a>>, Fault> {
    let anchors = anchor.find(owner)?;
    let mut columns = Vec::new();
    for part in others {
        let views = part.as_ref().map_or(Ok(Vec::new()), |part| part.find(owner))?;
        // A part that some items lack can't be told to belong to one of the others.
        columns.push(if views.len() == anchors.len() { views } else { Vec::new() }.into_iter());
    }
    let mut columns = columns.into_iter();
    let (mut registry, mut before, mut tag, mut digest) =
        (columns.next(), columns.next(), columns.next(), columns.next());
    let next = |column: &mut Option<std::vec::IntoIter<View<'a>>>| column.as_mut().and_then(Iterator::next);
    let found = anchors.into_iter().map(|anchor| {
        let repository = next(&mut before);
        let name =
            if is_image { NameViews::Image { repository, image: anchor } } else { NameViews::Repository(anchor) };
        PartViews { registry: next(&mut registry), name, tag: next(&mut tag), digest: next(&mut digest) }
    });
    Ok(found.collect())
}
