//! Helm: as a post-renderer of Helm 4 and Helm 3, and by the values of a chart.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::package::{command, docker_config_of, without_secrets};
use crate::pages;
use crate::process::{Finished, run};
use crate::servers::LICENSE;
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

tests![
    the_page_shows_its_examples,
    helm_4_passes_hooks_as_well,
    helm_4_keeps_what_the_function_says_to_itself,
    a_hook_that_needs_the_secret_before_it_is_there_is_told,
    helm_4_with_hooks_apart_gets_the_secret_twice,
    helm_3_passes_no_hooks_and_the_guard_says_so,
    helm_3_shows_why_the_function_refuses,
    without_the_post_renderer_the_guard_fails,
    a_chart_that_takes_a_registry_and_a_secret_needs_no_function,
    a_chart_makes_the_secret_of_the_value_that_replicated_gives,
];

const PROXIED: &str = "images.acme.example/proxy/acme/ghcr.io/acme/web:1.4.2";
const UPSTREAM: &str = "ghcr.io/acme/web:1.4.2";
/// How every Helm is told about the configuration.
const OPTIONS: [&str; 4] = ["--post-renderer", "pullthrough", "--post-renderer-args", "--config=pullthrough.yaml"];
const ANNOTATIONS: &str =
    "    annotations: {helm.sh/hook: \"pre-install,pre-upgrade\", helm.sh/hook-weight: \"-10\"}\n    for: all\n";
/// Changes to the configuration after which the chart's image can't be checked.
const UNDECIDED: [(&str, &str); 2] =
    [("ghcr.io/acme/**", "ghcr.io/other/**"), ("  pullSecret:\n", "  access: {probe: false}\n  pullSecret:\n")];

fn the_page_shows_its_examples() {
    let files = ["pullthrough.yaml", "plugin/plugin.yaml", "proxy-values.yaml", "chart/templates/registry.yaml"];
    pages::assert_shows("docs/helm.md", "examples/helm", &files);
    pages::assert_shows("docs/helm.md", "examples/helm", &["helm4.sh", "helm3.sh", "values.sh"]);
    let version = format!("version: {}\n", env!("CARGO_PKG_VERSION"));
    assert!(pages::read("examples/helm/plugin/plugin.yaml").contains(&version), "the plugin has another {version}");
}

fn helm_4_passes_hooks_as_well() {
    let Some([helm]) = tools::find(["helm"]) else { return };
    let chart = Chart::new(&helm);
    chart.script("helm4.sh").success();

    let (rendered, secrets) = without_secrets(&chart.work.read("helm/rendered.yaml"));
    assert_eq!(images(&rendered), (2, 0), "{rendered}");
    assert_eq!(rendered.matches("imagePullSecrets:").count(), 2, "{rendered}");
    let [secret] = &secrets[..] else { panic!("one Secret for both: {secrets:?}") };
    assert!(secret.contains("helm.sh/hook: \"pre-install,pre-upgrade\"") && secret.contains("helm.sh/hook-weight"));

    // What would be applied is the same.
    let installed = chart.helm(&["install", "shop", "chart", "--dry-run=client"], &OPTIONS).success();
    let (_, hooks) = installed.split_once("HOOKS:").unwrap();
    let (hooks, manifest) = hooks.split_once("MANIFEST:").unwrap();
    assert_eq!((hooks.matches(PROXIED).count(), manifest.matches(PROXIED).count()), (1, 1), "{installed}");
    assert!(hooks.contains("kind: Secret\n") && !manifest.contains("kind: Secret\n"), "{installed}");
}

/// Helm says no more than that the plugin failed, and what succeeds says nothing at all. `check` tells.
fn helm_4_keeps_what_the_function_says_to_itself() {
    let Some([helm]) = tools::find(["helm"]) else { return };
    let chart = Chart::new(&helm);
    chart.install_plugin();
    chart.configure(&UNDECIDED);
    let refused = chart.helm(&["template", "shop", "chart"], &OPTIONS).failure();
    assert!(
        refused.stdout.is_empty() && refused.stderr.contains("plugin \"pullthrough\" exited with error"),
        "{refused}"
    );
    assert!(!refused.stderr.contains(UPSTREAM), "{refused}");
    let told = chart.pullthrough(&["check"], &chart.plain()).failure();
    assert!(told.stdout.contains(UPSTREAM) && told.stdout.contains("error[undecided]"), "{told}");

    chart.configure(&[(ANNOTATIONS, "")]);
    let rendered = chart.helm(&["template", "shop", "chart"], &OPTIONS);
    assert!(!rendered.stderr.contains("warning"), "{rendered}");
    let told = chart.pullthrough(&["check"], &chart.plain());
    assert!(told.stdout.contains("warning[secret-after-hook]"), "{told}");
}

fn a_hook_that_needs_the_secret_before_it_is_there_is_told() {
    let Some([helm]) = tools::find(["helm"]) else { return };
    let chart = Chart::new(&helm);
    let told = chart.pullthrough(&[], &chart.plain());
    assert!(!told.stderr.contains("secret-after-hook"), "the Secret is a hook that comes first: {told}");

    chart.configure(&[(ANNOTATIONS, "")]);
    let told = chart.pullthrough(&[], &chart.plain());
    assert!(told.code == Some(0) && told.stderr.contains("warning[secret-after-hook] Job migrate"), "{told}");
}

/// Programs that embed Helm may pass hooks on their own, before the rest: the function is called twice, and knows of one half each time.
fn helm_4_with_hooks_apart_gets_the_secret_twice() {
    let Some([helm, sdk]) = tools::find(["helm", "helm-sdk"]) else { return };
    let chart = Chart::new(&helm);
    chart.install_plugin();
    let apart = |strategy: &str| {
        let mut command = chart.command(&sdk);
        command.args([strategy, "shop", "chart", "pullthrough", "--config=pullthrough.yaml"]);
        without_secrets(&run(&mut command, "").success())
    };
    let (rendered, secrets) = apart("separate");
    assert_eq!(images(&rendered), (2, 0), "{rendered}");
    // As hooks: of the same name and with the same accounts, so that it does not matter which is made last.
    let configs: Vec<String> = secrets.iter().map(|secret| docker_config_of(secret)).collect();
    assert!(secrets.len() == 2 && configs[0] == configs[1], "{secrets:?}");
    assert!(secrets.iter().all(|secret| secret.contains("helm.sh/hook: \"pre-install,pre-upgrade\"")), "{secrets:?}");
    assert_eq!(apart("combined").1.len(), 1);

    // Who makes the Secret otherwise has none of this.
    chart.configure(&[(ANNOTATIONS, "    create: never\n")]);
    let (rendered, secrets) = apart("separate");
    assert_eq!(
        (rendered.matches(PROXIED).count(), rendered.matches("acme-registry").count(), secrets.len()),
        (2, 2, 0)
    );

    // Helm 3's way.
    let (rendered, _) = apart("nohooks");
    assert_eq!(images(&rendered), (1, 1), "{rendered}");
}

fn helm_3_passes_no_hooks_and_the_guard_says_so() {
    let Some([helm]) = tools::find(["helm3"]) else { return };
    let chart = Chart::new(&helm);
    let guarded = chart.script("helm3.sh").failure();
    let (rendered, secrets) = without_secrets(&chart.work.read("helm/rendered.yaml"));
    assert_eq!(images(&rendered), (1, 1), "{rendered}");
    assert_eq!(secrets.len(), 1, "{secrets:?}");
    let errors: Vec<&str> = guarded.stdout.lines().filter(|line| line.starts_with("error[not-rendered]")).collect();
    let [secret, image] = errors[..] else { panic!("{guarded}") };
    assert!(secret.contains("Job migrate") && secret.contains("imagePullSecrets"), "{guarded}");
    assert!(image.contains("Job migrate") && image.contains(UPSTREAM), "{guarded}");
}

fn helm_3_shows_why_the_function_refuses() {
    let Some([helm]) = tools::find(["helm3"]) else { return };
    let chart = Chart::new(&helm);
    chart.configure(&UNDECIDED);
    let refused = chart.helm(&["template", "shop", "chart"], &OPTIONS).failure();
    assert!(refused.stdout.is_empty() && refused.stderr.contains("error[undecided]"), "{refused}");
}

fn without_the_post_renderer_the_guard_fails() {
    for name in ["helm", "helm3"] {
        let Some([helm]) = tools::find([name]) else { return };
        let chart = Chart::new(&helm);
        let guarded = chart.pullthrough(&["check", "--rendered"], &chart.plain()).failure();
        assert!(
            guarded.code == Some(1)
                && guarded.stdout.contains("Deployment web")
                && guarded.stdout.contains("Job migrate"),
            "{guarded}"
        );
    }
}

fn a_chart_that_takes_a_registry_and_a_secret_needs_no_function() {
    for name in ["helm", "helm3"] {
        let Some([helm]) = tools::find([name]) else { return };
        let chart = Chart::new(&helm);
        let told = chart.script("values.sh").success();
        assert!(told.contains(PROXIED) && told.contains("0 to rewrite; 0 errors, 0 warnings"), "{told}");
    }
}

/// Replicated's registry gives a chart this value; who installs from elsewhere gives it themselves.
fn a_chart_makes_the_secret_of_the_value_that_replicated_gives() {
    let Some([helm]) = tools::find(["helm"]) else { return };
    let chart = Chart::new(&helm);
    let auth = STANDARD.encode(format!("{}:{}", LICENSE.user, LICENSE.password));
    let config = format!("{{\"auths\":{{\"images.acme.example\":{{\"auth\":\"{auth}\"}}}}}}");
    let given = format!("--set=global.replicated.dockerconfigjson={}", STANDARD.encode(&config));
    let rendered = chart.helm(&["template", "shop", "chart", "--values=proxy-values.yaml"], &[&given]).success();
    let (rest, secrets) = without_secrets(&rendered);
    let [secret] = &secrets[..] else { panic!("{secrets:?}") };
    assert!(secret.contains("name: acme-registry\n") && docker_config_of(secret) == config, "{secret}");
    // As the function finds it, there is nothing left to do: of what stays as it was, the guard says nothing.
    assert!(rest.contains("imagePullSecrets: [{\"name\":\"acme-registry\"}]"), "{rest}");
    chart.pullthrough(&["check", "--rendered"], &rendered).success();
}

/// How many images are on the proxy, and how many where the chart has them.
fn images(rendered: &str) -> (usize, usize) {
    (rendered.matches(PROXIED).count(), rendered.replace(PROXIED, "").matches(UPSTREAM).count())
}

/// The example's folder, with a Helm that is called `helm`.
struct Chart {
    work: Workdir,
    helm: PathBuf,
}

impl Chart {
    fn new(helm: &Path) -> Chart {
        let work = Workdir::new();
        copy(&pages::path("examples/helm"), &work.join("helm"));
        let program = work.folder("helm-bin").join("helm");
        symlink(helm, &program).unwrap();
        Chart { work, helm: program }
    }

    /// A command in the example's folder, with a license.
    fn command(&self, program: &PathBuf) -> std::process::Command {
        let mut command = command(&self.work, program);
        let folders = [self.work.join("bin"), self.work.join("helm-bin")];
        command.env("PATH", tools::path_with(&[&folders[0], &folders[1]])).current_dir(self.work.join("helm"));
        command.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", "images.acme.example");
        // Settings of whoever runs the test.
        let inherited = std::env::vars_os().map(|(name, _)| name);
        for name in inherited
            .filter(|name| ["HELM_", "XDG_", "KUBE"].iter().any(|start| name.to_string_lossy().starts_with(start)))
        {
            command.env_remove(name);
        }
        command
    }

    fn script(&self, name: &str) -> Finished {
        run(self.command(&PathBuf::from("sh")).arg(name), "")
    }

    fn helm(&self, arguments: &[&str], more: &[&str]) -> Finished {
        run(self.command(&self.helm).args(arguments).args(more), "")
    }

    fn install_plugin(&self) {
        self.helm(&["plugin", "install", "plugin"], &[]).success();
    }

    /// What Helm renders without the function.
    fn plain(&self) -> String {
        self.helm(&["template", "shop", "chart"], &[]).success()
    }

    fn pullthrough(&self, arguments: &[&str], input: &str) -> Finished {
        let mut function = self.command(&tools::binary());
        run(function.args(arguments).args(["--config", "pullthrough.yaml"]), input)
    }

    fn configure(&self, changes: &[(&str, &str)]) {
        let config = changes.iter().fold(pages::read("examples/helm/pullthrough.yaml"), |config, (from, to)| {
            let config = config.replace(
                "    # A pre-install hook of the chart needs the Secret, so it is one as well, and comes first.\n",
                "",
            );
            assert!(config.contains(from), "{from}");
            config.replacen(from, to, 1)
        });
        // A mapping with nothing in it is no mapping.
        self.work.write("helm/pullthrough.yaml", config.trim_end().trim_end_matches("pullSecret:"));
    }
}
