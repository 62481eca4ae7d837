//! Real manifests with custom resources: every image that a pod of theirs pulls is rewritten.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use pullthrough::access::{Verdicts, Verifications};
use pullthrough::function::{Analysis, Output, Request};
use pullthrough::krm::Severity;
use pullthrough::yaml::View;
use pullthrough::yaml::parse::{self, Split};
use serde_json::Value;

use super::function::environment;
use super::harness;

tests![images_of_custom_resources_are_rewritten];

/// Everything is private, so that what is not rewritten was not seen.
const CONFIG: &str = "
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: custom}
spec:
  proxies:
  - replicated: {app: acme, host: mirror.corp.example}
    aliases: {\"registry:5000\": registry}
  images: {private: [\"**\"]}
  pullSecret: {name: acme-registry, create: never}
  results: all
";

/// Images that the list does not have, by the end of the file's name, each with the reason.
const BESIDE_THE_LIST: [(&str, usize, &str); 1] = [(
    "SolrCloud/testdata/provisioning.yaml",
    1,
    "the image of the ZooKeeper that the operator provides, without a tag",
)];

/// The folder of real manifests with custom resources. Without it the test is ignored.
fn corpus() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/corpus-custom");
    if !folder.is_dir() {
        harness::ignore("the real custom resources (../shared/corpus-custom) are absent");
        return None;
    }
    Some(folder)
}

fn at<'a>(root: &View<'a>, pointer: &str) -> Option<View<'a>> {
    pointer.split('/').skip(1).try_fold(root.clone(), |view, step| {
        let step = step.replace("~1", "/").replace("~0", "~");
        match step.parse::<usize>() {
            Ok(index) if view.is_sequence() => view.items().unwrap().get(index).cloned(),
            _ => view.get(&step).unwrap(),
        }
    })
}

/// The scalars at these pointers, by document.
fn scalars(text: &str, wanted: &[(usize, String)]) -> BTreeMap<(usize, String), String> {
    let mut found = BTreeMap::new();
    parse::objects::<parse::Error>(
        text,
        |_| Split::Whole,
        |document, tree| {
            for key in wanted.iter().filter(|(number, _)| *number == document) {
                let value = at(&tree.view(), &key.1).and_then(|view| view.scalar().map(str::to_owned));
                found.extend(value.map(|value| (key.clone(), value)));
            }
            Ok(())
        },
    )
    .unwrap();
    found
}

#[allow(clippy::print_stdout, reason = "the figures are what the test is for")]
fn images_of_custom_resources_are_rewritten() {
    let Some(folder) = corpus() else { return };
    let known: Value = serde_json::from_str(&fs::read_to_string(folder.join("images.json")).unwrap()).unwrap();
    let mut counts: BTreeMap<(String, &str), usize> = BTreeMap::new();
    let (mut silent, mut left, mut false_rewrites) = (Vec::new(), Vec::new(), Vec::new());
    for (file, images) in known.as_object().unwrap() {
        let text = fs::read_to_string(folder.join(file)).unwrap();
        let request = Request { config: Some(("config.yaml", CONFIG)), ..Request::default() };
        let answer = Analysis::read(&text, request, &environment())
            .map_or_else(|answer| *answer, |found| found.answer(&Verdicts::new(), &Verifications::new()));
        let Output::Done(edits) = &answer.output else {
            panic!("{file}: {:#?} {:?}", answer.findings, answer.problems)
        };
        let output = edits.apply();
        let images = images.as_array().unwrap();
        let wanted: Vec<(usize, String)> = images
            .iter()
            .map(|image| (image["doc"].as_u64().unwrap() as usize, image["pointer"].as_str().unwrap().to_owned()))
            .collect();
        let (before, after) = (scalars(&text, &wanted), scalars(&output, &wanted));
        let changed = |key: &(usize, String)| before.get(key) != after.get(key);
        for (image, key) in images.iter().zip(&wanted) {
            let mapping = key.1.rsplit_once('/').unwrap().0;
            // The parts of an image are one: which of them say that it is on the proxy is for the layout.
            let is_rewritten = changed(key)
                || (image["form"] == "parts"
                    && wanted.iter().any(|(document, other)| {
                        *document == key.0
                            && other.rsplit_once('/').unwrap().0 == mapping
                            && changed(&(*document, other.clone()))
                    }));
            let value = image["value"].as_str().unwrap();
            let is_reported = answer
                .findings
                .iter()
                .any(|finding| finding.severity != Severity::Info && finding.message.contains(value));
            let outcome = match (is_rewritten, is_reported) {
                (true, _) => "rewritten",
                (false, true) => "reported",
                (false, false) => "silent",
            };
            let class = image["class"].as_str().unwrap();
            *counts.entry((class.to_owned(), outcome)).or_default() += 1;
            let place = format!("{file} {} {} {value}", image["kind"].as_str().unwrap(), key.1);
            if class == "must" && !is_rewritten {
                if outcome == "silent" { silent.push(place) } else { left.push(place) }
            }
        }
        // The list of images is complete: nothing else has become a name on the proxy.
        let rewritten = output.matches("mirror.corp.example/").count();
        let beside = BESIDE_THE_LIST.iter().filter(|(of, ..)| file.ends_with(of)).map(|(_, count, _)| count);
        let expected = wanted.iter().filter(|key| changed(key)).count() + beside.sum::<usize>();
        if rewritten > expected {
            false_rewrites.push(format!("{file}: {rewritten} names on the proxy, {expected} of them expected"));
        }
    }
    println!("{counts:#?}\nleft: {left:#?}");
    assert!(silent.is_empty() && false_rewrites.is_empty(), "{silent:#?}\n{false_rewrites:#?}");
    let count = |outcome| counts.get(&("must".to_owned(), outcome)).copied().unwrap_or(0);
    let all = count("rewritten") + count("reported") + count("silent");
    assert!(all >= 177 && count("rewritten") * 100 >= all * 95, "{} of {all}", count("rewritten"));
}
