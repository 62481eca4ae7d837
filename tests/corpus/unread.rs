//! The net on real manifests, with everything private, so that whatever it takes for an image speaks: what it says is an image, or is in a list
//! here with the reason.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pullthrough::access::{Verdicts, Verifications};
use pullthrough::function::{Analysis, Request};
use pullthrough::krm::{Code, Severity};
use serde_json::Value;

use super::function::environment;
use super::harness;

tests![what_is_said_is_an_image, our_examples_have_no_unread_images];

const CONFIG: &str = "
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: corpus}
spec:
  proxies: [{template: {host: mirror.corp.example, pattern: \"{host}/m/{registry}/{repository}\"}}]
  images: {private: [\"**\"]}
  pullSecret: {create: never}
";

/// Images that the lists of the corpora leave out, for they are not in fields of their own: by file and field, each with the reason.
const BESIDE_THE_LISTS: &[(&str, &str, &str)] = &[
    ("longhorn.yaml", "command[", "the manager hands them on to the pods that it makes"),
    ("longhorn.yaml", "].value", "the driver deployer reads them from its environment"),
    ("prometheusOperator-deployment.yaml", "args[1]", "the operator's --prometheus-config-reloader"),
    ("cert-manager.yaml", "args[3]", "the controller's --acme-http01-solver-image"),
    ("trial-templates.yaml", "data", "templates of Jobs in a ConfigMap"),
    ("ml-pipeline-apiserver-deployment.yaml", "].value", "the images of every step's driver and launcher"),
    ("che-operator.clusterserviceversion.yaml", "].value", "the editor's and tooling images"),
];

/// False alarms, each with the reason why it stays.
const FALSE_ALARMS: &[(&str, &str, &str)] = &[(
    "tekton/publish.yaml",
    "script",
    "base images that a build pulls in the pod: text that is declared private speaks",
)];

/// What nothing reads: kind, path and image.
fn unread(text: &str) -> Vec<(String, String, String)> {
    let request = Request { config: Some(("config.yaml", CONFIG)), ..Request::default() };
    let Ok(found) = Analysis::read(text, request, &environment()) else { return Vec::new() };
    let images = found.inspect(&Verdicts::new(), &Verifications::new()).images.into_iter();
    let missed = images.filter(|image| image.code == Code::ImageNotRead);
    let places = missed.flat_map(|image| {
        assert_eq!(image.severity, Severity::Warning);
        let text = image.image;
        image.places.into_iter().map(move |place| (place.object.kind.clone(), place.field, text.clone()))
    });
    places.collect()
}

/// A path as a JSON pointer.
fn pointer(field: &str) -> String {
    let mut pointer = String::new();
    let mut rest = field;
    while !rest.is_empty() {
        let step;
        (step, rest) = if let Some(quoted) = rest.strip_prefix("[\"") {
            quoted.split_once("\"]").unwrap()
        } else if let Some(index) = rest.strip_prefix('[') {
            index.split_once(']').unwrap()
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            name.split_at(name.find(['.', '[']).unwrap_or(name.len()))
        };
        pointer.push_str(&format!("/{}", step.replace('~', "~0").replace('/', "~1")));
    }
    pointer
}

/// The files of both corpora with the pointers of their images.
fn files() -> Vec<(String, PathBuf, BTreeSet<String>)> {
    let mut files = Vec::new();
    for folder in ["corpus", "corpus-custom"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(folder);
        let Ok(list) = fs::read_to_string(folder.join("images.json")) else {
            harness::ignore("the real manifests (../shared) are absent");
            return Vec::new();
        };
        let list: Value = serde_json::from_str(&list).unwrap();
        for (file, images) in list.as_object().unwrap() {
            let pointers = images.as_array().unwrap().iter().map(|image| image["pointer"].as_str().unwrap().to_owned());
            files.push((file.clone(), folder.join(file), pointers.collect()));
        }
    }
    files
}

fn what_is_said_is_an_image() {
    let (mut faults, mut used) = (Vec::new(), BTreeSet::new());
    let files = files();
    for (file, path, pointers) in &files {
        for (kind, field, image) in unread(&fs::read_to_string(path).unwrap()) {
            let expected = BESIDE_THE_LISTS.iter().chain(FALSE_ALARMS);
            let known = expected.filter(|(name, part, _)| file.ends_with(name) && field.contains(part));
            used.extend(known.clone().map(|line| line.0));
            if !pointers.contains(&pointer(&field)) && known.count() == 0 {
                faults.push(format!("{file}: {kind} {field}: {image}"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for (name, ..) in BESIDE_THE_LISTS.iter().chain(FALSE_ALARMS).filter(|_| !files.is_empty()) {
        assert!(used.contains(name), "{name} has nothing any more: remove it from the list");
    }
}

fn our_examples_have_no_unread_images() {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "yaml") {
                seen += 1;
                let found = unread(&fs::read_to_string(&path).unwrap());
                assert!(found.is_empty(), "{}: {found:?}", path.display());
            }
        }
    }
    assert!(seen > 20, "only {seen} examples");
}
