//! What sums up a check: how many images of which kind, what is wrong, and what was looked at.

use std::fmt::Write as _;

use crate::access::Access;
use crate::function::inspect::{Inspected, Inspection};
use crate::function::seen::Coverage;
use crate::krm::{Code, Severity};
use crate::report::diagnostics::count as count_of;
use crate::report::style::{Meaning, Style, number, one_line, wrapped};

/// The two last lines.
pub(super) fn lines(inspection: &Inspection, style: Style) -> String {
    let images = wrapped(&images(inspection), style.width, 2);
    let looked_at = wrapped(&looked_at(&inspection.coverage), style.width, 2);
    let has = |severity| count_of(&inspection.findings, severity) > 0;
    let meaning = match (has(Severity::Error), has(Severity::Warning)) {
        (true, _) => Meaning::Bad,
        (false, true) => Meaning::Doubtful,
        (false, false) => Meaning::Good,
    };
    format!("{}\n{}\n", style.paint(meaning, &images), looked_at)
}

fn images(inspection: &Inspection) -> String {
    let images = &inspection.images;
    let count = |is: &dyn Fn(&Inspected) -> bool| images.iter().filter(|image| is(image)).count();
    let public = count(&|image| image.verdict.as_ref().is_some_and(|verdict| verdict.access == Access::Public));
    let rewritten = count(&|image| image.becomes.is_some());
    let mut text = format!("{}: {public} public, {rewritten} to rewrite", number(images.len(), "image"));
    let placeholders = count(&|image| image.code == Code::Placeholder);
    for (count, what) in [
        (count(&|image| image.code == Code::ImageNotRead), "not read".to_owned()),
        (placeholders, if placeholders == 1 { "placeholder" } else { "placeholders" }.to_owned()),
        (count(&|image| image.code == Code::Skipped), "skipped".to_owned()),
        (count(&|image| matches!(image.code, Code::Excluded | Code::ReplicatedObject)), "excluded".to_owned()),
        (count(&|image| image.code == Code::NeverPulled), "never pulled".to_owned()),
        (count(&|image| image.code == Code::InvalidReference), "invalid".to_owned()),
    ] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    let errors = number(count_of(&inspection.findings, Severity::Error), "error");
    let warnings = number(count_of(&inspection.findings, Severity::Warning), "warning");
    format!("{text}; {errors}, {warnings}")
}

/// What was looked at, what was not, and why.
fn looked_at(coverage: &Coverage) -> String {
    let objects = number(coverage.objects, "object");
    let reasons: Vec<String> =
        coverage.left_out.iter().map(|(why, count)| format!("{} ({count})", one_line(why))).collect();
    match coverage.left_out.values().sum::<usize>() {
        0 => format!("{objects} looked at, and nothing left out"),
        left_out => format!("{objects} looked at, {left_out} left out: {}", reasons.join(", ")),
    }
}
