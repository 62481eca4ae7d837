//! How long it takes to ask registries about images, beside the least that latency and a session's limits allow, and how many requests and
//! how much memory the program needs, beside crane:
//!
//! ```sh
//! cargo bench --bench probe            # some minutes
//! cargo bench --bench probe -- quick   # without the rows that take over two seconds
//! cargo bench --bench probe -- program # the second table only
//! ```
//!
//! Servers and client share this machine, so without latency it is their processor time that is measured. Figures that were measured are in
//! `FIGURES.md` beside this file.

mod program;
mod registry;

use std::error::Error;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use pullthrough::access::addresses::AddressPolicy;
use pullthrough::access::session::{Capabilities, Limits, Query, Session};
use pullthrough::access::verdict::Access;
use pullthrough::image::Reference;
use pullthrough::registry::{Client, Settings};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;

use registry::{Counts, Kind, Registry};

const HEADER: &str = "\
bound    latency x rounds of the host with the most images: one for its challenge, one that can only be for tokens, and
         ceil((tokens + manifests - min(tokens, slots)) / slots) for the rest; slots = min(8 a host, 64 in all / hosts)
requests for each image, beyond one token for each repository; one challenge for each host is among them
client   processor time of the client's thread for each request; the servers' is not in it
!        over the goal: 1.3 x the bound, 1.1 requests

scheme  images hosts tags/repo latency      wall     bound  ratio  requests  connections     KiB  client";

/// Rows with a longer bound are left out when it has to be quick, and measured once instead of three times.
const LONG: Duration = Duration::from_secs(2);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let mut out = io::stdout().lock();
    // `cargo test --benches` only wants to know whether it runs.
    if !has("--bench") {
        let row = Row { scheme: "http", images: 20, hosts: 8, tags: 1, latency: Duration::ZERO };
        writeln!(out, "{HEADER}\n{}", row.line(&Certificate::new()?)?)?;
        return program::try_out(&mut out);
    }
    if has("program") {
        return program::table(&mut out);
    }
    writeln!(out, "{HEADER}")?;
    let certificate = Certificate::new()?;
    for row in rows().filter(|row| !has("quick") || row.bound() <= LONG) {
        writeln!(out, "{}", row.line(&certificate)?)?;
    }
    if has("quick") {
        return Ok(());
    }
    writeln!(out)?;
    program::table(&mut out)
}

fn rows() -> impl Iterator<Item = Row> {
    let over_http = [0, 20, 100].into_iter().flat_map(|latency| {
        [(1, 1), (8, 1), (1, 10), (8, 10)].into_iter().flat_map(move |(hosts, tags)| {
            [1, 20, 200, 1000].map(|images| Row {
                scheme: "http",
                images,
                hosts,
                tags,
                latency: Duration::from_millis(latency),
            })
        })
    });
    let over_https = [(0, 1), (0, 8), (20, 1), (20, 8)].map(|(latency, hosts)| Row {
        scheme: "https",
        images: 200,
        hosts,
        tags: 1,
        latency: Duration::from_millis(latency),
    });
    over_http.chain(over_https)
}

/// What is measured in one line of the table.
struct Row {
    scheme: &'static str,
    images: u32,
    hosts: u32,
    /// Images of one repository.
    tags: u32,
    latency: Duration,
}

/// What came of it.
struct Measured {
    wall: Duration,
    /// Of the client's thread, where the platform tells.
    client: Option<Duration>,
    counts: Arc<Counts>,
}

impl Row {
    /// The images of each host; the first has the most.
    fn images_of(&self, host: u32) -> u32 {
        (self.images + self.hosts - 1 - host) / self.hosts
    }

    fn repositories(&self) -> u32 {
        (0..self.hosts).map(|host| self.images_of(host).div_ceil(self.tags)).sum()
    }

    fn bound(&self) -> Duration {
        let limits = Limits::default();
        let slots = limits.per_host.min(limits.at_once / self.hosts as usize);
        let slots = u32::try_from(slots).unwrap_or(u32::MAX);
        let manifests = self.images_of(0);
        let tokens = manifests.div_ceil(self.tags);
        self.latency * (2 + (tokens + manifests - tokens.min(slots)).div_ceil(slots))
    }

    fn line(&self, certificate: &Certificate) -> Result<String, Box<dyn Error>> {
        let bound = self.bound();
        let times = if bound > LONG { 1 } else { 3 };
        let mut runs = (0..times).map(|_| self.measure(certificate)).collect::<Result<Vec<_>, _>>()?;
        runs.sort_by_key(|run| run.wall);
        let median = runs.swap_remove(times / 2);
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        let requests = count(&median.counts.requests);
        let beyond = (requests as f64 - f64::from(self.repositories())) / f64::from(self.images);
        let ratio = median.wall.as_secs_f64() / bound.as_secs_f64();
        let (bound, ratio) =
            if bound.is_zero() { (String::new(), String::new()) } else { (ms(bound), marked(ratio, 1.3)) };
        let client = median.client.map(|time| format!("{:.0} us", time.as_secs_f64() * 1e6 / requests as f64));
        Ok(format!(
            "{:6} {:7} {:5} {:9} {:>7} {:>9} {:>9} {:>6} {:>9} {:>12} {:>7} {:>7}",
            self.scheme,
            self.images,
            self.hosts,
            self.tags,
            format!("{} ms", self.latency.as_millis()),
            ms(median.wall),
            bound,
            ratio,
            marked(beyond, 1.1),
            count(&median.counts.connections),
            count(&median.counts.bytes).div_ceil(1024),
            client.unwrap_or_default(),
        ))
    }

    /// Asks about all images with new servers and a new client.
    fn measure(&self, certificate: &Certificate) -> Result<Measured, Box<dyn Error>> {
        let counts = Arc::new(Counts::default());
        let tls = (self.scheme == "https").then(|| Arc::clone(&certificate.server));
        let registry = Registry { kind: Kind::Tokens, latency: self.latency, tls, counts: Arc::clone(&counts) };
        let hosts = (0..self.hosts).map(|_| registry.clone().start()).collect::<Result<Vec<_>, _>>()?;
        let plain_http = if self.scheme == "http" { hosts.clone() } else { Vec::new() };
        let limits = Limits {
            // The default would end the longest rows.
            budget: Duration::from_secs(300),
            addresses: AddressPolicy { plain_http, ..AddressPolicy::default() },
            ..Limits::default()
        };
        let queries = self.queries(&hosts)?;
        let settings = Settings { ca_file: Some(certificate.file.clone()), ..Settings::default() };

        let (started, busy) = (Instant::now(), processor_time());
        let mut session = Session::new(queries, limits, Capabilities::FULL);
        let verdicts = Client::new(settings).run(&mut session, |_| {})?;
        let (wall, client) = (started.elapsed(), processor_time().zip(busy).map(|(end, start)| end - start));

        match verdicts.iter().find(|verdict| verdict.access != Access::Public) {
            Some(verdict) => Err(format!("an image was found {}: {}", verdict.access, verdict.evidence).into()),
            None => Ok(Measured { wall, client, counts }),
        }
    }

    fn queries(&self, hosts: &[String]) -> Result<Vec<Query>, Box<dyn Error>> {
        (0..self.images)
            .map(|image| {
                let host = hosts.get((image % self.hosts) as usize).ok_or("no such host")?;
                let (repository, tag) = (image / self.hosts / self.tags, image / self.hosts % self.tags);
                Ok(Query::anonymously(Reference::parse(&format!("{host}/acme/app-{repository}:v1.{tag}"))?))
            })
            .collect()
    }
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn marked(value: f64, goal: f64) -> String {
    let mark = if value > goal { "!" } else { "" };
    format!("{value:.2}{mark}")
}

/// What this thread has used of a processor (proc(5), schedstat).
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// The certificate of all registries, which is its own authority.
struct Certificate {
    file: PathBuf,
    server: Arc<ServerConfig>,
}

impl Certificate {
    fn new() -> Result<Self, Box<dyn Error>> {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
        let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("probe.pem");
        std::fs::write(&file, made.cert.pem())?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let server = builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key)?;
        Ok(Self { file, server: Arc::new(server) })
    }
}
