//! `pullthrough rewrite`: manifests are edited where they are.

use std::process::ExitCode;

use pullthrough::access::Queries;
use pullthrough::function::Analysis;
use pullthrough::function::files::{AbsentSecret, Rewritten};
use pullthrough::krm::Severity;
use pullthrough::report;

use super::changes::{Change, changes, name_in_diff};
use super::commands::{refuse, unreadable};
use super::given::{Caller, Given};
use super::sources::Sources;
use super::{Failure, ask, cli, diff, environment, files, print, read_file, say, stdout, updaters};

pub(crate) fn rewrite(arguments: &cli::Rewrite) -> Result<ExitCode, Failure> {
    let given = Given::read(&arguments.options, Caller::Command)?;
    let paths = arguments.paths()?;
    let sources = Sources::of_distinct_paths(paths, read_file).map_err(Failure)?;
    if sources.is_unreadable() {
        return unreadable(&sources);
    }
    let found = match Analysis::read(&sources.text, given.request(), &environment()?) {
        Ok(found) => found,
        Err(answer) => return refuse(&answer, &sources, &given),
    };
    let (verdicts, verifications) = ask(&found, Queries::new(), arguments.options.verbose)?;
    let rewritten = found.rewrite(&verdicts, &verifications);
    let mut findings = rewritten.findings.clone();
    findings.iter_mut().for_each(|finding| sources.locate_finding(finding));
    findings.splice(0..0, sources.problems.iter().cloned());
    let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
    let edits = rewritten.edits.as_ref().filter(|_| !failed);
    let changes = edits.map(|edits| changes(&sources, edits)).transpose()?;
    if let Some(changes) = &changes {
        findings.extend(updaters::warnings(&sources, changes, &rewritten.names));
    }
    super::report(false, |style| report::findings(&findings, style));
    let Some(changes) = changes else {
        say("pullthrough changed nothing\n");
        return Ok(ExitCode::FAILURE);
    };
    if arguments.write {
        write(&changes)?;
    } else {
        show(&changes)?;
    }
    close(&rewritten, &changes, arguments);
    Ok(ExitCode::from(u8::from(arguments.check && !changes.is_empty())))
}

fn write(changes: &[Change<'_>]) -> Result<(), Failure> {
    let texts = changes.iter().map(|change| Ok((change.file.path.clone(), change.edits()?.apply())));
    let texts: Vec<_> = texts.collect::<Result<_, Failure>>()?;
    let texts: Vec<_> = texts.iter().map(|(path, text)| (path.clone(), text.as_str())).collect();
    files::write_all(&texts)
}

fn show(changes: &[Change<'_>]) -> Result<(), Failure> {
    stdout::check()?;
    let mut outside = None;
    for change in changes {
        let (name, is_within) = name_in_diff(&change.file.path);
        if !is_within {
            outside = outside.or(Some(&change.file.name));
        }
        print(&diff::unified(&name, &change.edits()?))?;
    }
    if let Some(name) = outside {
        say(&format!(
            "`git apply` refuses the diff of {name}, which is outside of the current folder; run pullthrough in a folder above it\n"
        ));
    }
    Ok(())
}

/// What was done, and what is left to do.
fn close(rewritten: &Rewritten<'_>, changes: &[Change<'_>], arguments: &cli::Rewrite) {
    if changes.is_empty() {
        say("nothing to rewrite\n");
        return;
    }
    let number = |count: usize, what: &str| if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") };
    let verb = if arguments.write { "rewritten" } else { "to rewrite" };
    say(&format!("{} {verb} in {}\n", number(rewritten.images, "image"), number(changes.len(), "file")));
    if let Some(secret) = &rewritten.absent {
        say(&how_to_make(secret));
    }
}

/// The Secret is made in the cluster: in a file it would be a credential in git.
fn how_to_make(secret: &AbsentSecret) -> String {
    let name = &secret.name;
    let namespaces: Vec<&str> = secret.namespaces.iter().flatten().map(String::as_str).collect();
    let (option, places) = match namespaces.as_slice() {
        [] => (String::new(), String::new()),
        [only] => (format!(" --namespace {only}"), String::new()),
        several => (" --namespace NAMESPACE".to_owned(), format!(" in each of {}", several.join(", "))),
    };
    let hosts: Vec<&str> = secret.hosts.iter().map(String::as_str).collect();
    format!(
        "the pods need the pull Secret {name}, which is not in these files; make it{places} with `kubectl create secret generic {name}{option} \
         --type=kubernetes.io/dockerconfigjson --from-file=.dockerconfigjson=FILE`, where FILE is a docker config for {}\n",
        hosts.join(", ")
    )
}
