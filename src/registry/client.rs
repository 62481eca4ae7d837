//! Drives a session over real sockets.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::client_error::ClientError;
use super::exchange::{self, Outcome};
use super::pool::{Key, Pool};
use super::resolve::{Resolver, Zones};
use super::settings::Settings;
use super::tls;
use crate::access::addresses::AddressClass;
use crate::access::session::{Failure, Pause, Progress, Received, Request, RequestId, Session, Step};
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
    /// Its answer has arrived.
    Answered(RequestId, &'a Received),
    /// A host, or a repository on it, is left alone for a while.
    Paused(&'a Pause),
    /// Nothing happens for the moment, and so far it is.
    Waiting(Progress),
}

/// How often progress is reported while nothing happens.
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
        // Computing the progress looks at every host, so it is not reported after each of many answers.
        let mut told = None;
        loop {
            match session.poll(self.started.elapsed()) {
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
                    let answer = self.engine()?.next(wait.min(TICK))?;
                    if let Some((id, answer)) = answer {
                        observe(&Event::Answered(id, &answer));
                        session.handle_response(id, answer, self.started.elapsed());
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
    pool: Pool,
    /// What is under way.
    flying: HashMap<RequestId, Flying>,
    outcomes: UnboundedReceiver<(RequestId, Outcome)>,
    outlet: UnboundedSender<(RequestId, Outcome)>,
}

/// A request that is under way.
struct Flying {
    key: Key,
    request: Request,
    /// Whether it is sent for the second time, over a connection of its own.
    is_repeated: bool,
    task: AbortHandle,
}

impl Engine {
    fn start(settings: &Settings) -> Result<Self, ClientError> {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|cause| ClientError::Platform(cause.to_string()))?;
        let (outlet, outcomes) = unbounded_channel();
        Ok(Self {
            settings: settings.clone(),
            runtime: Some(runtime),
            tls: tls::config(settings.ca_file.as_deref())?,
            proxy_names: settings.proxy_names().into(),
            zones: Zones::default(),
            pool: Pool::default(),
            flying: HashMap::new(),
            outcomes,
            outlet,
        })
    }

    fn send(&mut self, id: RequestId, request: Request) -> Result<(), ClientError> {
        let limit = exchange::limit(&request, &self.zones).filter(|limit| {
            // With a forward proxy, addresses are not checked, so other limits would be pointless.
            let unchecked = request.url.host_str().is_some_and(|host| self.proxy_names.iter().any(|name| name == host));
            *limit == AddressClass::Loopback || !unchecked
        });
        let Some(limit) = limit else {
            let answer = Received::Failed(Failure::AddressForbidden);
            // The receiver is ours and open.
            drop(self.outlet.send((id, Outcome { answer, is_unheard: false })));
            return Ok(());
        };
        let key = Key { limit, origin: request.url.origin().ascii_serialization() };
        let mut pool = std::mem::take(&mut self.pool);
        let client = pool.leave(&key, || self.client(limit, Connections::Kept));
        self.pool = pool;
        self.spawn(id, client?, request, key, false);
        Ok(())
    }

    fn spawn(&mut self, id: RequestId, client: reqwest::Client, request: Request, key: Key, is_repeated: bool) {
        let Some(runtime) = &self.runtime else { return };
        let (outlet, has_route, sent) = (self.outlet.clone(), self.settings.has_route, request.clone());
        let task = runtime.spawn(async move {
            let outcome = exchange::send(client, sent, has_route).await;
            drop(outlet.send((id, outcome)));
        });
        self.flying.insert(id, Flying { key, request, is_repeated, task: task.abort_handle() });
    }

    fn next(&mut self, wait: Duration) -> Result<Option<(RequestId, Received)>, ClientError> {
        let (runtime, outcomes) = (&self.runtime, &mut self.outcomes);
        let next = runtime
            .as_ref()
            .and_then(|runtime| runtime.block_on(async { timeout(wait, outcomes.recv()).await.ok().flatten() }));
        let Some((id, Outcome { answer, is_unheard })) = next else { return Ok(None) };
        let Some(flying) = self.flying.remove(&id) else { return Ok(Some((id, answer))) };
        if is_unheard && !flying.is_repeated && self.pool.is_used(&flying.key) {
            // The server closed a connection that it had kept, as it may at any time: that is no failure of the request. It is sent once more
            // over a new one, as Go's client does.
            let client = self.client(flying.key.limit, Connections::New)?;
            self.spawn(id, client, flying.request, flying.key, true);
            return Ok(None);
        }
        self.pool.land(&flying.key, matches!(answer, Received::Response(_)));
        if answer == Received::Failed(Failure::TooManyOpenFiles) {
            self.pool.close_idle();
        }
        Ok(Some((id, answer)))
    }

    /// Gives up what is under way, and its connections: their results are no longer needed.
    fn abandon(&mut self) {
        for (_, flying) in self.flying.drain() {
            flying.task.abort();
            self.pool.land(&flying.key, false);
        }
    }

    fn client(&self, limit: AddressClass, connections: Connections) -> Result<reqwest::Client, ClientError> {
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
            .pool_max_idle_per_host(if connections == Connections::New { 0 } else { usize::MAX })
            .no_proxy();
        let proxies = self.settings.proxies()?;
        let builder = proxies.into_iter().fold(builder, reqwest::ClientBuilder::proxy);
        builder.build().map_err(|cause| ClientError::Platform(cause.without_url().to_string()))
    }
}

/// Which connections a client uses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Connections {
    /// Those that were kept, and new ones, which are kept.
    Kept,
    /// A new one for each request.
    New,
}

impl Drop for Engine {
    /// Ends the runtime without waiting for what it still does: a name look-up can block for longer than any budget.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
