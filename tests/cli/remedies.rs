//! Every code has a remedy in its message, and following it makes the message go away: a row for each code.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use pullthrough::krm::Code;

use super::{program, run, text};

/// A run of the program: what it is given, besides its input on standard input.
#[derive(Clone, Default)]
struct Call {
    arguments: Vec<&'static str>,
    /// `spec` of the configuration, in flow style; empty: no configuration.
    spec: String,
    env: Vec<(&'static str, &'static str)>,
    input: String,
}

/// What to do about a code.
enum Remedy {
    /// `before` gives a message with the code and these words, and `after`, which does what they say, gives none with the code and succeeds.
    Followed { says: &'static str, before: Call, after: Call },
    /// Nothing has to be done.
    Information(&'static str),
    /// Why no test can follow it.
    NotHere(&'static str),
}

const PROXY: &str = "proxies: [{template: {host: mirror.example, pattern: \"{host}/{registry}/{repository}\"}}], access: {probe: false}";
const OPEN: &str = "proxies: [{template: {host: mirror.example, pattern: \"{host}/{registry}/{repository}\"}, credentials: {anonymous: {}}}]";
const PRIVATE: &str = "images: {private: [ghcr.io/acme/**], public: [docker.io/**]}";
const NEVER: &str = "pullSecret: {create: never}";
const ACCOUNT: [(&str, &str); 3] =
    [("PULLTHROUGH_USERNAME", "me"), ("PULLTHROUGH_PASSWORD", "pw"), ("PULLTHROUGH_HOSTS", "mirror.example")];
const LICENSE: &str = "apiVersion: kots.io/v1beta1\nkind: License\nmetadata: {name: customer, annotations: {config.kubernetes.io/local-config: \"true\"}}\nspec: {appSlug: acme, licenseID: 2vExAmPlE}\n";

fn pod(image: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - name: web\n    image: {image}\n"
    )
}

fn call(spec: &[&str], input: impl Into<String>) -> Call {
    Call { spec: spec.join(", "), input: input.into(), ..Call::default() }
}

impl Call {
    fn env(self, env: &[(&'static str, &'static str)]) -> Self {
        Self { env: env.to_vec(), ..self }
    }

    fn with(self, arguments: &[&'static str]) -> Self {
        Self { arguments: arguments.to_vec(), ..self }
    }

    /// The exit code, and all that was said.
    fn run(&self, name: &str) -> (Option<i32>, String) {
        let mut command = program();
        command.args(&self.arguments);
        if !self.spec.is_empty() {
            let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("remedy-{name}.yaml"));
            let config = format!(
                "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: acme}}\nspec: {{{}}}\n",
                self.spec
            );
            fs::write(&path, config).unwrap();
            command.arg("--config").arg(path);
        }
        let output = run(command.envs(self.env.iter().copied()), &self.input);
        (output.status.code(), text(&output.stderr) + &text(&output.stdout))
    }
}

#[test]
fn every_remedy_helps() {
    let mut failures = Vec::new();
    for code in Code::ALL {
        let Remedy::Followed { says, before, after } = remedy(*code) else { continue };
        let name = code.name();
        let mark = format!("[{name}]");
        let (_, said) = before.run(name);
        if !said.lines().any(|line| line.contains(&mark) && line.contains(says)) {
            failures.push(format!("{name} does not say `{says}`:\n{said}"));
        }
        let (exit, said) = after.run(name);
        if exit != Some(0) || said.contains(&mark) {
            failures.push(format!("{name} is still there when its remedy was followed (exit code {exit:?}):\n{said}"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// A row without a reason would be one that somebody did not think about.
#[test]
fn what_is_not_followed_has_a_reason() {
    let mut reasons = BTreeSet::new();
    for code in Code::ALL {
        if let Remedy::Information(why) | Remedy::NotHere(why) = remedy(*code) {
            assert!(why.len() > 20 && reasons.insert(why), "{code}: {why}");
        }
    }
}

/// A server on this machine that has the same answer for everything.
fn registry(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(64) {
            let Ok(mut stream) = stream else { continue };
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    host
}

const NOT_FOUND: &str = "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nDocker-Distribution-Api-Version: registry/2.0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
const TOO_MANY: &str =
    "HTTP/1.1 429 Too Many Requests\r\nRetry-After: 60\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn remedy(code: Code) -> Remedy {
    use Remedy::{Followed, Information, NotHere};
    let list = |config: &str, item: &str| {
        let item = item.trim_end().replace('\n', "\n  ");
        format!("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{config}items:\n- {item}\n")
    };
    let asks = |answer| {
        let image = format!("{}/acme/web:1", registry(answer));
        let access = "access: {budget: 2s}";
        let before = call(&[OPEN, access], pod(&image));
        let declared = format!("images: {{public: [\"{image}\"]}}");
        (before, call(&[OPEN, access, &declared], pod(&image)))
    };
    match code {
        Code::Rewritten => Information("what the function is for: an image is rewritten"),
        Code::Moved => Information("a default host became the configured one"),
        Code::Unwound => Information("an image left a former proxy"),
        Code::Pinned => Information("a digest was added, as `pin` asks for"),
        Code::Public => Information("a public image needs no proxy"),
        Code::OnProxy => Information("the image is where it should be"),
        Code::InPlace => Information("the credentials open the host of the image"),
        Code::Ignored => Information("the configuration says to ignore it"),
        Code::Excluded => {
            Information("the vendor's Application says to leave it alone; declaring the image is a choice")
        }
        Code::AdditionalImage => Information("what another program starts has to be pulled from the proxy as well"),
        Code::NeverPulled => Information("the image is on the node already"),
        Code::Skipped => Information("the author of the object decided so; --strict makes it a failure"),
        Code::PolicyPattern => Information("whether a policy is meant for the new names is its author's decision"),
        Code::RenderedElsewhere => Information("another program renders the images, and the message says where to run"),
        Code::SecretCreated => Information("the pull Secret that pods name was added"),
        Code::SecretUpdated => Information("the pull Secret has the credentials of today"),
        Code::LockUnused => Information("`pullthrough lock --prune` drops the entries, and they do no harm"),
        Code::FieldUnused => {
            Information("the entry may be for another application; the nearest kind and path are named")
        }
        Code::PatternUnused => Information("the pattern may be for another application; the nearest one is named"),
        Code::Internal => NotHere("an internal error, to be reported: no input is known to cause one"),
        Code::VerifyFailed => {
            NotHere("a proxy has to serve the image: tests/e2e has them, and plan::proof a table of the advice")
        }
        Code::PassedOver => NotHere("it is about links in folders: tests/cli/guard.rs removes them"),
        Code::NotExpressible => NotHere("the command writes folders: tests/vectors/component.rs has each message"),
        Code::ImageNotRead => {
            let widget = "apiVersion: example.com/v1
kind: Widget
metadata: {name: a}
spec: {image: ghcr.io/acme/web:1}
";
            let images =
                "images: {private: [ghcr.io/acme/**], fields: [{group: example.com, kind: Widget, path: spec/image}]}";
            Followed {
                says: "group: example.com, kind: Widget, path: spec/image",
                before: call(&[OPEN, PRIVATE], widget),
                after: call(&[OPEN, images], widget),
            }
        }
        Code::Placeholder => Followed {
            says: "declare `quay.io/other/app` in images.public or images.private",
            before: call(&[OPEN, PRIVATE], pod("quay.io/other/app:${TAG}")),
            after: call(&[OPEN, "images: {private: [quay.io/other/app]}"], pod("quay.io/other/app:${TAG}")),
        },
        Code::InvalidReference => Followed {
            says: "is not a valid image reference",
            before: call(&[PROXY, PRIVATE, NEVER], pod("Ghcr.io/Acme web")),
            after: call(&[PROXY, PRIVATE, NEVER], pod("ghcr.io/acme/web")),
        },
        Code::Undecided => Followed {
            says: "declare it in images.public or images.private (`quay.io/acme/web`)",
            before: call(&[PROXY, PRIVATE, NEVER], pod("quay.io/acme/web:1")),
            after: call(&[PROXY, "images: {private: [quay.io/acme/web]}", NEVER], pod("quay.io/acme/web:1")),
        },
        Code::NotFound => {
            let (before, after) = asks(NOT_FOUND);
            Followed {
                says: "set access.onNotFound to keep",
                before: Call { spec: before.spec.replace("budget", "onNotFound: fail, budget"), ..before },
                after,
            }
        }
        Code::RateLimited => {
            let (before, after) = asks(TOO_MANY);
            Followed { says: "in an ImageLock", before, after }
        }
        Code::Unreachable => Followed {
            says: "unset PULLTHROUGH_PUBLIC_ONLY if that host is the right one, or declare the image",
            before: call(&[OPEN], pod("127.0.0.1:9/acme/web:1")).env(&[("PULLTHROUGH_PUBLIC_ONLY", "1")]),
            after: call(&[OPEN, "images: {public: [\"127.0.0.1:9/acme/web\"]}"], pod("127.0.0.1:9/acme/web:1"))
                .env(&[("PULLTHROUGH_PUBLIC_ONLY", "1")]),
        },
        Code::NoProxy => Followed {
            says: "add a proxy for ghcr.io or set access.onUnmatched: keep",
            before: call(
                &[
                    "proxies: [{harbor: {host: mirror.example, project: a, upstream: quay.io}, credentials: {anonymous: {}}}], access: {probe: false}",
                    PRIVATE,
                ],
                pod("ghcr.io/acme/web:1"),
            ),
            after: call(
                &[
                    "proxies: [{harbor: {host: mirror.example, project: a, upstream: ghcr.io}, credentials: {anonymous: {}}}], access: {probe: false}",
                    PRIVATE,
                ],
                pod("ghcr.io/acme/web:1"),
            ),
        },
        Code::InvalidTarget => Followed {
            says: "aliases",
            before: call(
                &[
                    "proxies: [{replicated: {app: acme}, credentials: {anonymous: {}}}], images: {private: [\"registry.corp:5000/**\"]}",
                ],
                pod("registry.corp:5000/acme/web:1"),
            ),
            after: call(
                &[
                    "proxies: [{replicated: {app: acme}, credentials: {anonymous: {}}, aliases: {\"registry.corp:5000\": corp}}], images: {private: [\"registry.corp:5000/**\"]}",
                ],
                pod("registry.corp:5000/acme/web:1"),
            ),
        },
        Code::Collision => {
            let both = format!("{}---\n{}", pod("ghcr.io/acme/web:1"), pod("quay.io/acme/web:1"));
            let private = "images: {private: [ghcr.io/**, quay.io/**]}";
            Followed {
                says: "a template with {registry}",
                before: call(
                    &["proxies: [{localRegistry: {host: mirror.example}, credentials: {anonymous: {}}}]", private],
                    both.clone(),
                ),
                after: call(&[OPEN, private], both),
            }
        }
        Code::SharedAnchor => {
            let two = |second: &str| {
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata: {{name: web}}\nspec:\n  containers:\n  - &c\n    name: a\n    image: ghcr.io/acme/web:1\n  initContainers:\n  - {second}\n"
                )
            };
            Followed {
                says: "write it out in one of the places",
                before: call(&[OPEN, PRIVATE], two("*c")),
                after: call(&[OPEN, PRIVATE], two("{name: b, image: \"ghcr.io/acme/web:1\"}")),
            }
        }
        Code::DuplicateKey => Followed {
            says: "remove one of the two",
            before: call(&[OPEN, PRIVATE], pod("ghcr.io/acme/web:1") + "    image: docker.io/a/b\n"),
            after: call(&[OPEN, PRIVATE], pod("ghcr.io/acme/web:1")),
        },
        Code::TooManyAliases => NotHere("writing out a bomb of aliases is what they are there to prevent"),
        Code::KnownPrivate => {
            let installation = "apiVersion: kots.io/v1beta1\nkind: Installation\nmetadata: {name: i, annotations: {config.kubernetes.io/local-config: \"true\"}}\nspec: {knownImages: [{image: \"quay.io/x/y:1\", isPrivate: true}]}\n";
            let lock = "---\napiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: l, annotations: {config.kubernetes.io/local-config: \"true\"}}\nimages: [{image: \"quay.io/x/y:1\", access: private}]\n";
            let input = format!("{installation}---\n{}", pod("quay.io/x/y:1"));
            let spec = [OPEN, "access: {probe: false}"];
            Followed { says: "use an ImageLock", before: call(&spec, input.clone()), after: call(&spec, input + lock) }
        }
        Code::SecretNotOurs => {
            let input = format!(
                "apiVersion: v1\nkind: Secret\nmetadata: {{name: acme-registry}}\ntype: Opaque\n---\n{}",
                pod("ghcr.io/acme/web:1")
            );
            Followed {
                says: "rename one of them (pullSecret.name)",
                before: call(&[PROXY, PRIVATE], input.clone()).env(&ACCOUNT),
                after: call(&[PROXY, PRIVATE, "pullSecret: {name: other}"], input).env(&ACCOUNT),
            }
        }
        Code::SecretInPackage => {
            let input = list(
                "",
                &pod("ghcr.io/acme/web:1")
                    .replace("{name: web}", "{name: web, annotations: {config.kubernetes.io/path: a.yaml}}"),
            );
            Followed {
                says: "set pullSecret.create: never",
                before: call(&[PROXY, PRIVATE], input.clone()).env(&ACCOUNT),
                after: call(&[PROXY, PRIVATE, NEVER], input).env(&ACCOUNT),
            }
        }
        Code::SecretUnseen => {
            let selected = "{name: NAME, annotations: {internal.config.kubernetes.io/path: a.yaml, internal.config.kubernetes.io/kpt-resource-id: \"1\"}}";
            let input = list("", &pod("ghcr.io/acme/web:1").replace("{name: web}", &selected.replace("NAME", "web")));
            let secret = format!(
                "- apiVersion: v1\n  kind: Secret\n  metadata: {}\n  type: kubernetes.io/dockerconfigjson\n  data: {{.dockerconfigjson: e30=}}\n",
                selected.replace("NAME", "acme-registry")
            );
            let spec = [PROXY, PRIVATE, "pullSecret: {create: always}"];
            Followed {
                says: "select it as well",
                before: call(&spec, input.clone()).env(&ACCOUNT),
                after: call(&spec, input + &secret).env(&ACCOUNT),
            }
        }
        Code::SecretNotAttached => {
            let widget =
                "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {image: ghcr.io/acme/web:1}\n";
            let field = |more: &str| {
                format!("images: {{private: [ghcr.io/acme/**], fields: [{{kind: Widget, path: spec/image{more}}}]}}")
            };
            Followed {
                says: "has no field to name it",
                before: call(&[PROXY, &field(""), NEVER], widget),
                after: call(
                    &[PROXY, &field(", pullSecrets: {path: spec/imagePullSecrets, form: objects}"), NEVER],
                    widget,
                ),
            }
        }
        Code::SecretAfterHook => {
            let hook = pod("ghcr.io/acme/web:1").replace(
                "{name: web}",
                "{name: web, annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: \"3\"}}",
            );
            Followed {
                says: "give the Secret `helm.sh/hook: pre-install`, `helm.sh/hook-weight: \"2\"` in pullSecret.annotations",
                before: call(&[PROXY, PRIVATE], hook.clone()).env(&ACCOUNT),
                after: call(
                    &[
                        PROXY,
                        PRIVATE,
                        "pullSecret: {annotations: {helm.sh/hook: pre-install, helm.sh/hook-weight: \"2\"}}",
                    ],
                    hook,
                )
                .env(&ACCOUNT),
            }
        }
        Code::ServiceAccountElsewhere => {
            let input = pod("ghcr.io/acme/web:1") + "  - {name: other, image: quay.io/other/web}\n";
            let images = "images: {private: [ghcr.io/acme/**], ignore: [quay.io/**]}";
            let account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: default}\nimagePullSecrets: [{name: own}]\n";
            Followed {
                says: "add the ServiceAccount to the input",
                before: call(&[PROXY, images, NEVER], input.clone()),
                after: call(&[PROXY, images, NEVER], input + account),
            }
        }
        Code::NoCredential => Followed {
            says: "if the Secret is made elsewhere, set pullSecret.create: never",
            before: call(&[PROXY, PRIVATE], pod("ghcr.io/acme/web:1")),
            after: call(&[PROXY, PRIVATE, NEVER], pod("ghcr.io/acme/web:1")),
        },
        Code::NoRoom => {
            let json = r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "web"}, "spec": {"containers": [{"image": "ghcr.io/acme/web:1"}]}}"#;
            Followed {
                says: "write the objects as a List",
                before: call(&[PROXY, PRIVATE], json).env(&ACCOUNT),
                after: call(&[PROXY, PRIVATE], format!(r#"{{"apiVersion": "v1", "kind": "List", "items": [{json}]}}"#))
                    .env(&ACCOUNT),
            }
        }
        Code::NameElsewhere => NotHere("tests/cli/rewrite.rs changes the name in a kustomization and runs again"),
        Code::OwnObject => {
            let lock = r#"{"apiVersion": "pullthrough.dev/v1alpha1", "kind": "ImageLock", "images": [{"image": "ghcr.io/acme/web:1", "access": "private"}]}"#;
            let file = concat!(env!("CARGO_TARGET_TMPDIR"), "/remedy-own-object-lock.json");
            fs::write(file, lock).unwrap();
            let spec = [OPEN, "access: {probe: false}"];
            Followed {
                says: "give it with --lock FILE instead",
                before: call(&spec, format!("{lock}\n---\n{}", pod("ghcr.io/acme/web:1"))),
                after: call(&spec, pod("ghcr.io/acme/web:1")).with(&["--lock", file]),
            }
        }
        Code::LicenseExpired => {
            let spec = ["proxies: [{replicated: {}}]", PRIVATE];
            let license = |end: &str| {
                LICENSE.replace(
                    "licenseID: 2vExAmPlE",
                    &format!("licenseID: 2vExAmPlE, entitlements: {{expires_at: {{value: \"{end}\"}}}}"),
                )
            };
            let input = |end: &str| format!("{}---\n{}", license(end), pod("ghcr.io/acme/web:1"));
            Followed {
                says: "ask the vendor for a new one",
                before: call(&spec, input("2020-01-01T00:00:00Z")),
                after: call(&spec, input("2999-01-01T00:00:00Z")),
            }
        }
        Code::LicenseInvalid => {
            let spec = ["proxies: [{replicated: {app: acme}}]", PRIVATE];
            let input = |app: &str| {
                format!(
                    "{}---\n{}",
                    LICENSE.replace("appSlug: acme", &format!("appSlug: {app}")),
                    pod("ghcr.io/acme/web:1")
                )
            };
            Followed {
                says: "expected the app's slug",
                before: call(&spec, input("Acme/App")),
                after: call(&spec, input("acme")),
            }
        }
        Code::ReplicatedObject => {
            let bundle = "apiVersion: troubleshoot.sh/v1beta2\nkind: SupportBundle\nmetadata: {name: a}\nspec: {collectors: [{sysctl: {image: ghcr.io/acme/web:1}}]}\n";
            Followed {
                says: "set spec.replicatedObjects to keep or drop",
                before: call(&[OPEN, PRIVATE], bundle),
                after: call(&[OPEN, PRIVATE, "replicatedObjects: keep"], bundle),
            }
        }
        Code::DomainsDisagree => {
            let application = "---\napiVersion: kots.io/v1beta1\nkind: Application\nmetadata: {name: acme, annotations: {config.kubernetes.io/local-config: \"true\"}}\nspec: {title: Acme, proxyRegistryDomain: images.application.example}\n";
            let license = LICENSE
                .replace("licenseID: 2vExAmPlE", "licenseID: 2vExAmPlE, replicatedProxyDomain: images.license.example");
            let input = format!("{license}{application}---\n{}", pod("ghcr.io/acme/web:1"));
            Followed {
                says: "Set the right one in the configuration",
                before: call(&["proxies: [{replicated: {}}]", PRIVATE, NEVER], input.clone()),
                after: call(&["proxies: [{replicated: {host: images.license.example}}]", PRIVATE, NEVER], input),
            }
        }
        Code::AllNamespaces => {
            let application = "apiVersion: kots.io/v1beta1\nkind: Application\nmetadata: {name: acme, annotations: {config.kubernetes.io/local-config: \"true\"}}\nspec: {title: Acme, additionalNamespaces: [\"*\"]}\n";
            let input = format!("{application}---\n{}", pod("ghcr.io/acme/web:1"));
            Followed {
                says: "list them in pullSecret.namespaces",
                before: call(&[PROXY, PRIVATE], input.clone()).env(&ACCOUNT),
                after: call(&[PROXY, PRIVATE, "pullSecret: {namespaces: [jobs]}"], input).env(&ACCOUNT),
            }
        }
        Code::LockContradiction => {
            let lock = "---\napiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: l, annotations: {config.kubernetes.io/local-config: \"true\"}}\nimages: [{image: \"ghcr.io/acme/web:1\", access: public}]\n";
            Followed {
                says: "remove one of the two",
                before: call(&[PROXY, PRIVATE, NEVER], pod("ghcr.io/acme/web:1") + lock),
                after: call(&[PROXY, NEVER], pod("ghcr.io/acme/web:1") + lock),
            }
        }
        Code::NoObjects => Followed {
            says: "check whether the command that made it failed",
            before: call(&[PROXY, PRIVATE, NEVER], "Error: chart not found\n").with(&["check", "--rendered"]),
            after: call(&[PROXY, PRIVATE, NEVER], pod("docker.io/a/b")).with(&["check", "--rendered"]),
        },
        Code::NotBuilt => Followed {
            says: "check the output of `kustomize build` instead",
            before: call(&[PROXY, PRIVATE, NEVER], "resources: [pod.yaml]\n").with(&["check", "--rendered"]),
            after: call(&[PROXY, PRIVATE, NEVER], pod("docker.io/a/b")).with(&["check", "--rendered"]),
        },
        Code::Unreadable => Followed {
            says: "write it as plain text, without the tag",
            before: call(&[PROXY, PRIVATE, NEVER], pod("!x docker.io/a/b")).with(&["check", "--rendered"]),
            after: call(&[PROXY, PRIVATE, NEVER], pod("docker.io/a/b")).with(&["check", "--rendered"]),
        },
        Code::SecretOpensNothing => {
            let ready = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {imagePullSecrets: [{name: acme-registry}], containers: [{image: \"mirror.example/ghcr.io/acme/web:1\"}]}\n";
            let secret = |json: &str| {
                format!(
                    "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: acme-registry}}\ntype: kubernetes.io/dockerconfigjson\nstringData: {{.dockerconfigjson: '{json}'}}\n"
                )
            };
            let spec = [PROXY, PRIVATE, NEVER];
            Followed {
                says: "or give it that account",
                before: call(&spec, ready.to_owned() + &secret(r#"{"auths":{"other.example":{"auth":"bWU6cHc="}}}"#))
                    .with(&["check", "--rendered"]),
                after: call(&spec, ready.to_owned() + &secret(r#"{"auths":{"mirror.example":{"auth":"bWU6cHc="}}}"#))
                    .with(&["check", "--rendered"]),
            }
        }
        Code::NotRendered => {
            let spec = [OPEN, PRIVATE];
            let (_, rendered) = call(&spec, pod("ghcr.io/acme/web:1")).run("not-rendered-first");
            Followed {
                says: "the function was skipped",
                before: call(&spec, pod("ghcr.io/acme/web:1")).with(&["check", "--rendered"]),
                after: call(&spec, rendered).with(&["check", "--rendered"]),
            }
        }
        Code::NotPinned => Followed {
            says: "give its digest in the manifest",
            before: call(
                &[OPEN, PRIVATE, "access: {probe: false, budget: 1s}", "pin: true"],
                pod("ghcr.io/acme/web:1"),
            ),
            after: call(
                &[OPEN, PRIVATE, "access: {probe: false}", "pin: true"],
                pod(&format!("ghcr.io/acme/web@sha256:{}", "0".repeat(64))),
            ),
        },
        Code::InvalidInput => Followed {
            says: "is not valid YAML",
            before: call(&[OPEN, PRIVATE], "kind: Pod\n\tname: a\n"),
            after: call(&[OPEN, PRIVATE], pod("docker.io/a/b")),
        },
        Code::Config => Followed {
            says: "the smallest one is",
            before: call(&[], pod("docker.io/a/b")),
            after: call(&["proxies: [{replicated: {app: acme}}]", PRIVATE], pod("docker.io/a/b")),
        },
    }
}
