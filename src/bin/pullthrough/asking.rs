//! The registries are asked: one client and one budget for both rounds of a run.

use std::collections::BTreeMap;

use pullthrough::config::Config;
use pullthrough::image::Reference;
use pullthrough::plan::{ProofAsk, Proofs, Verdicts};

use super::Failure;

#[cfg(feature = "net")]
pub(crate) use net::Asking;

#[cfg(feature = "net")]
mod net {
    use std::ffi::OsStr;

    use pullthrough::access::Access;
    use pullthrough::access::session::{Ask, Limits, Session, Sight};
    use pullthrough::environment::PUBLIC_ONLY;
    use pullthrough::registry::{Client, Event, Settings};

    use super::{BTreeMap, Config, Failure, ProofAsk, Proofs, Reference, Verdicts};
    use crate::progress::Progress;
    use crate::trace::Trace;

    /// A conversation, and the client that holds it.
    pub(crate) struct Asking {
        client: Client,
        limits: Limits,
        session: Session,
        watch: Watch,
    }

    /// What a person sees of it.
    enum Watch {
        Progress(Progress),
        Trace(Trace),
    }

    /// Whether a variable that protects is set. Any word but a plain no counts: whoever wrote `true` wants to be protected.
    fn is_on(value: Option<&OsStr>) -> bool {
        let value = value.unwrap_or_default().to_string_lossy().trim().to_ascii_lowercase();
        !matches!(value.as_str(), "" | "0" | "false" | "no" | "off")
    }

    impl Asking {
        /// Nothing is opened before the first question. With `verbose` every request is said.
        pub(crate) fn new(config: &Config, verbose: bool) -> Self {
            let public_only = is_on(std::env::var_os(PUBLIC_ONLY).as_deref());
            let limits = Limits::of(config, public_only);
            Self {
                client: Client::new(Settings::from_variables(|name| std::env::var(name).ok())),
                session: Session::new(Vec::new(), limits.clone(), Sight::FULL),
                limits,
                watch: if verbose {
                    Watch::Trace(Trace::start(public_only))
                } else {
                    Watch::Progress(Progress::start())
                },
            }
        }

        /// The first round is the only one, and has the whole budget.
        pub(crate) fn in_one_round(mut self) -> Self {
            self.session.begin_last_round();
            self
        }

        /// Whether everybody can pull these.
        pub(crate) fn anonymously(&mut self, questions: BTreeMap<String, Reference>) -> Result<Verdicts, Failure> {
            self.ask(questions.into_iter().map(|(question, reference)| (question, Ask::anonymously(reference))))
        }

        /// The same for a lock, which keeps the answers for a long time: what is private is asked once more, in a conversation that knows
        /// nothing of the first. One passing refusal at a token endpoint would be kept otherwise.
        pub(crate) fn twice(&mut self, questions: BTreeMap<String, Reference>) -> Result<Verdicts, Failure> {
            let references = questions.clone();
            let mut verdicts = self.anonymously(questions)?;
            let private =
                |question: &String| verdicts.get(question).is_some_and(|verdict| verdict.access == Access::Private);
            let again = references.into_iter().filter(|(question, _)| private(question)).collect();
            self.session = Session::new(Vec::new(), self.limits.clone(), Sight::FULL);
            self.session.begin_last_round();
            verdicts.extend(self.anonymously(again)?);
            Ok(verdicts)
        }

        /// Whether these can be pulled as the cluster will pull them.
        pub(crate) fn prove(&mut self, asks: BTreeMap<String, ProofAsk>) -> Result<Proofs, Failure> {
            self.session.begin_last_round();
            self.ask(asks.into_iter().map(|(text, ask)| (text, Ask::from(ask))))
        }

        fn ask(&mut self, asks: impl Iterator<Item = (String, Ask)>) -> Result<Verdicts, Failure> {
            let (keys, asks): (Vec<_>, Vec<_>) = asks.unzip();
            if asks.is_empty() {
                return Ok(Verdicts::new());
            }
            self.session.ask_more(asks);
            let verdicts = self.client.run(&mut self.session, |event| match (&mut self.watch, event) {
                (Watch::Trace(trace), event) => trace.hear(event),
                (Watch::Progress(progress), Event::Waiting(now)) => progress.show(now),
                (Watch::Progress(_), _) => {}
            });
            let verdicts = verdicts.map_err(|error| Failure(error.to_string()))?;
            Ok(keys.into_iter().zip(verdicts).collect())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn what_protects_is_on_unless_it_says_no() {
            for (value, on) in [
                ("1", true),
                ("true", true),
                (" yes\n", true),
                ("2", true),
                ("0", false),
                ("False", false),
                ("", false),
            ] {
                assert_eq!(is_on(Some(OsStr::new(value))), on, "{value:?}");
            }
            assert!(!is_on(None));
        }
    }
}

/// Without sockets only declared, locked and known verdicts count.
#[cfg(not(feature = "net"))]
pub(crate) struct Asking;

#[cfg(not(feature = "net"))]
impl Asking {
    pub(crate) fn new(_: &Config, _: bool) -> Self {
        Self
    }

    pub(crate) fn in_one_round(self) -> Self {
        self
    }

    pub(crate) fn anonymously(&mut self, questions: BTreeMap<String, Reference>) -> Result<Verdicts, Failure> {
        Ok(pullthrough::function::unasked(questions))
    }

    pub(crate) fn twice(&mut self, questions: BTreeMap<String, Reference>) -> Result<Verdicts, Failure> {
        self.anonymously(questions)
    }

    pub(crate) fn prove(&mut self, _: BTreeMap<String, ProofAsk>) -> Result<Proofs, Failure> {
        Ok(Proofs::new())
    }
}
