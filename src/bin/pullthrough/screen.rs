//! What is known of who reads: whether there is a terminal, how wide it is, and whether it takes colors.

use std::io::{IsTerminal, stderr, stdout};

use pullthrough::report::Style;

/// The style of standard output.
pub(crate) fn of_stdout(verbose: bool) -> Style {
    style(stdout().is_terminal(), columns_of_stdout, verbose)
}

#[cfg(any(unix, windows))]
fn columns_of_stdout() -> Option<usize> {
    terminal_size::terminal_size_of(stdout()).map(|(columns, _)| usize::from(columns.0))
}

/// WASI has no call for it.
#[cfg(not(any(unix, windows)))]
fn columns_of_stdout() -> Option<usize> {
    None
}

/// The style of standard error: a diagnostic is one line there, whatever the width.
pub(crate) fn of_stderr(verbose: bool) -> Style {
    Style { width: None, ..style(stderr().is_terminal(), || None, verbose) }
}

/// The columns that help is wrapped at.
pub(crate) fn columns_of_help() -> usize {
    const WIDEST: usize = 120;
    const USUAL: usize = 80;
    of_stdout(false).width.unwrap_or(USUAL).min(WIDEST)
}

/// `COLUMNS` counts before the terminal's size, for a shell that exports it means it. Colors are for terminals, and NO_COLOR (no-color.org) turns
/// them off.
fn style(is_terminal: bool, columns: impl Fn() -> Option<usize>, verbose: bool) -> Style {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let given = variable("COLUMNS").and_then(|value| value.to_str()?.trim().parse().ok()).filter(|width| *width > 0);
    let is_dumb = variable("TERM").is_some_and(|term| term == "dumb");
    Style {
        width: given.or_else(|| columns().filter(|width| is_terminal && *width > 0)),
        colors: is_terminal && !is_dumb && variable("NO_COLOR").is_none(),
        verbose,
    }
}
