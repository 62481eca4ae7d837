//! A credential is in the Secret's data and nowhere else: not in what is said to people, not in results, reports, locks or Components, not in
//! any `Debug`, and nothing panics with it at hand.
//!
//! Every case of this folder is looked at, whole and cut off at many places; so are licenses in which the ID stands where it doesn't belong.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pullthrough::access::{Access, Verdict};
use pullthrough::access::{Verdicts, Verifications};
use pullthrough::component::{Component, SECRETS};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Answer, Output, Request};
use pullthrough::report;

use super::cases;

tests![no_case_shows_a_credential, no_odd_license_shows_its_id, the_secrets_are_those_of_the_cases,];

/// The license IDs and passwords of all cases, which are words that stand nowhere else in them.
const SECRETS_OF_CASES: [&str; 4] = ["2vExAmPlE", "3oThEr", "swordfish", "secret-word"];

/// The time of the runs, in seconds since 1970: late enough for some licenses to have expired.
const NOW: i64 = 1_750_000_000;

fn no_case_shows_a_credential() {
    let mut seen = 0;
    for case in cases() {
        let Ok(input) = fs::read_to_string(case.join("input.yaml")) else { continue };
        let env = fs::read_to_string(case.join("env")).unwrap_or_default();
        let config = fs::read_to_string(case.join("config.yaml")).ok();
        let name = case.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if input.len() > 100_000
            || !SECRETS_OF_CASES.iter().any(|secret| input.contains(secret) || env.contains(secret))
        {
            continue;
        }
        seen += 1;
        look(&name, &input, config.as_deref(), &env);
        let cuts = (1..10).map(|part| input.len() * part / 10).filter(|at| input.is_char_boundary(*at));
        for at in cuts {
            look(&format!("{name} up to byte {at}"), &input[..at], config.as_deref(), &env);
        }
        for file in ["stderr.txt", "exit"] {
            let said = fs::read_to_string(case.join(file)).unwrap_or_default();
            check(&format!("{name}/{file}"), &said);
        }
    }
    assert!(seen > 80, "{seen} cases have a secret");
}

fn no_odd_license_shows_its_id() {
    let odd = [
        "appSlug: acme, licenseID: [2vExAmPlE]",
        "appSlug: acme, licenseID: {2vExAmPlE: 2vExAmPlE}",
        "appSlug: acme, licenseID: '2vExAmPlE and more'",
        "appSlug: acme, licenseID: '2vExAmPlE\u{7}'",
        "appSlug: acme, licenseID: !!binary 2vExAmPlE",
        "appSlug: acme, licenseID: *2vExAmPlE",
        "appSlug: acme, licenseID: &2vExAmPlE 2vExAmPlE",
        "appSlug: acme, licenseID: 2vExAmPlE, licenseID: 3oThEr",
        "appSlug: acme, licenseID: '2vExAmPlE",
        "appSlug: acme, licenseID: 2vExAmPlE: 2vExAmPlE",
        "appSlug: acme, licenseID: ENC[2vExAmPlE]",
        "appSlug: acme, licenseID: '{{repl 2vExAmPlE }}'",
        "appSlug: 2vExAmPlE, licenseID: 2vExAmPlE",
        "appSlug: acme/2vExAmPlE, licenseID: 2vExAmPlE",
        "appSlug: [2vExAmPlE], licenseID: 2vExAmPlE",
        "appSlug: acme, licenseID: 2vExAmPlE, endpoint: 'https://2vExAmPlE:2vExAmPlE@replicated.app'",
        "appSlug: acme, licenseID: 2vExAmPlE, replicatedProxyDomain: 'LICENSE_ID:2vExAmPlE@images.acme.example'",
        "appSlug: acme, licenseID: 2vExAmPlE, entitlements: {expires_at: {value: 2vExAmPlE}}",
        "appSlug: acme, licenseID: 2vExAmPlE, channels: [{channelName: Beta, replicatedProxyDomain: 'x/2vExAmPlE'}]",
        "appSlug: acme, licenseID: 2vExAmPlE, channels: 2vExAmPlE",
    ];
    for spec in odd {
        for version in ["v1beta1", "v1beta2"] {
            let license =
                format!("apiVersion: kots.io/{version}\nkind: License\nmetadata: {{name: a}}\nspec: {{{spec}}}\n");
            let pod =
                "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: ghcr.io/acme/web:1}]}\n";
            let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n";
            let item = |text: &str| format!("- {}\n", text.trim_end().replace('\n', "\n  "));
            look(spec, &format!("{license}---\n{pod}"), None, "");
            look(spec, &format!("{list}{}{}", item(&license), item(pod)), None, "");
            // As a file, of which nobody but its owner knows what is in it.
            for variable in ["PULLTHROUGH_LICENSE_FILE", "PULLTHROUGH_DOCKERCONFIG"] {
                look_with(spec, pod, Some(CONFIG), &[(variable, "/license")], &license);
            }
            for variable in ["PULLTHROUGH_LICENSE_ID", "PULLTHROUGH_DOCKERCONFIGJSON", "PULLTHROUGH_HOSTS"] {
                look_with(spec, pod, Some(CONFIG), &[(variable, spec)], "");
            }
        }
    }
}

const CONFIG: &str = "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {name: acme}\nspec:\n  proxies: [{replicated: {app: acme}}]\n";

fn look(name: &str, input: &str, config: Option<&str>, env: &str) {
    let variables: Vec<(&str, &str)> = env.lines().filter_map(|line| line.split_once('=')).collect();
    look_with(name, input, config, &variables, "");
}

/// Goes through everything that can be shown of a run.
fn look_with(name: &str, input: &str, config: Option<&str>, variables: &[(&str, &str)], file: &str) {
    let read_as = |rendered: bool| {
        let variables: BTreeMap<&str, &str> = variables.iter().copied().collect();
        let environment = Environment {
            now: NOW,
            var: Box::new(move |name| variables.get(name).map(|value| (*value).to_owned())),
            file: Box::new(|_| Ok(file.to_owned())),
        };
        let request = Request { config: config.map(|config| ("config.yaml", config)), ..Request::default() };
        let read = if rendered { Analysis::read_rendered } else { Analysis::read };
        let found = read(input, request, &environment);
        check(name, &format!("{environment:?}"));
        found
    };
    let read = || read_as(false);
    let found = match read() {
        Ok(found) => found,
        Err(answer) => return shown(name, input, &answer, config),
    };
    check(name, &format!("{found:?} {:?}", found.config()));
    let verdicts: Verdicts =
        found.queries().into_keys().map(|question| (question, Verdict::known(Access::Private))).collect();
    let verifications = Verifications::new();
    check(name, &format!("{:?}", found.verification_queries(&verdicts)));
    let (lock, findings) = found.lock(&verdicts, None, false);
    check(name, &format!("{} {findings:?}", lock.to_yaml("a")));
    shown(name, input, &found.answer(&verdicts, &verifications), config);
    for rendered in [false, true] {
        let Ok(found) = read_as(rendered) else { return };
        let inspection = found.inspect(&verdicts, &verifications);
        check(name, &report::check::table(&inspection, report::Style { colors: true, ..report::Style::PLAIN }));
        check(name, &report::check::to_json(&inspection));
        check(name, &format!("{inspection:?}"));
    }
    for with_secret in [false, true] {
        let Ok(found) = read() else { return };
        let planned = found.plan(&verdicts, &verifications, with_secret);
        check(name, &format!("{planned:?}"));
        let (component, findings) = Component::new(planned, false);
        check(name, &format!("{findings:?}"));
        for (file, text) in component.into_iter().flat_map(|component| component.files) {
            check(name, &if file == SECRETS { without_data(&text) } else { text });
        }
    }
}

fn shown(name: &str, input: &str, answer: &Answer, config: Option<&str>) {
    check(name, &format!("{answer:?}"));
    check(name, &report::lines(answer, report::Style { verbose: true, ..report::Style::PLAIN }));
    if let Some(problems) = &answer.problems {
        check(name, &report::config(problems, config.unwrap_or(input), report::Style::PLAIN));
    }
    if let Output::Done(edits) | Output::Refused(edits) = &answer.output {
        for edit in edits.edits() {
            check(name, &without_data(&edit.text));
        }
    }
}

/// The text of a Secret without its data.
fn without_data(text: &str) -> String {
    let keep = |line: &&str| !line.contains(".dockerconfigjson");
    text.lines().filter(keep).collect::<Vec<_>>().join("\n")
}

/// Neither a secret nor what is made of it.
#[track_caller]
fn check(name: &str, text: &str) {
    for shape in SHAPES.iter() {
        if let Some(at) = text.find(shape) {
            let from = text[..at].char_indices().rev().nth(60).map_or(0, |(at, _)| at);
            panic!("{name} shows a secret: …{}…", &text[from..at + shape.len()]);
        }
    }
}

/// Each secret as it is, in base64, and in base64 as the password of an account.
static SHAPES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let shapes = |secret: &str| {
        let accounts = ["LICENSE_ID", "me", "u", "hub", "quay", secret];
        let mut shapes: Vec<String> = accounts.iter().map(|user| STANDARD.encode(format!("{user}:{secret}"))).collect();
        shapes.extend([secret.to_owned(), STANDARD.encode(secret)]);
        shapes
    };
    SECRETS_OF_CASES.into_iter().flat_map(shapes).collect()
});

/// The cases are where this test looks for them.
fn the_secrets_are_those_of_the_cases() {
    for case in cases() {
        let env = fs::read_to_string(case.join("env")).unwrap_or_default();
        for (name, value) in env.lines().filter_map(|line| line.split_once('=')) {
            let is_secret = ["PULLTHROUGH_LICENSE_ID", "PULLTHROUGH_PASSWORD"].contains(&name);
            assert!(!is_secret || SECRETS_OF_CASES.contains(&value), "{}: {name} has another secret", case.display());
        }
    }
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/function/cases").is_dir());
}
