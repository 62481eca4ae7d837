//! Drives a session over real sockets.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::client_error::ClientError;
use super::exchange;
use super::resolve::{Resolver, Zones};
use super::settings::Settings;
use super::tls;
use crate::access::addresses::Zone;
use crate::access::session::{Answer, Failure, Pause, Progress, Request, RequestId, Session, Step};
use crate::access::verdict::Verdict;

/// A client for sessions. Until one has something to send there is no runtime, no TLS and no file read; when the client
/// is dropped everything ends at once, also a name look-up that blocks.
pub struct Client {
    settings: Settings,
    started: Instant,
    engine: Option<Engine>,
}

/// What happens while a session is driven.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// A request goes out.
    Sent(RequestId, &'a Request),
    /// Its answer is there.
    Answered(RequestId, &'a Answer),
    /// A host, or a repository on it, is left alone for a while.
    Paused(&'a Pause),
    /// Nothing happens for the moment, and so far it is.
    Waiting(Progress),
}

/// How often progress is told while nothing happens.
const TICK: Duration = Duration::from_millis(250);

impl Client {
    /// A client with these settings.
    pub fn new(settings: Settings) -> Self {
        Self { settings, started: Instant::now(), engine: None }
    }

    /// Drives a session until it is done. `observe` hears of every request and answer, and how far it is several times a second.
    pub fn run(
        &mut self,
        session: &mut Session,
        mut observe: impl FnMut(&Event<'_>),
    ) -> Result<Vec<Verdict>, ClientError> {
        // How far it is takes a look at every host, so it is not told after each of many answers.
        let mut told = None;
        loop {
            match session.step(self.started.elapsed()) {
                Step::Done(verdicts) => {
                    if let Some(engine) = &mut self.engine {
                        engine.abandon();
                    }
                    if told.is_some() {
                        observe(&Event::Waiting(session.progress()));
                    }
                    return Ok(verdicts);
                }
                Step::Send(id, request) => {
                    observe(&Event::Sent(id, &request));
                    self.engine()?.send(id, request)?;
                }
                Step::WaitUntil(until) => {
                    let wait = until.saturating_sub(self.started.elapsed());
                    let answer = self.engine()?.next(wait.min(TICK));
                    if let Some((id, answer)) = answer {
                        observe(&Event::Answered(id, &answer));
                        session.answer(id, answer, self.started.elapsed());
                        session.take_pauses().iter().for_each(|pause| observe(&Event::Paused(pause)));
                    }
                    if told.is_none_or(|told: Instant| told.elapsed() >= TICK) {
                        told = Some(Instant::now());
                        observe(&Event::Waiting(session.progress()));
                    }
                }
            }
        }
    }

    fn engine(&mut self) -> Result<&mut Engine, ClientError> {
        let engine = match self.engine.take() {
            Some(engine) => engine,
            None => Engine::start(&self.settings)?,
        };
        Ok(self.engine.insert(engine))
    }
}

/// What exists only once there is something to send.
struct Engine {
    settings: Settings,
    /// Always there, but for the moment in which it is shut down.
    runtime: Option<Runtime>,
    tls: rustls::ClientConfig,
    /// The hosts of the forward proxies.
    proxy_names: Arc<[String]>,
    zones: Zones,
    /// One client for each limit, because a connection that was made under one must not serve another.
    clients: HashMap<Zone, reqwest::Client>,
    /// What is under way.
    flying: HashMap<RequestId, AbortHandle>,
    answers: UnboundedReceiver<(RequestId, Answer)>,
    outlet: UnboundedSender<(RequestId, Answer)>,
}

impl Engine {
    fn start(settings: &Settings) -> Result<Self, ClientError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| ClientError::Platform(cause.to_string()))?;
        let (outlet, answers) = unbounded_channel();
        Ok(Self {
            settings: settings.clone(),
            runtime: Some(runtime),
            tls: tls::config(settings.ca_file.as_deref())?,
            proxy_names: settings.proxy_names().into(),
            zones: Zones::default(),
            clients: HashMap::new(),
            flying: HashMap::new(),
            answers,
            outlet,
        })
    }

    fn send(&mut self, id: RequestId, request: Request) -> Result<(), ClientError> {
        let outlet = self.outlet.clone();
        let limit = exchange::limit(&request, &self.zones).filter(|limit| {
            // Where a forward proxy is, addresses are not checked, so whatever else is there needs no limit that could be passed by.
            let unchecked = request.url.host_str().is_some_and(|host| self.proxy_names.iter().any(|name| name == host));
            *limit == Zone::Loopback || !unchecked
        });
        let Some(limit) = limit else {
            // The receiver is ours and open.
            drop(outlet.send((id, Answer::Failed(Failure::AddressForbidden))));
            return Ok(());
        };
        let client = self.client(limit)?;
        let has_route = self.settings.has_route;
        if let Some(runtime) = &self.runtime {
            let task = runtime.spawn(async move {
                let answer = exchange::send(client, request, has_route).await;
                drop(outlet.send((id, answer)));
            });
            self.flying.insert(id, task.abort_handle());
        }
        Ok(())
    }

    fn next(&mut self, wait: Duration) -> Option<(RequestId, Answer)> {
        let answers = &mut self.answers;
        let next = self.runtime.as_ref()?.block_on(async { timeout(wait, answers.recv()).await.ok().flatten() });
        if let Some((id, _)) = &next {
            self.flying.remove(id);
        }
        next
    }

    /// Gives up what is under way, and the connections it has: nobody waits for it any more.
    fn abandon(&mut self) {
        self.flying.drain().for_each(|(_, task)| task.abort());
    }

    fn client(&mut self, limit: Zone) -> Result<reqwest::Client, ClientError> {
        if let Some(client) = self.clients.get(&limit) {
            return Ok(client.clone());
        }
        let resolver = Resolver {
            lookup: self.settings.lookup.clone(),
            zones: self.zones.clone(),
            limit,
            exempt: Arc::clone(&self.proxy_names),
            has_route: self.settings.has_route,
        };
        let builder = reqwest::Client::builder()
            .user_agent(concat!("pullthrough/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .connect_timeout(self.settings.connect_timeout)
            .timeout(self.settings.request_timeout)
            .dns_resolver(resolver)
            .no_proxy();
        let proxies = self.settings.proxies()?;
        let builder = proxies.into_iter().fold(builder, reqwest::ClientBuilder::proxy);
        let client = builder.build().map_err(|cause| ClientError::Platform(cause.without_url().to_string()))?;
        self.clients.insert(limit, client.clone());
        Ok(client)
    }
}

impl Drop for Engine {
    /// Ends the runtime without waiting for what it still does: a name look-up can block for longer than any budget.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
