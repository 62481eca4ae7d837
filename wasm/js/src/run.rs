//! One call of the function, in steps.

use std::time::Duration;

use pullthrough::access::session::{
    Authorization, Capabilities, Limits, Query, Received, RequestId, Response, Session, Step,
};
use pullthrough::access::{ManifestKey, Verdicts, Verifications};
use pullthrough::function::{self, Analysis};
use pullthrough::report;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::border::{self, Call};
use crate::outcome::{Outcome, Refusal};

/// One call of the function: [`Run::step`] until it is done, then [`Run::finish`] or [`Run::inspect`].
///
/// The input is read anew where it is needed: between two steps there is nothing but texts and answers, and a run that needs no registry
/// reads once.
#[wasm_bindgen]
pub struct Run {
    text: String,
    call: Call,
    asking: Option<Asking>,
    verdicts: Verdicts,
    verifications: Verifications,
}

/// The conversation of a run.
struct Asking {
    session: Session,
    round: Round,
    /// Every request so far; JavaScript names them by their position.
    requests: Vec<RequestId>,
}

/// What the verdicts of a round are about.
enum Round {
    /// Whether anyone can pull these images.
    Access(Vec<ManifestKey>),
    /// Whether what is written can be pulled as the cluster will.
    Verify(Vec<String>),
}

#[wasm_bindgen]
impl Run {
    /// A run on this text. `call` is the JSON of a `Call`.
    ///
    /// # Errors
    /// `call` is something else: a fault of the package, not of its caller.
    #[wasm_bindgen(constructor)]
    pub fn new(text: String, call: &str) -> Result<Run, String> {
        let call: Call = serde_json::from_str(call).map_err(|_| "the call can't be read".to_owned())?;
        Ok(Self { text, call, asking: None, verdicts: Verdicts::new(), verifications: Verifications::new() }.open())
    }

    /// What to do at this time, in milliseconds since any fixed moment: the JSON of a `Step`.
    pub fn step(&mut self, now: f64) -> String {
        let now = millis(now);
        while let Some(asking) = &mut self.asking {
            match asking.session.poll(now) {
                Step::Send(id, request) => {
                    asking.requests.push(id);
                    return json(&border::Step::Send {
                        id: u32::try_from(asking.requests.len() - 1).unwrap_or(u32::MAX),
                        method: request.method.as_str(),
                        url: request.url.as_str(),
                        accept: request.accept,
                        authorization: request.authorization.as_ref().map(Authorization::header_value),
                    });
                }
                Step::WaitUntil(until) => {
                    return json(&border::Step::Wait(until.saturating_sub(now).as_secs_f64() * 1000.0));
                }
                Step::Done(verdicts) => {
                    match &asking.round {
                        Round::Access(keys) => self.verdicts = keys.iter().cloned().zip(verdicts).collect(),
                        Round::Verify(texts) => self.verifications = texts.iter().cloned().zip(verdicts).collect(),
                    }
                    self.next_round();
                }
            }
        }
        json(&border::Step::Done(()))
    }

    /// Hands back the answer to a request. `headers` are names and values in turns; `truncated` says that there was more of the body.
    pub fn answered(&mut self, id: u32, status: u16, headers: Vec<String>, body: Vec<u8>, truncated: bool, now: f64) {
        let mut headers = headers.into_iter();
        let pairs = std::iter::from_fn(|| headers.next().zip(headers.next()));
        let response = Response { status, headers: pairs.collect(), body, truncated };
        self.hand_back(id, Received::Response(response), now);
    }

    /// Hands back why a request brought no answer.
    pub fn failed(&mut self, id: u32, failure: &str, now: f64) {
        self.hand_back(id, Received::Failed(border::failure(failure)), now);
    }

    /// The end of the run: the JSON of an `Outcome`.
    pub fn finish(&self) -> String {
        let (answer, findings) = match self.read() {
            Ok(found) => {
                let findings = found.findings(&self.verdicts, &self.verifications);
                let answer = found.answer(&self.verdicts, &self.verifications);
                (answer, Some(findings))
            }
            Err(answer) => (*answer, None),
        };
        json(&Outcome::new(&answer, findings, self.call.config_text(&self.text)))
    }

    /// What `pullthrough check -o json` says of the input, or with `refused` why there is nothing to say.
    pub fn inspect(&self) -> String {
        match self.read() {
            Ok(found) => report::check::to_json(&found.inspect(&self.verdicts, &self.verifications)),
            Err(answer) => json(&Refusal { refused: Outcome::new(&answer, None, self.call.config_text(&self.text)) }),
        }
    }
}

impl Run {
    fn read(&self) -> Result<Analysis<'_>, Box<function::Answer<'_>>> {
        let read = if self.call.rendered { Analysis::read_rendered } else { Analysis::read };
        read(&self.text, self.call.request(), &self.call.environment())
    }

    /// The first round, if registries can be asked.
    fn open(mut self) -> Self {
        let Ok(found) = self.read() else { return self };
        let Some(sight) = &self.call.sight else { return self };
        let config = found.config();
        let queries = if config.access.probe { found.queries() } else { Default::default() };
        let (keys, queries) = queries.into_iter().map(|(key, reference)| (key, Query::anonymously(reference))).unzip();
        let session = Session::new(queries, Limits::of(config, self.call.public_only), Capabilities::from(sight));
        drop(found);
        self.asking = Some(Asking { session, round: Round::Access(keys), requests: Vec::new() });
        self
    }

    /// The second round after the first, and the end after the second.
    fn next_round(&mut self) {
        let Some(mut asking) = self.asking.take() else { return };
        let Round::Access(_) = asking.round else { return };
        let Ok(found) = self.read() else { return };
        let queries = found.verification_queries(&self.verdicts);
        if queries.is_empty() {
            return;
        }
        let (keys, queries) = queries.into_iter().map(|(key, ask)| (key, Query::from(ask))).unzip();
        drop(found);
        asking.session.begin_last_round();
        asking.session.add_queries(queries);
        self.asking = Some(Asking { round: Round::Verify(keys), ..asking });
    }

    fn hand_back(&mut self, id: u32, answer: Received, now: f64) {
        let Some(asking) = &mut self.asking else { return };
        let id = usize::try_from(id).ok().and_then(|id| asking.requests.get(id)).copied();
        if let Some(id) = id {
            asking.session.handle_response(id, answer, millis(now));
        }
    }
}

fn millis(now: f64) -> Duration {
    Duration::try_from_secs_f64(now / 1000.0).unwrap_or_default()
}

/// These types have nothing that JSON can't say.
fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
