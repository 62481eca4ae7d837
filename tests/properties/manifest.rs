//! Manifests in every spelling that YAML has for them.

use super::choices::Choices;

const IMAGES: [&str; 14] = [
    "nginx",
    "nginx:1.25",
    "ghcr.io/acme/app:v1",
    "registry.corp:5000/a/b@sha256:7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa",
    "quay.io/org/a_b.c-d:latest@sha256:7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa",
    "localhost/x",
    "docker.io/library/redis",
    "index.docker.io/redis:7",
    "mirror.corp.example/m/docker.io/library/nginx:1.25",
    "$(IMAGE)",
    "${IMAGE}",
    "{{ .Values.image }}",
    "Bad/Name",
    "",
];

const TEXTS: [&str; 24] = [
    "a",
    "some words",
    "yes",
    "1",
    "1.5",
    "null",
    "~",
    "",
    "image: nginx",
    "- image: nginx",
    "é ü 漢字 🚀",
    "a # b",
    "a: b",
    "#x",
    "it's \"so\"",
    "line one\nline two\n",
    "image: nginx\nimagePullSecrets:\n- name: x\n",
    "  indented\n\nblank\n\n",
    "---",
    "--- x",
    "tab\there",
    "*x",
    "{a}",
    "\u{feff}x\u{a0}",
];

/// What a value is before it is spelled.
#[derive(Clone)]
enum Shape {
    Text(String),
    /// Written as it is: a number, a boolean, null.
    Bare(&'static str),
    List(Vec<Shape>),
    Map(Vec<(String, Shape)>),
}

fn text(text: &str) -> Shape {
    Shape::Text(text.to_owned())
}

fn map<const N: usize>(entries: [(&str, Shape); N]) -> Vec<(String, Shape)> {
    entries.map(|(key, value)| (key.to_owned(), value)).into()
}

/// A text of some documents, almost always one that can be read.
pub(crate) fn manifest(choices: &mut Choices<'_>) -> String {
    let list = choices.rarely(4);
    let count = if list { 1 } else { 1 + choices.below(3) };
    let mut documents = String::new();
    for number in 0..count {
        if number > 0 || choices.rarely(4) {
            let marker = choices.one(&["---\n", "--- # a comment\n", "---\n# a comment\n", "...\n---\n", "---\n---\n"]);
            documents.push_str(if number == 0 {
                choices.one(&["---\n", "--- &root\n", "--- !!map\n"])
            } else {
                marker
            });
        }
        let object = if list {
            let items = (0..1 + choices.below(2)).map(|_| Shape::Map(object(choices))).collect();
            Shape::Map(map([("apiVersion", text("v1")), ("kind", text("List")), ("items", Shape::List(items))]))
        } else {
            Shape::Map(object(choices))
        };
        let mut writer = Writer { out: String::new(), choices, anchors: Vec::new() };
        writer.document(&object);
        let Writer { out, .. } = writer;
        documents.push_str(&out);
        if !documents.ends_with('\n') {
            documents.push('\n');
        }
    }
    finish(documents, choices)
}

/// What an editor, or the end of a pipe, makes of a file.
fn finish(mut text: String, choices: &mut Choices<'_>) -> String {
    if choices.rarely(6) {
        text.truncate(text.trim_end_matches('\n').len());
    }
    if choices.rarely(6) {
        text = text.replace('\n', "\r\n");
    }
    if choices.rarely(10) {
        text.insert(0, '\u{feff}');
    }
    text
}

fn object(choices: &mut Choices<'_>) -> Vec<(String, Shape)> {
    let kind = choices.one(&["Pod", "Deployment", "CronJob", "Widget", "ConfigMap", "DaemonSet"]);
    let mut metadata = map([("name", text("app"))]);
    if choices.rarely(4) {
        metadata.push(("annotations".into(), Shape::Map(map([("note", any_text(choices))]))));
    }
    let mut entries = map([("apiVersion", text("apps/v1")), ("kind", text(kind)), ("metadata", Shape::Map(metadata))]);
    if kind == "ConfigMap" {
        entries.push(("data".into(), any(choices, 2)));
        return entries;
    }
    let pod = Shape::Map(pod(choices));
    let below = |shape, keys: &[&str]| keys.iter().rev().fold(shape, |shape, key| Shape::Map(map([(key, shape)])));
    let spec = match kind {
        "Pod" => pod,
        "CronJob" => below(pod, &["jobTemplate", "spec", "template", "spec"]),
        _ => below(pod, &["template", "spec"]),
    };
    entries.push(("spec".into(), spec));
    if choices.rarely(4) {
        entries.push(("status".into(), any(choices, 2)));
    }
    entries
}

fn pod(choices: &mut Choices<'_>) -> Vec<(String, Shape)> {
    let mut pod = Vec::new();
    if choices.rarely(3) {
        pod.push(("hostNetwork".into(), any(choices, 1)));
    }
    if choices.rarely(3) {
        let name = |name: &str| Shape::Map(map([("name", text(name))]));
        let secrets = match choices.below(6) {
            0 => Shape::Bare("null"),
            1 => Shape::List(Vec::new()),
            2 => Shape::List(vec![name("added")]),
            3 => Shape::List(vec![name("one"), name("two")]),
            4 => Shape::Bare(""),
            _ => Shape::List(vec![name("one")]),
        };
        pod.push(("imagePullSecrets".into(), secrets));
    }
    for list in ["containers", "initContainers"] {
        if list == "containers" || choices.rarely(4) {
            let count = 1 + choices.below(3);
            pod.push((list.into(), Shape::List((0..count).map(|_| container(choices)).collect())));
        }
    }
    if choices.rarely(5) {
        let image = Shape::Map(map([("reference", image(choices))]));
        pod.push(("volumes".into(), Shape::List(vec![Shape::Map(map([("name", text("v")), ("image", image)]))])));
    }
    let by = choices.below(pod.len());
    pod.rotate_left(by);
    pod
}

fn container(choices: &mut Choices<'_>) -> Shape {
    let mut entries = map([("image", image(choices))]);
    if choices.rarely(2) {
        entries.push(("name".into(), any_text(choices)));
    }
    if choices.rarely(4) {
        entries.push(("args".into(), any(choices, 2)));
    }
    if choices.rarely(12) {
        entries.push(("imagePullPolicy".into(), text("Never")));
    }
    let by = choices.below(entries.len());
    entries.rotate_left(by);
    Shape::Map(entries)
}

fn image(choices: &mut Choices<'_>) -> Shape {
    if choices.rarely(16) {
        return any(choices, 1);
    }
    let plain = choices.below(24);
    text(IMAGES[if plain < IMAGES.len() { plain } else { plain % 5 }])
}

fn any_text(choices: &mut Choices<'_>) -> Shape {
    text(TEXTS[choices.below(TEXTS.len())])
}

fn any(choices: &mut Choices<'_>, depth: usize) -> Shape {
    match choices.below(if depth == 0 { 3 } else { 6 }) {
        0 | 1 => any_text(choices),
        2 => Shape::Bare(["1", "true", "null", "~", "", "1e3", "0x1f", "2001-01-01", "yes"][choices.below(9)]),
        3 => Shape::List((0..choices.below(4)).map(|_| any(choices, depth - 1)).collect()),
        _ => {
            let count = choices.below(4);
            let entry = |number| (format!("{}{number}", choices.one(&["k", "image", "a b", "é", "0", "y"])), number);
            let keys: Vec<_> = (0..count).map(entry).collect();
            Shape::Map(keys.into_iter().map(|(key, _)| (key, any(choices, depth - 1))).collect())
        }
    }
}

struct Writer<'w, 'c> {
    out: String,
    choices: &'w mut Choices<'c>,
    /// The names that can be referred to, and whether they stand for a mapping.
    anchors: Vec<(String, bool)>,
}

impl Writer<'_, '_> {
    fn document(&mut self, shape: &Shape) {
        self.comments(0);
        match self.choices.below(8) {
            7 => {
                self.json(shape);
                self.out.push('\n');
            }
            6 => {
                self.flow(shape, 0);
                self.line_end();
            }
            _ => self.block_collection(shape, 0, false),
        }
    }

    /// `- ` and `key:` have been written, or nothing; what follows is deeper than `indent`.
    fn value(&mut self, shape: &Shape, indent: usize, in_list: bool) {
        if self.choices.rarely(24) && !self.anchors.is_empty() {
            let (name, _) = self.anchors[self.choices.below(self.anchors.len())].clone();
            self.out.push_str(&format!(" *{name}"));
            self.line_end();
            return;
        }
        let bare = self.out.len();
        let anchor = self.properties(shape);
        match shape {
            Shape::Map(entries) if entries.is_empty() => self.on_line(shape, indent),
            Shape::List(items) if items.is_empty() => self.on_line(shape, indent),
            Shape::Map(_) | Shape::List(_) if !self.choices.rarely(7) => {
                let is_list = matches!(shape, Shape::List(_));
                // In a list, a collection may begin on the line of its dash, where no property stands.
                if in_list && self.out.len() == bare && self.choices.below(4) > 0 {
                    let by = 1 + self.choices.below(2);
                    self.out.push_str(&" ".repeat(by));
                    self.block_collection(shape, indent + 1 + by, true);
                } else {
                    self.line_end();
                    let same = is_list && !in_list && self.choices.rarely(2);
                    let by = if same { 0 } else { 1 + self.choices.below(4) };
                    self.block_collection(shape, indent + by, false);
                }
            }
            Shape::Text(_) if self.block_scalar(shape, indent, in_list) => {}
            _ => self.on_line(shape, indent),
        }
        if let Some(name) = anchor {
            self.anchors.push((name, matches!(shape, Shape::Map(_))));
        }
    }

    fn on_line(&mut self, shape: &Shape, indent: usize) {
        if !matches!(shape, Shape::Bare("")) {
            if self.choices.rarely(20) {
                self.line_end();
                self.out.push_str(&" ".repeat(indent + 1));
            }
            self.out.push_str(self.choices.one(&[" ", " ", "  ", "\t"]));
            self.flow(shape, indent);
        }
        self.line_end();
    }

    /// Anchor and tag, in either order. The name comes back, to be known when the value is written.
    fn properties(&mut self, shape: &Shape) -> Option<String> {
        let anchor = self.choices.rarely(14).then(|| format!("a{}-b", self.anchors.len()));
        let tag = match shape {
            _ if !self.choices.rarely(20) => None,
            Shape::Text(_) => Some("!!str"),
            Shape::Map(_) => Some("!!map"),
            Shape::List(_) => Some("!!seq"),
            Shape::Bare("1" | "1e3" | "true") => Some("!own"),
            Shape::Bare(_) => None,
        };
        let anchor_text = anchor.as_ref().map(|name| format!(" &{name}")).unwrap_or_default();
        let tag_text = tag.map(|tag| format!(" {tag}")).unwrap_or_default();
        let both = if self.choices.rarely(2) { [tag_text, anchor_text] } else { [anchor_text, tag_text] };
        self.out.push_str(&both.concat());
        anchor
    }

    /// The cursor is at column `indent` when `begun`, else at the start of a line.
    fn block_collection(&mut self, shape: &Shape, indent: usize, begun: bool) {
        let pad = " ".repeat(indent);
        let mut first = begun;
        match shape {
            Shape::Map(entries) => {
                if !self.anchors.is_empty() && !begun && self.choices.rarely(16) {
                    let maps: Vec<_> = self.anchors.iter().filter(|(_, is_map)| *is_map).cloned().collect();
                    if !maps.is_empty() {
                        let (name, _) = &maps[self.choices.below(maps.len())];
                        let spelled = [format!("<<: *{name}"), format!("<<: [*{name}]")];
                        self.out.push_str(&format!("{pad}{}\n", spelled[self.choices.below(2)]));
                    }
                }
                for (key, value) in entries {
                    if !first {
                        self.comments(indent);
                        self.out.push_str(&pad);
                    }
                    first = false;
                    let explicit = self.choices.rarely(24);
                    if explicit {
                        self.out.push_str("? ");
                    } else if self.choices.rarely(40) {
                        self.out.push_str(self.choices.one(&["!!str ", "&key "]));
                    }
                    self.key(key);
                    if explicit {
                        self.line_end();
                        self.out.push_str(&pad);
                    } else if self.choices.rarely(20) {
                        self.out.push(' ');
                    }
                    self.out.push(':');
                    self.value(value, indent, explicit);
                }
            }
            Shape::List(items) => {
                for item in items {
                    if !first {
                        self.comments(indent);
                        self.out.push_str(&pad);
                    }
                    first = false;
                    self.out.push('-');
                    self.value(item, indent, true);
                }
            }
            _ => {
                self.out.push_str(&pad);
                self.flow(shape, indent);
                self.line_end();
            }
        }
    }

    fn key(&mut self, key: &str) {
        match self.choices.below(12) {
            10 => self.out.push_str(&format!("'{key}'")),
            11 => self.out.push_str(&format!("\"{key}\"")),
            _ => self.out.push_str(key),
        }
    }

    /// A block scalar, where one can say this text.
    fn block_scalar(&mut self, shape: &Shape, indent: usize, in_list: bool) -> bool {
        let Shape::Text(text) = shape else { return false };
        let likely = if text.contains('\n') { 2 } else { 9 };
        if !self.choices.rarely(likely) || text.is_empty() || text.contains('\u{feff}') {
            return false;
        }
        let body = text.trim_end_matches('\n');
        let chomp = match text.len() - body.len() {
            0 => "-",
            1 => "",
            _ => "+",
        };
        let one_line = !body.contains('\n');
        let mark = if one_line && self.choices.rarely(2) { ">" } else { "|" };
        let by = 1 + self.choices.below(3);
        let by = if in_list && indent == 0 { by + 1 } else { by };
        let told = body.starts_with([' ', '\n', '\t']) || self.choices.rarely(6);
        let number = if told { by.to_string() } else { String::new() };
        let header = if self.choices.rarely(2) { format!("{number}{chomp}") } else { format!("{chomp}{number}") };
        self.out.push_str(&format!(" {mark}{header}"));
        self.line_end_with(&["", "", " # header", "  "]);
        for line in body.split('\n') {
            if !line.is_empty() {
                self.out.push_str(&" ".repeat(indent + by));
                self.out.push_str(line);
            }
            self.out.push('\n');
        }
        if chomp == "+" {
            self.out.push_str(&"\n".repeat(text.len() - body.len() - 1));
        } else if self.choices.rarely(8) {
            self.out.push_str("\n\n");
        }
        true
    }

    /// One line, or a flow collection over several.
    fn flow(&mut self, shape: &Shape, indent: usize) {
        match shape {
            Shape::Text(text) => self.scalar(text),
            Shape::Bare(word) => self.out.push_str(if word.is_empty() { "~" } else { word }),
            Shape::List(items) => {
                self.out.push('[');
                for (number, item) in items.iter().enumerate() {
                    self.flow_gap(indent);
                    self.flow(item, indent);
                    self.flow_comma(number + 1 == items.len());
                }
                self.flow_gap(indent);
                self.out.push(']');
            }
            Shape::Map(entries) => {
                self.out.push('{');
                for (number, (key, value)) in entries.iter().enumerate() {
                    self.flow_gap(indent);
                    self.key(key);
                    self.out.push_str(": ");
                    self.flow(value, indent);
                    self.flow_comma(number + 1 == entries.len());
                }
                self.flow_gap(indent);
                self.out.push('}');
            }
        }
    }

    fn flow_gap(&mut self, indent: usize) {
        match self.choices.below(16) {
            13 => self.out.push_str(&format!("\n{}", " ".repeat(indent + 2))),
            14 => self.out.push_str(&format!(" # in flow\n{}", " ".repeat(indent + 1))),
            15 => self.out.push(' '),
            _ => {}
        }
    }

    fn flow_comma(&mut self, last: bool) {
        if !last || self.choices.rarely(6) {
            self.out.push_str(if self.choices.rarely(8) { " ," } else { ", " });
        }
    }

    fn scalar(&mut self, text: &str) {
        let plain = !text.is_empty()
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" ./:@_-".contains(&byte))
            && !text.contains(": ")
            && text.starts_with(|first: char| first.is_ascii_alphabetic())
            && !["yes", "null"].contains(&text);
        match self.choices.below(6) {
            4 if !text.contains(['\n', '\u{feff}']) => self.out.push_str(&format!("'{}'", text.replace('\'', "''"))),
            0..4 if plain => self.out.push_str(text),
            _ => self.json_text(text),
        }
    }

    fn json_text(&mut self, text: &str) {
        // serde_json leaves the byte order mark as it is.
        let quoted = serde_json::to_string(text).unwrap_or_default().replace('\u{feff}', "\\ufeff");
        self.out.push_str(&quoted);
    }

    fn json(&mut self, shape: &Shape) {
        match shape {
            Shape::Text(text) => self.json_text(text),
            Shape::Bare(word) => self.out.push_str(if ["1", "true"].contains(word) { word } else { "null" }),
            Shape::List(items) => {
                self.out.push('[');
                for (number, item) in items.iter().enumerate() {
                    self.out.push_str(if number == 0 { "" } else { "," });
                    self.json(item);
                }
                self.out.push(']');
            }
            Shape::Map(entries) => {
                self.out.push('{');
                for (number, (key, value)) in entries.iter().enumerate() {
                    self.out.push_str(if number == 0 { "" } else { ",\n  " });
                    self.json_text(key);
                    self.out.push(':');
                    self.json(value);
                }
                self.out.push('}');
            }
        }
    }

    fn line_end(&mut self) {
        self.line_end_with(&["", "", "", "", "", "", " # comment", "  # - image: x", " ", "\t# é", " #"]);
    }

    fn line_end_with(&mut self, ends: &[&str]) {
        let end = self.choices.one(ends);
        self.out.push_str(end);
        self.out.push('\n');
    }

    /// Lines of comments and blanks before an entry at `indent`.
    fn comments(&mut self, indent: usize) {
        let pad = " ".repeat(indent);
        match self.choices.below(20) {
            15 => self.out.push_str(&format!("{pad}# above\n")),
            16 => self.out.push_str(&format!("{pad}# two\n{pad}# above: x\n")),
            17 => self.out.push_str("# at the margin\n"),
            18 => self.out.push_str(&format!("{pad}   # deeper\n")),
            19 => self.out.push_str("\n  \n"),
            _ => {}
        }
    }
}

/// A text that is nearly one: bytes cut, doubled, moved, and what YAML turns on put in.
pub(crate) fn mutated(text: &str, choices: &mut Choices<'_>) -> String {
    const PIECES: [&str; 60] = [
        ":",
        "-",
        "?",
        ",",
        "[",
        "]",
        "{",
        "}",
        "#",
        "&",
        "*",
        "!",
        "|",
        ">",
        "'",
        "\"",
        "%",
        "@",
        "`",
        "\n",
        "\r",
        "\t",
        " ",
        "  ",
        "\n\n",
        ": ",
        "- ",
        "? ",
        " #",
        "---\n",
        "...\n",
        "\u{feff}",
        "\u{85}",
        "\u{2028}",
        "\0",
        "\u{1}",
        "\u{a0}",
        "é",
        "🚀",
        "&a",
        "*a",
        "<<: *a",
        "!!str",
        "!<x>",
        "|2-",
        ">+\n",
        "\\",
        "\\x41",
        "\\u12",
        "%YAML 1.2\n",
        "%TAG ! a\n",
        "~",
        "null",
        "image: x",
        "\nimage: x\n",
        "- image: x\n",
        "''",
        "\"\"",
        "[]",
        "{}",
    ];
    let mut text = text.to_owned();
    for _ in 0..1 + choices.below(3) {
        let at = choices.place(&text);
        match choices.below(5) {
            0..3 => text.insert_str(at, PIECES[choices.below(PIECES.len())]),
            3 => {
                let end = (at + 1 + choices.below(4)..=text.len()).find(|end| text.is_char_boundary(*end));
                text.replace_range(at..end.unwrap_or(text.len()), "");
            }
            _ => {
                let line =
                    text.get(at..).unwrap_or_default().split_inclusive('\n').next().unwrap_or_default().to_owned();
                let to = choices.place(&text);
                text.insert_str(to, &line);
            }
        }
    }
    text
}
