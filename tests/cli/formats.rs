//! What `check` prints for programs, and the commands that explain.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;

use super::{POD, config, program, refused, run, text};

/// A folder with a file of an odd name that has an error and a warning.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("my, dir")).unwrap();
    let pods = format!("{POD}---\n{}", POD.replace("ghcr.io/acme/web:1", "ghcr.io/acme/Web:1"));
    let pods = format!("{pods}---\n{}", POD.replace("ghcr.io/acme/web:1", "quay.io/other/web:1"));
    fs::write(folder.join("my, dir/100%.yaml"), pods).unwrap();
    folder
}

fn check(name: &str, format: &str) -> Output {
    let config = config(name);
    let arguments = ["check", "-o", format, "my, dir", "--config"];
    run(program().current_dir(folder(name)).args(arguments).arg(config), "")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", text(&output.stderr)))
}

#[test]
fn github_gets_an_annotation_for_each_error_and_warning() {
    let output = check("github", "github");
    assert_eq!(output.status.code(), Some(1));
    let said = text(&output.stdout);
    let annotations: Vec<&str> = said.lines().filter(|line| line.starts_with("::")).collect();
    let place = "file=my%2C dir/100%25.yaml,line=";
    assert!(annotations[0].starts_with(&format!("::error {place}14,title=pullthrough undecided::Pod web ")), "{said}");
    assert!(annotations.iter().any(|line| line.starts_with(&format!("::warning {place}9,"))), "{said}");
    assert!(said.contains("\n3 images: 0 public, 1 to rewrite, 1 invalid; 1 error, "), "{said}");
}

/// The properties that SARIF 2.1.0 requires, and those that code scanning does.
#[test]
fn sarif_has_what_its_schema_requires() {
    let output = check("sarif", "sarif");
    assert_eq!(output.status.code(), Some(1));
    let log = json(&output);
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().ends_with("/sarif-schema-2.1.0.json"));
    let run = &log["runs"][0];
    let driver = &run["tool"]["driver"];
    assert_eq!(driver["name"], "pullthrough");
    let rules = driver["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert!(results.len() >= 2);
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        for text in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[text]["text"].as_str().unwrap().is_empty());
        }
        let anchor = format!("#{}", rule["id"].as_str().unwrap());
        assert!(rule["helpUri"].as_str().unwrap().ends_with(&anchor));
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        for location in result["locations"].as_array().into_iter().flatten() {
            let Some(physical) = location.get("physicalLocation") else { continue };
            assert_eq!(physical["artifactLocation"]["uri"], "my%2C%20dir/100%25.yaml");
            assert!(physical["region"]["startLine"].as_u64().unwrap() >= 1);
        }
    }
    let levels: Vec<&str> = results.iter().map(|result| result["level"].as_str().unwrap()).collect();
    assert!(levels.contains(&"error") && levels.contains(&"warning"), "{levels:?}");
}

/// A small reader of JSON Schema: what the generated one uses. An unknown keyword is a failure, so that nothing goes unchecked.
fn validate(schema: &Value, value: &Value, root: &Value, path: &str) {
    for (keyword, rule) in schema.as_object().unwrap() {
        match keyword.as_str() {
            "$schema" | "title" | "description" | "definitions" | "format" => {}
            "$ref" => {
                let target = rule.as_str().unwrap().trim_start_matches('#');
                validate(root.pointer(target).unwrap(), value, root, path);
            }
            "allOf" => rule.as_array().unwrap().iter().for_each(|schema| validate(schema, value, root, path)),
            "const" => assert_eq!(value, rule, "{path}"),
            "enum" => assert!(rule.as_array().unwrap().contains(value), "{path}: {value}"),
            "minimum" => assert!(value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()), "{path}"),
            "type" => {
                let is = |kind: &Value| match kind.as_str().unwrap() {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_u64(),
                    "null" => value.is_null(),
                    other => panic!("{path}: {other}"),
                };
                let kinds = rule.as_array().cloned().unwrap_or_else(|| vec![rule.clone()]);
                assert!(kinds.iter().any(is), "{path}: {value} is not {rule}");
            }
            "required" => {
                for name in rule.as_array().unwrap() {
                    assert!(value.get(name.as_str().unwrap()).is_some(), "{path}: {name} is missing");
                }
            }
            "properties" => {
                let known = rule.as_object().unwrap();
                for (name, value) in value.as_object().unwrap() {
                    let schema = known.get(name).unwrap_or_else(|| panic!("{path}.{name} is not in the schema"));
                    validate(schema, value, root, &format!("{path}.{name}"));
                }
            }
            "additionalProperties" => {
                for (name, value) in value.as_object().unwrap() {
                    validate(rule, value, root, &format!("{path}.{name}"));
                }
            }
            "items" => {
                for value in value.as_array().unwrap() {
                    validate(rule, value, root, &format!("{path}[]"));
                }
            }
            other => panic!("{path}: the keyword {other} is not checked"),
        }
    }
}

#[test]
fn json_is_what_its_schema_says() {
    let schema = json(&run(program().args(["schema", "--check"]), ""));
    let document = json(&check("json", "json"));
    assert!(document["images"].as_array().unwrap().len() >= 3 && !document["findings"].as_array().unwrap().is_empty());
    validate(&schema, &document, &schema, "");
    let empty =
        json(&run(program().args(["check", "-o", "json", "--config"]).arg(config("json-empty")), "# nothing\n"));
    validate(&schema, &empty, &schema, "");
}

#[test]
fn codes_and_fields_are_explained() {
    let said = text(&run(program().args(["explain", "no-proxy"]), "").stdout);
    assert!(said.starts_with("no-proxy: ") && said.contains("Add a proxy for that registry"), "{said}");
    let said = text(&run(program().args(["explain", "access.onNotFound"]), "").stdout);
    assert!(said.starts_with("spec.access.onNotFound\n"), "{said}");
    refused(&run(program().args(["explain", "no-proxi"]), ""), 2, "did you mean `no-proxy`?");
}

#[test]
fn there_is_a_manual_page_of_each_command() {
    for (command, name) in [(&["man"][..], "pullthrough"), (&["man", "check"], "pullthrough-check")] {
        let page = run(program().args(command), "");
        let said = text(&page.stdout);
        assert_eq!(page.status.code(), Some(0));
        assert!(said.contains(&format!(".TH {name} 1")) && said.contains(".SH OPTIONS"), "{said}");
    }
    refused(&run(program().args(["man", "nothing"]), ""), 2, "no such command");
}

#[test]
fn help_and_version_are_commands_too() {
    let version = text(&run(program().arg("version"), "").stdout);
    assert!(version.starts_with(&format!("pullthrough {} (", env!("CARGO_PKG_VERSION"))) && version.contains("commit"));
    for arguments in [&["help", "--help"][..], &["help", "-h"], &["help"]] {
        let output = run(program().args(arguments), "");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(text(&output.stdout).contains("Usage: pullthrough"));
    }
    refused(&run(program().args(["-f", "pod.yaml"]), ""), 2, "`pullthrough check --config FILE FILE`");
}

/// Helm 4 shows nothing of what a post-renderer says.
#[test]
fn a_log_keeps_every_message() {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("messages.log");
    let _ = fs::remove_file(&path);
    let pods: Vec<String> =
        (0..9).map(|n| POD.replace("ghcr.io/acme/web:1", &format!("quay.io/other/web{n}:1"))).collect();
    let input = pods.join("---\n");
    for times in 1..=2 {
        let output = run(program().env("PULLTHROUGH_LOG", &path).arg("--config").arg(config("log")), &input);
        assert_eq!(text(&output.stderr).matches("error[undecided]").count(), 1, "the others are counted");
        let kept = fs::read_to_string(&path).unwrap();
        assert_eq!(kept.matches("error[undecided]").count(), 9 * times, "{kept}");
        assert!(!kept.contains('\u{1b}') && !kept.contains("PULLTHROUGH_LOG"), "{kept}");
    }
    let output = run(program().env("PULLTHROUGH_LOG", "/no/such/folder/log").arg("--config").arg(config("log")), POD);
    assert_eq!(output.status.code(), Some(0), "it is no reason to fail");
    assert!(
        text(&output.stderr).starts_with("warning: can't write /no/such/folder/log, which PULLTHROUGH_LOG names: ")
    );
}
