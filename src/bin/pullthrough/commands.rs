//! The commands beside the function: `check`, `lock`, `component` and `run`.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;

use pullthrough::access::Lock;
use pullthrough::component::{self, Component};
use pullthrough::function::{Answer, Found};
use pullthrough::krm::{Finding, Resource, Severity};
use pullthrough::report;
use pullthrough::yaml::parse::{self, Split};

use super::asking::Asking;
use super::cli::{Arguments, Guard, Input};
use super::sources::Sources;
use super::{
    Config, Failure, Origin, USAGE, ask, environment, files, function, print, read_file, read_input, request, run, say,
    stdout,
};

/// Runs a command other than the function.
pub(crate) fn dispatch(arguments: Arguments) -> Result<ExitCode, Failure> {
    match arguments {
        Arguments::Check { input, json, guard } => check(&input, json, guard),
        Arguments::Lock { input, output, prune } => lock(&input, output.as_deref(), prune),
        Arguments::Component { input, output, with_secret } => component(&input, &output, with_secret),
        Arguments::Run { config, verbose, command } => {
            function(config.as_deref(), verbose, Origin::Command, || run::output_of(&command))
        }
        Arguments::Function { .. } | Arguments::Doc | Arguments::Schema { .. } | Arguments::Completions(_) => {
            Err(Failure("this is no command of its own".into()))
        }
    }
}

fn check(input: &Input, json: bool, guard: Option<Guard>) -> Result<ExitCode, Failure> {
    let (sources, config) = read(input)?;
    if sources.is_unreadable() {
        return unreadable(&sources);
    }
    let read = if guard.is_some() { Found::read_rendered } else { Found::read };
    let found = match read(&sources.text, request(config.as_ref()), &environment()?) {
        Ok(found) => found,
        Err(answer) => return refuse(&answer, &sources, config.as_ref()),
    };
    let (verdicts, proofs) = ask(&found, found.additional_asks(), input.verbose)?;
    let mut inspection = found.inspect(&verdicts, &proofs);
    sources.locate(&mut inspection);
    inspection.findings.splice(0..0, sources.problems.iter().cloned());
    for why in &sources.passed_over {
        inspection.coverage.leave_out(*why);
    }
    let color = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    print(&if json { report::check::to_json(&inspection) } else { report::check::table(&inspection, color) })?;
    let is_strict = guard == Some(Guard::Strict) && !inspection.fails(false);
    if is_strict && inspection.fails(true) {
        say("pullthrough fails for warnings and skipped objects (--strict)\n");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::from(u8::from(inspection.fails(false))))
}

fn lock(input: &Input, output: Option<&Path>, prune: bool) -> Result<ExitCode, Failure> {
    let (sources, config) = read(input)?;
    if sources.is_unreadable() {
        return unreadable(&sources);
    }
    let found = match Found::read(&sources.text, request(config.as_ref()), &environment()?) {
        Ok(found) => found,
        Err(answer) => return refuse(&answer, &sources, config.as_ref()),
    };
    let mut findings: Vec<Finding> = sources.problems.iter().filter(|problem| matters(problem)).cloned().collect();
    let earlier = match output.filter(|path| path.exists()) {
        Some(path) => Some(read_lock(path, &mut findings)?),
        None => None,
    };
    let asks = found.lock_asks();
    let nothing_to_ask = asks.is_empty();
    let verdicts = Asking::new(found.config(), input.verbose).in_one_round().twice(asks)?;
    let (lock, more) = found.lock(&verdicts, earlier, prune);
    findings.extend(more);
    for finding in &mut findings {
        sources.locate_finding(finding);
        say(&(report::line(finding, true) + "\n"));
    }
    if findings.iter().any(is_error) {
        return Ok(ExitCode::FAILURE);
    }
    if lock.is_empty() && !nothing_to_ask {
        say("pullthrough wrote no lock, for no registry gave an answer to keep\n");
        return Ok(ExitCode::FAILURE);
    }
    if nothing_to_ask {
        say("there is nothing to ask: every image is declared, ignored or on a proxy already\n");
    }
    let name = found.config().name.clone().unwrap_or_else(|| "images".into());
    let text = lock.to_yaml(&name);
    match output {
        Some(path) => files::write(path, &text)?,
        None => {
            stdout::check()?;
            print(&text)?;
        }
    }
    // A lock that leaves questions open is written all the same, but is not what was asked for.
    Ok(ExitCode::from(u8::from(!findings.is_empty())))
}

fn component(input: &Input, output: &Path, with_secret: bool) -> Result<ExitCode, Failure> {
    let (sources, config) = read(input)?;
    if sources.is_unreadable() {
        return unreadable(&sources);
    }
    let found = match Found::read(&sources.text, request(config.as_ref()), &environment()?) {
        Ok(found) => found,
        Err(answer) => return refuse(&answer, &sources, config.as_ref()),
    };
    let (verdicts, proofs) = ask(&found, BTreeMap::new(), input.verbose)?;
    let (component, findings) = Component::new(found.plan(&verdicts, &proofs, with_secret));
    let mut findings: Vec<Finding> = sources.problems.iter().cloned().chain(findings).collect();
    findings.retain(|finding| finding.severity != Severity::Info);
    for finding in &mut findings {
        sources.locate_finding(finding);
        say(&(report::line(finding, true) + "\n"));
    }
    let Some(component) = component.filter(|_| !findings.iter().any(is_error)) else {
        say("pullthrough wrote no Component\n");
        return Ok(ExitCode::FAILURE);
    };
    write_component(&component, output)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the files over those of an earlier run, and takes away those that are no longer needed. A file of somebody else's stays, and none is
/// written then.
fn write_component(component: &Component, folder: &Path) -> Result<(), Failure> {
    let failed = |path: &Path, error: std::io::Error| Failure(format!("{} can't be written: {error}", path.display()));
    let mut stale = Vec::new();
    for name in [component::SECRETS, component::KUSTOMIZATION] {
        let path = folder.join(name);
        if !path.exists() {
            continue;
        }
        let is_needed = component.files.iter().any(|(needed, _)| *needed == name);
        match (read_file(&path).map_err(Failure)?.starts_with(component::MARK), is_needed) {
            (true, true) | (false, false) => {}
            (true, false) => stale.push(path),
            (false, true) => {
                let path = path.display();
                return Err(Failure(format!("{path} is not of `pullthrough component`; it was not written over")));
            }
        }
    }
    std::fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
    let written: Vec<_> = component.files.iter().map(|(name, text)| (folder.join(name), text.as_str())).collect();
    files::write_all(&written)?;
    for path in stale {
        std::fs::remove_file(&path).map_err(|error| failed(&path, error))?;
    }
    Ok(())
}

fn read_lock(path: &Path, findings: &mut Vec<Finding>) -> Result<Lock, Failure> {
    let text = read_file(path).map_err(Failure)?;
    let mut lock = Lock::default();
    let mut is_lock = false;
    let read = parse::objects::<parse::Error>(
        &text,
        |_| Split::Whole,
        |_, tree| {
            if let Ok(Some(resource)) = Resource::read(tree.view()) {
                is_lock |= lock.read(&resource, findings).unwrap_or(false);
            }
            Ok(())
        },
    );
    read.map_err(|error| Failure(format!("{} is not valid YAML: {error}", path.display())))?;
    if !is_lock {
        return Err(Failure(format!("{} holds no ImageLock; it was not written over", path.display())));
    }
    Ok(lock)
}

fn read(input: &Input) -> Result<(Sources, Option<Config>), Failure> {
    let config = input.config.as_deref().map(Config::read).transpose()?;
    let sources = if input.paths.is_empty() {
        Sources::of_input(read_input()?)
    } else {
        Sources::of_paths(&input.paths, read_file).map_err(Failure)?
    };
    Ok((sources, config))
}

/// The input or the configuration can't be used: the findings say why.
fn refuse(answer: &Answer<'_>, sources: &Sources, config: Option<&Config>) -> Result<ExitCode, Failure> {
    match &answer.problems {
        Some(problems) => say(&report::config(problems, config.map_or(&sources.text, |config| &config.text))),
        None => {
            for mut finding in
                sources.problems.iter().chain(&answer.findings).filter(|problem| matters(problem)).cloned()
            {
                sources.locate_finding(&mut finding);
                say(&(report::line(&finding, true) + "\n"));
            }
        }
    }
    Ok(ExitCode::from(USAGE))
}

/// No file can be read: each says why.
fn unreadable(sources: &Sources) -> Result<ExitCode, Failure> {
    for problem in sources.problems.iter().filter(|problem| matters(problem)) {
        say(&(report::line(problem, true) + "\n"));
    }
    Ok(ExitCode::FAILURE)
}

fn matters(finding: &Finding) -> bool {
    finding.severity != Severity::Info
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}
