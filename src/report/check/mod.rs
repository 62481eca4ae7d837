//! `pullthrough check`: every image, for people and for programs.

mod blocks;
mod brief;
mod github;
mod json;
mod row;
mod sarif;
mod summary;
mod table;

pub use github::github;
#[cfg(feature = "schema")]
pub use json::schema;
pub use json::{Document, to_json, write_json};
pub use sarif::sarif;

use super::diagnostics;
use super::style::Style;
use crate::function::inspect::Inspection;
use crate::krm::{Code, Finding, Severity};
use row::Row;

/// The width of a table where nobody knows how much room there is.
const WIDTH: usize = 80;

/// A line for each image where that fits, else a block of lines for each; the errors and warnings below, and what sums it all up.
#[must_use]
pub fn table(inspection: &Inspection, style: Style) -> String {
    let rows: Vec<Row> = inspection.images.iter().map(|image| Row::of(image, style)).collect();
    let mut text =
        table::fitting(&rows, style.width.unwrap_or(WIDTH), style).unwrap_or_else(|| blocks::all(&rows, style));
    if !rows.is_empty() {
        text.push('\n');
    }
    let shown = inspection.findings.iter().filter(|finding| is_shown(finding));
    text.push_str(&diagnostics::lines(shown, true, style, " (-v shows each)"));
    text + &summary::lines(inspection, style)
}

/// Of information what is about things that the table does not show.
fn is_shown(finding: &Finding) -> bool {
    finding.severity != Severity::Info
        || matches!(
            finding.code,
            Code::Skipped | Code::RenderedElsewhere | Code::PolicyPattern | Code::ServiceAccountElsewhere
        )
}
