//! kpt, which runs the function on a package and writes what it returns into the package's files.

use crate::package::{HOST, assert_made_pullable, assert_pull_secret, command};
use crate::process::{Finished, run};
use crate::tools;
use crate::workdir::{Workdir, fixture};
use std::fs;
use std::path::PathBuf;

tests![
    eval_takes_a_typed_configuration,
    eval_takes_the_configuration_from_its_arguments,
    render_takes_a_typed_configuration,
    render_takes_a_config_map,
    a_refused_package_stays_as_it_was,
    source_and_sink_are_a_pipe,
];

const COMMENT: &str = " # the vendor's";

fn eval_takes_a_typed_configuration() {
    with_each_kpt(|package| {
        let eval = [
            "fn",
            "eval",
            "package",
            "--exec",
            "pullthrough",
            "--fn-config",
            "package/pullthrough.yaml",
            "--results-dir",
            "results",
        ];

        package.kpt(&eval).success();
        package.assert_made_pullable(HOST);
        package.assert_results_name("ghcr.io/acme/api:1.2.3");
        package.assert_unchanged_by(&eval);
    });
}

fn eval_takes_the_configuration_from_its_arguments() {
    with_each_kpt(|package| {
        // A license among the items may become a Secret among the items.
        package.work.write("package/license.yaml", fs::read(fixture("license.yaml")).unwrap());
        let eval = ["fn", "eval", "package", "--exec", "pullthrough", "--results-dir", "results", "--"];
        let eval = [&eval[..], &["app=acme", "private=ghcr.io/acme/**", "public=docker.io/library/nginx"]].concat();

        package.kpt(&eval).success();
        package.assert_made_pullable("proxy.replicated.com");
        package.assert_results_name("ghcr.io/acme/api:1.2.3");
        assert_pull_secret(&package.work.read(SECRET), &["proxy.replicated.com", "registry.replicated.com"]);
        package.assert_unchanged_by(&eval);
    });
}

fn render_takes_a_typed_configuration() {
    with_each_kpt(|package| {
        package.kpt(&RENDER).success();
        package.assert_made_pullable(HOST);
        package.assert_results_name("ghcr.io/acme/api:1.2.3");
        package.assert_unchanged_by(&RENDER);
    });
}

fn render_takes_a_config_map() {
    with_each_kpt(|package| {
        package.work.write("package/license.yaml", fs::read(fixture("license.yaml")).unwrap());
        let config_map =
            "configMap:\n        app: acme\n        private: ghcr.io/acme/**\n        public: docker.io/library/nginx";
        let kptfile = package.work.read("package/Kptfile").replace("configPath: pullthrough.yaml", config_map);
        package.work.write("package/Kptfile", kptfile);

        package.kpt(&RENDER).success();
        package.assert_made_pullable("proxy.replicated.com");
        assert_pull_secret(&package.work.read(SECRET), &["proxy.replicated.com", "registry.replicated.com"]);
        package.assert_unchanged_by(&RENDER);
    });
}

fn a_refused_package_stays_as_it_was() {
    with_each_kpt(|package| {
        let config = package.work.read("package/pullthrough.yaml").replace("acme/**", "other/**");
        package.work.write("package/pullthrough.yaml", config);
        let before = package.work.read("package/workloads.yaml");

        let refused = package.kpt(&RENDER).failure();
        assert!(refused.stderr.contains("ghcr.io/acme/api:1.2.3"), "{refused}");
        assert_eq!(package.work.read("package/workloads.yaml"), before);
    });
}

fn source_and_sink_are_a_pipe() {
    with_each_kpt(|package| {
        let work = &package.work;

        let list = package.kpt(&["fn", "source", "package", "--fn-config", "package/pullthrough.yaml"]).success();
        let list = run(&mut command(work, &tools::binary()), &list).success();
        run(command(work, package.kpt).args(["fn", "sink", "sunk"]), &list).success();
        assert_made_pullable(&package.before, &work.read("sunk/workloads.yaml"), HOST, COMMENT);
    });
}

/// Where kpt puts the Secret that the function returned.
const SECRET: &str = "package/shop/secret_acme-registry.yaml";

const RENDER: [&str; 6] = ["fn", "render", "package", "--allow-exec", "--results-dir", "results"];

/// Runs a test on a package of its own with each kpt.
pub(crate) fn with_each_kpt(test: impl Fn(&Package<'_>)) {
    for kpt in tools::versions("kpt").into_iter().flatten() {
        test(&Package::new(&kpt));
    }
}

/// The fixture, as kpt itself lays it out.
pub(crate) struct Package<'a> {
    /// The folder that holds it as `package`.
    pub(crate) work: Workdir,
    kpt: &'a PathBuf,
    /// What kpt is told by its environment.
    pub(crate) variables: Vec<(&'static str, PathBuf)>,
    /// `workloads.yaml` before the function ran.
    before: String,
}

impl Package<'_> {
    /// Lays it out.
    pub(crate) fn new(kpt: &PathBuf) -> Package<'_> {
        let work = Workdir::new();
        work.fixture("package");
        // A function that changes nothing: what kpt does to the files by itself is no concern of these tests.
        run(command(&work, kpt).args(["fn", "eval", "package", "--exec", "cat"]), "").success();
        let before = work.read("package/workloads.yaml");
        Package { work, kpt, variables: Vec::new(), before }
    }

    /// Runs kpt beside it.
    pub(crate) fn kpt(&self, arguments: &[&str]) -> Finished {
        run(command(&self.work, self.kpt).envs(self.variables.iter().cloned()).args(arguments), "")
    }

    /// Fails unless the workloads' private image goes through the proxy at this host, and nothing else is different.
    #[track_caller]
    pub(crate) fn assert_made_pullable(&self, host: &str) {
        assert_made_pullable(&self.before, &self.work.read("package/workloads.yaml"), host, COMMENT);
    }

    /// Fails unless the results that kpt stored name this reference.
    #[track_caller]
    pub(crate) fn assert_results_name(&self, reference: &str) {
        let results = self.work.read("results/results.yaml");
        assert!(results.contains(reference), "{results}");
    }

    /// Runs kpt again, and fails if a file of the package is different afterwards, or there are more or fewer.
    #[track_caller]
    pub(crate) fn assert_unchanged_by(&self, arguments: &[&str]) {
        let before = self.files();
        self.kpt(arguments).success();
        assert_eq!(self.files(), before);
    }

    fn files(&self) -> Vec<(String, String)> {
        let list = run(command(&self.work, &PathBuf::from("find")).args(["package", "-type", "f"]), "").success();
        let mut files: Vec<_> = list.lines().map(|name| (name.to_owned(), self.work.read(name))).collect();
        files.sort();
        files
    }
}
