//! The commands beside the function: `check`, `lock`, `component` and `run`.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use pullthrough::access::{Access, Lock, Verdict};
use pullthrough::component::Component;
use pullthrough::function::inspect::Inspection;
use pullthrough::function::{Analysis, Answer};
use pullthrough::krm::{Finding, Severity};
use pullthrough::report;

use super::asking::Asking;
use super::cli::{self, Command, Format, Guard, Input};
use super::given::{Caller, Given};
use super::screen;
use super::sources::Sources;
use super::{
    CHECK_SCHEMA, DEFINITION, Failure, Origin, SCHEMA, ask, component_files, environment, files, function, init, print,
    print_text, read_file, read_input, rewrite, run, say, stdout,
};

/// Runs a command other than the function.
pub(crate) fn dispatch(command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Check(arguments) => check(&arguments),
        Command::Lock(arguments) => lock(&arguments),
        Command::Component(arguments) => component(&arguments),
        Command::Init(arguments) => init::init(&arguments),
        Command::Rewrite(arguments) => rewrite::rewrite(&arguments),
        Command::Run(cli::Run { options, command }) => function(&options, Origin::Command, || run::output_of(&command)),
        Command::Explain(cli::Explain { name }) => explain(&name),
        Command::Schema(cli::Schema { definition: true, .. }) => print_text(DEFINITION),
        Command::Schema(cli::Schema { check: true, .. }) => print_text(CHECK_SCHEMA),
        Command::Schema(cli::Schema { .. }) => print_text(SCHEMA),
        Command::Man(cli::Man { command }) => match cli::manual(command.as_deref()) {
            Some(page) => print_text(&String::from_utf8_lossy(&page)),
            None => Err(Failure("no such command; see `pullthrough --help`".into())),
        },
        Command::Version(cli::Version {}) => print_text(&cli::version()),
        Command::Completions(cli::Completions { shell }) => {
            print_text(&String::from_utf8_lossy(&cli::completions(shell)))
        }
    }
}

fn explain(name: &str) -> Result<ExitCode, Failure> {
    let schema = serde_json::from_str(SCHEMA).map_err(|error| Failure(format!("the schema is broken: {error}")))?;
    print_text(&report::explain::explain(name, &schema).map_err(Failure)?)
}

fn check(arguments: &cli::Check) -> Result<ExitCode, Failure> {
    let (input, guard) = (&arguments.input, arguments.guard());
    let caller = if guard.is_some() { Caller::Command } else { Caller::Survey };
    let (sources, given) = read(input, caller)?;
    if sources.is_unreadable() {
        return unreadable(&sources);
    }
    let read = if guard.is_some() { Analysis::read_rendered } else { Analysis::read };
    let found = match read(&sources.text, given.request(), &environment()?) {
        Ok(found) => found,
        Err(answer) => return refuse(&answer, &sources, &given),
    };
    let (verdicts, verifications) = ask(&found, found.additional_queries(), input.options.verbose)?;
    let is_configured = found.is_configured();
    let mut inspection = found.inspect(&verdicts, &verifications);
    sources.locate(&mut inspection);
    inspection.findings.splice(0..0, sources.problems.iter().cloned());
    for why in &sources.passed_over {
        inspection.coverage.leave_out(*why);
    }
    show(&inspection, arguments)?;
    if !is_configured {
        say(&next_step(&inspection, input));
    }
    let is_strict = guard == Some(Guard::Strict) && !inspection.fails(false);
    if is_strict && inspection.fails(true) {
        say("pullthrough fails for warnings and skipped objects (--strict)\n");
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::from(u8::from(inspection.fails(false))))
}

/// What to do about an inspection without a configuration.
fn next_step(inspection: &Inspection, input: &Input) -> String {
    let command = format!("pullthrough init{} --preset PRESET --host HOST > pullthrough.yaml", input.paths.quoted());
    let count = |access: &[Access]| {
        let is = |verdict: &Verdict| access.contains(&verdict.access);
        inspection.images.iter().filter(|image| image.verdict.as_ref().is_some_and(is)).count()
    };
    let private = count(&[Access::Private]);
    let unknown = count(&[Access::NotFound, Access::RateLimited, Access::Unreachable]);
    match (private, unknown) {
        (0, 0) if inspection.images.is_empty() => String::new(),
        (0, 0) => "no image needs credentials, so nothing has to be configured\n".to_owned(),
        (0, _) => images(unknown, "could not be checked") + "; check again when the reason is gone\n",
        _ => {
            let private = images(private, "can't be pulled without credentials");
            format!("{private}; next: `{command}`, with your proxy's product (such as harbor) and host\n")
        }
    }
}

fn images(count: usize, state: &str) -> String {
    if count == 1 { format!("1 image {state}") } else { format!("{count} images {state}") }
}

fn show(inspection: &Inspection, arguments: &cli::Check) -> Result<(), Failure> {
    let failed = |error| Failure(format!("can't write to standard output: {error}"));
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    match arguments.output {
        Format::Json => report::check::write_json(inspection, &mut out).map_err(failed)?,
        Format::Github => out.write_all(report::check::github(inspection).as_bytes()).map_err(failed)?,
        Format::Sarif => out.write_all(report::check::sarif(inspection).as_bytes()).map_err(failed)?,
        Format::Table => {
            let style = screen::of_stdout(arguments.input.options.verbose);
            out.write_all(report::check::table(inspection, style).as_bytes()).map_err(failed)?;
        }
    }
    out.flush().map_err(failed)
}

fn lock(arguments: &cli::Lock) -> Result<ExitCode, Failure> {
    let (input, output) = (&arguments.input, arguments.output.as_deref());
    let (sources, given) = read(input, Caller::Command)?;
    if sources.is_unreadable() {
        return unreadable(&sources);
    }
    let found = match Analysis::read(&sources.text, given.request(), &environment()?) {
        Ok(found) => found,
        Err(answer) => return refuse(&answer, &sources, &given),
    };
    let mut findings: Vec<Finding> = sources.problems.iter().filter(|problem| matters(problem)).cloned().collect();
    findings.extend(found.not_built().filter(is_error));
    let earlier = match output.filter(|path| path.exists()) {
        Some(path) => Some(read_lock(path, &mut findings)?),
        None => None,
    };
    let queries = found.lock_queries();
    let nothing_to_ask = queries.is_empty();
    let verdicts = Asking::new(found.config(), input.options.verbose).in_one_round().twice(queries)?;
    let (lock, more) = found.lock(&verdicts, earlier, arguments.prune);
    findings.extend(more);
    findings.iter_mut().for_each(|finding| sources.locate_finding(finding));
    super::report(input.options.verbose, |style| report::findings(&findings, style));
    if findings.iter().any(is_error) {
        return Ok(ExitCode::FAILURE);
    }
    if lock.is_empty() && !nothing_to_ask {
        say("pullthrough wrote no lock: no registry gave an answer to keep\n");
        return Ok(ExitCode::FAILURE);
    }
    if nothing_to_ask {
        say("nothing to ask: every image is declared, ignored or already on a proxy\n");
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

fn component(arguments: &cli::Component) -> Result<ExitCode, Failure> {
    let input = &arguments.input;
    let (sources, given) = read(input, Caller::Command)?;
    if sources.is_unreadable() {
        return unreadable(&sources);
    }
    let found = match Analysis::read(&sources.text, given.request(), &environment()?) {
        Ok(found) => found,
        Err(answer) => return refuse(&answer, &sources, &given),
    };
    let (verdicts, verifications) = ask(&found, BTreeMap::new(), input.options.verbose)?;
    let kept = component_files::encrypted(&arguments.output)?;
    let planned = found.plan(&verdicts, &verifications, arguments.with_secret && kept.is_none());
    let (component, findings) = Component::new(planned, kept.is_some());
    let mut findings: Vec<Finding> = sources.problems.iter().cloned().chain(findings).collect();
    findings.retain(|finding| finding.severity != Severity::Info);
    findings.iter_mut().for_each(|finding| sources.locate_finding(finding));
    super::report(input.options.verbose, |style| report::findings(&findings, style));
    let Some(component) = component.filter(|_| !findings.iter().any(is_error)) else {
        say("pullthrough wrote no Component\n");
        return Ok(ExitCode::FAILURE);
    };
    component_files::write(&component, &arguments.output)?;
    if let Some(path) = kept {
        let path = path.display();
        say(&format!(
            "{path} is encrypted and was kept; for a new Secret, delete it and run this with --with-secret\n"
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The lock that is to be written over.
fn read_lock(path: &Path, findings: &mut Vec<Finding>) -> Result<Lock, Failure> {
    let text = read_file(path).map_err(Failure)?;
    let mut lock = Lock::default();
    let mut problems = Vec::new();
    lock.read_file(&path.display().to_string(), &text, &mut problems);
    if lock.is_empty() && problems.iter().any(|problem| problem.object.is_none()) {
        for problem in &problems {
            say(&(report::line(problem, true) + "\n"));
        }
        return Err(Failure(format!("{} contains no ImageLock; it was not overwritten", path.display())));
    }
    findings.extend(problems);
    Ok(lock)
}

fn read(input: &Input, caller: Caller) -> Result<(Sources, Given), Failure> {
    let given = Given::read(&input.options, caller)?;
    Ok((sources_of(&input.paths.named())?, given))
}

/// The files and folders, or standard input where none is named.
pub(crate) fn sources_of(paths: &[PathBuf]) -> Result<Sources, Failure> {
    if paths.is_empty() {
        Ok(Sources::of_input(read_input()?))
    } else {
        Sources::of_paths(paths, read_file).map_err(Failure)
    }
}

/// The input or the configuration can't be used: the findings say why.
pub(crate) fn refuse(answer: &Answer<'_>, sources: &Sources, given: &Given) -> Result<ExitCode, Failure> {
    super::report(false, |style| match &answer.problems {
        Some(problems) if problems.in_input => {
            let (problems, text) = sources.locate_problems(problems.clone());
            report::config(&problems, text, style)
        }
        Some(problems) => report::config(problems, given.config_text(Some(problems), &sources.text), style),
        None => {
            let mut findings: Vec<Finding> = sources.problems.iter().chain(&answer.findings).cloned().collect();
            findings.iter_mut().for_each(|finding| sources.locate_finding(finding));
            report::findings(&findings, style)
        }
    });
    Ok(ExitCode::from(answer.exit))
}

/// No file can be read: each says why.
pub(crate) fn unreadable(sources: &Sources) -> Result<ExitCode, Failure> {
    super::report(false, |style| report::findings(&sources.problems, style));
    Ok(ExitCode::FAILURE)
}

fn matters(finding: &Finding) -> bool {
    finding.severity != Severity::Info
}

fn is_error(finding: &Finding) -> bool {
    finding.severity == Severity::Error
}
