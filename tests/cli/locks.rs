//! `--lock` and `PULLTHROUGH_LOCK`: a complete lock opens no socket, in whatever way the program is run.

use std::fs;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{program, refused, run, text};

/// `REGISTRY` stands for the registry of a test.
const WITH_REGISTRY: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  proxies:
  - template: {host: mirror.example, pattern: '{host}/{registry}/{repository}'}
    credentials: {anonymous: {}}
    aliases: {REGISTRY: local}
  access: {budget: 2s}
";

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  proxies:
  - template: {host: mirror.example, pattern: '{host}/{registry}/{repository}'}
    credentials: {anonymous: {}}
";

/// A registry that counts who calls: the kernel takes connections for it, and nothing answers.
struct Registry {
    listener: TcpListener,
    host: String,
}

impl Registry {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        Self { listener, host }
    }

    /// Whether anything has called since the last time.
    fn was_called(&self) -> bool {
        match self.listener.accept() {
            Ok(_) => true,
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("{error}"),
        }
    }

    /// A pod with a private and a public image.
    fn manifests(&self) -> String {
        let host = &self.host;
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - {{name: a, image: \"{host}/acme/api:1\"}}\n  \
             - {{name: b, image: \"{host}/open/web:2\"}}\n"
        )
    }

    fn rewritten(&self) -> String {
        self.manifests().replace(&format!("{}/acme", self.host), "mirror.example/local/acme")
    }

    fn lock(&self) -> String {
        let host = &self.host;
        format!(
            "{LOCK}- {{image: \"{host}/acme/api:1\", access: private}}\n- {{image: \"{host}/open/web:2\", access: public}}\n"
        )
    }
}

const LOCK: &str = "apiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: acme, annotations: {config.kubernetes.io/local-config: 'true'}}\nimages:\n";

/// A folder of the test's own, with these files.
fn folder(test: &str, files: &[(&str, &str)]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("locks").join(test);
    fs::create_dir_all(&path).unwrap();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    path
}

#[track_caller]
fn succeeded(output: &Output, stdout: &str) {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert_eq!(text(&output.stdout), stdout);
}

#[test]
fn a_complete_lock_opens_no_socket_in_a_pipe_a_post_renderer_and_an_argo_cd_plugin() {
    let registry = Registry::start();
    let (manifests, rewritten) = (registry.manifests(), registry.rewritten());
    let config = WITH_REGISTRY.replace("REGISTRY", &format!("{:?}", registry.host));
    let files = [("config.yaml", config.as_str()), ("lock.yaml", &registry.lock()), ("manifests.yaml", &manifests)];
    let folder = folder("complete", &files);
    let call = |arguments: &[&str]| -> Command {
        let mut command = program();
        command.current_dir(&folder).args(arguments).env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command
    };

    // The witness: without a lock it is asked.
    let output = run(&mut call(&["--config", "config.yaml"]), &manifests);
    assert_eq!((output.status.code(), registry.was_called()), (Some(1), true), "{}", text(&output.stderr));
    while registry.was_called() {}

    // A pipe, and Helm's post-renderer, which is one with arguments of its own (Helm 4: none, so a variable).
    succeeded(&run(&mut call(&["--config", "config.yaml", "--lock", "lock.yaml"]), &manifests), &rewritten);
    succeeded(&run(call(&["--config", "config.yaml"]).env("PULLTHROUGH_LOCK", "lock.yaml"), &manifests), &rewritten);
    // Argo CD's plugin.
    let plugin = ["run", "--config", "config.yaml", "--lock", "lock.yaml", "--", "cat", "manifests.yaml"];
    succeeded(&run(&mut call(&plugin), ""), &rewritten);
    let plugin = ["run", "--config", "config.yaml", "--", "cat", "manifests.yaml"];
    succeeded(&run(call(&plugin).env("PULLTHROUGH_LOCK", folder.join("lock.yaml")), ""), &rewritten);
    // kustomize and kpt.
    let own: String = config.lines().map(|line| format!("  {line}\n")).collect();
    let item: String = manifests.lines().map(|line| format!("  {line}\n")).collect();
    let list = |item: &str| {
        let item = item.replacen("  ", "- ", 1);
        format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n{own}items:\n{item}")
    };
    let output = run(call(&[]).env("PULLTHROUGH_LOCK", "lock.yaml"), &list(&item));
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(text(&output.stdout).contains("mirror.example/local/acme/api:1"), "{}", text(&output.stdout));
    // The commands that would ask.
    for command in ["check", "component"] {
        let mut arguments = vec![command, "--config", "config.yaml", "--lock", "lock.yaml", "manifests.yaml"];
        arguments.extend(if command == "component" { ["-o", "component"].as_slice() } else { &[] });
        let output = run(&mut call(&arguments), "");
        assert_eq!(output.status.code(), Some(0), "{command}: {}", text(&output.stderr));
    }
    assert!(!registry.was_called());
}

#[test]
fn locks_of_files_and_of_the_input_are_one_lock() {
    let private = format!("{LOCK}- {{image: ghcr.io/acme/api:1, access: private}}\n");
    let public = format!("{LOCK}- {{image: quay.io/acme/web:1, access: public}}\n");
    let files = [("config.yaml", CONFIG), ("a.yaml", &private), ("b.yaml", &public)];
    let folder = folder("several", &files);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{image: ghcr.io/acme/api:1}, {image: quay.io/acme/web:1}]}\n";
    let rewritten = pod.replace("ghcr.io", "mirror.example/ghcr.io");
    let call = || {
        let mut command = program();
        command.current_dir(&folder).args(["--config", "config.yaml"]);
        command
    };
    succeeded(&run(call().args(["--lock", "a.yaml", "--lock=b.yaml"]), pod), &rewritten);
    let both = std::env::join_paths(["a.yaml", "", "b.yaml"]).unwrap();
    succeeded(&run(call().env("PULLTHROUGH_LOCK", &both), pod), &rewritten);
    // The lock of the input is not for the cluster.
    succeeded(&run(call().args(["--lock", "a.yaml"]), &format!("{pod}---\n{public}")), &format!("{rewritten}---\n"));
    // The option stands in place of the variable.
    succeeded(
        &run(call().args(["--lock", "a.yaml", "--lock", "b.yaml"]).env("PULLTHROUGH_LOCK", "nowhere"), pod),
        &rewritten,
    );
    refused(&run(call().env("PULLTHROUGH_LOCK", "nowhere.yaml"), pod), 2, "nowhere.yaml");
}

#[test]
fn a_contradiction_names_the_file_and_a_wrong_kind_is_refused() {
    let private = format!("{LOCK}- {{image: ghcr.io/acme/api:1, access: private}}\n");
    let public = private.replace("private", "public");
    let files = [("config.yaml", CONFIG), ("a.yaml", &private), ("b.yaml", &public)];
    let folder = folder("wrong", &files);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{image: ghcr.io/acme/api:1}]}\n";
    let call = |locks: &[&str]| {
        let mut command = program();
        command.current_dir(&folder).args(["--config", "config.yaml"]);
        command.args(locks.iter().flat_map(|lock| ["--lock", lock]));
        command
    };
    let output = run(&mut call(&["a.yaml", "b.yaml"]), pod);
    refused(&output, 1, "error[lock-contradiction] b.yaml: ImageLock acme images[0]: line 5: ");
    refused(&output, 1, "at line 5 of a.yaml, that it is private");
    let output = run(&mut call(&["a.yaml"]), &format!("{pod}---\n{public}"));
    refused(&output, 1, "error[lock-contradiction] line 10: ImageLock acme images[0]: ");
    refused(&output, 1, "at line 5 of a.yaml, that it is private");
    let config = fs::read_to_string(folder.join("config.yaml")).unwrap();
    fs::write(folder.join("public.yaml"), config + "  images: {public: [\"ghcr.io/acme/**\"]}\n").unwrap();
    let mut declared = program();
    declared.current_dir(&folder).args(["--config", "public.yaml", "--lock", "a.yaml"]);
    refused(&run(&mut declared, pod), 1, "the ImageLock (line 5 of a.yaml) says");
    let wrong = "config.yaml: line 1: found PullThrough acme (pullthrough.dev/v1alpha1), expected `kind: ImageLock`";
    refused(&run(&mut call(&["a.yaml", "config.yaml"]), pod), 2, wrong);
    for command in ["check", "lock"] {
        let mut program = program();
        program.current_dir(&folder).args([command, "--config", "config.yaml", "--lock", "config.yaml"]);
        refused(&run(&mut program, pod), 2, wrong);
    }
    refused(&run(&mut call(&["."]), pod), 2, "can't read .");
}

/// What the cluster has no kind for is not handed to it.
#[test]
fn own_objects_are_taken_out_of_a_stream() {
    let folder = folder("own", &[("config.yaml", CONFIG)]);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\n";
    let call = || {
        let mut command = program();
        command.current_dir(&folder).args(["--config", "config.yaml"]);
        command
    };
    succeeded(&run(&mut call(), &format!("{CONFIG}---\n{pod}---\n{LOCK}")), &format!("---\n{pod}---\n"));
    refused(&run(&mut call(), &format!("{CONFIG}---\n{LOCK}")), 1, "nothing would be left of this input");
    let list = format!("{{\"kind\": \"ImageLock\", \"apiVersion\": \"pullthrough.dev/v1alpha1\"}}\n---\n{pod}");
    refused(&run(&mut call(), &list), 1, "error[own-object] line 1: ImageLock ");
}
