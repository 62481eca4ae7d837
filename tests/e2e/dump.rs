//! What orchestrators really hand over, recorded in `fixtures/dumped`: the recordings are what today's programs write, and the function
//! gives for them what is recorded beside them. `BLESS=1` records anew.

use crate::package::command;
use crate::process::run;
use crate::servers::LICENSE;
use crate::tools;
use crate::workdir::{Workdir, fixture};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

tests![
    kpt_eval_hands_over_what_is_recorded,
    kpt_render_hands_over_what_is_recorded,
    kustomize_hands_over_what_is_recorded,
    the_function_answers_as_recorded,
];

const NAMES: [&str; 3] = ["kpt-eval", "kpt-render", "kustomize"];

fn kpt_eval_hands_over_what_is_recorded() {
    let Some([kpt]) = tools::find(["kpt"]) else { return };
    let args = ["fn", "eval", "package", "--exec", "pullthrough", "--fn-config", "package/pullthrough.yaml"];
    compare("kpt-eval", &dump("package", &kpt, &args));
}

fn kpt_render_hands_over_what_is_recorded() {
    let Some([kpt]) = tools::find(["kpt"]) else { return };
    compare("kpt-render", &dump("package", &kpt, &["fn", "render", "package", "--allow-exec"]));
}

fn kustomize_hands_over_what_is_recorded() {
    let Some([kustomize]) = tools::find(["kustomize"]) else { return };
    compare(
        "kustomize",
        &dump("overlay", &kustomize, &["build", "overlay", "--enable-alpha-plugins", "--enable-exec"]),
    );
}

fn the_function_answers_as_recorded() {
    for name in NAMES {
        let work = Workdir::new();
        let mut function = command(&work, &tools::binary());
        function.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", "images.acme.example");
        let recorded = fs::read_to_string(fixture(&format!("dumped/{name}.yaml"))).unwrap();
        let output = run(&mut function, &recorded).success();
        compare(&format!("{name}.out"), &output);
    }
}

/// The input that a program gives a function that hands it back unchanged.
fn dump(package: &str, program: &Path, args: &[&str]) -> String {
    let work = Workdir::new();
    work.fixture(package);
    let function = work.folder("bin").join("pullthrough");
    fs::write(&function, "#!/bin/sh\nexec tee \"$DUMP\"\n").unwrap();
    fs::set_permissions(&function, fs::Permissions::from_mode(0o755)).unwrap();
    let dumped = work.join("dump.yaml");
    run(command(&work, &program.to_owned()).args(args).env("DUMP", &dumped), "").success();
    // kpt says where the package is.
    fs::read_to_string(dumped).unwrap().replace(&*work.path().to_string_lossy(), "/work-folder")
}

#[track_caller]
fn compare(name: &str, text: &str) {
    let path = fixture(&format!("dumped/{name}.yaml"));
    if std::env::var_os("BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    assert!(recorded == text, "{name} is not what is recorded (BLESS=1 records it):\n{text}");
}
