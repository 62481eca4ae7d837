//! KOTS's tables of troubleshoot collectors: the same image for each, and the same credentials, but in a Secret that the collector names
//! and not in the collector itself.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use pullthrough::access::{Verdicts, Verifications};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Output, Request};
use pullthrough::krm::Code;
use serde_json::{Value, json};

use super::golden::{self, documents, list};
use super::{text, vectors};

const CASES: usize = 7;

#[test]
fn troubleshoot_collectors() {
    let kots = vectors("kots");
    let cases: Vec<&Value> = list(&kots["troubleshoot_collectors"]["cases"]).collect();
    assert_eq!(cases.len(), CASES);
    for case in cases {
        let name = text(case, "/name");
        let written = output(case);
        let bundle = written.iter().find(|object| object["kind"] == "SupportBundle").unwrap();
        let secret = written.iter().find(|object| object["kind"] == "Secret");
        let config = secret.map(|secret| STANDARD.decode(text(secret, "/data/.dockerconfigjson")));
        let found: Vec<Value> = list(&bundle["spec"]["collectors"]).map(|collector| collector["run"].clone()).collect();
        let wanted: Vec<&Value> = list(&case["expectedCollectors"]).map(|collector| &collector["Run"]).collect();
        assert_eq!(found.len(), wanted.len(), "{name}");
        for (found, wanted) in found.iter().zip(wanted) {
            assert_eq!(found["image"], wanted["Image"], "{name}");
            let inline = wanted["ImagePullSecret"]["Data"][".dockerconfigjson"].as_str();
            assert_eq!(found["imagePullSecret"]["name"].as_str(), inline.map(|_| "pull"), "{name}");
            assert!(found["imagePullSecret"]["data"].is_null(), "{name}");
            // The data that KOTS writes into the collector is the Secret's here.
            let inline = inline.map(|inline| STANDARD.decode(inline).unwrap());
            assert_eq!(inline, config.clone().map(Result::unwrap), "{name}");
        }
    }
}

/// Which images KOTS takes from its own kinds: `additionalImages` and collectors, but for what is in the local registry already.
#[test]
fn images_from_kots_kinds() {
    let kots = vectors("kots");
    let cases: Vec<&Value> = list(&kots["images_from_kots_kinds"]["cases"]).collect();
    assert_eq!(cases.len(), 2);
    for case in cases {
        let (kinds, registry) = (&case["kotsKinds"], &case["destRegistry"]);
        let additional = &kinds["KotsApplication"]["Spec"]["AdditionalImages"];
        let mut input =
            json!({"apiVersion": "kots.io/v1beta1", "kind": "Application", "spec": {"additionalImages": additional}})
                .to_string();
        for kind in ["Preflight", "SupportBundle"] {
            let collectors: Vec<Value> = list(&kinds[kind]["Spec"]["Collectors"]).map(collector).collect();
            let object =
                json!({"apiVersion": "troubleshoot.sh/v1beta2", "kind": kind, "spec": {"collectors": collectors}});
            input = format!("{input}\n---\n{object}");
        }
        let proxy = match registry["Endpoint"].as_str() {
            Some(host) => {
                json!({"localRegistry": {"host": host, "namespace": registry["Namespace"], "flatten": true}})
            }
            None => json!({"replicated": {"app": "app"}}),
        };
        let spec = json!({"proxies": [proxy], "replicatedObjects": "keep"});
        let config = json!({"kind": "PullThrough", "apiVersion": "pullthrough.dev/v1alpha1", "metadata": {"name": "kots"}, "spec": spec});
        let config = config.to_string();
        let found = Analysis::read(
            &input,
            Request { config: Some(("config", &config)), ..Request::default() },
            &Environment::bare(0),
        );
        let found = found.unwrap_or_else(|answer| panic!("{}", golden::said(&answer.findings)));
        let inspection = found.inspect(&Verdicts::new(), &Verifications::new());
        let images = inspection.images.into_iter().filter(|image| image.code != Code::OnProxy);
        let found: BTreeSet<String> = images.map(|image| image.image).collect();
        let wanted: BTreeSet<String> =
            list(&case["want_unordered"]).map(|image| image.as_str().unwrap().to_owned()).collect();
        assert_eq!(found, wanted, "{}", text(case, "/name"));
    }
}

fn output(case: &Value) -> Vec<Value> {
    let (license, registry) = (&case["license"]["V1"]["Spec"], &case["localRegistryInfo"]);
    let collectors: Vec<Value> = list(&case["collectors"]).map(collector).collect();
    let bundle = json!({
        "apiVersion": "troubleshoot.sh/v1beta2",
        "kind": "SupportBundle",
        "metadata": {"name": "bundle"},
        "spec": {"collectors": collectors},
    });
    let known = |private: bool| -> Vec<Value> {
        let images = list(&case["installation"]["Spec"]["KnownImages"]);
        images.filter(|image| image["IsPrivate"] == private).map(|image| json!(glob(text(image, "/Image")))).collect()
    };
    let proxy = if registry["Hostname"].is_string() {
        json!({"localRegistry": {"host": registry["Hostname"], "namespace": registry["Namespace"], "flatten": true}})
    } else {
        json!({"replicated": {"app": license["AppSlug"].as_str().unwrap_or("app")}})
    };
    let config = json!({
        "apiVersion": "pullthrough.dev/v1alpha1",
        "kind": "PullThrough",
        "metadata": {"name": "kots"},
        "spec": {
            "proxies": [proxy],
            "images": {"public": known(false), "private": known(true)},
            "access": {"proxyPublic": registry["Hostname"].is_string()},
            "pullSecret": {"name": "pull"},
            "replicatedObjects": "keep",
        },
    })
    .to_string();
    let environment = Environment {
        var: Box::new(|name| {
            let value = match name {
                "PULLTHROUGH_USERNAME" => &registry["Username"],
                "PULLTHROUGH_PASSWORD" => &registry["Password"],
                "PULLTHROUGH_HOSTS" => &registry["Hostname"],
                "PULLTHROUGH_LICENSE_ID" => &license["LicenseID"],
                _ => return None,
            };
            value.as_str().map(str::to_owned)
        }),
        ..Environment::bare(0)
    };
    let input = format!("{bundle}\n---\n{{}}\n");
    let found =
        Analysis::read(&input, Request { config: Some(("config", &config)), ..Request::default() }, &environment);
    let found = found.unwrap_or_else(|answer| panic!("{}", golden::said(&answer.findings)));
    let answer = found.answer(&Verdicts::new(), &Verifications::new());
    let Output::Done(edits) = &answer.output else { panic!("{}", golden::said(&answer.findings)) };
    documents(&edits.apply())
}

/// A collector, from the names of Go's fields.
fn collector(collector: &Value) -> Value {
    let containers: Vec<Value> = list(&collector["RunPod"]["PodSpec"]["Containers"])
        .map(|container| json!({"image": container["Image"]}))
        .collect();
    match collector["Run"]["Image"].as_str() {
        Some(image) => json!({"run": {"image": image}}),
        None if containers.is_empty() => json!({"clusterInfo": {}}),
        None => json!({"runPod": {"podSpec": {"containers": containers}}}),
    }
}

/// The repository of an image, as a glob.
fn glob(image: &str) -> String {
    image.rsplit_once(':').map_or(image, |(name, _)| name).to_owned()
}
