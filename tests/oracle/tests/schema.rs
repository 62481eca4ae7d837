//! The JSON schema of the configuration, read by a validator that is not ours: it takes what the reader takes, and refuses what can be seen without
//! the reader.
#![cfg(test)]

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Validator;
use pullthrough::config::Config;
use pullthrough::yaml::parse::{self, Split};
use serde_json::{Value, json};

fn package() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn schema() -> Value {
    serde_json::from_str(&fs::read_to_string(package().join("fn-config/schema.json")).unwrap()).unwrap()
}

fn validator() -> Validator {
    jsonschema::draft7::new(&schema()).unwrap()
}

/// Whether our reader takes a configuration.
fn reads(text: &str) -> bool {
    let mut is_read = false;
    let parsed = parse::objects(
        text,
        |_| Split::Whole,
        |_, tree| {
            is_read = Config::read(&tree.view()).is_ok();
            Ok::<(), parse::Error>(())
        },
    );
    parsed.is_ok() && is_read
}

fn value(text: &str) -> Value {
    yaml_serde::from_str(text).unwrap()
}

fn examples() -> Vec<(String, Value)> {
    let folder = package().join("fn-config");
    let files = ["complete.yaml", "minimal.yaml", "shorthand.yaml"].map(|name| folder.join(name)).into_iter();
    let presets = fs::read_dir(folder.join("presets")).unwrap().map(|entry| entry.unwrap().path());
    let mut examples: Vec<_> = files
        .chain(presets)
        .map(|path| (path.display().to_string(), value(&fs::read_to_string(&path).unwrap())))
        .collect();
    examples.sort_by(|(one, _), (other, _)| one.cmp(other));
    assert!(examples.len() > 16);
    examples
}

#[test]
fn the_schema_is_one() {
    assert!(jsonschema::draft7::meta::is_valid(&schema()));
}

#[test]
fn examples_are_valid() {
    let validator = validator();
    for (name, example) in examples() {
        let errors: Vec<String> = validator.iter_errors(&example).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{name}: {errors:?}");
        let text = fs::read_to_string(&name).unwrap();
        let modeline = text.lines().next().unwrap().strip_prefix("# yaml-language-server: $schema=").unwrap();
        assert!(Path::new(&name).parent().unwrap().join(modeline).exists(), "{name}: {modeline}");
    }
}

/// Configurations that people write, and the tests of the function.
#[test]
fn what_the_reader_takes_is_valid() {
    let validator = validator();
    let mut taken = 0;
    let mut check = |name: &str, config: &Value| {
        if reads(&config.to_string()) {
            taken += 1;
            assert!(validator.is_valid(config), "{name}: {:?}", validator.validate(config).unwrap_err().to_string());
        }
    };
    let cases = fs::read_dir(package().join("tests/function/cases")).unwrap().map(|entry| entry.unwrap().path());
    for case in cases {
        let name = case.display().to_string();
        let read = |file: &str| fs::read_to_string(case.join(file)).ok();
        let config = read("config.yaml").and_then(|text| yaml_serde::from_str::<Value>(&text).ok());
        let list = read("input.yaml").and_then(|text| yaml_serde::from_str::<Value>(&text).ok());
        let in_list = list.and_then(|list| list.get("functionConfig").cloned());
        for config in [config, in_list].into_iter().flatten() {
            check(&name, &config);
        }
    }
    assert!(taken > 100, "only {taken} were read");
}

/// Every value of every example in turn is left out, or gives way to another, or gets a neighbor.
#[test]
fn changes_that_the_reader_takes_are_valid() {
    let validator = validator();
    let others = [
        json!(null),
        json!(true),
        json!(7),
        json!(""),
        json!("a"),
        json!("A_b"),
        json!("h.corp.example:5000"),
        json!("docker.io/a"),
        json!("**/a"),
        json!("20s"),
        json!("keep"),
        json!("*"),
        json!("*/app"),
        json!("**:latest"),
        json!("[::1]:5000"),
        json!("LOCALHOST"),
        json!("QUAY.io"),
        json!("a__b"),
        json!("60m"),
        json!([]),
        json!(["x.example/**"]),
        json!({}),
    ];
    let (mut taken, mut refused) = (0, 0);
    for (name, example) in examples() {
        for pointer in pointers(&example) {
            let mut changed = Vec::new();
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let mut without = example.clone();
            match without.pointer_mut(parent).unwrap() {
                Value::Object(entries) => drop(entries.remove(&key.replace("~1", "/").replace("~0", "~"))),
                Value::Array(items) => drop(items.remove(key.parse().unwrap())),
                _ => {}
            }
            changed.push(without);
            for other in &others {
                let mut with = example.clone();
                *with.pointer_mut(&pointer).unwrap() = other.clone();
                changed.push(with);
            }
            let mut more = example.clone();
            match more.pointer_mut(&pointer).unwrap() {
                Value::Object(entries) => drop(entries.insert("no-such-field".to_owned(), json!("x"))),
                Value::Array(items) => items.extend(items.first().cloned()),
                _ => {}
            }
            changed.push(more);
            for config in changed {
                // Every Kubernetes object has these, and orchestrators look at them before us.
                let is_object =
                    config["apiVersion"].is_string() && config["kind"].is_string() && config["metadata"].is_object();
                if !is_object {
                    continue;
                }
                match (reads(&config.to_string()), validator.validate(&config)) {
                    (true, Err(error)) => panic!("{name} {pointer}: {error}\n{config:#}"),
                    (true, Ok(())) => taken += 1,
                    (false, Err(_)) => refused += 1,
                    (false, Ok(())) => {}
                }
            }
        }
    }
    assert!(taken > 200 && refused > 2000, "{taken} were taken, {refused} refused by both");
}

fn pointers(value: &Value) -> Vec<String> {
    let below = |key: String, value: &Value| {
        let inner = pointers(value).into_iter().map(|pointer| format!("/{key}{pointer}"));
        std::iter::once(format!("/{key}")).chain(inner).collect::<Vec<_>>()
    };
    match value {
        Value::Object(entries) => {
            entries.iter().flat_map(|(key, value)| below(key.replace('~', "~0").replace('/', "~1"), value)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().flat_map(|(index, item)| below(index.to_string(), item)).collect()
        }
        _ => Vec::new(),
    }
}

/// A mapping with an unknown field is refused by both wherever it stands, but where any name is right.
#[test]
fn unknown_fields_are_refused_everywhere() {
    let validator = validator();
    let mut places = 0;
    for (name, example) in examples() {
        for pointer in pointers(&example).into_iter().chain([String::new()]) {
            let mut config = example.clone();
            let Some(Value::Object(entries)) = config.pointer_mut(&pointer) else { continue };
            let is_free = ["metadata", "aliases", "labels", "annotations"].iter().any(|name| pointer.contains(name));
            if is_free {
                continue;
            }
            entries.insert("no-such-field".to_owned(), json!("no-such-value"));
            assert!(!reads(&config.to_string()), "{name} {pointer}");
            // Of a mapping without any fields the validator names the value.
            let refused = validator.iter_errors(&config).any(|error| error.to_string().contains("no-such-"));
            assert!(refused, "{name} {pointer}");
            places += 1;
        }
    }
    assert!(places > 50, "only {places} mappings");
}

#[test]
fn what_can_be_seen_without_the_reader_is_refused_by_both() {
    let validator = validator();
    for spec in [
        "{proxies: []}",
        "{proxies: [{}]}",
        "{proxies: [{match: ['ghcr.io/**']}]}",
        "{proxies: [{replicated: {app: acme}, gitlab: {host: g.corp.example, group: acme}}]}",
        "{proxies: [{harbor: {host: h.corp.example, project: hub}}]}",
        "{proxies: [{harbor: {host: 'https://h.corp.example', project: hub, upstream: docker.io}}]}",
        "{proxies: [{harbor: {host: h.corp.example/x, project: hub, upstream: docker.io}}]}",
        "{proxies: [{ecr: {account: '12', region: eu-central-1, upstream: docker.io}}]}",
        "{proxies: [{ecr: {account: 111122223333, region: eu-central-1, upstream: docker.io}}]}",
        "{proxies: [{ecr: {upstream: docker.io}}]}",
        "{proxies: [{ecr: {account: '111122223333', upstream: docker.io}}]}",
        "{proxies: [{ecr: {account: '111122223333', region: eu-central-1, host: e.corp.example, upstream: docker.io}}]}",
        "{proxies: [{nexus: {host: n.corp.example, layout: ports, repository: hub, upstream: docker.io}}]}",
        "{proxies: [{nexus: {host: n.corp.example, layout: port, port: 70000, upstream: docker.io}}]}",
        "{proxies: [{replicated: {}, credentials: {}}]}",
        "{proxies: [{replicated: {}, credentials: {anonymous: {}, secretRef: {name: a}}}]}",
        "{proxies: [{replicated: {}, credentials: {secretRef: {name: A_b}}}]}",
        "{proxies: [{replicated: {}, formerly: [{}]}]}",
        "{proxies: [{replicated: {}, formerly: [{harbor: {host: h.corp.example}}]}]}",
        "{proxies: [{replicated: {}, aliases: {'registry.corp:5000': A/b}}]}",
        "{proxies: [{replicated: {}, inPlace: ['https://h.corp.example']}]}",
        "{proxies: {replicated: {}}}",
        "{images: {public: docker.io/**}}",
        "{images: {public: [nginx]}}",
        "{images: {private: [1.5]}}",
        "{images: {fields: [{kind: A}]}}",
        "{images: {fields: [{kind: A, path: spec/image, repository: spec/repository}]}}",
        "{images: {fields: [{kind: A, path: spec/image, tag: spec/tag}]}}",
        "{images: {fields: [{kind: A, tag: spec/tag}]}}",
        "{images: {fields: [{kind: A, path: /spec/image}]}}",
        "{images: {fields: [{kind: A, path: spec/image, pullSecrets: {form: names}}]}}",
        "{access: {probe: 'true'}}",
        "{access: {budget: 20}}",
        "{access: {budget: 20h}}",
        "{access: {budget: 0s}}",
        "{access: {onNotFound: ignore}}",
        "{access: {onUnmatched: proxy}}",
        "{access: {trustedRealms: ['https://auth.corp.example']}}",
        "{pullSecret: {name: Acme}}",
        "{pullSecret: {name: }}",
        "{pullSecret: {namespaces: ['*']}}",
        "{pullSecret: {labels: {a: 1}}}",
        "{pullSecret: {for: some}}",
        "{pin: 1}",
        "{verify: yes please}",
        "{results: none}",
        "{replicatedObjects: delete}",
        "{images: }",
    ] {
        refused(
            &validator,
            &format!("apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: x}}\nspec: {spec}\n"),
        );
    }
    for data in [
        "{preset: habor}",
        "{preset: harbor, host: h.corp.example}",
        "{preset: harbor, host: h.corp.example, project: hub, upstream: docker.io, app: acme}",
        "{app: acme, project: hub}",
        "{app: acme, probe: false}",
        "{app: acme, probe: no}",
        "{app: acme, match: docker.io/**}",
        "{app: acme, labels: a=b}",
        "{app: acme, budget: '10'}",
        "{app: acme, create: sometimes}",
        "{app: acme, private: [docker.io/**]}",
        "{preset: nexus, host: n.corp.example, upstream: docker.io, layout: port, port: x}",
    ] {
        refused(&validator, &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: x}}\ndata: {data}\n"));
    }
    for text in [
        "apiVersion: pullthrough.dev/v1\nkind: PullThrough\nspec: {}\n",
        "apiVersion: pullthrough.dev/v1alpha1\nkind: Pullthrough\nspec: {}\n",
        "apiVersion: pullthrough.dev/v1alpha1\nspec: {}\n",
        "kind: X\nspec: {pin: true}\ndata: {app: acme}\n",
        "kind: X\nproxies: []\n",
        "kind: X\nspec: [a]\n",
    ] {
        refused(&validator, text);
    }
}

#[track_caller]
fn refused(validator: &Validator, text: &str) {
    assert!(!reads(text), "the reader takes {text}");
    assert!(!validator.is_valid(&value(text)), "the schema takes {text}");
}

/// What is said to be a default makes no difference when it is written.
#[test]
fn defaults_are_the_readers() {
    let defaults = defaults(&schema()["properties"]["spec"]);
    assert!(defaults.len() > 12, "{defaults:?}");
    let config = |spec: &Value| {
        let mut read = None;
        let text = json!({ "spec": spec }).to_string();
        parse::objects(
            &text,
            |_| Split::Whole,
            |_, tree| {
                read = Some(Config::read(&tree.view()));
                Ok::<(), parse::Error>(())
            },
        )
        .unwrap();
        read.unwrap().unwrap_or_else(|problems| panic!("{text}: {problems:?}"))
    };
    for (path, default) in defaults {
        let spec = path.iter().rev().fold(default, |value, name| json!({ name.as_str(): value }));
        assert_eq!(config(&spec), config(&json!({})), "{path:?}");
    }
}

/// The defaults below `schema`, but for those in lists, whose items need other fields.
fn defaults(schema: &Value) -> Vec<(Vec<String>, Value)> {
    let mut found = Vec::new();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        if let Some(default) = field.get("default") {
            found.push((vec![name.clone()], default.clone()));
        }
        for (mut path, default) in defaults(field) {
            path.insert(0, name.clone());
            found.push((path, default));
        }
    }
    found
}

/// The schema of the ImageLock takes what `pullthrough lock` writes, and refuses what the reader refuses.
#[test]
fn the_schema_of_the_lock() {
    let schema = fs::read_to_string(package().join("fn-config/imagelock.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert!(jsonschema::draft7::meta::is_valid(&schema));
    let validator = jsonschema::draft7::new(&schema).unwrap();
    let mut written = pullthrough::access::Lock::default();
    let reference = pullthrough::image::Reference::parse("ghcr.io/acme/web:1").unwrap();
    let key = pullthrough::access::ManifestKey::of(&reference).unwrap();
    let verdict = pullthrough::access::Verdict::declared(pullthrough::access::Access::Private);
    assert!(written.keep(key, &verdict));
    for text in [written.to_yaml("lock"), pullthrough::access::Lock::default().to_yaml("empty")] {
        assert!(validator.is_valid(&value(&text)), "{text}");
    }
    let lock =
        |entry: &str| value(&format!("{{apiVersion: pullthrough.dev/v1alpha1, kind: ImageLock, images: [{entry}]}}"));
    assert!(validator.is_valid(&lock("{image: a/b, access: public}")));
    for entry in [
        "{image: a/b}",
        "{access: public}",
        "{image: a/b, access: unreachable}",
        "{image: a/b, access: public, digest: sha256:0}",
        "a/b",
    ] {
        assert!(!validator.is_valid(&lock(entry)), "{entry}");
    }
}
