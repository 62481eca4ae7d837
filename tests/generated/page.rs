//! The reference page: every field, code, variable and command, in the order in which the program names them.

use std::fs;

use pullthrough::config::{Config, Problems};
use pullthrough::environment::VARIABLES;
use pullthrough::krm::Code;
use pullthrough::yaml::parse::{self, Split};
use serde_json::{Map, Value};

const HEAD: &str = "\
<!-- Made from the Rust types by tests/generated. Change the doc comments there, then run `BLESS=1 cargo test --test generated`. -->

# Reference

- [Configuration](#configuration): [spec](#spec), [data, the short form](#data)
- [Result codes](#result-codes)
- [Exit codes](#exit-codes)
- [Variables](#variables)
- [Command line](#command-line)

## Configuration

It is the functionConfig of a ResourceList, or the file that `--config` names. This is the smallest useful one:

";

const CONFIGURATION: &str = "
[complete.yaml](../fn-config/complete.yaml) has every field, [presets](../fn-config/presets) an example of each preset. With exactly one
Replicated License among the items no configuration is needed.

[schema.json](../fn-config/schema.json) is the JSON schema, which `pullthrough schema` prints. An editor with a YAML language server checks and
completes a configuration that begins with `# yaml-language-server: $schema=` and the path of that file. Fields that are not here are
errors, and so is a key without a value. An object of another group may have any kind.

An object with the annotation `pullthrough.dev/skip: \"true\"` is left alone, whatever the configuration says.

";

const DATA: &str = "\
All values are strings, also `\"true\"` and numbers. The preset's own fields stand beside these. This is an example:

";

const CODES: &str = "
## Result codes

Every result of a ResourceList has one as its tag `code`, and every line on standard error has it in brackets. None is ever renamed.

| code | meaning |
|---|---|
";

const EXIT_CODES: &str = "
## Exit codes

| code | of the function | of `check` and `lock` |
|---|---|---|
| 0 | Done: standard output holds the whole result. | No errors; every image has an answer. |
| 1 | The manifests have errors. A ResourceList is written as it came, with `results`; of a stream nothing is written. | Errors, or images \
without an answer. |
| 2 | Usage, configuration, or input and output. | The same. |
";

const VARIABLES_HEAD: &str = "
## Variables

Credentials belong to the owner of the process, so the configuration names no variables. One that is set to nothing counts as not set.

| variable | meaning |
|---|---|
";

const VARIABLES_TAIL: &str = "\
| `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY` | The forward proxy for the requests to registries, in upper or lower case. |
| `SSL_CERT_FILE` | A file with the certificates of authorities to trust besides those that are built in. |
| `NO_COLOR` | With any text in it, `check` shows no colors. |
| `KUSTOMIZE_PLUGIN_CONFIG_STRING` | Set by kustomize for a legacy exec plugin: the first argument is then the configuration's file. |
";

const COMMANDS: [(&str, &[&str]); 12] = [
    ("pullthrough", &["--help"]),
    ("pullthrough check", &["check", "--help"]),
    ("pullthrough lock", &["lock", "--help"]),
    ("pullthrough component", &["component", "--help"]),
    ("pullthrough init", &["init", "--help"]),
    ("pullthrough rewrite", &["rewrite", "--help"]),
    ("pullthrough run", &["run", "--help"]),
    ("pullthrough explain", &["explain", "--help"]),
    ("pullthrough schema", &["schema", "--help"]),
    ("pullthrough completions", &["completions", "--help"]),
    ("pullthrough man", &["man", "--help"]),
    ("pullthrough version", &["version", "--help"]),
];

pub(crate) fn page(schema: &Value) -> String {
    let mut page = HEAD.to_owned() + &example("minimal.yaml") + CONFIGURATION;
    let properties = fields(schema);
    group(&properties["spec"], "spec", "spec: @", &mut page);
    short_form(&properties["data"], &mut page);
    page.push_str(CODES);
    for code in Code::ALL {
        page.push_str(&format!("| <a id=\"{code}\"></a>`{code}` | {} |\n", cell(code.description())));
    }
    page.push_str(EXIT_CODES);
    page.push_str(VARIABLES_HEAD);
    for (name, meaning) in VARIABLES {
        page.push_str(&format!("| `{name}` | {} |\n", cell(meaning)));
    }
    page.push_str(VARIABLES_TAIL);
    page.push_str("\n## Command line\n");
    for (name, arguments) in COMMANDS {
        page.push_str(&format!("\n### {name}\n\n```text\n{}\n```\n", super::printed(arguments).trim_end()));
    }
    page
}

fn example(name: &str) -> String {
    let text = fs::read_to_string(super::file(&format!("fn-config/{name}"))).unwrap();
    let text = text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n");
    format!("```yaml\n{text}\n```\n")
}

/// The proxies of an example.
fn proxy(name: &str) -> String {
    let text = fs::read_to_string(super::file(&format!("fn-config/{name}"))).unwrap();
    let (_, proxies) = text.split_once("  proxies:\n").unwrap();
    format!(
        "```yaml\nproxies:\n{}```\n",
        proxies.lines().map(|line| format!("{}\n", line.strip_prefix("  ").unwrap_or(line))).collect::<String>()
    )
}

/// What a link to a field ends in.
fn anchor(path: &str) -> String {
    path.replace("[]", "")
}

/// A mapping: its description, a table of its fields, and then the mappings in it.
fn group(schema: &Value, path: &str, place: &str, page: &mut String) {
    let level = if path.contains('.') { "####" } else { "###" };
    page.push_str(&format!("{level} <a id=\"{}\"></a>{path}\n\n", anchor(path)));
    for paragraph in text(schema).split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
        page.push_str(&format!("{paragraph}\n\n"));
    }
    if path.starts_with("spec.proxies[].") && !path.contains("credentials") {
        let preset = path.trim_start_matches("spec.proxies[].");
        page.push_str(&format!("{}\n", proxy(&format!("presets/{preset}.yaml"))));
    }
    page.push_str("| field | type | default | meaning |\n|---|---|---|---|\n");
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let mut inner = Vec::new();
    for (name, field) in in_order(fields(schema), place) {
        let below = format!("{path}.{name}");
        let (group_path, group_schema, group_place) = match &field["items"] {
            Value::Null => (below.clone(), &field, place.replace('@', &format!("{{{name}: @}}"))),
            items => (format!("{below}[]"), items, place.replace('@', &format!("{{{name}: [@]}}"))),
        };
        // Former layouts are presets, which have their tables already.
        let is_group =
            group_schema["properties"].is_object() && !name.eq("formerly") && !fields(group_schema).is_empty();
        let shown = if is_group { format!("[`{name}`](#{})", anchor(&group_path)) } else { format!("`{name}`") };
        let default = match &field["default"] {
            _ if required.iter().any(|required| *required == *name) => "required".to_owned(),
            Value::Null => String::new(),
            Value::String(text) => format!("`{text}`"),
            other => format!("`{other}`"),
        };
        let kind = kind(&field);
        let meaning = cell(text(&field).split("\n\n").next().unwrap_or_default()) + &values(&field);
        let target = if is_group { String::new() } else { format!("<a id=\"{}\"></a>", anchor(&below)) };
        page.push_str(&format!("| {target}{shown} | {kind} | {default} | {meaning} |\n"));
        if is_group {
            inner.push((with_text(group_schema, text(&field)), group_path, group_place));
        }
    }
    page.push('\n');
    for (schema, path, place) in inner {
        group(&schema, &path, &place, page);
    }
}

fn with_text(schema: &Value, text: &str) -> Value {
    let mut schema = schema.clone();
    schema["description"] = text.into();
    schema
}

/// What the values of an enum mean.
fn values(field: &Value) -> String {
    let list =
        text(field).split("\n\n").find(|paragraph| paragraph.starts_with("- ")).filter(|_| field["enum"].is_array());
    list.into_iter().flat_map(str::lines).map(|line| format!("<br>{}", cell(line.trim_start_matches("- ")))).collect()
}

fn kind(field: &Value) -> String {
    match field["type"].as_str().unwrap_or_default() {
        _ if field["enum"].is_array() => "one of these".to_owned(),
        "string" => "string".to_owned(),
        "boolean" => "`true` or `false`".to_owned(),
        "integer" => format!("{} to {}", field["minimum"], field["maximum"]),
        "array" if field["items"]["type"] == "string" => "list of strings".to_owned(),
        "array" => "list of mappings".to_owned(),
        "object" if field["additionalProperties"].is_object() => "mapping of strings".to_owned(),
        "object" => "mapping".to_owned(),
        other => panic!("{other:?} has no word: {field}"),
    }
}

fn short_form(schema: &Value, page: &mut String) {
    page.push_str(&format!("### <a id=\"data\"></a>data\n\n{}\n\n{DATA}", text(schema)));
    page.push_str(&example("shorthand.yaml"));
    page.push_str("\n| key | default | same as |\n|---|---|---|\n");
    for (name, field) in in_order(fields(schema), "data: @") {
        let default = field["default"].as_str().map_or(String::new(), |text| format!("`{text}`"));
        let same = match text(&field).split_once("`: ") {
            Some((place, _)) if place.starts_with("`spec.") => {
                let place = place.trim_start_matches('`');
                format!("[`{place}`](#{})", anchor(place))
            }
            // The fields of presets are in their tables.
            _ if text(&field).starts_with("- ") => continue,
            _ => cell(text(&field)),
        };
        page.push_str(&format!("| `{name}` | {default} | {same} |\n"));
    }
}

/// The fields in the order in which the reader names them when it meets one that it does not know.
fn in_order(mut fields: Map<String, Value>, place: &str) -> Vec<(String, Value)> {
    let mut ordered = Vec::new();
    for name in known(&place.replace('@', "{no-such-field: x}")) {
        ordered.extend(fields.remove(&name).map(|field| (name, field)));
    }
    ordered.extend(fields);
    ordered
}

fn known(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let read = |view: &pullthrough::yaml::View<'_>| {
        let Err(Problems(problems)) = Config::read(view) else { return Vec::new() };
        let message =
            problems.into_iter().map(|problem| problem.message).find(|message| message.contains("no-such-field"));
        let list =
            message.and_then(|message| Some(message.split_once("expected one of ")?.1.to_owned())).unwrap_or_default();
        list.split(", ").map(|name| name.trim_matches('`').to_owned()).collect()
    };
    parse::objects(
        text,
        |_| Split::Whole,
        |_, tree| {
            names = read(&tree.view());
            Ok::<(), parse::Error>(())
        },
    )
    .unwrap();
    names
}

fn fields(schema: &Value) -> Map<String, Value> {
    schema["properties"].as_object().cloned().unwrap_or_default()
}

fn text(schema: &Value) -> &str {
    schema["description"].as_str().unwrap_or_default()
}

/// Text for a cell of a table.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|").replace('\n', " ")
}
