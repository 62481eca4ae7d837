//! Where the configuration of a run is: in a file, in the ResourceList, or, of a command, among the objects.

use crate::config::{Config, GROUP, KIND, Problems};
use crate::krm::{Code, Finding, Form, Input, Resource, Severity};
use crate::yaml::parse::{Error, Split, objects};
use crate::yaml::{Span, View, de, line, lines};

use super::resolve::SMALLEST;
use super::{Answer, Request, survey};

/// Where a configuration is looked for when no file was named.
#[derive(Clone, Copy, Debug, Default)]
pub enum Lookup<'c> {
    /// In the ResourceList's functionConfig and nowhere else: an orchestrator says which object configures a function.
    #[default]
    FunctionConfig,
    /// Then among the objects, where exactly one is a PullThrough; then in this file, with its name.
    Objects(Option<(&'c str, &'c str)>),
    /// The same, and there may be none: then registries are asked, and nothing is decided.
    Optional(Option<(&'c str, &'c str)>),
    /// There is none, whatever the input has: registries are asked, these in plain http, and nothing is decided.
    Nowhere {
        /// Registries, as `host[:port]`, that speak plain http.
        plain_http: &'c [String],
    },
}

/// What is wrong with a configuration.
#[derive(Clone, Debug)]
pub struct ConfigProblems {
    /// The problems.
    pub problems: Problems,
    /// The name of its file; empty where there is none, or none is known.
    pub name: String,
    /// Whether it is part of the input, and the places are places of that text.
    pub in_input: bool,
    /// Whether its lines are those of a file that people have.
    pub has_lines: bool,
    /// The part of the text that is the configuration. Nothing else is shown: beside a functionConfig there may be Secrets.
    pub excerpt: Span,
}

/// Why no configuration was found.
pub(super) enum Refusal {
    /// It has problems. With the text that it is part of.
    Problems(ConfigProblems, String),
    /// There are several.
    Several(Vec<Finding>),
    Other(String),
}

impl Refusal {
    pub(super) fn answer<'t>(self, input: &Input<'t>) -> Answer<'t> {
        match self {
            Self::Other(message) => {
                Answer::refused(input, vec![Finding::new(Severity::Error, Code::Config, message)], None, 2)
            }
            Self::Several(findings) => Answer::refused(input, findings, None, 2),
            Self::Problems(found, text) => {
                let finding = |problem: &de::Problem| {
                    let message = if problem.path.is_empty() {
                        problem.message.clone()
                    } else {
                        format!("{}: {}", problem.path, problem.message)
                    };
                    let line = line(&text, problem.span.start);
                    Finding { line: Some(line), ..Finding::new(Severity::Error, Code::Config, message) }
                };
                let findings = found.problems.0.iter().map(finding).collect();
                Answer::refused(input, findings, Some(found), 2)
            }
        }
    }
}

/// The configuration of a run. `None`: there is none, or kpt's, which is empty.
pub(super) fn read(input: &Input<'_>, request: Request<'_>) -> Result<Option<Config>, Refusal> {
    if let Lookup::Nowhere { plain_http } = request.lookup {
        return Ok(Some(survey::config(plain_http)));
    }
    let own = input.function_config();
    if let Some((file, text)) = request.config {
        if own.is_some() {
            return Err(Refusal::Other(format!(
                "the ResourceList has a functionConfig, and {file} is a second configuration; remove one of the two"
            )));
        }
        return in_file(file, text);
    }
    if let Some(view) = own {
        return Config::read(&view).map_err(|problems| {
            let file = Resource::read(view.clone()).ok().flatten().and_then(|own| own.file);
            let name = file.map(|file| file.path).unwrap_or_default();
            let (excerpt, has_lines) = (lines::lines_of(&view), false);
            refused(ConfigProblems { problems, name, in_input: true, has_lines, excerpt }, input.text())
        });
    }
    let (Lookup::Objects(file) | Lookup::Optional(file)) = request.lookup else { return Ok(None) };
    match (among_objects(input)?, file) {
        (Some(config), _) => Ok(Some(config)),
        (None, Some((file, text))) => in_file(file, text),
        (None, None) => Ok(None),
    }
}

fn refused(problems: ConfigProblems, text: &str) -> Refusal {
    Refusal::Problems(problems, text.to_owned())
}

fn in_file(file: &str, text: &str) -> Result<Option<Config>, Refusal> {
    let mut configs = Vec::new();
    let read = objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            configs.push(Config::read(&tree.view()).map_err(|problems| {
                let (name, excerpt) = (file.to_owned(), Span::new(0, text.len()));
                refused(ConfigProblems { problems, name, in_input: false, has_lines: true, excerpt }, text)
            }));
            Ok(())
        },
    );
    read.map_err(|error| Refusal::Other(format!("{file} is not valid YAML: {error}")))?;
    let count = configs.len();
    let mut configs = configs.into_iter();
    match (configs.next(), configs.next()) {
        (Some(config), None) => config,
        // A file of manifests, say: what its first document is says more than how many there are.
        (Some(Err(refusal)), Some(_)) => Err(refusal),
        (None, _) => Err(Refusal::Other(format!("{file} is empty; expected a configuration, such as {SMALLEST}"))),
        _ => Err(Refusal::Other(format!("{file} has {count} documents; expected one, the configuration"))),
    }
}

/// The one PullThrough among the objects.
fn among_objects(input: &Input<'_>) -> Result<Option<Config>, Refusal> {
    if !input.text().contains(KIND) {
        return Ok(None);
    }
    let has_lines = matches!(input.form, Form::Stream(_));
    let mut configs = Vec::new();
    let mut places = Vec::new();
    let visited = input.objects(|view, items_of| {
        let Ok(Some(resource)) = Resource::read_item(view.clone(), items_of) else { return };
        if !resource.object.is(GROUP, KIND) {
            return;
        }
        let message =
            format!("{} is one of several configurations in the input; choose one with --config FILE", resource.object);
        let finding =
            Finding::new(Severity::Error, Code::Config, message).about(&resource.object, resource.file.as_ref());
        places.push(Finding { object: None, line: Some(view.tree().line(view.start())), ..finding });
        configs.push(config(view, &resource, has_lines, input.text()));
    });
    // What can't be read is reported when the objects are.
    if visited.is_err() {
        return Ok(None);
    }
    match configs.pop() {
        Some(config) if configs.is_empty() => config,
        Some(_) => Err(Refusal::Several(places)),
        None => Ok(None),
    }
}

fn config(view: &View<'_>, resource: &Resource<'_>, has_lines: bool, text: &str) -> Result<Option<Config>, Refusal> {
    Config::read(view).map_err(|problems| {
        let name = resource.file.as_ref().map(|file| file.path.clone()).unwrap_or_default();
        let excerpt = lines::lines_of(view);
        refused(ConfigProblems { problems, name, in_input: true, has_lines, excerpt }, text)
    })
}
