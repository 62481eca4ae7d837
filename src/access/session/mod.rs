//! The registry conversation for all references at once, without a socket or a clock.
//!
//! It is one value for all because challenges belong to a host, tokens to a repository, and bounds, pauses, back-off
//! and the budget to the whole. The driver calls [`Session::step`] and does what it says, and returns the outcome of
//! each request with [`Session::answer`]; the time is an argument of both. What is asked, of whom and how often is
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
mod errand;
mod learned;
mod limiter;
mod limits;
mod manifest;
mod meaning;
mod origin;
mod pace;
mod pause;
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

pub use limits::{AddressSight, HeaderSight, Limits, RedirectSight, Sight};
pub use pause::Pause;
pub use query::{Authenticator, Authorization, Query};
pub use wire::{Answer, BODY_LIMIT, Failure, Headers, MANIFESTS, Method, Request, RequestId, Response};

use self::errand::{Basis, Errand, Finding, Shown, Task, unreachable};
use self::limiter::{Sent, Turn};
use self::origin::{Guard, OriginId, Origins};
use self::token::Tokens;
use self::waiting::Waiting;
use super::verdict::{Cause, NoDigest, Verdict};
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
    /// The origins that an errand waits for.
    pub waiting_for: Vec<String>,
}

/// A conversation with all registries.
#[derive(Debug)]
pub struct Session {
    limits: Limits,
    sight: Sight,
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
    flying: BTreeMap<RequestId, Errand>,
    sent: u64,
    /// The most requests under way, with those that wait for silent hosts.
    most_flying: usize,
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
    trouble: Option<Finding>,
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
    pub fn new(queries: Vec<Query>, limits: Limits, sight: Sight) -> Self {
        let most_flying = Self::most_flying(limits.at_once);
        let mut session = Self {
            limits,
            sight,
            started: None,
            keeps_reserve: true,
            questions: Vec::new(),
            asked: Vec::new(),
            unanswered: 0,
            origins: Origins::default(),
            tokens: Tokens::default(),
            waiting: Waiting::default(),
            flying: BTreeMap::new(),
            sent: 0,
            most_flying,
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
    pub fn step(&mut self, now: Duration) -> Step {
        self.started.get_or_insert(now);
        let deadline = self.deadline();
        if now >= deadline {
            self.run_out(now);
        }
        self.arrange(now);
        while self.unanswered > 0 && self.has_slot(now) {
            let Some(errand) = self.waiting.next() else { break };
            let errand = self.in_turn(errand, now).and_then(|errand| self.prepare(errand, now));
            if let Some(errand) = errand {
                return self.send(errand, now);
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

    /// Returns the outcome of a request. An answer that no errand waits for is ignored.
    pub fn answer(&mut self, id: RequestId, answer: Answer, now: Duration) {
        let Some(errand) = self.flying.remove(&id) else { return };
        let is_served = matches!(&answer, Answer::Response(response) if meaning::busy(response).is_none());
        self.land(&errand, is_served);
        match (answer, errand.task) {
            (Answer::Failed(failure), _) => self.failed(errand, failure, now),
            (Answer::Response(response), Task::Manifest(question)) => {
                self.manifest_answered(errand, question, &response, now);
            }
            (Answer::Response(response), Task::Token(token)) => self.token_answered(errand, token, &response, now),
            (Answer::Response(response), Task::Challenge(origin)) => {
                self.api_answered(errand, origin, &response, now);
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
                self.waiting.push_back(Errand::new(Task::Manifest(index), method, url, origin, reach));
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
        if let Some(finding) = self.closed(id, now) {
            for errand in self.waiting.drain(id) {
                self.conclude(&errand, &finding);
            }
        }
        if let Some(origin) = self.origins.get(id) {
            self.waiting.arrange(id, origin.gate(now, self.limits.per_host), origin.rank(), now);
        }
    }

    /// An errand whose origin takes one now, unless the limit of its own repository keeps it back.
    fn in_turn(&mut self, errand: Errand, now: Duration) -> Option<Errand> {
        let origin = self.origins.get(errand.origin)?;
        if !origin.limiter.has_limits() {
            return Some(errand);
        }
        let subject = self.subject(&errand);
        match origin.limiter.turn(subject.as_deref(), now) {
            Turn::Go => return Some(errand),
            Turn::Wait(until) if until >= self.deadline() => {
                let finding = self.parked(errand.origin, until, now);
                self.conclude(&errand, &finding);
            }
            Turn::Wait(until) => self.waiting.push_later(errand, until),
            Turn::Full => self.waiting.hold(subject.unwrap_or_default(), errand),
        }
        None
    }

    /// An errand is back.
    fn land(&mut self, errand: &Errand, is_served: bool) {
        let subject = self.subject(errand);
        let Some(origin) = self.origins.get_mut(errand.origin) else { return };
        origin.land(errand);
        let sent = Sent { subject: subject.as_deref(), at: errand.sent, abreast: errand.abreast };
        origin.limiter.land(sent, errand.counted);
        if is_served {
            origin.limiter.served(sent);
        }
        if let Some(subject) = subject.filter(|_| errand.counted) {
            // As many as its width can have grown to.
            self.waiting.release(errand.origin, &subject, if is_served { 2 } else { 1 });
        }
    }

    /// Gives an errand what its origin is known to want, or sends it to get that first.
    fn prepare(&mut self, mut errand: Errand, now: Duration) -> Option<Errand> {
        let origin = self.origins.get(errand.origin)?;
        if origin.plain && errand.url.scheme() == "https" {
            self.go_plain(errand);
            return None;
        }
        let Task::Manifest(question) = errand.task else { return Some(errand) };
        if self.questions.get(question).is_none_or(|question| question.verdict.is_some()) {
            return None;
        }
        if origin.refuses_head {
            errand.method = Method::Get;
        }
        if matches!(errand.shown, Shown::Token(..)) {
            return self.with_good_token(errand, now);
        }
        let basic = origin.guard == Guard::Basic;
        if errand.basis == Basis::Any {
            errand = self.choose(errand)?;
        }
        if let Some((challenge, scope)) = errand.follows.take() {
            self.seek_token(errand, &challenge, &scope, now);
            return None;
        }
        if basic
            && matches!(errand.shown, Shown::Nothing)
            && let Some(authorization) = self.credential(&errand, &errand.url)
        {
            errand.shown = Shown::Credential(authorization);
        }
        Some(errand)
    }

    fn send(&mut self, mut errand: Errand, now: Duration) -> Step {
        self.sent += 1;
        let id = RequestId(self.sent);
        errand.sent = now;
        let (accept, authorization) = match (errand.task, &errand.shown) {
            (Task::Manifest(_), Shown::Nothing) => (MANIFESTS, None),
            (Task::Manifest(_), Shown::Token(_, shown) | Shown::Credential(shown)) => (MANIFESTS, Some(shown.clone())),
            (Task::Token(token), _) => ("application/json", self.token_authorization(token, &errand)),
            (Task::Challenge(_), _) => ("application/json", None),
        };
        let request = Request {
            method: errand.method,
            url: errand.url.clone(),
            accept,
            authorization,
            reach: errand.reach.clone(),
        };
        let subject = self.subject(&errand);
        if let Some(origin) = self.origins.get_mut(errand.origin) {
            errand.abreast = origin.leave(&errand);
            errand.counted = origin.limiter.leave(subject.as_deref());
        }
        self.flying.insert(id, errand);
        Step::Send(id, request)
    }

    /// The asker's credential for a request to that URL, if it has one for it.
    fn credential(&self, errand: &Errand, url: &Url) -> Option<Authorization> {
        self.authenticator(errand)?.authorization(url)
    }

    fn authenticator(&self, errand: &Errand) -> Option<&Authenticator> {
        match errand.task {
            Task::Manifest(question) => self.questions.get(question).map(|question| &question.query.authenticator),
            Task::Token(token) => self.tokens.authenticator(token),
            Task::Challenge(_) => None,
        }
    }
}
