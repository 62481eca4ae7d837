//! The document of `check -o json`. Its types are its schema: `fn-config/check.schema.json` is made from them.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::function::inspect::{self, Inspected, Inspection};
use crate::krm::{self, ObjectRef};

/// The version of the document, raised when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// All images of an input, what becomes of them, and everything else there is to say.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "pullthrough check"))]
pub struct Document<'a> {
    /// Raised when a field changes its meaning or goes; fields may be added.
    #[cfg_attr(feature = "schema", schemars(extend("const" = 1)))]
    version: u32,
    /// An entry for each distinct text of an image. One that is read in one place, and skipped or not read in another, has one for each.
    #[serde(serialize_with = "each_image")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Image<'a>>"))]
    images: &'a [Inspected],
    /// Errors, warnings and information, in the order in which they matter.
    #[serde(serialize_with = "each_finding")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Finding<'a>>"))]
    findings: &'a [krm::Finding],
    /// What was looked at, and what was not.
    coverage: Coverage<'a>,
}

/// An image.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Image<'a> {
    /// As written. Of a Secret, `…`; of what is no text, what it is in parentheses.
    image: &'a str,
    /// What its registry, a lock or the configuration says; null where nobody needs to know.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["public", "private", "not-found", "rate-limited", "unreachable", null])))]
    access: Option<&'static str>,
    /// Why.
    evidence: Option<String>,
    /// Who says so.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["declared", "locked", "known", "probed", null])))]
    source: Option<&'static str>,
    /// The digest of the manifest that its tag named, when an answer told it.
    digest: Option<String>,
    /// The text that the function writes instead; null: it stays.
    becomes: Option<&'a str>,
    /// Whether a pod that pulls it needs the pull Secret.
    needs_secret: bool,
    /// How much it matters.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["error", "warning", "info"])))]
    severity: &'static str,
    /// What happens to it, as a result code: `pullthrough explain CODE`.
    code: &'static str,
    /// The same as a sentence.
    message: &'a str,
    /// Where it stands.
    #[serde(serialize_with = "each_place")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Place<'a>>"))]
    places: &'a [inspect::Place],
}

/// A field with an image.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Place<'a> {
    /// The file; null on standard input.
    file: Option<&'a str>,
    /// The line, counted from 1.
    line: usize,
    /// The object.
    object: Object<'a>,
    /// The field, as a path from the object's root.
    field: &'a str,
}

/// What an object is called.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Object<'a> {
    /// Group and version.
    api_version: &'a str,
    /// The kind.
    kind: &'a str,
    /// The namespace, where the manifest has one.
    namespace: Option<&'a str>,
    /// The name.
    name: &'a str,
}

/// Something to say.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Finding<'a> {
    /// How much it matters.
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["error", "warning", "info"])))]
    severity: &'static str,
    /// Its stable name: `pullthrough explain CODE`.
    code: &'static str,
    /// A sentence.
    message: &'a str,
    /// The file that it is about.
    file: Option<&'a str>,
    /// The line, counted from 1.
    line: Option<usize>,
    /// Kind, namespace and name of the object.
    object: Option<String>,
    /// The field, as a path from the object's root.
    field: Option<&'a str>,
}

/// What was looked at, and what was not.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Coverage<'a> {
    /// The objects that were looked at.
    objects: usize,
    /// Why something was not looked at, and how often: a kind of configuration, or an annotation.
    left_out: &'a BTreeMap<String, usize>,
}

/// The JSON schema of the document, draft-07.
#[cfg(feature = "schema")]
#[must_use]
pub fn schema() -> serde_json::Value {
    let generator = schemars::generate::SchemaSettings::draft07().into_generator();
    generator.into_root_schema_for::<Document<'_>>().to_value()
}

/// Writes the document, one entry after the other: its size is no reason to hold it in memory.
///
/// # Errors
/// Those of `out`.
pub fn write_json(inspection: &Inspection, out: &mut impl Write) -> io::Result<()> {
    let document = Document {
        version: VERSION,
        images: &inspection.images,
        findings: &inspection.findings,
        coverage: Coverage { objects: inspection.coverage.objects, left_out: &inspection.coverage.left_out },
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

/// The same as a text.
#[must_use]
pub fn to_json(inspection: &Inspection) -> String {
    let mut json = Vec::new();
    // Memory is always there to be written to, and every key is a string.
    let written = write_json(inspection, &mut json);
    debug_assert!(written.is_ok());
    String::from_utf8(json).unwrap_or_default()
}

fn each_image<S: Serializer>(images: &[Inspected], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(images.iter().map(|image| {
        let verdict = image.verdict.as_ref();
        Image {
            image: &image.image,
            access: verdict.map(|verdict| verdict.access.as_str()),
            evidence: verdict.map(|verdict| verdict.evidence.to_string()),
            source: verdict.map(|verdict| verdict.source.as_str()),
            digest: verdict.and_then(|verdict| verdict.digest.as_ref().ok()).map(ToString::to_string),
            becomes: image.becomes.as_deref(),
            needs_secret: image.needs_secret,
            severity: image.severity.as_str(),
            code: image.code.name(),
            message: &image.message,
            places: &image.places,
        }
    }))
}

fn each_place<S: Serializer>(places: &[inspect::Place], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(places.iter().map(|place| Place {
        file: place.file.as_ref().map(|file| file.path.as_str()),
        line: place.line,
        object: object(&place.object),
        field: &place.field,
    }))
}

fn each_finding<S: Serializer>(findings: &[krm::Finding], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(findings.iter().map(|finding| Finding {
        severity: finding.severity.as_str(),
        code: finding.code.name(),
        message: &finding.message,
        file: finding.file.as_ref().map(|file| file.path.as_str()),
        line: finding.line,
        object: finding.object.as_ref().map(ToString::to_string),
        field: finding.field.as_deref(),
    }))
}

fn object(object: &ObjectRef) -> Object<'_> {
    Object {
        api_version: &object.api_version,
        kind: &object.kind,
        namespace: object.namespace.as_deref(),
        name: &object.name,
    }
}
