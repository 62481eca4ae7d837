//! What a person reads: findings as lines, configuration problems in their text.

pub mod check;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::function::{Answer, ConfigProblems};
use crate::krm::{Finding, Severity};

/// What standard error gets of a run: what is wrong with the configuration, in its text, or the findings.
#[must_use]
pub fn answer(answer: &Answer<'_>, config_text: &str) -> String {
    match &answer.problems {
        Some(problems) => config(problems, config_text),
        None => lines(answer),
    }
}

/// The lines for standard error: errors and warnings, in the order of the findings. Information is left to `results`.
#[must_use]
pub fn lines(answer: &Answer<'_>) -> String {
    let shown = answer.findings.iter().filter(|finding| finding.severity != Severity::Info);
    let mut lines: String = shown.map(|finding| line(finding, answer.has_lines) + "\n").collect();
    let (errors, warnings) = (count(answer, Severity::Error), count(answer, Severity::Warning));
    if errors > 0 {
        let warnings = if warnings > 0 { format!(" and {}", number(warnings, "warning")) } else { String::new() };
        lines.push_str(&format!("pullthrough changed nothing: {}{warnings}\n", number(errors, "error")));
    }
    lines
}

/// One finding on one line: `error[code] file: object field: message`.
#[must_use]
pub fn line(finding: &Finding, has_lines: bool) -> String {
    let mut place = Vec::new();
    if let Some(file) = &finding.file {
        place.push(if file.index > 0 { format!("{}[{}]", file.path, file.index) } else { file.path.clone() });
    }
    if let Some(at) = finding.line.filter(|_| has_lines) {
        place.push(format!("line {at}"));
    }
    if let Some(object) = &finding.object {
        let field = finding.field.as_ref().filter(|field| !field.is_empty());
        place.push(field.map_or_else(|| object.to_string(), |field| format!("{object} {field}")));
    }
    let place = if place.is_empty() { String::new() } else { format!(" {}:", place.join(": ")) };
    one_line(&format!("{}[{}]{place} {}", finding.severity, finding.code, finding.message))
}

/// Line breaks become blanks; other characters that a terminal acts on are spelled.
fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\r' | '\u{2028}' | '\u{2029}' => line.push(' '),
            _ if char.is_control() => line.extend(char.escape_default()),
            _ => line.push(char),
        }
    }
    line
}

/// The problems of a configuration, each with the lines that it is about.
///
/// A file's lines are numbered. Those of a functionConfig are not: the user never sees the ResourceList that the
/// orchestrator made.
#[must_use]
pub fn config(found: &ConfigProblems, text: &str) -> String {
    let renderer = Renderer::plain().anonymized_snippet_line_numbers(!found.has_lines);
    let excerpt = found.excerpt;
    let source = excerpt.of(text);
    let within = |at: usize| at.saturating_sub(excerpt.start).min(source.len());
    let groups = found.problems.0.iter().map(|problem| {
        let title = if found.has_lines || found.name.is_empty() { String::new() } else { format!("{}: ", found.name) };
        let title = title
            + &if problem.path.is_empty() {
                problem.message.clone()
            } else {
                format!("{}: {}", problem.path, problem.message)
            };
        let span = within(problem.span.start)..within(problem.span.end.max(problem.span.start));
        let title = Level::ERROR.primary_title(title).id("config");
        let first = crate::yaml::line(text, excerpt.start);
        let snippet = Snippet::source(source).line_start(first).annotation(AnnotationKind::Primary.span(span));
        let snippet = if found.has_lines && !found.name.is_empty() { snippet.path(&found.name) } else { snippet };
        Group::with_title(title).element(snippet)
    });
    let groups: Vec<Group<'_>> = groups.collect();
    groups.iter().map(|group| renderer.render(std::slice::from_ref(group)) + "\n").collect()
}

fn count(answer: &Answer<'_>, severity: Severity) -> usize {
    answer.findings.iter().filter(|finding| finding.severity == severity).count()
}

fn number(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
