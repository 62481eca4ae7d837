//! `pullthrough check`: every image as a table, or as JSON for programs.

use serde_json::{Value, json};

use crate::access::Access;
use crate::function::inspect::{Inspected, Inspection, Place};
use crate::function::seen::Coverage;
use crate::krm::{Code, Finding, Severity};

/// The version of the JSON, raised when a field changes its meaning or goes.
const JSON_VERSION: u32 = 1;

/// A table with a line for each image, the errors and warnings below it, and a sentence that sums it up.
///
/// Colors are for terminals: `color` turns them on.
#[must_use]
pub fn table(inspection: &Inspection, color: bool) -> String {
    let heading = ["IMAGE", "ACCESS", "BECOMES", "WHERE", "WHY"].map(str::to_owned);
    let rows: Vec<[String; 5]> = inspection.images.iter().map(row).collect();
    let width = |column: usize| {
        let cells = std::iter::once(&heading).chain(&rows).filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths = [width(0), width(1), width(2), width(3), 0];
    let mut text = String::new();
    if !rows.is_empty() {
        text.push_str(&line(&heading, &widths));
        for (row, image) in rows.iter().zip(&inspection.images) {
            text.push_str(&paint(&line(row, &widths), image.severity, color));
        }
        text.push('\n');
    }
    for finding in inspection.findings.iter().filter(|finding| is_shown(finding)) {
        text.push_str(&paint(&(super::line(finding, true) + "\n"), finding.severity, color));
    }
    text + &summary(inspection) + "\n"
}

/// The images and findings as JSON, documented in `docs/check.md`.
#[must_use]
pub fn to_json(inspection: &Inspection) -> String {
    let images: Vec<Value> = inspection.images.iter().map(image).collect();
    let findings: Vec<Value> = inspection.findings.iter().map(finding).collect();
    let coverage = &inspection.coverage;
    let coverage = json!({ "objects": coverage.objects, "leftOut": coverage.left_out });
    let document = json!({ "version": JSON_VERSION, "images": images, "findings": findings, "coverage": coverage });
    format!("{document:#}\n")
}

/// Of information what is about things that the table does not show.
fn is_shown(finding: &Finding) -> bool {
    finding.severity != Severity::Info
        || matches!(
            finding.code,
            Code::Skipped | Code::RenderedElsewhere | Code::PolicyPattern | Code::ServiceAccountElsewhere
        )
}

fn row(image: &Inspected) -> [String; 5] {
    let access = image.verdict.as_ref().map_or("-", |verdict| verdict.access.as_str());
    let becomes = image.becomes.as_deref().map_or_else(|| "-".to_owned(), shortened);
    let why = match &image.verdict {
        Some(verdict) if image.code == Code::ImageNotRead => format!("not read; {}", verdict.evidence),
        Some(verdict) => verdict.evidence.to_string(),
        None => image.code.description().to_owned(),
    };
    let places = match image.places.as_slice() {
        [] => String::new(),
        [only] => place(only),
        [first, rest @ ..] => format!("{} (+{})", place(first), rest.len()),
    };
    [shortened(&image.image), access.to_owned(), becomes, super::one_line(&places), why]
}

/// A digest is as wide as a terminal; its beginning tells it from others. The JSON has all of it.
fn shortened(image: &str) -> String {
    const SHOWN: usize = 12;
    match image.split_once("@sha256:") {
        Some((name, hex)) if hex.len() > SHOWN => {
            format!("{name}@sha256:{}…", hex.chars().take(SHOWN).collect::<String>())
        }
        _ => image.to_owned(),
    }
}

fn place(place: &Place) -> String {
    match &place.file {
        Some(file) => format!("{}:{}", file.path, place.line),
        None => format!("line {}", place.line),
    }
}

fn line(cells: &[String; 5], widths: &[usize; 5]) -> String {
    let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    padded.collect::<Vec<_>>().join("  ").trim_end().to_owned() + "\n"
}

fn paint(line: &str, severity: Severity, color: bool) -> String {
    let code = match severity {
        Severity::Error => "31",
        Severity::Warning => "33",
        Severity::Info => return line.to_owned(),
    };
    if color { format!("\u{1b}[{code}m{}\u{1b}[0m\n", line.trim_end_matches('\n')) } else { line.to_owned() }
}

fn summary(inspection: &Inspection) -> String {
    let images = &inspection.images;
    let count = |is: &dyn Fn(&Inspected) -> bool| images.iter().filter(|image| is(image)).count();
    let public = count(&|image| image.verdict.as_ref().is_some_and(|verdict| verdict.access == Access::Public));
    let rewritten = count(&|image| image.becomes.is_some());
    let errors = inspection.findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let warnings = inspection.findings.iter().filter(|finding| finding.severity == Severity::Warning).count();
    let left = |code, what: &dyn Fn(usize) -> String| match count(&|image| image.code == code) {
        0 => String::new(),
        some => format!(", {}", what(some)),
    };
    let unread = left(Code::ImageNotRead, &|unread| format!("{unread} not read"));
    let placeholders = left(Code::Placeholder, &|placeholders| super::number(placeholders, "placeholder"));
    format!(
        "{}: {public} public, {rewritten} to rewrite{unread}{placeholders}; {}, {}; {}",
        super::number(images.len(), "image"),
        super::number(errors, "error"),
        super::number(warnings, "warning"),
        looked_at(&inspection.coverage)
    )
}

/// What was looked at, what was not, and why.
fn looked_at(coverage: &Coverage) -> String {
    let objects = super::number(coverage.objects, "object");
    let reasons: Vec<String> =
        coverage.left_out.iter().map(|(why, count)| format!("{} ({count})", super::one_line(why))).collect();
    match coverage.left_out.values().sum::<usize>() {
        0 => format!("{objects} looked at, and nothing left out"),
        left_out => format!("{objects} looked at, {left_out} left out: {}", reasons.join(", ")),
    }
}

fn image(image: &Inspected) -> Value {
    let verdict = image.verdict.as_ref();
    let places: Vec<Value> = image
        .places
        .iter()
        .map(|place| {
            json!({
                "file": place.file.as_ref().map(|file| file.path.as_str()),
                "line": place.line,
                "object": {
                    "apiVersion": place.object.api_version,
                    "kind": place.object.kind,
                    "namespace": place.object.namespace,
                    "name": place.object.name,
                },
                "field": place.field,
            })
        })
        .collect();
    json!({
        "image": image.image,
        "access": verdict.map(|verdict| verdict.access.as_str()),
        "evidence": verdict.map(|verdict| verdict.evidence.to_string()),
        "source": verdict.map(|verdict| verdict.source.as_str()),
        "digest": verdict.and_then(|verdict| verdict.digest.as_ref().ok()).map(ToString::to_string),
        "becomes": image.becomes,
        "needsSecret": image.needs_secret,
        "severity": image.severity.to_string(),
        "code": image.code.name(),
        "message": &*image.message,
        "places": places,
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "severity": finding.severity.to_string(),
        "code": finding.code.name(),
        "message": &*finding.message,
        "file": finding.file.as_ref().map(|file| file.path.as_str()),
        "line": finding.line,
        "object": finding.object.as_ref().map(ToString::to_string),
        "field": finding.field,
    })
}
