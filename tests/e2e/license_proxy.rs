//! `examples/license-proxy`: a license is issued, opens an image, is revoked, and opens it no more.

use crate::package::{command, docker_config_of, without_secrets};
use crate::process::{Finished, run};
use crate::servers::{
    Access, Account, Authority, Image, Recorder, Registry, Shop, Skopeo, TokenServer, UPSTREAM, docker_config,
    free_port,
};
use crate::tools;
use crate::workdir::{Workdir, copy};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

tests![
    the_readme_tells_the_whole_story,
    a_license_opens_its_app_until_it_expires,
    everybody_may_pull_what_is_public,
    the_vendors_account_is_not_in_anything_that_is_said,
    a_signed_address_stays_with_the_proxy,
    what_a_failing_upstream_says_goes_no_further,
    the_cache_keeps_accounts_apart,
    an_upstream_with_tokens_has_a_cache_before_it,
    it_speaks_tls_with_the_vendors_certificate,
    who_asks_too_often_is_told_so,
    it_is_for_pulling,
    the_script_keeps_order,
    a_port_that_is_taken_is_named,
    a_server_that_ends_is_named,
];

/// With podman as what kubelet is in a cluster, and by the commands that the README shows.
fn the_readme_tells_the_whole_story() {
    let Some(programs) = tools::find(["kustomize", "podman", "skopeo"]) else { return };
    let Some(shop) = Shop::start() else { return };
    let customer = Customer::new(&shop, &programs);
    let [start, push, issue, render, pull, revoke] = &customer.steps()[..] else { panic!("the README has six steps") };
    assert_eq!(start.trim(), "examples/license-proxy/start /tmp/shop", "that is what the test does");

    customer.run(push).success();
    let anonymous = Skopeo::new(&programs[2], None).pull(&shop.source(), None).failure();
    assert!(anonymous.stderr.contains("authentication required"), "{anonymous}");

    customer.run(issue).success();
    customer.run(render).success();
    let (workload, secrets) = without_secrets(&customer.work.read("rendered.yaml"));
    assert!(workload.contains(&format!("image: {}\n", shop.proxied())), "{workload}");
    let [secret] = &secrets[..] else { panic!("one namespace needs one Secret: {secrets:?}") };

    customer.run(pull).success();
    assert_eq!(customer.work.read("auth.json"), docker_config_of(secret));
    let pulled = "\"bigbank\" GET /v2/proxy/acme/upstream/acme/api/manifests/1 200";
    assert!(shop.requests().contains(pulled), "{}", shop.requests());

    customer.run(revoke).success();
    customer.forget_images();
    let refused = customer.run(pull).failure();
    assert!(refused.stderr.contains("a license is needed"), "{refused}");
    let refused = customer.run(render).failure();
    let page = fs::read_to_string(Shop::file("README.md")).unwrap();
    let words = "the credential was not accepted; \
                 check that the license or account is the right one, and neither expired nor archived";
    assert!(refused.stderr.contains(words) && page.contains(words), "{refused}");
}

fn a_license_opens_its_app_until_it_expires() {
    let Some([skopeo]) = tools::find(["skopeo"]) else { return };
    let Some(shop) = Shop::start() else { return };
    let client = Skopeo::new(&skopeo, None);
    push(&shop, &client, "acme/api:1");
    push(&shop, &client, "other/api:1");
    let refused = |reference: &str, license: &str, why: &str| {
        let refused = client.pull(reference, Some(&docker_config(&shop.host(), account(license)))).failure();
        assert!(refused.stderr.contains(why), "{reference}: {refused}");
    };
    let unlicensed = "a license is needed";
    let denied = "this license does not grant access to this image";
    let proxied = |path: &str| format!("{}/proxy/{path}:1", shop.host());

    let other = id(&shop.license(&["issue", "a", "--app", "other"]).success());
    refused(&shop.proxied(), &other, denied);
    let expired = id(&shop.license(&["issue", "b", "--expires", "2020-01-01"]).success());
    refused(&shop.proxied(), &expired, unlicensed);
    refused(&shop.proxied(), "anonymous", unlicensed);
    refused(&shop.proxied(), "", unlicensed);

    let license = id(&shop.license(&["issue", "c", "--expires", "3 seconds"]).success());
    let config = docker_config(&shop.host(), account(&license));
    client.pull(&shop.proxied(), Some(&config)).success();
    // Of the same registry, with the same account, and below no path that the app has.
    refused(&proxied("acme/upstream/other/api"), &license, denied);
    refused(&proxied("acme/elsewhere/acme/api"), &license, denied);
    refused(&proxied("other/upstream/acme/api"), &license, denied);
    assert!(client.pull(&proxied("acme/upstream/acme/web"), Some(&config)).failure().stderr.contains("no such image"));
    thread::sleep(Duration::from_secs(3));
    refused(&shop.proxied(), &license, unlicensed);
}

fn everybody_may_pull_what_is_public() {
    let Some([skopeo]) = tools::find(["skopeo"]) else { return };
    let Some(shop) = Shop::start() else { return };
    let client = Skopeo::new(&skopeo, None);
    for name in ["public/tool:1", "library/sdk:1", "acme/api:1"] {
        push(&shop, &client, name);
    }
    let pull = |path: &str| client.pull(&format!("{}/{path}:1", shop.host()), None);
    for path in ["anonymous/upstream/public/tool", "anon/upstream/public/tool", "library/sdk"] {
        pull(path).success();
    }
    // The second is the first by another path: what never changes comes from the cache.
    let requests = shop.requests();
    let (blobs, manifests): (Vec<_>, Vec<_>) = requests
        .lines()
        .filter(|line| line.contains("/v2/anon/") && line.contains(" 200 "))
        .partition(|line| line.contains("/blobs/"));
    assert!(blobs.len() == 2 && blobs.iter().all(|line| line.ends_with(" HIT")), "{requests}");
    assert!(manifests.len() == 1 && manifests[0].ends_with(" BYPASS"), "{requests}");
    for path in ["anonymous/upstream/acme/api", "library/api", "acme/api"] {
        pull(path).failure();
    }
}

fn the_vendors_account_is_not_in_anything_that_is_said() {
    let Some([skopeo]) = tools::find(["skopeo"]) else { return };
    let Some(shop) = Shop::start() else { return };
    let client = Skopeo::new(&skopeo, None);
    push(&shop, &client, "acme/api:1");
    let license = id(&shop.license(&["issue", "bigbank"]).success());
    let recorder = Recorder::before(&shop.host());
    let pull = |path: &str, password: &str| {
        client
            .pull(&format!("{0}/{path}:1", recorder.host()), Some(&docker_config(&recorder.host(), account(password))))
    };

    pull("proxy/acme/upstream/acme/api", &license).success();
    pull("proxy/acme/upstream/acme/web", &license).failure();
    pull("proxy/acme/upstream/other/api", &license).failure();
    pull("proxy/acme/upstream/acme/api", "wrong").failure();
    // The proxy's own account is refused: what the registry says then is not passed on.
    let accounts = shop.folder().join("htpasswd");
    let others = fs::read_to_string(&accounts).unwrap().replace(UPSTREAM.user, "somebody");
    fs::write(accounts, others).unwrap();
    pull("proxy/acme/upstream/acme/api", &license).failure();

    let heard = recorder.heard();
    for said in [license.as_str(), "/v2/token", "no such image", "does not grant access to this image", "200 OK"] {
        assert!(heard.contains(said), "{said} is not in\n{heard}");
    }
    let basic = STANDARD.encode(format!("{}:{}", UPSTREAM.user, UPSTREAM.password));
    for secret in [UPSTREAM.user, UPSTREAM.password, &basic] {
        assert!(!heard.contains(secret), "{secret} is in\n{heard}");
    }
    // Challenges are the proxy's, and name nobody else.
    let challenges: Vec<_> =
        heard.lines().filter(|line| line.to_ascii_lowercase().starts_with("www-authenticate:")).collect();
    let realm = format!("WWW-Authenticate: Bearer realm=\"http://{}/v2/token\"", recorder.host());
    assert!(!challenges.is_empty() && challenges.iter().all(|line| line.starts_with(&realm)), "{challenges:?}");
    assert!(!shop.requests().contains(&license), "{}", shop.requests());
}

/// Registries before an object store answer with an address that opens the blob for whoever has it.
fn a_signed_address_stays_with_the_proxy() {
    let Some([skopeo]) = tools::find(["skopeo"]) else { return };
    let Some(shop) = Shop::start() else { return };
    let work = Workdir::new();
    let store = Registry::start(&work.folder("store"), Access::Open, None);
    let client = Skopeo::new(&skopeo, None);
    client.push(&Image::new(&work.folder("image"), "store"), &format!("{}/acme/api:1", store.host()), None).success();
    shop.stand_before(&redirecting_to(store.host()));

    let license = id(&shop.license(&["issue", "bigbank"]).success());
    let recorder = Recorder::before(&shop.host());
    let config = docker_config(&recorder.host(), account(&license));
    let image = format!("{}/proxy/acme/upstream/acme/api:1", recorder.host());
    soon(|| client.pull(&image, Some(&config))).success();
    let heard = recorder.heard();
    assert!(heard.contains("/blobs/sha256:") && !heard.contains("Location") && !heard.contains(SIGNATURE), "{heard}");
    assert!(store.requests().iter().any(|request| request.contains(SIGNATURE)), "{:?}", store.requests());
}

/// A challenge would make a client show its license elsewhere, and object stores repeat a signed address in their errors.
fn what_a_failing_upstream_says_goes_no_further() {
    let Some(shop) = Shop::start() else { return };
    let challenge =
        format!("401 Unauthorized\r\nwww-authenticate: Bearer realm=\"http://elsewhere/{SIGNATURE}\"\r\n\r\n");
    let registry = serving(move |head| {
        let host = head.lines().find_map(|line| line.strip_prefix("Host: ")).unwrap_or_default();
        let to =
            |path| format!("307 Temporary Redirect\r\nLocation: http://{host}/{path}?{SIGNATURE}\r\n\r\n{SIGNATURE}");
        match head.split('/').nth(3) {
            Some("ready") => "200 OK\r\n\r\n".to_owned(),
            Some("sends-to-a-challenge") => to("x/x/challenges"),
            Some("sends-to-an-error") => to("x/x/fails"),
            Some("sends-on") => to("x/x/sends-to-an-error"),
            Some(path) if path.starts_with("challenges") => challenge.clone(),
            _ => format!("500 Internal Server Error\r\n\r\n{SIGNATURE}"),
        }
    });
    shop.stand_before(&registry);
    let license = id(&shop.license(&["issue", "bigbank"]).success());
    let ask = |name: &str| ask(&shop, &format!("proxy/acme/upstream/acme/{name}/blobs/sha256:0a"), &license);
    until(|| ask("ready"), |answer| answer.contains(" 200 OK"));
    for (name, status) in [
        ("challenges", " 401 "),
        ("fails", " 502 "),
        ("sends-to-a-challenge", " 502 "),
        ("sends-to-an-error", " 502 "),
        ("sends-on", " 502 "),
    ] {
        // For a moment an old worker of nginx may answer beside the new one.
        let answer = until(|| ask(name), |answer| answer.contains(status));
        let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
        assert!(answer.contains(status) && body.starts_with("{\"errors\":"), "{name}: {answer}");
        assert!(!answer.contains(SIGNATURE), "{name}: {answer}");
    }
}

/// Everybody gets what the registry gives to everybody, and no more because somebody with a license was there before.
fn the_cache_keeps_accounts_apart() {
    let Some(shop) = Shop::start() else { return };
    let registry = serving(|head| {
        let knows = head.lines().any(|line| line.starts_with("Authorization: "));
        if knows { "200 OK\r\n\r\nthe vendor's".to_owned() } else { "401 Unauthorized\r\n\r\n".to_owned() }
    });
    shop.reconfigure(|upstreams| {
        let accounts = upstreams.lines().filter(|line| !(line.contains("~^anon") && line.contains("Basic ")));
        let own = accounts.collect::<Vec<_>>().join("\n").replace("(?<repository>public/.+)", "(?<repository>.+)");
        own.replace(&format!("http://{}", shop.upstream()), &registry)
    });
    let license = id(&shop.license(&["issue", "bigbank"]).success());
    let blob = "upstream/acme/api/blobs/sha256:0a";
    let with_license = || ask(&shop, &format!("proxy/acme/{blob}"), &license);
    let opened = until(with_license, |answer| answer.contains(" 200 OK"));
    assert!(opened.ends_with("the vendor's"), "{opened}");
    let refused = until(|| ask(&shop, &format!("anonymous/{blob}"), ""), |answer| answer.contains(" 401 "));
    assert!(refused.contains(" 401 ") && !refused.contains("the vendor's"), "{refused}");
}

fn an_upstream_with_tokens_has_a_cache_before_it() {
    let Some([skopeo, registry]) = tools::find(["skopeo", "docker-registry"]) else { return };
    let Some(shop) = Shop::start() else { return };
    let work = Workdir::new();
    let tokens = TokenServer::start(&work.folder("tokens"));
    let upstream = Registry::start(&work.folder("upstream"), Access::Token(&tokens), None);
    let client = Skopeo::new(&skopeo, None);
    let account_there = docker_config(&upstream.host(), UPSTREAM);
    let image = Image::new(&work.folder("image"), "tokens");
    client.push(&image, &format!("{}/acme/api:1", upstream.host()), Some(&account_there)).success();

    let port = format!("127.0.0.1:{}", free_port());
    let config = fs::read_to_string(Shop::file("cache.yml")).unwrap();
    let own = [
        ("127.0.0.1:5001", port.as_str()),
        ("/var/lib/license-proxy/ghcr.io", &work.folder("cache").display().to_string()),
        ("https://ghcr.io", &format!("http://{}", upstream.host())),
    ];
    let config = own.iter().fold(config, |config, (from, to)| config.replace(from, to));
    let mut cache = Command::new(registry)
        .arg("serve")
        .arg(work.write("cache.yml", config))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    shop.stand_before(&format!("http://{port}"));
    let license = id(&shop.license(&["issue", "bigbank"]).success());
    let config = docker_config(&shop.host(), account(&license));
    let pulled = soon(|| client.pull(&shop.proxied(), Some(&config)));
    cache.kill().unwrap();
    cache.wait().unwrap();
    pulled.success();
}

fn it_speaks_tls_with_the_vendors_certificate() {
    let Some([skopeo, _]) = tools::find(["skopeo", "openssl"]) else { return };
    let work = Workdir::new();
    let authority = Authority::new(work.path());
    let Some(shop) = Shop::start_with(Some(&authority)) else { return };
    push(&shop, &Skopeo::new(&skopeo, None), "acme/api:1");
    let license = id(&shop.license(&["issue", "bigbank"]).success());
    let config = docker_config(&shop.host(), account(&license));
    Skopeo::new(&skopeo, Some(&authority)).pull(&shop.proxied(), Some(&config)).success();
}

fn who_asks_too_often_is_told_so() {
    let Some(shop) = Shop::start() else { return };
    let status = || {
        let mut stream = TcpStream::connect(shop.host()).unwrap();
        stream.write_all(b"GET /v2/ HTTP/1.0\r\n\r\n").unwrap();
        let mut line = String::new();
        BufReader::new(stream).read_line(&mut line).unwrap();
        line
    };
    assert!(status().contains(" 401 "));
    assert!((0..1000).any(|_| status().contains(" 429 ")));
}

fn it_is_for_pulling() {
    let Some([skopeo]) = tools::find(["skopeo"]) else { return };
    let Some(shop) = Shop::start() else { return };
    let work = Workdir::new();
    let license = id(&shop.license(&["issue", "bigbank"]).success());
    let config = docker_config(&shop.host(), account(&license));
    let pushed = Skopeo::new(&skopeo, None).push(&Image::new(work.path(), "new"), &shop.proxied(), Some(&config));
    let pushed = pushed.failure();
    assert!(pushed.stderr.contains("this registry is for pulling"), "{pushed}");

    let file = work.write("auth.json", config);
    for (words, repository) in [("list-tags", "proxy/acme/upstream/acme/api"), ("list-tags", "library/sdk")] {
        let mut list = command(&work, &skopeo);
        list.args([words, "--tls-verify=false", "--authfile"]).arg(&file);
        run(list.arg(format!("docker://{}/{repository}", shop.host())), "").failure();
    }
}

fn the_script_keeps_order() {
    let Some(shop) = Shop::start() else { return };
    let license = id(&shop.license(&["issue", "bigbank"]).success());
    assert!(shop.license(&["issue", "bigbank"]).failure().stderr.contains("has a license already"));
    assert_eq!(
        shop.license(&["list"]).success(),
        "{\"customer\":\"bigbank\",\"app\":\"acme\",\"expires\":\"\"}\n",
        "and not {license}"
    );
    shop.license(&["revoke", "bigbank"]).success();
    assert!(shop.license(&["revoke", "bigbank"]).failure().stderr.contains("has no license"));
    assert_eq!(shop.license(&["list"]).success(), "");
    let named = shop.license(&["issue", "no", "--app", "007"]).success();
    for field in ["  name: \"no\"\n", "  customerName: \"no\"\n", "  appSlug: \"007\"\n"] {
        assert!(named.contains(field), "YAML reads it as another type: {named}");
    }
    for wrong in
        [&["issue", "../x"][..], &["issue", "Big Bank"], &["issue"], &["steal"], &["issue", "a", "--app", "a/b"]]
    {
        assert_eq!(shop.license(wrong).failure().code, Some(2), "{wrong:?}");
    }
}

/// Somebody who follows the README, with files and ports of a test's own.
struct Customer {
    work: Workdir,
    programs: Vec<PathBuf>,
    ports: [(&'static str, String); 3],
}

impl Customer {
    fn new(shop: &Shop, programs: &[PathBuf]) -> Customer {
        let work = Workdir::new();
        Image::new(&work.folder("image"), "licensed");
        copy(&Shop::file(""), &work.join("examples/license-proxy"));
        let ports = [
            ("/tmp/shop", shop.folder().display().to_string()),
            ("127.0.0.1:8080", shop.host()),
            ("127.0.0.1:5000", shop.upstream()),
        ];
        let customer = Customer { work, programs: programs.to_vec(), ports };
        for file in ["shop.yaml", "pullthrough.yaml"] {
            let path = format!("examples/license-proxy/customer/{file}");
            let text = customer.with_ports(&customer.work.read(&path));
            customer.work.write(&path, text);
        }
        let store = customer.work.join("store").display().to_string();
        let storage = format!("[storage]\ndriver = \"vfs\"\ngraphroot = \"{store}\"\nrunroot = \"{store}/run\"\n");
        customer.work.write("storage.conf", storage);
        customer
    }

    /// The README's commands, a block each.
    fn steps(&self) -> Vec<String> {
        let page = self.work.read("examples/license-proxy/README.md");
        let blocks = page.split("```sh\n").skip(1);
        blocks.map(|block| block.split_once("```").unwrap().0.to_owned()).collect()
    }

    fn run(&self, step: &str) -> Finished {
        let mut shell = command(&self.work, &PathBuf::from("bash"));
        let mut folders: Vec<_> = self.programs.iter().map(|program| program.parent().unwrap()).collect();
        let bin = self.work.join("bin");
        folders.insert(0, &bin);
        shell.env("PATH", tools::path_with(&folders));
        shell.env("CONTAINERS_STORAGE_CONF", self.work.join("storage.conf"));
        shell.env("IMAGE", format!("oci:{}", self.work.join("image").display()));
        run(shell.args(["-euo", "pipefail", "-c"]).arg(self.with_ports(step)), "")
    }

    /// An engine does not ask for what it has.
    fn forget_images(&self) {
        fs::remove_dir_all(self.work.join("store")).expect("podman made it");
    }

    fn with_ports(&self, text: &str) -> String {
        self.ports.iter().fold(text.to_owned(), |text, (from, to)| text.replace(from, to))
    }
}

fn push(shop: &Shop, client: &Skopeo<'_>, name: &str) {
    let work = Workdir::new();
    let reference = format!("{}/{name}", shop.upstream());
    client.push(&Image::new(work.path(), name), &reference, Some(&shop.account())).success();
}

/// The ID in a license.
fn id(license: &str) -> String {
    let line = license.lines().find_map(|line| line.trim().strip_prefix("licenseID: "));
    line.expect("a license has one").trim_matches('"').to_owned()
}

fn account(license: &str) -> Account<'_> {
    Account { user: "whoever", password: license }
}

/// What the address has that a [`redirecting_to`] registry answers with.
const SIGNATURE: &str = "signature=opens-it-for-anybody";

/// A registry that sends everybody elsewhere for everything.
fn redirecting_to(host: String) -> String {
    serving(move |head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        format!("307 Temporary Redirect\r\nLocation: http://{host}{path}?{SIGNATURE}\r\n\r\n")
    })
}

/// A server that answers a request's head like this: a status, headers, a blank line and the body. It serves until the test's process ends.
fn serving(answer: impl Fn(&str) -> String + Send + 'static) -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let own = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let lines = BufReader::new(&stream).lines().map_while(Result::ok).take_while(|line| !line.is_empty());
            let head = lines.collect::<Vec<_>>().join("\n");
            let _ = write!(stream, "HTTP/1.0 {}", answer(&head));
        }
    });
    own
}

/// What the proxy answers, to the last byte.
fn ask(shop: &Shop, path: &str, license: &str) -> String {
    let mut stream = TcpStream::connect(shop.host()).unwrap();
    write!(stream, "GET /v2/{path} HTTP/1.0\r\nAuthorization: Bearer {license}\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Tries again while servers start, for some seconds.
fn soon(attempt: impl Fn() -> Finished) -> Finished {
    until(attempt, |finished| finished.code == Some(0))
}

fn until<T>(attempt: impl Fn() -> T, good: impl Fn(&T) -> bool) -> T {
    let end = Instant::now() + Duration::from_secs(10);
    loop {
        let came = attempt();
        if good(&came) || Instant::now() > end {
            return came;
        }
        thread::sleep(Duration::from_millis(100));
    }
}

/// Whichever of the two it is, and though something answers there.
fn a_port_that_is_taken_is_named() {
    if tools::find(["docker-registry", "nginx", "ngx_http_js_module.so"]).is_none() {
        return;
    }
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (taken_port, other) = (taken.local_addr().unwrap().port().to_string(), free_port().to_string());
    for ports in [[&taken_port, &other], [&other, &taken_port]] {
        let work = Workdir::new();
        let refused = run(Command::new(Shop::file("start")).arg(work.path()).args(ports), "").failure();
        assert!(refused.code == Some(1) && refused.stdout.is_empty(), "{refused}");
        assert!(refused.stderr.contains(&format!("another program listens on port {taken_port}")), "{refused}");
    }
}

fn a_server_that_ends_is_named() {
    if tools::find(["docker-registry", "nginx", "ngx_http_js_module.so"]).is_none() {
        return;
    }
    let work = Workdir::new();
    let mut start = Command::new(Shop::file("start"));
    start.arg(work.path()).args([free_port().to_string(), free_port().to_string()]);
    let child = start.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let pid = work.join("nginx.pid");
    let deadline = Instant::now() + Duration::from_secs(30);
    while fs::read_to_string(&pid).map_or(true, |pid| pid.trim().is_empty()) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(20));
    }
    run(Command::new("kill").arg(fs::read_to_string(&pid).unwrap().trim()), "").success();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("start: proxy has ended with exit code"), "{said}");
}
