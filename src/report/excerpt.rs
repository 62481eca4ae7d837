//! The problems of a configuration, each with the lines that it is about.

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::style::Style;
use crate::function::ConfigProblems;

/// The problems of a configuration in its text.
///
/// A file's lines are numbered. Those of a functionConfig are not: the user never sees the ResourceList that the orchestrator made.
#[must_use]
pub fn config(found: &ConfigProblems, text: &str, style: Style) -> String {
    let renderer = renderer(style).anonymized_snippet_line_numbers(!found.has_lines);
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
    let render = |group| renderer.render(std::slice::from_ref(group)) + "\n";
    let texts = groups.iter().map(render);
    if found.has_lines { texts.collect() } else { texts.map(|text| without_letters(&text)).collect() }
}

/// The renderer writes `LL` where a number was: letters that say nothing to a reader.
fn without_letters(text: &str) -> String {
    let lines = text.split_inclusive('\n').map(|line| match line.split_once("LL") {
        // Nothing stands before them but codes of colors.
        Some((before, rest)) if before.is_empty() || before.starts_with('\u{1b}') => format!("{before}  {rest}"),
        _ => line.to_owned(),
    });
    lines.collect()
}

fn renderer(style: Style) -> Renderer {
    if style.colors { Renderer::styled() } else { Renderer::plain() }
}
