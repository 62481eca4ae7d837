//! Image fields that the user names in `images.fields`.

use crate::config::{ImageField, ImageFieldShape, PullSecretsForm};
use crate::krm::{FieldSpec, ObjectRef};
use crate::yaml::{Fault, View};

use super::image_field::Found;
use super::pull_secrets::{Form, PullSecrets};

/// Whether the field is one of this object.
pub(super) fn selects(field: &ImageField, object: &ObjectRef) -> bool {
    let fits = |wanted: &Option<String>, actual: &str| wanted.as_deref().is_none_or(|wanted| wanted == actual);
    fits(&field.group, object.group()) && fits(&field.version, object.version()) && fits(&field.kind, &object.kind)
}

/// The images at the field's paths. Parts belong together when they are in the same item of a list.
///
/// # Errors
/// Those of [`FieldSpec::find`].
pub(super) fn find<'a>(field: &ImageField, root: &View<'a>) -> Result<Vec<Found<'a>>, Fault> {
    match &field.shape {
        ImageFieldShape::Whole(path) => Ok(path.find(root)?.into_iter().map(Found::Whole).collect()),
        ImageFieldShape::Parts { registry, repository, tag, digest } => {
            let parts = [registry, tag, digest];
            let common = parts.into_iter().flatten().map(|part| repository.common(part)).min().unwrap_or(0);
            let (way, repository) = repository.split_at(common);
            let parts = parts.map(|part| part.as_ref().map(|part| part.split_at(common).1));
            let mut found = Vec::new();
            for owner in way.find(root)? {
                found.extend(in_step(&owner, &repository, &parts)?);
            }
            Ok(found)
        }
    }
}

/// The images below the mapping in which the paths of their parts go apart.
fn in_step<'a>(
    owner: &View<'a>,
    repository: &FieldSpec,
    parts: &[Option<FieldSpec>; 3],
) -> Result<Vec<Found<'a>>, Fault> {
    let repositories = repository.find(owner)?;
    let mut columns = Vec::new();
    for part in parts {
        let views = part.as_ref().map_or(Ok(Vec::new()), |part| part.find(owner))?;
        // A part that some items lack can't be told to belong to one of the others.
        columns.push(if views.len() == repositories.len() { views } else { Vec::new() });
    }
    let mut columns = columns.into_iter().map(Vec::into_iter);
    let (mut registry, mut tag, mut digest) = (columns.next(), columns.next(), columns.next());
    let next = |column: &mut Option<std::vec::IntoIter<View<'a>>>| column.as_mut().and_then(Iterator::next);
    let found = repositories.into_iter().map(|repository| Found::Parts {
        registry: next(&mut registry),
        repository,
        tag: next(&mut tag),
        digest: next(&mut digest),
    });
    Ok(found.collect())
}

/// Where the object names pull Secrets.
///
/// # Errors
/// Those of [`FieldSpec::find`].
pub(super) fn pull_secrets(field: &ImageField, root: &View<'_>) -> Result<Vec<PullSecrets>, Fault> {
    let Some(list) = &field.pull_secrets else { return Ok(Vec::new()) };
    let form = match list.form {
        PullSecretsForm::Objects => Form::Objects,
        PullSecretsForm::Names => Form::Names,
        PullSecretsForm::Object => Form::Object,
        PullSecretsForm::Name => Form::Name,
    };
    PullSecrets::find_all(root, &list.path, form, "")
}
