//! Errors and warnings as annotations of GitHub Actions, which shows them beside the lines of a pull request
//! (docs.github.com: "Workflow commands for GitHub Actions").

use crate::function::inspect::Inspection;
use crate::krm::{Finding, Severity};
use crate::report::style::{Style, one_line};

use super::summary;

/// One workflow command for each error and warning, and the lines that sum it up.
#[must_use]
pub fn github(inspection: &Inspection) -> String {
    let commands = inspection.findings.iter().filter_map(command);
    let summary = summary::lines(inspection, Style::PLAIN);
    commands.collect::<String>() + &inert(&summary)
}

fn command(finding: &Finding) -> Option<String> {
    let level = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => return None,
    };
    let mut properties = Vec::new();
    if let Some(file) = &finding.file {
        properties.push(format!("file={}", property(&file.path)));
        properties.extend(finding.line.map(|line| format!("line={line}")));
    }
    properties.push(format!("title={}", property(&format!("pullthrough {}", finding.code))));
    let mut message = String::new();
    if let Some(object) = &finding.object {
        message.push_str(&object.to_string());
        if let Some(field) = finding.field.as_ref().filter(|field| !field.is_empty()) {
            message.push_str(&format!(" {field}"));
        }
        message.push_str(": ");
    }
    message.push_str(&finding.message);
    Some(format!("::{level} {}::{}\n", properties.join(","), data(&message)))
}

/// The text of a command (actions/toolkit: packages/core/src/command.ts, `escapeData`).
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property (the same, `escapeProperty`).
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

/// Text that the runner takes for no command: it looks for the older form, `##[`, anywhere in a line (actions/runner:
/// src/Runner.Common/ActionCommand.cs).
fn inert(text: &str) -> String {
    let lines = text.lines().map(|line| one_line(line).replace("##[", "# #[") + "\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::seen::Coverage;
    use crate::krm::{Code, File};

    #[test]
    fn data_and_properties_are_escaped_each_by_its_rules() {
        let finding = Finding {
            file: Some(File { path: "a,b:c%d.yaml".into(), index: 0 }),
            line: Some(7),
            ..Finding::new(Severity::Error, Code::NoProxy, "100% of a:1, b\r\n::error::c")
        };
        assert_eq!(
            command(&finding).unwrap(),
            "::error file=a%2Cb%3Ac%25d.yaml,line=7,title=pullthrough no-proxy::100%25 of a:1, b%0D%0A::error::c\n"
        );
    }

    #[test]
    fn what_has_no_file_has_no_line_and_information_is_not_annotated() {
        let finding = |severity| Finding { line: Some(7), ..Finding::new(severity, Code::NotFound, "x") };
        assert_eq!(command(&finding(Severity::Warning)).unwrap(), "::warning title=pullthrough not-found::x\n");
        assert_eq!(command(&finding(Severity::Info)), None);
    }

    #[test]
    fn no_text_of_a_manifest_is_a_command() {
        let mut coverage = Coverage::default();
        coverage.leave_out("::add-mask::x\n##[error]y");
        let said = github(&Inspection { images: Vec::new(), findings: Vec::new(), coverage });
        assert!(said.lines().all(|line| !line.starts_with("::") && !line.contains("##[")), "{said}");
    }
}
