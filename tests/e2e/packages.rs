//! kpt as docs/kpt.md shows it, and kpt's traps: each an error, a warning, or what the guard fails on.

use crate::package::command;
use crate::pages::{self, assert_examples_are_files};
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::{Workdir, copy, fixture};
use std::path::PathBuf;
use std::process::Command;

tests![
    the_page_shows_the_examples,
    the_examples_run_and_pass_the_guard,
    a_refusal_in_a_pipe_is_seen_by_the_guard,
    an_executable_needs_to_be_allowed,
    what_the_function_did_not_see_is_seen_by_the_guard,
    a_credential_of_the_environment_is_refused,
    a_container_gets_variables_from_eval_only,
    a_secret_that_selectors_hide_is_written_twice_with_a_warning,
];

fn the_page_shows_the_examples() {
    assert_examples_are_files("docs/kpt.md", &["examples/kpt"]);
}

/// Each of the page's ways makes the images pullable, keeps comments, and passes the guard. What is written in place is left as it is by a
/// second run; kpt's sink wants a new folder.
fn the_examples_run_and_pass_the_guard() {
    for (script, folder, runs) in [("render.sh", "shop", 2), ("eval.sh", "shop", 2), ("pipe.sh", "rendered", 1)] {
        with_each_kpt(|shop| {
            let file = format!("kpt/{folder}/resources.yaml");
            let rendered: Vec<String> = (0..runs)
                .map(|_| {
                    shop.script(script).success();
                    shop.work.read(&file)
                })
                .collect();
            let after = &rendered[0];
            assert!(rendered.iter().all(|text| text == after), "{script}: {rendered:?}");
            assert_eq!(after.matches("image: images.acme.example/proxy/acme/ghcr.io/acme/").count(), 2, "{after}");
            assert!(after.contains("/web:1.4.2 # the vendor's\n") && after.contains("image: redis:7\n"), "{after}");
            assert!(shop.check("shop").code == Some(i32::from(folder != "shop")), "{script}");
            shop.check(folder).success();
        });
    }
}

/// kpt's sink ends well whatever the function did.
fn a_refusal_in_a_pipe_is_seen_by_the_guard() {
    with_each_kpt(|shop| {
        shop.edit("shop/pullthrough.yaml", "ghcr.io/acme/**", "ghcr.io/other/**");
        shop.edit("shop/pullthrough.yaml", "  pullSecret:", "  access: {probe: false}\n  pullSecret:");
        let refused = shop.script("pipe.sh").failure();
        assert!(refused.stderr.contains("pullthrough changed nothing: 2 errors"), "{refused}");
        assert!(refused.stdout.contains("error[undecided]"), "{refused}");
    });
}

/// kpt's own error, before anything runs.
fn an_executable_needs_to_be_allowed() {
    with_each_kpt(|shop| {
        let refused = shop.kpt(&["fn", "render", "shop"]).failure();
        assert!(refused.stderr.contains("must run with `--allow-exec`"), "{refused}");
    });
}

/// Three ways to a package that kpt rendered with success, and whose images are as they were.
fn what_the_function_did_not_see_is_seen_by_the_guard() {
    let hidden = "    configPath: pullthrough.yaml\n    selectors:\n    - kind: CronJob\n";
    let excluded = "    configPath: pullthrough.yaml\n    exclude:\n    - kind: Deployment\n";
    let changes = [
        ("mutators:", "validators:"),
        ("    configPath: pullthrough.yaml\n", hidden),
        ("    configPath: pullthrough.yaml\n", excluded),
    ];
    for (old, new) in changes {
        with_each_kpt(|shop| {
            shop.edit("shop/Kptfile", old, new);
            shop.assert_passes_and_misses("Deployment shop/web");
        });
    }
    with_each_kpt(|shop| {
        let kptfile = shop.work.read("kpt/shop/Kptfile");
        let (head, _) = kptfile.split_once("pipeline:").unwrap();
        shop.work.write("kpt/shop/Kptfile", head);
        shop.work.write("kpt/shop/sub/Kptfile", kptfile.replace("name: shop", "name: sub"));
        shop.work.write("kpt/shop/sub/pullthrough.yaml", shop.work.read("kpt/shop/pullthrough.yaml"));
        shop.assert_passes_and_misses("Deployment shop/web");
    });
}

/// A credential from outside would get into git.
fn a_credential_of_the_environment_is_refused() {
    with_each_kpt(|shop| {
        shop.edit("shop/pullthrough.yaml", "create: never", "create: auto");
        let before = shop.work.read("kpt/shop/resources.yaml");
        let mut render = shop.command(shop.kpt);
        render.args(["fn", "render", "shop", "--allow-exec"]);
        render.env("PULLTHROUGH_LICENSE_FILE", fixture("license.yaml")).env("PULLTHROUGH_HOSTS", "images.acme.example");
        let refused = run(&mut render, "").failure();
        assert!(refused.stderr.contains("error[secret-in-package]"), "{refused}");
        assert_eq!(shop.work.read("kpt/shop/resources.yaml"), before);

        shop.edit("shop/pullthrough.yaml", "create: auto", "create: always");
        run(&mut render, "").success();
        assert!(shop.work.read("kpt/shop/shop/secret_acme-registry.yaml").contains("namespace: shop\n"));
    });
}

/// `kpt fn eval` hands on the variables that it is told to, and a pipeline none.
fn a_container_gets_variables_from_eval_only() {
    let (Some(_), Some(image)) = (tools::find(["podman", "runc"]), tools::image()) else { return };
    with_each_kpt(|shop| {
        shop.edit("shop/pullthrough.yaml", "create: never", "create: always");
        shop.edit("shop/Kptfile", "exec: pullthrough", &format!("image: {image}"));
        let kpt = |arguments: &[&str]| {
            let mut kpt = shop.command(shop.kpt);
            kpt.env("PULLTHROUGH_LICENSE_ID", "2xYzOnlyForTests").env("PULLTHROUGH_HOSTS", "images.acme.example");
            run(kpt.args(arguments), "")
        };
        let refused = kpt(&["fn", "render", "shop"]).failure();
        assert!(refused.stderr.contains("error[no-credential]"), "{refused}");
        let eval = ["fn", "eval", "shop", "--image", &image, "--fn-config", "shop/pullthrough.yaml"];
        kpt(&[&eval[..], &["--env", "PULLTHROUGH_LICENSE_ID", "--env", "PULLTHROUGH_HOSTS"]].concat()).success();
        assert!(shop.work.read("kpt/shop/shop/secret_acme-registry.yaml").contains("  .dockerconfigjson: "));
    });
}

/// With selectors kpt does not show the function what it wrote before. When the Secret is selected as well, there is one.
fn a_secret_that_selectors_hide_is_written_twice_with_a_warning() {
    let render = ["fn", "render", "shop", "--allow-exec", "--results-dir", "results"];
    let selected = "    - kind: Deployment\n    - kind: License\n";
    let with_the_secret = format!("{selected}    - kind: Secret\n      name: acme-registry\n");
    for (selectors, secrets) in [(selected, 2), (&*with_the_secret, 1)] {
        with_each_kpt(|shop| {
            shop.work.write("kpt/shop/license.yaml", std::fs::read(fixture("license.yaml")).unwrap());
            shop.edit("shop/pullthrough.yaml", "create: never", "create: auto");
            shop.edit("shop/Kptfile", "pullthrough.yaml\n", &format!("pullthrough.yaml\n    selectors:\n{selectors}"));
            let warned = || shop.work.read("kpt/results/results.yaml").contains("code: secret-unseen");
            shop.kpt(&render).success();
            assert!(warned());
            shop.kpt(&render).success();
            assert_eq!(warned(), secrets == 2);
            let written = shop.work.read("kpt/shop/shop/secret_acme-registry.yaml");
            assert_eq!(written.matches("kind: Secret\n").count(), secrets, "{written}");
        });
    }
}

/// Runs a test on a copy of the examples of its own with each kpt.
fn with_each_kpt(test: impl Fn(&Shop<'_>)) {
    for kpt in tools::versions("kpt").into_iter().flatten() {
        let work = Workdir::new();
        copy(&pages::path("examples/kpt"), &work.join("kpt"));
        test(&Shop { work, kpt: &kpt });
    }
}

struct Shop<'a> {
    work: Workdir,
    kpt: &'a PathBuf,
}

impl Shop<'_> {
    fn kpt(&self, arguments: &[&str]) -> Finished {
        run(self.command(self.kpt).args(arguments), "")
    }

    /// Runs a script of the page.
    fn script(&self, name: &str) -> Finished {
        let mut shell = self.command(&PathBuf::from("sh"));
        let folder = self.kpt.parent().expect("a program is in a folder");
        shell.env("PATH", tools::path_with(&[&self.work.join("bin"), folder]));
        run(shell.arg(name), "")
    }

    /// The guard, on a folder.
    fn check(&self, folder: &str) -> Finished {
        let mut check = self.command(&tools::binary());
        run(check.args(["check", "--rendered", "--config", "shop/pullthrough.yaml", folder]), "")
    }

    /// Fails unless kpt is content with the package and the guard is not, because of this object.
    #[track_caller]
    fn assert_passes_and_misses(&self, object: &str) {
        self.kpt(&["fn", "render", "shop", "--allow-exec"]).success();
        let missed = self.check("shop").failure();
        let says = |line: &str| line.starts_with("error[not-rendered]") && line.contains(object);
        assert!(missed.code == Some(1) && missed.stdout.lines().any(says), "{missed}");
    }

    /// Replaces a text that must be there.
    #[track_caller]
    fn edit(&self, file: &str, old: &str, new: &str) {
        let text = self.work.read(&format!("kpt/{file}"));
        assert!(text.contains(old), "{old} is not in {file}:\n{text}");
        self.work.write(&format!("kpt/{file}"), text.replace(old, new));
    }

    fn command(&self, program: &PathBuf) -> Command {
        let mut command = command(&self.work, program);
        command.current_dir(self.work.join("kpt"));
        command
    }
}
