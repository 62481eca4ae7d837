//! A pipe: plain YAML in, plain YAML out. Argo CD's plugins and Helm's post-renderers call it so.

use crate::package::{HOST, assert_made_pullable, assert_pull_secret, command, without_secrets};
use crate::process::run;
use crate::servers::LICENSE;
use crate::tools;
use crate::workdir::{Workdir, fixture};
use std::fs;

tests![
    a_stream_changes_in_the_planned_places_only,
    a_stream_gets_the_secret_of_the_caller,
    a_refused_stream_leaves_stdout_empty,
];

fn a_stream_changes_in_the_planned_places_only() {
    let work = Workdir::new();
    let before = fs::read_to_string(fixture("package/workloads.yaml")).unwrap();
    let config = fixture("package/pullthrough.yaml");
    let function = |stdin: &str| run(command(&work, &tools::binary()).arg("--config").arg(&config), stdin).success();

    let after = function(&before);
    assert_made_pullable(&before, &after, HOST, " # the vendor's");
    assert_eq!(function(&after), after, "the second run changes nothing");
}

fn a_stream_gets_the_secret_of_the_caller() {
    let work = Workdir::new();
    let before = fs::read_to_string(fixture("package/workloads.yaml")).unwrap();
    let mut function = command(&work, &tools::binary());
    function.arg("--config").arg(fixture("overlay/pullthrough.yaml"));
    function.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", HOST);

    let (after, secrets) = without_secrets(&run(&mut function, &before).success());
    assert_made_pullable(&without_secrets(&before).0, &after, HOST, " # the vendor's");
    let [secret] = &secrets[..] else { panic!("one namespace needs one Secret: {secrets:?}") };
    assert_pull_secret(secret, &[HOST, "proxy.replicated.com", "registry.replicated.com"]);
}

fn a_refused_stream_leaves_stdout_empty() {
    let work = Workdir::new();
    let before = fs::read_to_string(fixture("package/workloads.yaml")).unwrap();
    let config = work.write(
        "config.yaml",
        fs::read_to_string(fixture("package/pullthrough.yaml")).unwrap().replace("acme/**", "other/**"),
    );

    let refused = run(command(&work, &tools::binary()).arg("--config").arg(config), &before).failure();
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    assert!(refused.stderr.contains("ghcr.io/acme/api:1.2.3"), "{refused}");
}
