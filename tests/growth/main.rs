//! The work grows as the input does: eight times the input takes about eight times the work, and not 64 times.
//!
//! Compared are two sizes of each input, by the time that this thread was on a processor: whatever else the machine does doesn't count. Linux
//! tells it (`/proc/thread-self/schedstat`, Documentation/scheduler/sched-stats.rst); elsewhere the tests are ignored.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::string_slice)]

#[path = "../harness/mod.rs"]
#[macro_use]
#[allow(dead_code)]
mod harness;

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;
use std::thread;

use libtest_mimic::Trial;
use pullthrough::access::{Verdicts, Verifications};
use pullthrough::component::Component;
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Request};

/// What grows: its name, the smaller number of it, and configuration and input with so many.
type Case = (&'static str, usize, fn(usize) -> (String, String));

/// How many times as many the larger input has.
const TIMES: usize = 8;

const CASES: [Case; 22] = [
    ("aliases_of_one_anchor", 150, |n| (config(""), deployment("- &c {name: a, image: ghcr.io/a/i:1}", "- *c", n))),
    ("aliases_of_one_image", 150, |n| {
        (config(""), deployment("- {name: a, image: &i ghcr.io/a/i:1}", "- {name: b, image: *i}", n))
    }),
    ("merged_mappings", 100, |n| {
        (config(""), deployment("- &c {name: a, image: ghcr.io/a/i:1}", "- {<<: *c, image: ghcr.io/a/j}", n))
    }),
    ("containers", 150, |n| (config(""), deployment("", "- {name: a, image: ghcr.io/a/i%:1}", n))),
    ("collectors", 60, |n| {
        (
            config(""),
            object("troubleshoot.sh/v1beta2", "SupportBundle", "collectors", "- run: {image: \"ghcr.io/a/i%:1\"}", n),
        )
    }),
    ("templates_of_a_workflow", 60, |n| {
        let template = "- {name: t%, container: {image: \"ghcr.io/a/i%:1\"}}";
        (config(""), object("argoproj.io/v1alpha1", "Workflow", "templates", template, n))
    }),
    ("in_place_hosts", 200, |n| (config(&lines("    inPlace:\n", "    - r%.example\n", n)), pod())),
    ("aliases_of_hosts", 100, |n| (config(&lines("    aliases:\n", "      \"r%.example:5000\": r%\n", n)), pod())),
    ("former_layouts", 60, |n| {
        let former = "    - template: {host: o%.example, pattern: \"{host}/{registry}/{repository}\"}\n";
        (config(&lines("    formerly:\n", former, n)), pod())
    }),
    ("proxies", 60, |n| {
        let proxy = "  - template: {host: m%.example, pattern: \"{host}/{registry}/{repository}\"}\n    match: [\"r%.example/**\"]\n";
        (config(&lines("", proxy, n)), pod())
    }),
    ("private_patterns", 100, |n| {
        let patterns = lines("", "\"r%.example/**\", ", n);
        (CONFIG.replace("[\"**\"]", &format!("[{patterns}\"ghcr.io/**\"]")), pod())
    }),
    ("aliases_in_the_configuration", 40, |n| {
        let mut text = lines(
            "  - &p\n    template: {host: x.example, pattern: \"{host}/{registry}/{repository}\"}\n    formerly:\n",
            "    - {template: {host: \"o%.example\", pattern: \"{host}/{registry}/{repository}\"}}\n",
            n,
        );
        text.push_str(&lines("", "  - *p\n", n));
        (config(&text), pod())
    }),
    ("pods", 60, |n| (config(""), lines("", POD, n))),
    ("pods_of_a_list", 60, |n| (config(""), lines("apiVersion: v1\nkind: List\nitems:\n", ITEM, n))),
    ("pods_that_share_an_anchor", 60, |n| {
        let first = "- &p {apiVersion: v1, kind: ConfigMap, metadata: {name: &n a}}\n";
        let item = ITEM.replace("name: a,", "name: a, nodeName: *n,");
        (config(""), lines(&format!("apiVersion: v1\nkind: List\nitems:\n{first}"), &item, n))
    }),
    ("lists_of_lists", 60, |n| {
        let item = "- {apiVersion: v1, kind: List, items: [{apiVersion: v1, kind: Pod, metadata: {name: p%}, spec: {containers: [{name: a, image: ghcr.io/a/i%}]}}]}\n";
        (config(""), lines("apiVersion: v1\nkind: List\nitems:\n", item, n))
    }),
    ("objects_on_one_line", 60, |n| {
        let item = ITEM.trim_start_matches("- ").trim_end().to_owned() + ", ";
        (config(""), lines("{\"apiVersion\": v1, \"kind\": List, items: [", &item, n) + "]}\n")
    }),
    ("accounts", 60, |n| {
        let account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: s%}\n";
        let pod = POD.replace("spec:\n", "spec:\n  serviceAccountName: s%\n");
        (config(""), lines("", account, n) + &lines("", &pod, n))
    }),
    ("secrets", 60, |n| {
        let secret = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: s%}\ntype: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: eyJhdXRocyI6e319}\n";
        (config(""), lines("", secret, n) + &lines("", POD, n))
    }),
    ("locked_images", 60, |n| {
        let lock = lines(
            "---\napiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: l}\nimages:\n",
            "- {image: \"ghcr.io/a/i%:1\", access: private}\n",
            n,
        );
        (CONFIG.replace("private: [\"**\"]", "{}"), lock + &lines("", POD, n))
    }),
    ("dropped_objects_with_anchors", 60, |n| {
        let dropped = "- {apiVersion: v1, kind: ConfigMap, metadata: {name: c%}}\n- apiVersion: kots.io/v1beta1\n  kind: Config\n  metadata: {name: &n% d%}\n  spec: {groups: [*n%]}\n";
        let text = lines(
            "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: ConfigMap, metadata: {name: &a a}}\n",
            dropped,
            n,
        );
        (
            CONFIG.to_owned() + "  replicatedObjects: drop\n",
            text + "- {apiVersion: v1, kind: ConfigMap, metadata: {name: *a}}\n",
        )
    }),
    ("lists_and_texts_among_objects", 60, |n| (config(""), lines(&pod(), "---\n- a%\n---\ntext %\n", n))),
];

const CONFIG: &str = "apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  access: {probe: false, onUnmatched: keep}
  pullSecret: {create: never}
  images:
    private: [\"**\"]
  proxies:
  - template: {host: mirror.example, pattern: \"{host}/{registry}/{repository}\"}
";
const POD: &str = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p%}\nspec:\n  containers:\n  - {name: a, image: \"ghcr.io/a/i%:1\"}\n";
const ITEM: &str =
    "- {apiVersion: v1, kind: Pod, metadata: {name: p%}, spec: {containers: [{name: a, image: \"ghcr.io/a/i%:1\"}]}}\n";

fn main() -> ExitCode {
    let function =
        CASES.iter().map(|&(name, small, input)| Trial::ignorable_test(name, move || grows(name, small, input)));
    harness::run("tests/growth", function.chain(tests()).collect())
}

tests![a_bomb_of_aliases_ends_at_once, one_anchor_is_one_error];

/// The configuration with more about its proxy, or further ones.
fn config(more: &str) -> String {
    format!("{CONFIG}{more}")
}

/// A text with `line` behind it `count` times, a number in the place of each `%`.
fn lines(begin: &str, line: &str, count: usize) -> String {
    let mut text = begin.to_owned();
    for number in 0..count {
        text.push_str(&line.replace('%', &number.to_string()));
    }
    text
}

fn pod() -> String {
    POD.replace('%', "0")
}

fn deployment(first: &str, line: &str, count: usize) -> String {
    let mut text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\nspec:\n  template:\n    spec:\n      containers:\n".to_owned();
    if !first.is_empty() {
        let _ = writeln!(text, "      {first}");
    }
    text + &lines("", &format!("      {line}\n"), count)
}

fn object(api_version: &str, kind: &str, list: &str, item: &str, count: usize) -> String {
    let begin = format!("apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  {list}:\n");
    lines(&begin, &format!("  {item}\n"), count)
}

/// A whole run: the function, its output, and a Component. Whether the configuration and the input could be used.
fn run(config: &str, input: &str) -> bool {
    let request = Request { config: Some(("config.yaml", config)), ..Request::default() };
    let environment = Environment::bare(1_700_000_000);
    let read = || Analysis::read(input, request, &environment);
    let Ok(found) = read() else { return false };
    drop(found.answer(&Verdicts::new(), &Verifications::new()));
    if let Ok(found) = read() {
        drop(Component::new(found.plan(&Verdicts::new(), &Verifications::new(), false), false));
    }
    true
}

fn grows(
    name: &str,
    small: usize,
    input: fn(usize) -> (String, String),
) -> Result<libtest_mimic::Completion, libtest_mimic::Failed> {
    if on_processor().is_none() {
        return Ok(libtest_mimic::Completion::ignored_with("this system does not tell a thread's time"));
    }
    let time = |count: usize| {
        let (config, input) = input(count);
        let once = || {
            let before = on_processor().unwrap_or(0);
            // Aliases of aliases in a configuration are refused, at once.
            assert_eq!(run(&config, &input), name != "aliases_in_the_configuration", "{config}");
            on_processor().unwrap_or(0) - before
        };
        // What takes longest the first time (tables are read) is not counted.
        (0..3).map(|_| once()).min().unwrap_or(0)
    };
    let (small, large) = (time(small), time(small * TIMES));
    // Half-way, on a scale of powers, between what is linear and what is quadratic.
    let limit = small.max(2_000_000) * (TIMES * TIMES / 3) as u64;
    if large > limit {
        return Err(format!("{TIMES} times the input took {:.1} times the time", large as f64 / small as f64).into());
    }
    Ok(libtest_mimic::Completion::Completed)
}

/// The nanoseconds that this thread was on a processor.
fn on_processor() -> Option<u64> {
    // Its time is counted up when it gives the processor away.
    thread::yield_now();
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split_whitespace().next()?.parse().ok()
}

/// Each further line doubles what a reader of values would see.
fn a_bomb_of_aliases_ends_at_once() {
    let bomb = |levels: usize| {
        let mut text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nx0: &a0 {k: v}\n".to_owned();
        for level in 1..=levels {
            let _ = writeln!(text, "x{level}: &a{level} {{a: *a{0}, b: *a{0}}}", level - 1);
        }
        text + &pod()
    };
    // With 64 levels a walk over all of it would not end.
    run(CONFIG, &bomb(64));
}

fn one_anchor_is_one_error() {
    let text = deployment("- &c {name: a, image: ghcr.io/a/i:1}", "- *c", 100);
    let request = Request { config: Some(("config.yaml", CONFIG)), ..Request::default() };
    let found = Analysis::read(&text, request, &Environment::bare(1_700_000_000)).unwrap();
    let said = found.answer(&Verdicts::new(), &Verifications::new()).findings;
    assert_eq!(said.len(), 1, "{said:?}");
}
