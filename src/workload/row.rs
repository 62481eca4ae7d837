//! One line of the table of kinds. `kinds.table` says what its columns mean.

use crate::krm::{FieldSpec, FieldSpecError};

use super::pull_secrets::Form;

/// A line of the table.
#[derive(Debug)]
pub enum Line {
    /// Kinds with images.
    Row(Row),
    /// Fields that look like images but are not.
    Exception(Exception),
}

/// Kinds of a group, and where they keep images.
#[derive(Debug)]
pub struct Row {
    /// Which kinds.
    pub selector: Selector,
    /// The mappings below which the images are, one set of pull Secrets each.
    pub places: Vec<Place>,
    /// Whether it counts only where a proxy is a local registry, which images are copied into.
    pub is_for_local_registries: bool,
}

/// Fields that look like images, and that no pod of the cluster pulls.
#[derive(Debug)]
pub struct Exception {
    /// Which kinds.
    pub selector: Selector,
    /// The fields. Empty: the whole object.
    pub paths: Vec<FieldSpec>,
    /// Why they are left alone, as a sentence without its stop.
    pub reason: &'static str,
}

/// Kinds and versions of a group.
#[derive(Debug)]
pub struct Selector {
    /// Empty: all kinds.
    pub kinds: Vec<&'static str>,
    /// Empty: all versions.
    pub versions: Vec<&'static str>,
}

/// A mapping that is, or is like, a pod spec.
#[derive(Debug)]
pub struct Place {
    /// Its path. `None`: the root.
    pub at: Option<FieldSpec>,
    /// The images below it.
    pub images: Vec<Images>,
    /// Where it names pull Secrets.
    pub secrets: Option<Secrets>,
    /// Its field with the namespace that the pods run in, where that is not the object's.
    pub namespace: Option<&'static str>,
    /// Why naming the Secret may not be enough, as the end of a sentence.
    pub caveat: Option<&'static str>,
}

/// Images of a place.
#[derive(Debug)]
pub enum Images {
    /// Those of a PodSpec (core/v1), whose pods have a ServiceAccount.
    Pod,
    /// Whole references: the mapping that holds them and its key.
    Whole(Holder, &'static str),
    /// Whole references at the end of a path through lists or entries.
    Each(FieldSpec),
    /// References in parts: the mapping that holds them and its keys.
    Parts(Holder, Parts),
    /// Whole references at any depth: the last steps to the mapping that holds them, and its key.
    Deep(FieldSpec, &'static str),
}

/// The way to a mapping that holds an image. `None`: the place itself.
pub type Holder = Option<FieldSpec>;

/// The keys of an image's parts.
#[derive(Debug)]
pub struct Parts {
    /// The registry, or all of the name before the last part.
    pub registry: Option<&'static str>,
    /// The repository.
    pub repository: &'static str,
    /// The tag.
    pub tag: Option<&'static str>,
    /// The digest.
    pub digest: Option<&'static str>,
}

/// Where a place names pull Secrets.
#[derive(Debug)]
pub struct Secrets {
    /// The fields, each for pods of its own.
    pub fields: Vec<SecretsField>,
    /// How they name them.
    pub form: Form,
}

/// A field that names pull Secrets.
#[derive(Debug)]
pub struct SecretsField {
    /// Its path.
    pub path: FieldSpec,
    /// The first part of the path, which must be there already.
    pub required: Option<FieldSpec>,
}

/// Why a line is no row.
#[derive(Debug, thiserror::Error)]
pub enum LineError {
    /// A column is missing or empty.
    #[error("column {0} is missing or empty")]
    Missing(&'static str),
    /// There are more columns than the table has.
    #[error("`{0}` is more than the table has columns for")]
    Surplus(&'static str),
    /// A path can't be read.
    #[error(transparent)]
    Path(#[from] FieldSpecError),
    /// The column about pull Secrets can't be read.
    #[error("`{0}` is not a way to name pull Secrets")]
    Secrets(&'static str),
    /// A path of any depth says too little.
    #[error("`{0}` takes every field of that name; write the name around it as well")]
    Tail(&'static str),
    /// The parts of an image can't be read.
    #[error("`{0}` does not say how the image is put together")]
    Parts(&'static str),
}

impl Selector {
    /// Whether it is one of these.
    #[must_use]
    pub fn takes(&self, kind: &str, version: &str) -> bool {
        let takes = |wanted: &[&str], actual: &str| wanted.is_empty() || wanted.contains(&actual);
        takes(&self.kinds, kind) && takes(&self.versions, version)
    }

    fn parse(kinds: &'static str, versions: &'static str) -> Self {
        let words = |text: &'static str| text.split_whitespace().filter(|word| *word != "*").collect();
        Self { kinds: words(kinds), versions: words(versions) }
    }
}

/// Reads a line.
///
/// # Errors
/// A [`LineError`].
pub(super) fn parse(line: &'static str) -> Result<Line, LineError> {
    let (line, is_exception) = line.strip_prefix('!').map_or((line, false), |line| (line, true));
    let (line, is_for_local_registries) =
        line.strip_prefix("@localRegistry ").map_or((line, false), |line| (line, true));
    let mut columns = line.split('|').map(str::trim);
    let mut column = |name| columns.next().filter(|text| !text.is_empty()).ok_or(LineError::Missing(name));
    let selector = Selector::parse(column("kinds")?, column("versions")?);
    let line = if is_exception {
        let paths = column("paths")?.split_whitespace().filter(|path| *path != "*").map(FieldSpec::parse);
        let paths = paths.collect::<Result<_, _>>()?;
        Line::Exception(Exception { selector, paths, reason: column("reason")? })
    } else {
        let (places, images, secrets) = (column("places")?, column("images")?, column("pull Secrets")?);
        let caveat = columns.next();
        let place = |at| place(at, images, secrets, caveat);
        let places = places.split_whitespace().map(place).collect::<Result<_, _>>()?;
        Line::Row(Row { selector, places, is_for_local_registries })
    };
    columns.next().map_or(Ok(line), |surplus| Err(LineError::Surplus(surplus)))
}

fn place(
    at: &'static str,
    images: &'static str,
    secrets: &'static str,
    caveat: Option<&'static str>,
) -> Result<Place, LineError> {
    let images = images.split_whitespace().map(self::images).collect::<Result<_, _>>()?;
    let (secrets, namespace) =
        secrets.split_once(" in ").map_or((secrets, None), |(secrets, field)| (secrets, Some(field.trim())));
    Ok(Place { at: path(at)?, images, secrets: self::secrets(secrets)?, namespace, caveat })
}

/// `.` is where one is already.
fn path(text: &str) -> Result<Holder, LineError> {
    if text == "." { Ok(None) } else { Ok(Some(FieldSpec::parse(text)?)) }
}

fn images(text: &'static str) -> Result<Images, LineError> {
    if text == "pod" {
        return Ok(Images::Pod);
    }
    if let Some(at) = text.find('{') {
        let (holder, parts) = text.split_at(at);
        let holder = path(holder.strip_suffix('/').filter(|holder| !holder.is_empty()).unwrap_or("."))?;
        return Ok(Images::Parts(holder, self::parts(parts).ok_or(LineError::Parts(text))?));
    }
    if let Some(tail) = text.strip_prefix("**/") {
        let (holder, key) = tail.rsplit_once('/').ok_or(LineError::Tail(text))?;
        return Ok(Images::Deep(FieldSpec::parse(holder)?, key));
    }
    let (holder, key) = text.rsplit_once('/').unwrap_or((".", text));
    if key == "*" || key.ends_with(']') {
        return Ok(Images::Each(FieldSpec::parse(text)?));
    }
    FieldSpec::parse(key)?;
    Ok(Images::Whole(path(holder)?, key))
}

/// `{registry}/{repository}:{tag}@{digest}`, of which all but the repository may be missing.
fn parts(text: &'static str) -> Option<Parts> {
    let key = |text: &'static str| text.strip_prefix('{')?.strip_suffix('}').filter(|key| !key.is_empty());
    let (text, digest) = text.split_once('@').map_or((text, None), |(text, digest)| (text, Some(digest)));
    let (text, tag) = text.split_once(':').map_or((text, None), |(text, tag)| (text, Some(tag)));
    let (registry, repository) =
        text.split_once('/').map_or((None, text), |(registry, repository)| (Some(registry), repository));
    let optional = |text: Option<&'static str>| text.map_or(Some(None), |text| key(text).map(Some));
    Some(Parts {
        registry: optional(registry)?,
        repository: key(repository)?,
        tag: optional(tag)?,
        digest: optional(digest)?,
    })
}

/// `path`, `path form` or `none`; further paths stand between `+`. What stands before `?` in a path must be there already.
fn secrets(text: &'static str) -> Result<Option<Secrets>, LineError> {
    if text == "none" {
        return Ok(None);
    }
    let (paths, form) = match text.rsplit_once(' ') {
        Some((paths, "objects")) => (paths, Form::Objects),
        Some((paths, "names")) => (paths, Form::Names),
        Some((paths, "object")) => (paths, Form::Object),
        Some((paths, "name")) => (paths, Form::Name),
        _ => (text, Form::Objects),
    };
    let field = |text: &'static str| {
        if text.contains(' ') {
            return Err(LineError::Secrets(text));
        }
        let required = text.split_once('?').map(|(required, _)| FieldSpec::parse(required)).transpose()?;
        Ok(SecretsField { path: FieldSpec::parse(&text.replace('?', ""))?, required })
    };
    let fields = paths.split('+').map(|path| field(path.trim())).collect::<Result<_, _>>()?;
    Ok(Some(Secrets { fields, form }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_fault_is_refused() {
        for (line, says) in [
            ("Widget | *", "column places is missing"),
            ("Widget | * | spec | | none", "column images is missing"),
            ("Widget | * | spec | image | none | a | b", "`b` is more"),
            ("Widget | * | spec//x | image | none", "an empty name"),
            ("Widget | * | spec | image[0]/x | none", "selects an item by its number"),
            ("Widget | * | spec | image/{repository | none", "does not say"),
            ("Widget | * | spec | image | secrets some", "not a way to name"),
            ("Widget | * | spec | image | /secrets", "an empty name"),
            ("Widget | * | spec | **/image | none", "takes every field"),
            ("! Widget | * | spec/image", "column reason is missing"),
        ] {
            let error = parse(line).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(says), "{line}: {error}");
        }
    }

    #[test]
    fn parts_are_named_by_what_stands_between_them() {
        let parts = parts("{registry}/{image}:{version}@{digest}").unwrap();
        assert_eq!((parts.registry, parts.repository), (Some("registry"), "image"));
        assert_eq!((parts.tag, parts.digest), (Some("version"), Some("digest")));
        let parts = self::parts("{repository}").unwrap();
        assert_eq!((parts.registry, parts.repository, parts.tag, parts.digest), (None, "repository", None, None));
    }
}
