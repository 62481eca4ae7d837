//! The object that holds a configuration: which kinds there are, and where in it the configuration is.

use super::names::{GROUP, KIND, VERSION};
use super::placement;
use super::problems::{Checks, Form};
use super::shorthand::Shorthand;
use super::spec::Spec;
use super::{Config, Problems};
use crate::yaml::de::{self, Problem};
use crate::yaml::{Fault, Span, View};

/// The name that `kpt fn eval` gives to the `ConfigMap` that it makes up. It names nothing.
const NAME_FROM_KPT: &str = "function-input";

/// What may stand at the top: of our kind, and of the `ConfigMap` that kpt makes.
const KEYS: [&str; 8] = ["apiVersion", "kind", "metadata", "spec", "data", "status", "immutable", "binaryData"];

pub(super) fn read(view: &View<'_>) -> Result<Option<Config>, Problems> {
    let unindented = placement::unindented(view);
    if !unindented.is_empty() {
        return Err(Problems(unindented));
    }
    let mut problems = top(view);
    if let [another] = problems.as_slice()
        && another.path.is_empty()
    {
        return Err(Problems(problems));
    }
    let (spec, data) = match (view.get("spec"), view.get("data")) {
        (Ok(spec), Ok(data)) => (spec, data.filter(|data| !data.is_null())),
        (Err(fault), _) | (_, Err(fault)) => return Err(Problems(vec![from_fault(view, &fault)])),
    };
    let config = match (spec, data) {
        (Some(_), Some(data)) => {
            problems.push(Problem::new(
                &data,
                "`data` is the short form of `spec`, and both are present: remove one of the two",
            ));
            Ok(None)
        }
        (Some(spec), None) => from_spec(&spec).map(Some),
        (None, Some(data)) if data.is_mapping() && data.entries().is_empty() => Ok(None),
        (None, Some(data)) => from_data(&data).map(Some),
        // Of another kind it may be kpt's own, which holds nothing.
        (None, None) if is_own(view) => Ok(Some(Config::for_license())),
        (None, None) => Ok(None),
    };
    match config {
        Ok(config) if problems.is_empty() => Ok(config.map(|config| Config { name: name(view), ..config })),
        Ok(_) => Err(Problems(problems)),
        Err(Problems(more)) => {
            problems.extend(more.into_iter().map(placed));
            problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
            Err(Problems(problems))
        }
    }
}

fn from_spec(view: &View<'_>) -> Result<Config, Problems> {
    let spec: Spec = de::read(view).map_err(Problems)?;
    let mut checks = Checks::new(view, Form::Tree);
    let config = spec.settle(&mut checks);
    checks.settle(config)
}

fn from_data(view: &View<'_>) -> Result<Config, Problems> {
    let spec = Shorthand::read(view).map_err(Problems)?.into_spec();
    let mut checks = Checks::new(view, Form::Flat);
    let config = spec.settle(&mut checks);
    checks.settle(config)
}

fn name(view: &View<'_>) -> Option<String> {
    let name = view.at(&["metadata", "name"]).ok().flatten()?.text()?;
    (name != NAME_FROM_KPT).then(|| name.to_owned())
}

/// A problem with an unknown field says where the field belongs, if that is known.
fn placed(mut problem: Problem) -> Problem {
    let place = problem.unknown_field().and_then(|(path, name)| placement::elsewhere(path, name));
    if let Some(place) = place {
        problem.message = place;
    }
    problem
}

fn is_own(view: &View<'_>) -> bool {
    view.get("kind").ok().flatten().is_some_and(|kind| kind.text() == Some(KIND))
}

/// What is wrong with the object around the configuration.
fn top(view: &View<'_>) -> Vec<Problem> {
    if !view.is_mapping() {
        let message = format!("expected an object such as `kind: {KIND}`, found {}", view.what());
        return vec![Problem::new(view, &message)];
    }
    if let (Some(message), Ok(Some(kind))) = (placement::another_object(view), view.get("kind")) {
        return vec![Problem::at(String::new(), &kind, &message)];
    }
    let mut problems = Vec::new();
    for (key, value) in view.entries() {
        if !key.scalar().is_some_and(|name| KEYS.contains(&name)) {
            let path = value.path().to_string();
            let name = key.scalar().unwrap_or_default();
            let message = match placement::elsewhere("", name) {
                Some(place) => format!("unknown top-level field: {place}"),
                None => format!(
                    "unknown top-level field `{name}`: the configuration goes into `spec`, or in its short form into `data`"
                ),
            };
            problems.push(Problem::at(path, &key, &message));
        }
    }
    problems.extend(own_kind(view).err());
    problems
}

/// Objects of other groups may have any kind; of ours there is one for this.
fn own_kind(view: &View<'_>) -> Result<(), Problem> {
    let of = |key: &str| view.get(key).map_err(|fault| from_fault(view, &fault));
    let Some(api_version) = of("apiVersion")? else { return Ok(()) };
    let text = api_version.text().unwrap_or_default();
    let (group, version) = text.split_once('/').unwrap_or((text, ""));
    if group != GROUP {
        return Ok(());
    }
    if version != VERSION {
        let message = format!("unknown version `{text}`: expected `{GROUP}/{VERSION}`");
        return Err(Problem::new(&api_version, &message));
    }
    match of("kind")? {
        Some(kind) if kind.text() == Some(KIND) => Ok(()),
        Some(kind) => {
            let found = kind.text().unwrap_or_default();
            let message = format!("`{found}` is not a configuration: expected `kind: {KIND}` in the group {GROUP}");
            Err(Problem::new(&kind, &message))
        }
        None => {
            let path = view.path().key("kind").to_string();
            Err(Problem::at(path, view, &format!("`kind` is missing; write `kind: {KIND}`")))
        }
    }
}

fn from_fault(view: &View<'_>, fault: &Fault) -> Problem {
    let (path, at, message) = match fault {
        Fault::DuplicateKey { key, second, .. } => {
            (key.clone(), *second, "this key appears twice; remove one of the two".to_owned())
        }
        Fault::TooManyAliases { at } => {
            (String::new(), *at, "nested YAML aliases make this too large; write it out".to_owned())
        }
    };
    let mut problem = Problem::at(path, view, &message);
    problem.span = Span::empty(at);
    problem
}
