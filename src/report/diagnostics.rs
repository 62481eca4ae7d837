//! Diagnostics as lines for people: one each, and many of one kind as one with their number.

use std::collections::{BTreeMap, BTreeSet};

use super::style::{Meaning, Style, number, one_line, wrapped};
use crate::krm::{Finding, Severity};

/// Up to so many of one kind are shown one by one.
const FEW: usize = 3;
/// Of more, so many are named behind the first.
const NAMED: usize = 5;
/// The columns by which the lines behind the first of a diagnostic are indented.
const INDENT: usize = 2;

/// The lines of these diagnostics, in their order. Those that differ in nothing but names and places are shown once, with how many more there
/// are, unless all are asked for.
pub(super) fn lines<'f>(
    findings: impl Iterator<Item = &'f Finding> + Clone,
    has_lines: bool,
    style: Style,
    hint: &str,
) -> String {
    let mut groups: BTreeMap<(Severity, &str, String), Vec<&Finding>> = BTreeMap::new();
    let key = |finding: &'f Finding| (finding.severity, finding.code.name(), template(&finding.message));
    if !style.verbose {
        for finding in findings.clone() {
            groups.entry(key(finding)).or_default().push(finding);
        }
    }
    let mut text = String::new();
    for finding in findings {
        let group = if style.verbose { None } else { groups.get_mut(&key(finding)) };
        let Some(group) = group.filter(|group| group.len() > FEW || group.is_empty()) else {
            text.push_str(&styled(finding, has_lines, style));
            continue;
        };
        if let [first, others @ ..] = group.as_slice() {
            text.push_str(&styled(first, has_lines, style));
            let more = format!("  and {} more like it: {}{hint}", others.len(), named(others, has_lines));
            text.push_str(&(style.paint(Meaning::Aside, &wrapped(&more, style.width, INDENT)) + "\n"));
        }
        // The others of the group are said.
        group.clear();
    }
    text
}

/// What tells those behind the first from it: their images, or else their places.
fn named(others: &[&Finding], has_lines: bool) -> String {
    let image = |finding: &&Finding| finding.current.clone().filter(|image| !image.is_empty());
    let mut names: Vec<String> = others.iter().filter_map(image).collect();
    let distinct: BTreeSet<&String> = names.iter().collect();
    if distinct.len() < others.len() {
        names = others.iter().map(|finding| place(finding, has_lines)).collect();
    }
    let more = if names.len() > NAMED { ", …" } else { "" };
    names.truncate(NAMED);
    one_line(&names.join(", ")) + more
}

/// Where it is, as short as that can be said.
fn place(finding: &Finding, has_lines: bool) -> String {
    let line = finding.line.filter(|_| has_lines);
    match (&finding.file, line, &finding.object) {
        (Some(file), Some(line), _) => format!("{}:{line}", file.path),
        (None, Some(line), _) => format!("line {line}"),
        (_, None, Some(object)) => object.to_string(),
        (Some(file), None, None) => file.path.clone(),
        (None, None, None) => finding.code.to_string(),
    }
}

/// The message without what is different in others of its kind: what stands in backticks, addresses, and numbers.
fn template(message: &str) -> String {
    let mut template = String::with_capacity(message.len());
    for (index, part) in message.split('`').enumerate() {
        if index % 2 == 1 {
            template.push('`');
            continue;
        }
        for word in part.split_inclusive(' ') {
            if word.starts_with("http://") || word.starts_with("https://") {
                template.push('/');
            } else {
                template.extend(word.chars().filter(|char| !char.is_ascii_digit()));
            }
        }
    }
    template
}

fn styled(finding: &Finding, has_lines: bool, style: Style) -> String {
    let line = line(finding, has_lines);
    let (head, rest) = line.split_at(line.find(']').map_or(0, |end| end + 1));
    let wrapped = wrapped(&line, style.width, INDENT);
    // The head has no blank, so that it is never broken.
    let rest = wrapped.strip_prefix(head).unwrap_or(rest);
    style.paint(Meaning::of_severity(finding.severity), head) + rest + "\n"
}

/// One diagnostic on one line: `error[code] file: object field: message`.
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

/// How many there are, for the last line.
pub(super) fn count(findings: &[Finding], severity: Severity) -> usize {
    findings.iter().filter(|finding| finding.severity == severity).count()
}

/// `1 error and 2 warnings`.
pub(super) fn errors_and_warnings(findings: &[Finding]) -> String {
    let warnings = match count(findings, Severity::Warning) {
        0 => String::new(),
        warnings => format!(" and {}", number(warnings, "warning")),
    };
    number(count(findings, Severity::Error), "error") + &warnings
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::krm::Code;

    fn undecided(image: usize) -> Finding {
        let message =
            format!("`ghcr.io/acme/a{image}:1` could not be checked: 503 from https://ghcr.io/v2/acme/a{image}");
        let finding = Finding::new(Severity::Error, Code::Undecided, message);
        Finding { line: Some(image), ..finding }
    }

    fn shown(findings: &[Finding], style: Style) -> String {
        lines(findings.iter(), true, style, " (-v shows each)")
    }

    #[test]
    fn many_of_one_kind_are_one_with_their_number() {
        let mut findings: Vec<Finding> = (1..=170).map(undecided).collect();
        findings.insert(1, Finding::new(Severity::Error, Code::Config, "another matter"));
        let text = shown(&findings, Style::PLAIN);
        assert_eq!(
            text,
            "error[undecided] line 1: `ghcr.io/acme/a1:1` could not be checked: 503 from https://ghcr.io/v2/acme/a1\n  \
             and 169 more like it: line 2, line 3, line 4, line 5, line 6, … (-v shows each)\n\
             error[config] another matter\n"
        );
        let all = shown(&findings, Style { verbose: true, ..Style::PLAIN });
        assert_eq!(all.lines().count(), 171);
    }

    #[test]
    fn a_few_of_one_kind_are_shown_each() {
        let findings: Vec<Finding> = (1..=3).map(undecided).collect();
        assert_eq!(shown(&findings, Style::PLAIN).lines().count(), 3);
    }

    #[test]
    fn the_others_are_called_by_their_images_where_these_tell_them_apart() {
        let mut findings: Vec<Finding> = (1..=4).map(|n| undecided(n).values(format!("acme/a{n}"), None)).collect();
        assert!(shown(&findings, Style::PLAIN).contains("and 3 more like it: acme/a2, acme/a3, acme/a4 (-v"));
        findings[3].current = findings[2].current.clone();
        assert!(shown(&findings, Style::PLAIN).contains("and 3 more like it: line 2, line 3, line 4 (-v"));
    }

    #[test]
    fn what_says_something_else_is_of_another_kind() {
        assert_eq!(template("`a` is 12 of https://x/y z"), template("`b:1` is 7 of https://z/1 z"));
        assert_ne!(template("`a` is private"), template("`a` is public"));
    }

    #[test]
    fn the_head_alone_has_a_color_and_lines_break_at_blanks() {
        let finding = Finding::new(Severity::Warning, Code::NotFound, "the registry has no such image");
        let style = Style { width: Some(30), colors: true, verbose: false };
        let expected = "\u{1b}[1m\u{1b}[33mwarning[not-found]\u{1b}[0m the\n  registry has no such image\n";
        assert_eq!(lines([&finding].into_iter(), true, style, ""), expected);
    }
}
