//! Requests, time and memory of the program itself, and of crane for the same images.

use std::error::Error;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use pullthrough::access::session::Limits;

use crate::registry::{A_SECOND, Counts, Kind, Registry};
use crate::{marked, ms};

const HEADER: &str = "\
bound    latency x rounds: those of a host with 8 slots, or of all with 64, whichever are more; of limited registries what they serve
         in a second; of the row that can't be done in time its budget
requests for each image; crane is asked for fewer images, and is a process for each
open     images that have no verdict
!        over the goal: 1.3 x the bound; 1.05 requests, 2.05 with a token for each repository (limited: no goal); 60 MiB

registry   images hosts latency  program                    wall     bound  ratio  requests    MiB  open";

/// Where crane is from, when it is missing.
const CRANE: &str = "go install github.com/google/go-containerregistry/cmd/crane@v0.22.1";

/// What is measured in one line of the table: every image is in a repository of its own.
#[derive(Clone, Copy)]
struct Row {
    kind: Kind,
    images: u32,
    hosts: u32,
    latency: Duration,
    budget: Duration,
}

/// What came of it.
struct Measured {
    wall: Duration,
    requests: u64,
    /// The largest resident set, where the platform tells.
    memory: Option<u64>,
    open: usize,
}

/// One small row, to see whether it runs.
pub(crate) fn try_out(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let row = Row { images: 16, latency: Duration::ZERO, ..Row::of(Kind::Tokens) };
    Ok(writeln!(out, "{HEADER}\n{}", row.line("pullthrough", &row.program()?))?)
}

/// Every kind of registry, then many images.
pub(crate) fn table(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out, "{HEADER}")?;
    let has_crane = Command::new("crane").arg("version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    for kind in [Kind::Open, Kind::Tokens, Kind::OddScope, Kind::Basic, Kind::Limited] {
        let row = Row::of(kind);
        writeln!(out, "{}", row.line("pullthrough", &row.program()?))?;
        let row = Row { images: 40, ..row };
        for (name, at_once) in [("crane, one by one", 1), ("crane, 8 at a time", 8)] {
            match has_crane {
                true => writeln!(out, "{}", row.line(name, &row.crane(at_once)?))?,
                false => writeln!(out, "{:32} {name}: absent, {CRANE}", "")?,
            }
        }
    }
    for kind in [Kind::Open, Kind::Tokens] {
        let row = Row { images: 5000, hosts: 50, ..Row::of(kind) };
        writeln!(out, "{}", row.line("pullthrough", &row.program()?))?;
    }
    let budget = Duration::from_secs(10);
    let row = Row { images: 40_000, hosts: 50, budget, ..Row::of(Kind::Tokens) };
    Ok(writeln!(out, "{}", row.line("pullthrough", &row.program()?))?)
}

impl Row {
    fn of(kind: Kind) -> Self {
        Self { kind, images: 200, hosts: 8, latency: Duration::from_millis(50), budget: Duration::from_secs(300) }
    }

    fn bound(&self) -> Duration {
        let images = self.images.div_ceil(self.hosts);
        if self.kind == Kind::Limited {
            return Duration::from_secs(1) * (images.saturating_sub(1) / A_SECOND);
        }
        let limits = Limits::default();
        let [per_host, at_once] =
            [limits.per_host, limits.at_once].map(|slots| u32::try_from(slots).unwrap_or(u32::MAX));
        let rest = |images: u32, challenges: u32| match self.kind.has_tokens() {
            true => 2 * images,
            false => images - challenges,
        };
        let rounds = rest(images, 1).div_ceil(per_host).max(rest(self.images, self.hosts).div_ceil(at_once));
        (self.latency * (1 + rounds)).min(self.budget)
    }

    fn line(&self, program: &str, measured: &Measured) -> String {
        let is_ours = program == "pullthrough";
        let bound = self.bound();
        let requests = measured.requests as f64 / f64::from(self.images);
        let ratio = measured.wall.as_secs_f64() / bound.as_secs_f64();
        let most = match self.kind {
            Kind::Limited => f64::INFINITY,
            kind if kind.has_tokens() => 2.05,
            _ => 1.05,
        };
        let (bound, ratio) = match is_ours && !bound.is_zero() {
            true => (ms(bound), marked(ratio, 1.3)),
            false => (String::new(), String::new()),
        };
        let memory = measured.memory.filter(|_| is_ours).map(|bytes| marked(bytes as f64 / f64::from(1 << 20), 60.0));
        format!(
            "{:9} {:7} {:5} {:>7}  {:18} {:>12} {:>9} {:>6} {:>9} {:>6} {:>5}",
            self.kind.name(),
            self.images,
            self.hosts,
            format!("{} ms", self.latency.as_millis()),
            program,
            ms(measured.wall),
            bound,
            ratio,
            marked(requests, if is_ours { most } else { f64::INFINITY }),
            memory.unwrap_or_default(),
            if is_ours { measured.open.to_string() } else { String::new() },
        )
    }

    fn start(&self) -> Result<(Vec<String>, Arc<Counts>), Box<dyn Error>> {
        let counts = Arc::new(Counts::default());
        let registry = Registry { kind: self.kind, latency: self.latency, tls: None, counts: Arc::clone(&counts) };
        let hosts = (0..self.hosts).map(|_| registry.clone().start()).collect::<Result<Vec<_>, _>>()?;
        Ok((hosts, counts))
    }

    fn images(&self, hosts: &[String]) -> Vec<String> {
        let hosts = hosts.iter().cycle().zip(0..self.images);
        hosts.map(|(host, image)| format!("{host}/acme/app-{image}:v1")).collect()
    }

    /// Runs the program once, for manifests with these images.
    fn program(&self) -> Result<Measured, Box<dyn Error>> {
        let (hosts, counts) = self.start()?;
        let mut manifests = String::new();
        for (index, image) in self.images(&hosts).iter().enumerate() {
            writeln!(
                manifests,
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: app-{index}}}\n\
                 spec: {{containers: [{{name: app, image: \"{image}\"}}]}}\n---"
            )?;
        }
        // No image is the proxy's, so that what is measured is the asking; without `onNotFound` the answers would not matter.
        let config = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: bench}}\ndata:\n  preset: harbor\n  host: harbor.example\n  project: hub\n  \
             upstream: docker.io\n  onUnmatched: keep\n  onNotFound: fail\n  onUnreachable: keep\n  onRateLimited: keep\n  budget: {}s\n  plainHTTP: \"{}\"\n",
            self.budget.as_secs(),
            hosts.join(",")
        );
        let file = |name: &str| -> PathBuf { Path::new(env!("CARGO_TARGET_TMPDIR")).join(name) };
        fs::write(file("probe.yaml"), manifests)?;
        fs::write(file("probe-config.yaml"), config)?;

        let started = Instant::now();
        let mut command = Command::new(env!("CARGO_BIN_EXE_pullthrough"));
        command.env_clear().arg("--config").arg(file("probe-config.yaml")).stdin(File::open(file("probe.yaml"))?);
        let mut child =
            command.stdout(File::create(file("probe.out"))?).stderr(File::create(file("probe.err"))?).spawn()?;
        let mut memory = None;
        let status = loop {
            memory = largest_resident_set(child.id()).or(memory);
            if let Some(status) = child.try_wait()? {
                break status;
            }
            thread::sleep(Duration::from_millis(2));
        };
        let wall = started.elapsed();
        let errors = fs::read_to_string(file("probe.err"))?;
        if !status.success() {
            return Err(
                format!("pullthrough ended with {status}: {}", errors.lines().last().unwrap_or_default()).into()
            );
        }
        let open =
            errors.lines().filter(|line| line.contains("[unreachable]") || line.contains("[rate-limited]")).count();
        Ok(Measured { wall, requests: counts.requests.load(Ordering::Relaxed), memory, open })
    }

    /// Runs crane for each of these images, so many at a time.
    fn crane(&self, at_once: usize) -> Result<Measured, Box<dyn Error>> {
        let (hosts, counts) = self.start()?;
        let images = self.images(&hosts);
        let started = Instant::now();
        thread::scope(|scope| {
            let lines = images.chunks(images.len().div_ceil(at_once));
            let lines = lines.map(|line| scope.spawn(move || line.iter().try_for_each(|image| digest(image))));
            let lines: Vec<_> = lines.collect();
            lines.into_iter().try_for_each(|line| line.join().unwrap_or(Ok(())))
        })?;
        let requests = counts.requests.load(Ordering::Relaxed);
        Ok(Measured { wall: started.elapsed(), requests, memory: None, open: 0 })
    }
}

/// What it says does not matter: some of the images are private. Nobody's credentials are used.
fn digest(image: &str) -> std::io::Result<()> {
    let mut command = Command::new("crane");
    command.args(["digest", image]).env("DOCKER_CONFIG", env!("CARGO_TARGET_TMPDIR"));
    command.stdout(Stdio::null()).stderr(Stdio::null()).status().map(drop)
}

/// In bytes, of a process that still runs (proc(5), status).
fn largest_resident_set(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}
