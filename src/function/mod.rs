//! The function: text in, text out, in four steps.
//!
//! [`Analysis::read`] reads input and configuration; [`Analysis::queries`] says what registries have to be asked; the caller, who has a network,
//! answers; [`Analysis::answer`] plans and gives the output. No step does any I/O.

pub mod configuration;
pub mod files;
mod gather;
mod guard;
pub mod inspect;
mod own;
mod placeholders;
pub mod planned;
mod recheck;
mod resolve;
pub mod seen;
mod survey;
mod vendor;

use std::collections::BTreeMap;

use crate::access::{Lock, Queries, Verdicts, Verifications};
use crate::config::Config;
use crate::environment::Environment;
use crate::krm::{Code, Finding, Form, Input, InputError, Resource, Severity, Stage, results};
use crate::plan::{Facts, Plan, VerificationQuery, rewrite, unread, verify};
use crate::yaml::{Edit, EditError, EditSet};

use self::recheck::{Broken, Expected};
use self::seen::Seen;

pub use configuration::{ConfigProblems, Lookup};

/// What the caller gives beside the input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Request<'c> {
    /// A configuration from a file, with the file's name.
    pub config: Option<(&'c str, &'c str)>,
    /// Where a configuration is looked for without one from a file.
    pub lookup: Lookup<'c>,
    /// ImageLocks from files: name and text of each. They mean what they mean among the items.
    pub locks: &'c [(String, String)],
}

/// Everything that was read, and all that follows from it without asking a registry.
#[derive(Debug)]
pub struct Analysis<'t> {
    input: Input<'t>,
    facts: Facts,
    /// What there is besides images.
    seen: Seen,
    /// The edits that take objects out.
    removals: Vec<Edit>,
    /// Our own objects, which a stream is rid of.
    own: Vec<own::OwnObject>,
}

/// What goes to standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output<'t> {
    /// The input with these edits.
    Done(EditSet<'t>),
    /// The input with nothing but its results changed: a ResourceList of a run that failed.
    Refused(EditSet<'t>),
    /// Not a byte: a stream, or an unreadable input, of a run that failed.
    Nothing,
}

/// The end of a run.
#[derive(Clone, Debug)]
pub struct Answer<'t> {
    /// What goes to standard output.
    pub output: Output<'t>,
    /// What there is to say to people, in the order to say it; information is in the results only.
    pub findings: Vec<Finding>,
    /// What is wrong with the configuration, to be shown in its text.
    pub problems: Option<ConfigProblems>,
    /// Whether people see the input by its lines: of a stream, not of a ResourceList.
    pub has_lines: bool,
    /// The process's exit code: 0, 1 for a run that failed, 2 for a configuration or input that can't be used.
    pub exit: u8,
}

impl<'t> Analysis<'t> {
    /// Reads the input and its configuration.
    ///
    /// # Errors
    /// The [`Answer`] of a run that ends here.
    pub fn read(text: &'t str, request: Request<'_>, environment: &Environment<'_>) -> Result<Self, Box<Answer<'t>>> {
        Self::read_at(Stage::Sources, text, request, environment)
    }

    /// Reads the final output of an orchestrator: nothing is left that would take an object out of it.
    ///
    /// # Errors
    /// Those of [`Analysis::read`].
    pub fn read_rendered(
        text: &'t str,
        request: Request<'_>,
        environment: &Environment<'_>,
    ) -> Result<Self, Box<Answer<'t>>> {
        Self::read_at(Stage::Rendered, text, request, environment)
    }

    fn read_at(
        stage: Stage,
        text: &'t str,
        request: Request<'_>,
        environment: &Environment<'_>,
    ) -> Result<Self, Box<Answer<'t>>> {
        let input = Input::read(text).map_err(|error| Box::new(Answer::unreadable(&error)))?;
        let config = match configuration::read(&input, request) {
            Ok(config) => config,
            Err(refusal) => return Err(Box::new(refusal.answer(&input))),
        };
        // A file that is there and says nothing is a mistake, not a wish.
        let optional = matches!((request.config, request.lookup), (None, Lookup::Optional(None)));
        let mut lock = Lock::default();
        let mut problems = Vec::new();
        for (name, text) in request.locks {
            lock.read_file(name, text, &mut problems);
        }
        if problems.iter().any(|problem| problem.code == Code::Config) {
            return Err(Box::new(Answer::refused(&input, problems, None, 2)));
        }
        let mut gathered = match gather::gather(&input, config.as_ref(), lock, stage) {
            Ok(gathered) => gathered,
            Err(error) => return Err(Box::new(Answer::unreadable(&error))),
        };
        gathered.findings.splice(0..0, problems);
        match resolve::resolve(
            config,
            request.config.map(|(file, _)| file),
            optional,
            &mut gathered,
            &input,
            environment,
        ) {
            Ok((facts, removals)) => Ok(Self { input, facts, seen: gathered.seen, removals, own: gathered.own }),
            Err(findings) => Err(Box::new(Answer::refused(&input, findings, None, 2))),
        }
    }

    /// The references that a registry has to be asked about, by their question; none with `access.probe: false`.
    #[must_use]
    pub fn queries(&self) -> Queries {
        if !self.facts.config.access.probe {
            return BTreeMap::new();
        }
        let facts = &self.facts;
        let mut queries = rewrite::queries(facts);
        queries.extend(unread::queries(facts, &queries));
        queries
    }

    /// The references to ask for once more, as the cluster will, when `verify` or `pin` is set: by their text.
    #[must_use]
    pub fn verification_queries(&self, verdicts: &Verdicts) -> BTreeMap<String, VerificationQuery> {
        let facts = &self.facts;
        verify::queries(facts, &rewrite::decide(facts, verdicts))
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.facts.config
    }

    /// Whether there is a configuration, or a license that stands in for one. Without it registries are asked, and nothing is decided.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        // Every configuration has a proxy.
        !self.facts.config.proxies.is_empty()
    }

    /// The text that was read.
    #[must_use]
    pub fn text(&self) -> &'t str {
        self.input.text()
    }

    /// That the input has sources of manifests that were not built: an error where it has nothing else.
    #[must_use]
    pub fn not_built(&self) -> Option<Finding> {
        // An input without any object is an error of its own.
        self.seen.not_built().filter(|_| self.seen.contents.objects() > 0)
    }

    /// That there is no object in the input that a cluster gets, and what there is instead. `None` when there are some.
    #[must_use]
    pub fn without_objects(&self) -> Option<Finding> {
        self.seen.contents.finding().or_else(|| self.seen.all_configuration())
    }

    /// The end of a run that can't ask registries: `access.onUnreachable` decides about what is neither declared nor
    /// locked.
    #[must_use]
    pub fn answer_without_network(self) -> Answer<'t> {
        let verdicts = Verdicts::not_probed(self.queries());
        self.answer(&verdicts, &Verifications::new())
    }

    /// The end of the run, with what the registries said in both rounds.
    #[must_use]
    pub fn answer(self, verdicts: &Verdicts, verifications: &Verifications) -> Answer<'t> {
        let plan = Plan::new(&self.facts, verdicts, verifications);
        let failed = plan.has_errors();
        let only_configuration = self.seen.only_configuration;
        let objects_of_the_input = self.seen.contents.objects();
        let own = if matches!(self.input.form, Form::Stream(_)) { own::taken_out(&self.own) } else { Ok(Vec::new()) };
        let (input, mut removals) = self.output_only();
        let Plan { mut edits, objects, mut findings, decisions, attachments } = plan;
        let expected = Expected::new(input.text(), &edits, &attachments);
        drop((decisions, attachments));
        if failed {
            return Answer::refused(&input, findings, None, 1);
        }
        match own {
            Ok(own) => removals.extend(own),
            Err(finding) => {
                findings.push(*finding);
                return Answer::refused(&input, findings, None, 1);
            }
        }
        let leaves_nothing = !removals.is_empty() && removals.len() >= objects_of_the_input && objects.is_empty();
        if leaves_nothing && matches!(input.form, Form::Stream(_)) {
            let message = "nothing would be left of this input: its objects are pullthrough's own, or Replicated's, \
                which spec.replicatedObjects: drop removes; applying an empty output may delete everything deployed \
                before, so add the application's manifests";
            findings.push(Finding::new(Severity::Error, Code::NoObjects, message));
            return Answer::refused(&input, findings, None, 1);
        }
        if objects.is_empty() {
            edits.extend(input.emptied(&removals).filter(|_| !removals.is_empty()));
        }
        edits.extend(removals);
        if only_configuration && objects.is_empty() {
            let message = "the items contain nothing but this configuration: the kustomization has no resources, or \
                lists it under `generators:`, which receive none; list it under `transformers:`";
            findings.push(Finding::new(Severity::Warning, Code::NoObjects, message));
            findings.sort_unstable_by(Finding::order);
        }
        if !objects.is_empty() {
            match input.add(&objects) {
                Ok(edit) => edits.push(edit),
                Err(why) => {
                    let message = format!(
                        "the pull Secret can't be added: {why}, or make the Secret elsewhere (pullSecret.create: never)"
                    );
                    findings.push(Finding::new(Severity::Error, Code::NoRoom, message));
                    return Answer::refused(&input, findings, None, 1);
                }
            }
        }
        if let Form::ResourceList(list) = &input.form {
            let shown = findings.iter().filter(|finding| finding.severity != Severity::Info).cloned().collect();
            edits.extend(results::edits(list, std::mem::replace(&mut findings, shown)));
        }
        let broken = |fault: EditError| Broken { at: fault.at(), what: fault.to_string() };
        let checked = EditSet::new(input.text(), edits).map_err(broken).and_then(|edits| {
            recheck::recheck(&input, &edits, &expected)?;
            Ok(edits)
        });
        match checked {
            Ok(edits) => Answer {
                output: Output::Done(edits),
                findings,
                problems: None,
                has_lines: matches!(input.form, Form::Stream(_)),
                exit: 0,
            },
            Err(broken) => Answer::refused(&input, vec![internal(&input, &broken)], None, 1),
        }
    }

    /// What the output needs; the rest goes, so that memory is that of the text and the output.
    fn output_only(self) -> (Input<'t>, Vec<Edit>) {
        (self.input, self.removals)
    }
}

/// A fault of ours that the output would have shown: the object, its line, and what to do about it.
fn internal(input: &Input<'_>, broken: &Broken) -> Finding {
    let message = format!("{}; nothing was changed. Please report this with the input", broken.what);
    let mut finding = Finding::new(Severity::Error, Code::Internal, message);
    finding.line = Some(crate::yaml::line(input.text(), broken.at));
    let mut found = None;
    // The input was read before; what can't be read of it has no name.
    let read = input.objects(|view, items_of| {
        if view.start() <= broken.at {
            found = Resource::read_item(view.clone(), items_of).ok().flatten().map(|found| (found.object, found.file));
        }
    });
    match (read, found) {
        (Ok(()), Some((object, file))) => finding.about(&object, file.as_ref()),
        _ => finding,
    }
}

impl<'t> Answer<'t> {
    fn unreadable(error: &InputError) -> Self {
        let findings = vec![Finding::new(Severity::Error, Code::InvalidInput, error.to_string())];
        Self { output: Output::Nothing, findings, problems: None, has_lines: true, exit: 1 }
    }

    /// A ResourceList is given back as it was with the results in it, for kpt looks at the output before it looks at the exit code; of a
    /// stream nothing is written, because a reader would take a part as the whole.
    fn refused(input: &Input<'t>, mut findings: Vec<Finding>, problems: Option<ConfigProblems>, exit: u8) -> Self {
        // Nothing was rewritten, added or left alone by a run that failed: what it would have done is not to be read as done.
        findings.retain(|finding| finding.severity != Severity::Info);
        findings.sort_unstable_by(Finding::order);
        let (output, has_lines) = match &input.form {
            Form::ResourceList(list) => {
                let edits = EditSet::new(input.text(), results::edits(list, findings.clone()));
                (edits.map_or(Output::Nothing, Output::Refused), false)
            }
            Form::Stream(_) => (Output::Nothing, true),
        };
        Self { output, findings, problems, has_lines, exit }
    }
}
