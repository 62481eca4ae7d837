//! What the function does without a network: with a complete ImageLock everything, and else it says so at once.
//!
//! strace is the judge: every system call of the network class is refused, and the process is killed for having tried.

use crate::package::{assert_pull_secret, command};
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::Workdir;
use std::path::Path;
use std::time::{Duration, Instant};

tests![
    a_complete_lock_opens_no_socket,
    a_lock_pins_what_is_on_the_proxy_already,
    an_incomplete_lock_is_caught_in_the_act,
    without_a_network_an_undecided_image_is_no_long_wait,
];

const API: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const NGINX: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

fn a_complete_lock_opens_no_socket() {
    let Some([strace]) = tools::find(["strace"]) else { return };
    let work = Workdir::new();
    let built = without_sockets(&work, &strace, &input(&[PRIVATE, PUBLIC])).success();
    let host = "proxy.replicated.com";
    for image in [format!("{host}/proxy/acme/ghcr.io/acme/api:1.2.3@{API}"), format!("nginx:1.27@{NGINX}")] {
        assert!(built.contains(&format!("image: {image}\n")), "{built}");
    }
    // The results say what was written, digests included.
    assert!(built.contains(&format!("api:1.2.3` is now `{host}/proxy/acme/ghcr.io/acme/api:1.2.3@{API}`")), "{built}");
    assert_pull_secret(&built, &[host, "registry.replicated.com"]);
    assert_eq!(work.read("calls"), "");
}

/// What an earlier run wrote without digests is in the lock under the name that it has upstream.
fn a_lock_pins_what_is_on_the_proxy_already() {
    let Some([strace]) = tools::find(["strace"]) else { return };
    let work = Workdir::new();
    let proxied = "proxy.replicated.com/proxy/acme/ghcr.io/acme/api:1.2.3";
    let input = input(&[PRIVATE, PUBLIC]).replace("image: ghcr.io/acme/api:1.2.3", &format!("image: {proxied}"));
    let built = without_sockets(&work, &strace, &input).success();
    assert!(built.contains(&format!("image: {proxied}@{API}\n")), "{built}");
    assert!(!built.contains("code: lock-unused"), "{built}");
    assert_eq!(work.read("calls"), "");
}

/// The test above can fail: one image that nothing answers for is enough.
fn an_incomplete_lock_is_caught_in_the_act() {
    let Some([strace]) = tools::find(["strace"]) else { return };
    for missing in [PRIVATE, PUBLIC] {
        let work = Workdir::new();
        let lock: Vec<_> = [PRIVATE, PUBLIC].into_iter().filter(|entry| *entry != missing).collect();
        let killed = without_sockets(&work, &strace, &input(&lock));
        assert_eq!((killed.code, killed.stdout.as_str()), (None, ""), "{killed}");
        let calls = work.read("calls");
        assert!(calls.contains("socket(") && calls.contains("killed by SIGKILL"), "{calls}");
    }
}

/// As in a container with `--network none`.
fn without_a_network_an_undecided_image_is_no_long_wait() {
    let Some([unshare]) = tools::find(["unshare"]) else { return };
    let work = Workdir::new();
    let in_new_network = |function: &Path, input: &str| {
        let mut alone = command(&work, &unshare);
        run(alone.args(["--map-root-user", "--net"]).arg(function), input)
    };
    if in_new_network(Path::new("true"), "").code != Some(0) {
        return tools::skip("this machine does not allow network namespaces (unshare --map-root-user --net)");
    }

    in_new_network(&tools::binary(), &input(&[PRIVATE, PUBLIC])).success();
    let started = Instant::now();
    let refused = in_new_network(&tools::binary(), &input(&[PRIVATE])).failure();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let advice = "`nginx:1.27` could not be checked: no network; give the function network access (`--network` for a \
        container), use an ImageLock, or declare the images";
    assert!(refused.code == Some(1) && refused.stderr.contains(advice), "{refused}");
}

/// Runs the function, and kills it at the first system call that has to do with networks. Those are in the file `calls`.
fn without_sockets(work: &Workdir, strace: &Path, input: &str) -> Finished {
    let mut traced = command(work, &strace.to_owned());
    traced.args(["--follow-forks", "--quiet=all", "--output=calls", "--trace=%network"]);
    traced.arg("--inject=%network:error=EACCES:signal=SIGKILL").arg(tools::binary());
    run(&mut traced, input)
}

const PRIVATE: &str = "  - {image: \"ghcr.io/acme/api:1.2.3\", access: private, digest: \"DIGEST-OF-API\"}\n";
const PUBLIC: &str = "  - {image: \"docker.io/library/nginx:1.27\", access: public, digest: \"DIGEST-OF-NGINX\"}\n";

/// A package with a license and two images to pin, of which a lock knows these.
fn input(lock: &[&str]) -> String {
    let lock = lock.concat().replace("DIGEST-OF-API", API).replace("DIGEST-OF-NGINX", NGINX);
    format!(
        "\
apiVersion: config.kubernetes.io/v1
kind: ResourceList
items:
- apiVersion: v1
  kind: Pod
  metadata: {{name: web, namespace: shop}}
  spec:
    containers:
    - name: api
      image: ghcr.io/acme/api:1.2.3
    - name: nginx
      image: nginx:1.27
- apiVersion: kots.io/v1beta1
  kind: License
  metadata: {{name: acme, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}
  spec: {{appSlug: acme, endpoint: \"https://replicated.app\", licenseID: 2xYzOnlyForTests}}
- apiVersion: pullthrough.dev/v1alpha1
  kind: ImageLock
  metadata: {{name: images, annotations: {{config.kubernetes.io/local-config: \"true\"}}}}
  images:
{lock}functionConfig:
  apiVersion: pullthrough.dev/v1alpha1
  kind: PullThrough
  metadata: {{name: acme}}
  spec:
    proxies:
    - replicated: {{app: acme}}
    pin: true
"
    )
}
