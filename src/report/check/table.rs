//! A line for each image.

use super::row::Row;
use crate::report::style::{Meaning, Style, columns};

/// What stands between two columns.
const GAP: &str = "  ";
const HEADINGS: [&str; 5] = ["IMAGE", "ACCESS", "BECOMES", "WHERE", "WHY"];

/// The table, if its widest line fits.
pub(super) fn fitting(rows: &[Row], width: usize, style: Style) -> Option<String> {
    if rows.is_empty() {
        return Some(String::new());
    }
    let widths: [usize; 5] = std::array::from_fn(|column| {
        let cell = |cells: [(&str, Meaning); 5]| cells.get(column).map_or(0, |(text, _)| columns(text));
        rows.iter().map(|row| cell(cells(row))).chain([cell(headings())]).max().unwrap_or(0)
    });
    let whole = widths.iter().sum::<usize>() + GAP.len() * (widths.len() - 1);
    (whole <= width).then(|| {
        let lines = std::iter::once(headings()).chain(rows.iter().map(cells));
        lines.map(|cells| line(&cells, &widths, style)).collect()
    })
}

fn headings() -> [(&'static str, Meaning); 5] {
    HEADINGS.map(|heading| (heading, Meaning::Heading))
}

fn cells(row: &Row) -> [(&str, Meaning); 5] {
    let access = row.access.map_or(("-", Meaning::Aside), |access| (access.as_str(), Meaning::of_access(access)));
    [
        (&row.image, Meaning::of_severity(row.severity)),
        access,
        row.becomes.as_deref().map_or(("-", Meaning::Aside), |becomes| (becomes, Meaning::Changed)),
        (&row.place, Meaning::Plain),
        (&row.why, Meaning::Aside),
    ]
}

fn line(cells: &[(&str, Meaning); 5], widths: &[usize; 5], style: Style) -> String {
    let mut line = String::new();
    let mut blanks = 0;
    for ((text, meaning), width) in cells.iter().zip(widths) {
        if text.is_empty() {
            blanks += width + GAP.len();
            continue;
        }
        // Blanks are written when something stands behind them.
        line.extend(std::iter::repeat_n(' ', blanks));
        line.push_str(&style.paint(*meaning, text));
        blanks = width.saturating_sub(columns(text)) + GAP.len();
    }
    line + "\n"
}
