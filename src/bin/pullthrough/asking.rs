//! The registries are asked: one client and one budget for both rounds of a run.

use std::collections::BTreeMap;

use pullthrough::access::{Queries, Verdicts, Verifications};
use pullthrough::config::Config;
use pullthrough::plan::VerificationQuery;

use super::Failure;

#[cfg(feature = "net")]
pub(crate) use net::Asking;

#[cfg(feature = "net")]
mod net {
    use std::ffi::OsStr;

    use pullthrough::access::session::{Capabilities, Limits, Query, Session};
    use pullthrough::access::{Access, ManifestKey, Verdict};
    use pullthrough::environment::PUBLIC_ONLY;
    use pullthrough::registry::{Client, Event, Settings};

    use super::{BTreeMap, Config, Failure, Queries, Verdicts, VerificationQuery, Verifications};
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

    /// Whether a variable that protects is set. Any value except a plain no counts: a user who wrote `true` wants to be
    /// protected.
    fn is_on(value: Option<&OsStr>) -> bool {
        let value = value.unwrap_or_default().to_string_lossy().trim().to_ascii_lowercase();
        !matches!(value.as_str(), "" | "0" | "false" | "no" | "off")
    }

    impl Asking {
        /// Nothing is opened before the first question. With `verbose`, every request is logged.
        pub(crate) fn new(config: &Config, verbose: bool) -> Self {
            let public_only = is_on(std::env::var_os(PUBLIC_ONLY).as_deref());
            let limits = Limits::of(config, public_only);
            Self {
                client: Client::new(Settings::from_variables(|name| std::env::var(name).ok())),
                session: Session::new(Vec::new(), limits.clone(), Capabilities::FULL),
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

        /// Whether anyone can pull these.
        pub(crate) fn anonymously(&mut self, queries: Queries) -> Result<Verdicts, Failure> {
            self.ask(queries.into_iter().map(|(key, reference)| (key, Query::anonymously(reference))))
        }

        /// The same for a lock, which keeps the answers for a long time: what is private is asked once more, in a conversation that knows
        /// nothing of the first. One passing refusal at a token endpoint would be kept otherwise.
        pub(crate) fn twice(&mut self, queries: Queries) -> Result<Verdicts, Failure> {
            let references = queries.clone();
            let mut verdicts = self.anonymously(queries)?;
            let private =
                |key: &ManifestKey| verdicts.get(key).is_some_and(|verdict| verdict.access == Access::Private);
            let again = references.into_iter().filter(|(key, _)| private(key)).collect();
            self.session = Session::new(Vec::new(), self.limits.clone(), Capabilities::FULL);
            self.session.begin_last_round();
            verdicts.extend(self.anonymously(again)?);
            Ok(verdicts)
        }

        /// Whether these can be pulled as the cluster will pull them.
        pub(crate) fn prove(&mut self, queries: BTreeMap<String, VerificationQuery>) -> Result<Verifications, Failure> {
            self.session.begin_last_round();
            self.ask(queries.into_iter().map(|(text, ask)| (text, Query::from(ask))))
        }

        fn ask<K, T>(&mut self, queries: impl Iterator<Item = (K, Query)>) -> Result<T, Failure>
        where
            T: FromIterator<(K, Verdict)>,
        {
            let (keys, queries): (Vec<_>, Vec<_>) = queries.unzip();
            if queries.is_empty() {
                return Ok(std::iter::empty().collect());
            }
            self.session.add_queries(queries);
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

    pub(crate) fn anonymously(&mut self, queries: Queries) -> Result<Verdicts, Failure> {
        Ok(Verdicts::not_probed(queries))
    }

    pub(crate) fn twice(&mut self, queries: Queries) -> Result<Verdicts, Failure> {
        self.anonymously(queries)
    }

    pub(crate) fn prove(&mut self, _: BTreeMap<String, VerificationQuery>) -> Result<Verifications, Failure> {
        Ok(Verifications::new())
    }
}
