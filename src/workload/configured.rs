//! Image fields that the user names in `images.fields`.

use crate::config::{ImageField, ImageFieldShape, PullSecretsForm};
use crate::krm::{FieldSpec, ObjectRef};
use crate::yaml::{Fault, View};

use super::image_field::Found;
use super::pull_secrets::Form;

/// Whether the field is one of this object.
pub(super) fn selects(field: &ImageField, object: &ObjectRef) -> bool {
    let fits = |wanted: &Option<String>, actual: &str| wanted.as_deref().is_none_or(|wanted| wanted == actual);
    fits(&field.group, object.group()) && fits(&field.version, object.version()) && fits(&field.kind, &object.kind)
}

/// The images at the field's paths. Parts belong together by their position.
///
/// # Errors
/// Those of [`FieldSpec::find`].
pub(super) fn find<'a>(field: &ImageField, root: &View<'a>) -> Result<Vec<Found<'a>>, Fault> {
    match &field.shape {
        ImageFieldShape::Whole(path) => Ok(path.find(root)?.into_iter().map(Found::Whole).collect()),
        ImageFieldShape::Parts { registry, repository, tag, digest } => {
            let repositories = repository.find(root)?;
            let part = |path: &Option<FieldSpec>| match path {
                Some(path) => path.find(root),
                None => Ok(Vec::new()),
            };
            let parts = [part(registry)?, part(tag)?, part(digest)?];
            // A part that some items lack can't be told to belong to one of the others.
            let in_step = |views: &[View<'a>], position: usize| {
                let belongs = views.len() == repositories.len();
                views.get(position).filter(|_| belongs).cloned()
            };
            let found = repositories.iter().enumerate().map(|(position, repository)| {
                let [registry, tag, digest] = &parts;
                Found::Parts {
                    registry: in_step(registry, position),
                    repository: repository.clone(),
                    tag: in_step(tag, position),
                    digest: in_step(digest, position),
                }
            });
            Ok(found.collect())
        }
    }
}

/// Where the object names pull Secrets: the keys that lead to the list, its own key, and its form.
pub(super) fn pull_secrets(field: &ImageField) -> Option<(Vec<String>, String, Form)> {
    let list = field.pull_secrets.as_ref()?;
    let path = list.path.to_string();
    let mut keys: Vec<String> = path.split('/').map(str::to_owned).collect();
    let key = keys.pop()?;
    let form = match list.form {
        PullSecretsForm::Objects => Form::Objects,
        PullSecretsForm::Names => Form::Names,
    };
    Some((keys, key, form))
}
