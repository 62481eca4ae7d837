//! The examples in the shape of kpt's function catalog, run as its test runner runs them: `.expected/config.yaml` says how, `diff.patch` and
//! `results.yaml` what comes of it. `BLESS=1` records both anew.

use crate::package::command;
use crate::pages::{self, assert_examples_are_files};
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::{Workdir, copy};
use std::fs;
use std::path::PathBuf;

tests![the_simple_example_is_as_recorded, the_advanced_example_is_as_recorded, the_imperative_example_is_as_recorded,];

/// The name of the image in the examples.
const IMAGE: &str = "localhost/pullthrough:dev";

fn the_simple_example_is_as_recorded() {
    Example::run("pullthrough-simple");
}

fn the_advanced_example_is_as_recorded() {
    Example::run("pullthrough-advanced");
}

fn the_imperative_example_is_as_recorded() {
    Example::run("pullthrough-imperative");
}

struct Example {
    name: &'static str,
    work: Workdir,
    kpt: PathBuf,
    git: PathBuf,
    /// What stands for [`IMAGE`].
    image: String,
}

impl Example {
    /// Runs an example with each kpt, twice.
    fn run(name: &'static str) {
        let folder = format!("examples/{name}");
        let config = fs::read_to_string(pages::path(&folder).join(".expected/config.yaml")).unwrap();
        let call = call(name, &config);
        let readme = fs::read_to_string(pages::path(&folder).join("README.md")).unwrap();
        let shown = format!("$ kpt {}\n", call.join(" "));
        assert!(readme.contains(&shown), "README.md does not show\n{shown}");
        if readme.contains("```yaml\n") {
            assert_examples_are_files(&format!("{folder}/README.md"), &[&folder]);
        }

        let kptfile = fs::read_to_string(pages::path(&folder).join("Kptfile")).unwrap_or_default();
        let needs_image = config.contains(IMAGE) || kptfile.contains(IMAGE);
        let image = if needs_image {
            let (Some(_), Some(image)) = (tools::find(["podman", "runc"]), tools::image()) else { return };
            image
        } else {
            IMAGE.to_owned()
        };
        let Some([git]) = tools::find(["git"]) else { return };
        for kpt in tools::versions("kpt").into_iter().flatten() {
            let example = Example { name, work: Workdir::new(), kpt, git: git.clone(), image: image.clone() };
            copy(&pages::path(&folder), &example.work.join(name));
            if !kptfile.is_empty() {
                example.work.write(&format!("{name}/Kptfile"), kptfile.replace(IMAGE, &image));
            }
            example.check(&call);
        }
    }

    #[track_caller]
    fn check(&self, call: &[String]) {
        self.git(&["init", "--quiet"]);
        self.commit();
        self.kpt(call).success();
        self.commit();
        // As the catalog's runner compares: without white space around it.
        let diff = self.git(&["diff", "HEAD~", "HEAD"]).replace(&self.image, IMAGE);
        compare(self.name, "diff.patch", diff.trim());
        let results = self.work.read("results/results.yaml").replace(&self.image, IMAGE);
        compare(self.name, "results.yaml", results.trim());

        self.kpt(call).success();
        assert_eq!(self.git(&["status", "--porcelain"]), "", "a second run changes the package");
    }

    fn kpt(&self, call: &[String]) -> Finished {
        let mut kpt = command(&self.work, &self.kpt);
        let (before, behind) = call.split_at(call.iter().position(|word| word == "--").unwrap_or(call.len()));
        kpt.args(before.iter().map(|word| word.replace(IMAGE, &self.image))).args(["--results-dir", "results"]);
        run(kpt.args(behind), "")
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = command(&self.work, &self.git);
        git.current_dir(self.work.join(self.name))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        git.args(["-c", "user.name=test", "-c", "user.email=test@localhost"]).args(arguments);
        run(&mut git, "").success()
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "state"]);
    }
}

/// What the runner calls kpt with, for this configuration.
fn call(name: &str, config: &str) -> Vec<String> {
    let value = |key: &str| config.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "));
    let mut words = vec!["fn", value("testType").unwrap_or("render"), name];
    words.extend(value("allowExec").is_some_and(|value| value == "true").then_some("--allow-exec"));
    words.extend(value("image").into_iter().flat_map(|image| ["--image", image]));
    let mut words: Vec<String> = words.into_iter().map(str::to_owned).collect();
    if let Some((_, arguments)) = config.split_once("args:\n") {
        words.push("--".to_owned());
        words.extend(arguments.lines().map(|line| line.trim().replacen(": ", "=", 1)));
    }
    words
}

#[track_caller]
fn compare(example: &str, file: &str, found: &str) {
    let path = pages::path("examples").join(example).join(".expected").join(file);
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, format!("{found}\n")).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected.trim() == found, "{example}: {file} is not what is recorded (BLESS=1 records it):\n{found}");
}
