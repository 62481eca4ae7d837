//! A block of lines for each image, one fact a line: for terminals that a table does not fit.

use super::row::Row;
use crate::report::style::{Meaning, Style, wrapped};

const INDENT: usize = 2;

/// All blocks.
pub(super) fn all(rows: &[Row], style: Style) -> String {
    rows.iter().map(|row| block(row, style)).collect()
}

fn block(row: &Row, style: Style) -> String {
    let mut lines = style.paint(Meaning::of_severity(row.severity), &row.image) + "\n";
    let mut fact = |text: &str| lines.push_str(&format!("{:INDENT$}{text}\n", ""));
    match row.access {
        // The word before the first blank is the access, and has its color.
        Some(access) => {
            let whole = format!("{access}: {}", row.why);
            let whole = wrapped(&whole, style.width.map(|width| width.saturating_sub(INDENT)), 2 * INDENT);
            let rest = whole.strip_prefix(access.as_str()).unwrap_or_default();
            fact(&(style.paint(Meaning::of_access(access), access.as_str()) + &style.paint(Meaning::Aside, rest)));
        }
        None => fact(&style.paint(Meaning::Aside, &row.why)),
    }
    if let Some(becomes) = &row.becomes {
        fact(&format!("-> {}", style.paint(Meaning::Changed, becomes)));
    }
    if !row.place.is_empty() {
        fact(&row.place);
    }
    lines
}
