//! The end of a run, as JavaScript gets it.

use pullthrough::function::{Answer, Output};
use pullthrough::krm::{Finding, results};
use pullthrough::report;
use pullthrough::yaml::{EditSet, Piece};
use serde::Serialize;
use serde_json::Value;

/// The outcome of a run.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome<'a> {
    exit_code: u8,
    /// What makes the output of the input; nothing when there is no output.
    edits: Option<Vec<Edit<'a>>>,
    /// As in a ResourceList, and the line of the input where people see that.
    results: Vec<Value>,
    /// What the program writes to standard error.
    report: String,
}

/// Instead of an inspection.
#[derive(Serialize)]
pub(crate) struct Refusal<'a> {
    pub(crate) refused: Outcome<'a>,
}

/// A part of the input and what stands there in the output. Counted as JavaScript counts: in UTF-16 units.
#[derive(Serialize)]
struct Edit<'a> {
    start: usize,
    end: usize,
    text: &'a str,
}

impl<'a> Outcome<'a> {
    /// `findings` are all that a run that succeeded has to say; without them, those of the answer are.
    pub(crate) fn new(answer: &'a Answer<'_>, findings: Option<Vec<Finding>>, config_text: &str) -> Self {
        let findings = findings.filter(|_| matches!(answer.output, Output::Done(_)));
        let findings = findings.as_deref().unwrap_or(&answer.findings);
        Self {
            exit_code: answer.exit,
            edits: match &answer.output {
                Output::Done(set) | Output::Refused(set) => Some(edits(set)),
                Output::Nothing => None,
            },
            results: with_lines(findings, answer.has_lines),
            report: match &answer.problems {
                Some(problems) => report::config(problems, config_text, report::Style::PLAIN),
                None => report::lines(answer, report::Style::PLAIN),
            },
        }
    }
}

fn edits<'a>(set: &'a EditSet<'_>) -> Vec<Edit<'a>> {
    let mut at = 0;
    let mut edits = Vec::with_capacity(set.edits().len());
    for piece in set.pieces() {
        match piece {
            Piece::Kept(kept) => at += units(kept),
            Piece::Replaced { old, new } => {
                let end = at + units(old);
                edits.push(Edit { start: at, end, text: new });
                at = end;
            }
        }
    }
    edits
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn with_lines(findings: &[Finding], has_lines: bool) -> Vec<Value> {
    let mut results: Vec<Value> = serde_json::from_str(&results::to_json(findings)).unwrap_or_default();
    for (result, finding) in results.iter_mut().zip(findings).filter(|_| has_lines) {
        if let (Value::Object(entries), Some(line)) = (result, finding.line) {
            entries.insert("line".to_owned(), line.into());
        }
    }
    results
}
