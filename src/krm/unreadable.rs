//! Why a text is not YAML, where that is a common mistake: manifests that were joined without a marker between them, and templates that
//! nothing has rendered yet.

use crate::yaml::{View, line, parse};

/// The parser's error, and what to do where its cause is known.
#[must_use]
pub fn explain(text: &str, error: &parse::Error) -> String {
    let lines: Vec<&str> = text.lines().take(error.line).collect();
    if let Some((number, action)) = template(&lines) {
        return format!(
            "line {number}: `{action}` is a template action, so this is an unrendered template; render it first \
             (`helm template CHART`)"
        );
    }
    if is_second_json_document(&lines, error) {
        return format!(
            "line {}: a second document begins here without `---` before it, and kustomize and kpt would silently \
             keep only the first; put `---` between the documents, or make them the `items` of a `kind: List`",
            error.line
        );
    }
    error.to_string()
}

/// The last action of a template on the line of the error, or on the one before, where it is part of a line that is not quoted.
fn template<'t>(lines: &[&'t str]) -> Option<(usize, &'t str)> {
    lines.iter().enumerate().rev().take(2).find_map(|(index, line)| {
        let at = line.find("{{")?;
        let (before, action) = line.split_at_checked(at)?;
        let is_quoted = before.contains(['"', '\'', '#']);
        let end = action.find(|c: char| c != '{' && c != '-').unwrap_or(action.len());
        (!is_quoted).then_some((index + 1, action.get(..end)?))
    })
}

/// Whether JSON begins again where the parser expects the end of a document.
fn is_second_json_document(lines: &[&str], error: &parse::Error) -> bool {
    let Some((last, before)) = lines.split_last() else { return false };
    let column = error.column.saturating_sub(1);
    let split = last.char_indices().nth(column).map_or(last.len(), |(at, _)| at);
    let Some((head, rest)) = last.split_at_checked(split) else { return false };
    let ended = if head.trim().is_empty() {
        before.iter().rev().map(|line| line.trim()).find(|line| !line.is_empty() && !line.starts_with('#'))
    } else {
        Some(head.trim())
    };
    rest.trim_start().starts_with(['{', '[']) && ended.is_some_and(|line| line.ends_with(['}', ']']))
}

/// The line of a second object that was joined to the first without a marker: both `apiVersion` and `kind` appear again.
pub(super) fn second_object(text: &str, root: &View<'_>) -> Option<usize> {
    let entries = root.entries();
    let second = |name: &str| {
        let mut found = entries.iter().filter(|(key, _)| key.scalar() == Some(name)).map(|(key, _)| key.start());
        found.nth(1)
    };
    Some(line(text, second("apiVersion")?.min(second("kind")?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        explain(text, &parse::outline(text, &[], |_| ()).unwrap_err())
    }

    #[test]
    fn json_documents_one_after_another_lack_a_marker() {
        for (text, line) in [
            ("{\"a\": 1}\n{\"b\": 2}\n", 2),
            ("{\"a\": 1} {\"b\": 2}\n", 1),
            ("{\n  \"a\": 1\n}\n\n# c\n{\n  \"b\": 2\n}\n", 6),
            ("[1]\n[2]\n", 2),
        ] {
            let said = said(text);
            assert!(said.starts_with(&format!("line {line}: a second document")), "{text}: {said}");
        }
        assert!(!said("{\"a\": 1}\nb: c: d\n").contains("second document"));
    }

    #[test]
    fn a_template_is_to_be_rendered() {
        for (text, line, action) in [
            ("a:\n  {{- include \"x\" . | nindent 4 }}\nb: c\n", 2, "{{-"),
            ("metadata:\n  name: {{ .Release.Name }}-web\n", 2, "{{"),
            ("{{ if .Values.on }}\na: b\n{{ end }}\n", 1, "{{"),
        ] {
            let said = said(text);
            assert!(said.starts_with(&format!("line {line}: `{action}` is a template action")), "{text}: {said}");
        }
        for text in ["a: \"{{x}}\"\nb: c: d\n", "b: c: d\n", "# {{ x }}\nb: c: d\n"] {
            assert!(!said(text).contains("template"), "{text}");
        }
    }
}
