//! What a person reads: diagnostics as lines, problems in their text, and all images for `check`.

pub mod check;
mod diagnostics;
mod excerpt;
pub mod explain;
mod style;

pub use diagnostics::line;
pub use excerpt::config;
pub use style::Style;

use crate::function::Answer;
use crate::krm::{Finding, Severity};

/// What standard error gets of a run: what is wrong with the configuration, in its text, or the diagnostics.
#[must_use]
pub fn answer(answer: &Answer<'_>, config_text: &str, style: Style) -> String {
    match &answer.problems {
        Some(problems) => config(problems, config_text, style),
        None => lines(answer, style),
    }
}

/// The lines for standard error: errors and warnings, in their order. Information is left to `results`.
#[must_use]
pub fn lines(answer: &Answer<'_>, style: Style) -> String {
    // An orchestrator that hands over a ResourceList has no options to pass on.
    let hint = if answer.has_lines { " (-v shows each)" } else { "" };
    let mut lines = diagnostics::lines(shown(&answer.findings), answer.has_lines, style, hint);
    if diagnostics::count(&answer.findings, Severity::Error) > 0 {
        lines.push_str(&format!(
            "pullthrough changed nothing: {}\n",
            diagnostics::errors_and_warnings(&answer.findings)
        ));
    }
    lines
}

/// The lines for standard error of a command that looks at files.
#[must_use]
pub fn findings(findings: &[Finding], style: Style) -> String {
    diagnostics::lines(shown(findings), true, style, " (-v shows each)")
}

fn shown(findings: &[Finding]) -> impl Iterator<Item = &Finding> + Clone {
    findings.iter().filter(|finding| finding.severity != Severity::Info)
}
