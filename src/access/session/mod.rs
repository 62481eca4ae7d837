//! The registry conversation for all references at once, without a socket or a clock.
//!
//! It is one value for all because challenges belong to a host, tokens to a repository, and bounds, pauses, back-off
//! and the budget to the whole. The driver calls [`Session::poll`] and does what it says, and returns the outcome of
//! each request with [`Session::handle_response`]; the time is an argument of both. What is asked, of whom and how often is
//! decided here and nowhere else.
//!
//! Nothing that waits is looked at before it can go, so the work grows as the number of images does.
//!
//! For each host one request goes first and shows what the host wants to see; the others follow, with a token where
//! one is needed. So an image costs one request, and a repository one token.

mod api_check;
mod authentication;
mod basis;
mod conclusion;
mod confirmation;
mod learned;
mod limiter;
mod limits;
mod manifest;
mod meaning;
mod origin;
mod pace;
mod pause;
mod pending;
mod query;
mod redirect;
mod retry;
mod scope;
mod sign;
mod slots;
mod token;
mod token_endpoint;
mod trouble;
mod waiting;
mod wire;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use url::Url;

pub use limits::{Capabilities, CheckedAddresses, Limits, VisibleHeaders, VisibleRedirects};
pub use pause::Pause;
pub use query::{Authenticator, Authorization, Query};
pub use wire::{BODY_LIMIT, Failure, Headers, MANIFESTS, Method, Received, Request, RequestId, Response};

use self::limiter::{Sent, Turn};
use self::origin::{AuthScheme, OriginId, Origins};
use self::pending::{Basis, Conclusion, Pending, Shown, Task, unreachable};
use self::token::Tokens;
use self::waiting::Waiting;
use super::{Cause, NoDigest, Verdict};
use crate::image::{DOCKER_HUB, Reference};

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Send this and hand back its answer.
    Send(RequestId, Request),
    /// Nothing to send before that time, or before the next answer.
    WaitUntil(Duration),
    /// Every question is answered: a verdict for each ask, in their order. Requests under way are not needed any more.
    Done(Vec<Verdict>),
}

/// How far a session is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Questions with a verdict.
    pub done: usize,
    /// Distinct questions.
    pub known: usize,
    /// The origins that a pending request waits for.
    pub waiting_for: Vec<String>,
}

/// A conversation with all registries.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    capabilities: Capabilities,
    /// When the first step was.
    started: Option<Duration>,
    /// Whether another round is to come, for which a part of the budget is kept.
    keeps_reserve: bool,
    questions: Vec<Question>,
    /// The question of each ask.
    asked: Vec<usize>,
    unanswered: usize,
    origins: Origins,
    tokens: Tokens,
    waiting: Waiting,
    in_flight: BTreeMap<RequestId, Pending>,
    sent: u64,
    /// The most requests under way, with those that wait for silent hosts.
    most_in_flight: usize,
    pauses: Vec<Pause>,
}

/// One distinct question.
#[derive(Debug)]
struct Question {
    query: Query,
    /// Where its first request goes.
    origin: Option<OriginId>,
    verdict: Option<Verdict>,
    /// The last trouble with it, which is its verdict when time is up.
    trouble: Option<Conclusion>,
}

impl Question {
    /// Whether its manifest was served, has an unknown digest, and can be read to compute it.
    fn lacks_digest(&self) -> bool {
        let unread = !self.query.reads_digest && self.query.reference.registry() != DOCKER_HUB;
        unread && self.verdict.as_ref().is_some_and(|verdict| verdict.digest == Err(NoDigest::NotSent))
    }
}

impl Session {
    /// A conversation that will answer these questions, equal ones once.
    pub fn new(queries: Vec<Query>, limits: Limits, capabilities: Capabilities) -> Self {
        let most_in_flight = Self::most_in_flight(limits.at_once);
        let mut session = Self {
            limits,
            capabilities,
            started: None,
            keeps_reserve: true,
            questions: Vec::new(),
            asked: Vec::new(),
            unanswered: 0,
            origins: Origins::default(),
            tokens: Tokens::default(),
            waiting: Waiting::default(),
            in_flight: BTreeMap::new(),
            sent: 0,
            most_in_flight,
            pauses: Vec::new(),
        };
        session.add_queries(queries);
        session
    }

    /// Another round, with what the earlier ones learnt and inside their budget. The next [`Step::Done`] holds the
    /// verdicts of these asks.
    pub fn add_queries(&mut self, queries: Vec<Query>) {
        let key = |reference: &Reference| (reference.name(), reference.manifest_reference().map(str::to_owned));
        let mut known: HashMap<_, Vec<usize>> = HashMap::new();
        for (index, question) in self.questions.iter().enumerate() {
            known.entry(key(&question.query.reference)).or_default().push(index);
        }
        self.asked.clear();
        for query in queries {
            let same = known.entry(key(&query.reference)).or_default();
            let of_asker = |index: &usize| {
                self.questions.get(*index).filter(|question| question.query.authenticator == query.authenticator)
            };
            // The last one read the manifest for its digest, if any did.
            let known = same.iter().rev().copied().find_map(|index| Some((index, of_asker(&index)?)));
            let index = match known {
                Some((index, question)) if !query.reads_digest || !question.lacks_digest() => index,
                known => {
                    let method = if known.is_some() { Method::Get } else { Method::Head };
                    same.push(self.questions.len());
                    self.open(query, method)
                }
            };
            self.asked.push(index);
        }
    }

    /// The round that comes is the last: it has all that is left of the budget.
    pub fn begin_last_round(&mut self) {
        self.keeps_reserve = false;
    }

    /// What to do now. `now` is a time since any fixed moment and never goes back.
    pub fn poll(&mut self, now: Duration) -> Step {
        self.started.get_or_insert(now);
        let deadline = self.deadline();
        if now >= deadline {
            self.run_out(now);
        }
        self.arrange(now);
        while self.unanswered > 0 && self.has_slot(now) {
            let Some(pending) = self.waiting.next() else { break };
            let pending = self.in_turn(pending, now).and_then(|pending| self.prepare(pending, now));
            if let Some(pending) = pending {
                return self.send(pending, now);
            }
            // What it needs first may have become the next to go.
            self.arrange(now);
        }
        if self.unanswered == 0 {
            return Step::Done(self.verdicts());
        }
        let times = self.waiting.next_time().into_iter().chain(self.next_slot(now));
        Step::WaitUntil(times.fold(deadline, Duration::min))
    }

    /// Returns the outcome of a request. An answer that no pending request waits for is ignored.
    pub fn handle_response(&mut self, id: RequestId, answer: Received, now: Duration) {
        let Some(pending) = self.in_flight.remove(&id) else { return };
        let is_served = matches!(&answer, Received::Response(response) if meaning::busy(response).is_none());
        self.land(&pending, is_served);
        match (answer, pending.task) {
            (Received::Failed(failure), _) => self.failed(pending, failure, now),
            (Received::Response(response), Task::Manifest(question)) => {
                self.manifest_answered(pending, question, &response, now);
            }
            (Received::Response(response), Task::Token(token)) => self.token_answered(pending, token, &response, now),
            (Received::Response(response), Task::Challenge(origin)) => {
                self.api_answered(pending, origin, &response, now);
            }
        }
    }

    /// The pauses that began since the last call, for the progress display and `-v`.
    pub fn take_pauses(&mut self) -> Vec<Pause> {
        std::mem::take(&mut self.pauses)
    }

    /// How far it is.
    pub fn progress(&self) -> Progress {
        let known = self.questions.len();
        let waiting_for = self.origins.iter().filter(|origin| origin.is_busy());
        let waiting_for = waiting_for.map(|origin| origin.name.clone()).collect();
        Progress { done: known.saturating_sub(self.unanswered), known, waiting_for }
    }

    /// Takes in a new question and gives its index.
    fn open(&mut self, query: Query, method: Method) -> usize {
        let index = self.questions.len();
        let url = self.manifest_url(&query.reference);
        let registry = query.reference.registry().to_owned();
        self.questions.push(Question { query, origin: None, verdict: None, trouble: None });
        self.unanswered += 1;
        let reach = url.as_ref().and_then(|url| self.limits.addresses.registry(url));
        match (url, reach) {
            (Some(url), Some(reach)) => {
                let origin = self.origins.of(&url);
                if let (Some(question), Some(home)) = (self.questions.get_mut(index), self.origins.get_mut(origin)) {
                    question.origin = Some(origin);
                    home.learned.open += 1;
                }
                self.waiting.push_back(Pending::new(Task::Manifest(index), method, url, origin, reach));
            }
            _ => self.settle(index, &unreachable(Cause::AddressForbidden, format!("https://{registry}"))),
        }
        index
    }

    /// Where the registry keeps the manifest. None of a reference whose tag another program fills in: there is nothing to ask for yet.
    fn manifest_url(&self, reference: &Reference) -> Option<Url> {
        let host = match reference.registry() {
            DOCKER_HUB => "registry-1.docker.io",
            registry => registry,
        };
        let rest = format!("{host}/v2/{}/manifests/{}", reference.repository(), reference.manifest_reference()?);
        let plain = Url::parse(&format!("http://{rest}")).ok()?;
        if self.limits.addresses.speaks_http(&plain) {
            return Some(plain);
        }
        Url::parse(&format!("https://{rest}")).ok()
    }

    /// When the time of this round is up.
    fn deadline(&self) -> Duration {
        let reserve = if self.keeps_reserve { self.limits.reserve } else { Duration::ZERO };
        self.started.unwrap_or_default().saturating_add(self.limits.budget.saturating_sub(reserve))
    }

    /// Gives every origin that was changed, or whose time has come, its turn or not.
    fn arrange(&mut self, now: Duration) {
        loop {
            let mut changed = self.origins.take_changed();
            changed.extend(self.waiting.take_changed());
            if changed.is_empty() {
                changed.extend(self.waiting.due(now));
            }
            if changed.is_empty() {
                return;
            }
            for id in changed {
                self.arrange_one(id, now);
            }
        }
    }

    fn arrange_one(&mut self, id: OriginId, now: Duration) {
        if let Some(conclusion) = self.closed(id, now) {
            for pending in self.waiting.drain(id) {
                self.conclude(&pending, &conclusion);
            }
        }
        if let Some(origin) = self.origins.get(id) {
            self.waiting.arrange(id, origin.gate(now, self.limits.per_host), origin.rank(), now);
        }
    }

    /// A pending request whose origin takes one now, unless the limit of its own repository keeps it back.
    fn in_turn(&mut self, pending: Pending, now: Duration) -> Option<Pending> {
        let origin = self.origins.get(pending.origin)?;
        if !origin.limiter.has_limits() {
            return Some(pending);
        }
        let subject = self.subject(&pending);
        match origin.limiter.turn(subject.as_deref(), now) {
            Turn::Go => return Some(pending),
            Turn::Wait(until) if until >= self.deadline() => {
                let conclusion = self.parked(pending.origin, until, now);
                self.conclude(&pending, &conclusion);
            }
            Turn::Wait(until) => self.waiting.push_later(pending, until),
            Turn::Full => self.waiting.hold(subject.unwrap_or_default(), pending),
        }
        None
    }

    /// A pending request is back.
    fn land(&mut self, pending: &Pending, is_served: bool) {
        let subject = self.subject(pending);
        let Some(origin) = self.origins.get_mut(pending.origin) else { return };
        origin.land(pending);
        let sent = Sent { subject: subject.as_deref(), at: pending.sent, abreast: pending.abreast };
        origin.limiter.land(sent, pending.counted);
        if is_served {
            origin.limiter.served(sent);
        }
        if let Some(subject) = subject.filter(|_| pending.counted) {
            // As many as its width can have grown to.
            self.waiting.release(pending.origin, &subject, if is_served { 2 } else { 1 });
        }
    }

    /// Gives a pending request what its origin is known to want, or sends it to get that first.
    fn prepare(&mut self, mut pending: Pending, now: Duration) -> Option<Pending> {
        let origin = self.origins.get(pending.origin)?;
        if origin.plain && pending.url.scheme() == "https" {
            self.go_plain(pending);
            return None;
        }
        let Task::Manifest(question) = pending.task else { return Some(pending) };
        if self.questions.get(question).is_none_or(|question| question.verdict.is_some()) {
            return None;
        }
        if origin.refuses_head {
            pending.method = Method::Get;
        }
        if matches!(pending.shown, Shown::Token(..)) {
            return self.with_good_token(pending, now);
        }
        let basic = origin.scheme == AuthScheme::Basic;
        if pending.basis == Basis::Any {
            pending = self.choose(pending)?;
        }
        if let Some((challenge, scope)) = pending.follows.take() {
            self.seek_token(pending, &challenge, &scope, now);
            return None;
        }
        if basic
            && matches!(pending.shown, Shown::Nothing)
            && let Some(authorization) = self.credential(&pending, &pending.url)
        {
            pending.shown = Shown::Credential(authorization);
        }
        Some(pending)
    }

    fn send(&mut self, mut pending: Pending, now: Duration) -> Step {
        self.sent += 1;
        let id = RequestId(self.sent);
        pending.sent = now;
        let (accept, authorization) = match (pending.task, &pending.shown) {
            (Task::Manifest(_), Shown::Nothing) => (MANIFESTS, None),
            (Task::Manifest(_), Shown::Token(_, shown) | Shown::Credential(shown)) => (MANIFESTS, Some(shown.clone())),
            (Task::Token(token), _) => ("application/json", self.token_authorization(token, &pending)),
            (Task::Challenge(_), _) => ("application/json", None),
        };
        let request = Request {
            method: pending.method,
            url: pending.url.clone(),
            accept,
            authorization,
            reach: pending.reach.clone(),
        };
        let subject = self.subject(&pending);
        if let Some(origin) = self.origins.get_mut(pending.origin) {
            pending.abreast = origin.leave(&pending);
            pending.counted = origin.limiter.leave(subject.as_deref());
        }
        self.in_flight.insert(id, pending);
        Step::Send(id, request)
    }

    /// The asker's credential for a request to that URL, if it has one for it.
    fn credential(&self, pending: &Pending, url: &Url) -> Option<Authorization> {
        self.authenticator(pending)?.authorization(url)
    }

    fn authenticator(&self, pending: &Pending) -> Option<&Authenticator> {
        match pending.task {
            Task::Manifest(question) => self.questions.get(question).map(|question| &question.query.authenticator),
            Task::Token(token) => self.tokens.authenticator(token),
            Task::Challenge(_) => None,
        }
    }
}
