//! Registries and a proxy that really serve, on loopback: the scripts beside this file run them in the foreground, the types here start them
//! on a free port and end them.
//!
//! Everything a server needs and writes is in one folder, so a failed one can be started by hand with the script and that folder.

mod certificates;
mod image;
mod proxy;
mod recorder;
mod registry;
mod scene;
mod shop;
mod skopeo;
mod token;

pub(crate) use certificates::Authority;
pub(crate) use image::{Image, blob};
pub(crate) use proxy::{LICENSE, Proxy};
pub(crate) use recorder::Recorder;
pub(crate) use registry::{Access, Registry, UPSTREAM};
pub(crate) use scene::Scene;
pub(crate) use shop::Shop;
pub(crate) use skopeo::{Skopeo, docker_config};
pub(crate) use token::TokenServer;

use crate::tools;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// The tests of the servers themselves.
pub(crate) fn tests() -> Vec<libtest_mimic::Trial> {
    [registry::tests(), token::tests()].into_iter().flatten().collect()
}

/// The programs that the servers and their clients are.
pub(crate) const PROGRAMS: [&str; 4] = ["docker-registry", "nginx", "skopeo", "openssl"];

/// A user and a password.
#[derive(Clone, Copy)]
pub(crate) struct Account<'a> {
    /// The user.
    pub(crate) user: &'a str,
    /// The password.
    pub(crate) password: &'a str,
}

/// A server process that ends with this value.
struct Server {
    child: Child,
    port: u16,
    folder: PathBuf,
}

impl Server {
    /// Runs a script, of this folder or with its whole path, as `SCRIPT FOLDER PORT ARGUMENTS` and waits until the port answers.
    ///
    /// Between the choice of a port and its use somebody else can take it; the server then ends at once, and another port is tried.
    fn start(script: &str, folder: &Path, arguments: &[&str]) -> Server {
        let programs = tools::find(PROGRAMS).expect("a test asks for the programs before it starts a server");
        let folders: Vec<&Path> = programs.iter().filter_map(|program| program.parent()).collect();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/servers").join(script);
        for _ in 0..5 {
            let port = free_port();
            let log = File::create(folder.join("log")).expect("the folder is ours");
            let child = Command::new("bash")
                .arg(&path)
                .arg(folder)
                .arg(port.to_string())
                .args(arguments)
                .env("PATH", tools::path_with(&folders))
                .stdin(Stdio::null())
                .stdout(log.try_clone().expect("a file can be shared"))
                .stderr(log)
                .spawn()
                .expect("bash is there");
            let mut server = Server { child, port, folder: folder.to_owned() };
            if server.answers() {
                return server;
            }
        }
        panic!("{script} does not start: {}", fs::read_to_string(folder.join("log")).unwrap_or_default());
    }

    fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// All that the server printed so far.
    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).expect("it was made at the start")
    }

    fn answers(&mut self) -> bool {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            let alive = self.child.try_wait().expect("a child can be asked").is_none();
            if !alive {
                return false;
            }
            // Alive and answering: asked in this order, another server on the port is not taken for ours.
            if self.log_is_quiet() && TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                return self.child.try_wait().expect("a child can be asked").is_none();
            }
            thread::sleep(Duration::from_millis(20));
        }
        false
    }

    fn log_is_quiet(&self) -> bool {
        let taken = ["address already in use", "Address already in use", "another program listens on port"];
        !taken.iter().any(|words| self.log().contains(words))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    listener.local_addr().expect("it is bound").port()
}
