//! The configuration's text, with comments.

use std::collections::BTreeMap;

use super::findings::Found;

/// A product and what is known of its fields.
pub(super) struct Product {
    preset: String,
    fields: BTreeMap<String, String>,
}

/// How a product tells upstream registries apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Upstreams {
    /// By names that begin with the upstream registry: one entry serves all of them, and a colon in a host needs an alias.
    ByName,
    /// Not at all: it holds copies of everything.
    Mixed,
    /// By a project, repository or rule for each, which this field names.
    By(&'static str),
    /// It has one.
    One,
    /// It has Docker Hub alone.
    DockerHub,
}

const DOCKER_HUB: &str = "docker.io";

impl Product {
    pub(super) fn new(preset: String, mut fields: BTreeMap<String, String>) -> Self {
        if preset == "template" {
            fields.entry("pattern".to_owned()).or_insert_with(|| "{host}/{registry}/{repository}".to_owned());
        }
        Self { preset, fields }
    }

    fn upstreams(&self) -> Upstreams {
        let pattern = self.fields.get("pattern").map(String::as_str).unwrap_or_default();
        match self.preset.as_str() {
            "replicated" => Upstreams::ByName,
            "template" if pattern.contains("{registry}") || pattern.contains("{original}") => Upstreams::ByName,
            "localRegistry" => Upstreams::Mixed,
            "harbor" => Upstreams::By("project"),
            "artifactory" | "nexus" if !self.fields.contains_key("port") => Upstreams::By("repository"),
            "gar" | "cloudsmith" => Upstreams::By("repository"),
            "quay" => Upstreams::By("organization"),
            "ecr" | "acr" => Upstreams::By("prefix"),
            "zot" => Upstreams::By("destination"),
            "gitlab" => Upstreams::DockerHub,
            _ => Upstreams::One,
        }
    }
}

/// The configuration for these findings.
///
/// # Errors
/// The product can't serve them.
pub(super) fn text(product: &Product, found: &Found, plain_http: &[String]) -> Result<String, String> {
    let mut lines = Lines::default();
    lines.comment(0, "A first configuration, by `pullthrough init`. Every field: docs/reference.md; `pullthrough schema` is for editors.");
    lines.line(0, "apiVersion: pullthrough.dev/v1alpha1");
    lines.line(0, "kind: PullThrough");
    lines.line(0, "metadata:");
    let name = product.fields.get("app").unwrap_or(&product.preset).to_ascii_lowercase();
    lines.line(2, &format!("name: {}", scalar(&name)));
    lines.line(0, "spec:");
    lines.comment(2, "The first of these that serves an image is the image's proxy.");
    lines.line(2, "proxies:");
    proxies(product, found, &mut lines)?;
    lines.line(2, "images:");
    lines.comment(4, "These need credentials. `ghcr.io/acme/**` would stand for all images of that organization.");
    lines.list("private", &found.private);
    if !found.public.is_empty() {
        lines.comment(4, "Anyone can pull these: they stay as they are, and their registries are not asked again.");
        lines.list("public", &found.public);
    }
    if !found.unknown.is_empty() {
        lines.comment(4, "These could not be checked: put them into one of the lists.");
        for (name, why) in &found.unknown {
            lines.comment(4, &format!("- {} ({why})", scalar(name)));
        }
    }
    if !found.absent.is_empty() {
        lines.comment(4, "Their registries do not have these:");
        for name in &found.absent {
            lines.comment(4, &format!("- {}", scalar(name)));
        }
    }
    if !plain_http.is_empty() {
        lines.line(2, "access:");
        lines.comment(4, "These registries do not speak TLS.");
        lines.list("plainHTTP", plain_http);
    }
    Ok(lines.text)
}

fn proxies(product: &Product, found: &Found, lines: &mut Lines) -> Result<(), String> {
    let upstreams: Vec<&str> = found.registries_in_need().collect();
    let preset = &product.preset;
    match product.upstreams() {
        Upstreams::ByName => {
            lines.comment(2, &credentials(product));
            lines.entry(product, &[]);
            let ports: Vec<&str> = upstreams.iter().copied().filter(|upstream| upstream.contains(':')).collect();
            if !ports.is_empty() {
                lines.comment(4, "What the proxy calls a registry with a port: a colon can't stand inside a name. Write the names that yours has.");
                lines.line(4, "aliases:");
                for upstream in ports {
                    lines.line(6, &format!("{}: {}", scalar(upstream), scalar(&label(upstream))));
                }
            }
        }
        Upstreams::Mixed => {
            lines.comment(2, &credentials(product));
            lines.entry(product, &[]);
        }
        Upstreams::By(field) => {
            if let (Some(value), [one, other, ..]) = (product.fields.get(field), upstreams.as_slice()) {
                return Err(format!(
                    "`--set {field}={value}` is for one registry, and images of {one} and {other} need a proxy; leave it out, and write each \
                     `{field}` into the configuration"
                ));
            }
            lines.comment(2, &credentials(product));
            for upstream in upstreams {
                let guess = label(upstream);
                let mut own = vec![("upstream", upstream.to_owned())];
                if !product.fields.contains_key(field) {
                    lines.comment(2, &format!("`{field}` is a guess: write what yours for {upstream} is called."));
                    own.insert(0, (field, guess));
                }
                lines.entry(product, &own);
            }
        }
        Upstreams::One => {
            if let [one, other, ..] = upstreams.as_slice() {
                return Err(format!(
                    "a proxy of the preset {preset} serves one registry, and images of {one} and {other} need one; run `init` for the folders of \
                     each, or choose another preset"
                ));
            }
            lines.comment(2, &credentials(product));
            for upstream in upstreams {
                lines.entry(product, &[("upstream", upstream.to_owned())]);
            }
        }
        Upstreams::DockerHub => {
            if let Some(other) = upstreams.iter().find(|upstream| **upstream != DOCKER_HUB) {
                return Err(format!(
                    "{preset} serves Docker Hub alone, and images of {other} need a proxy; choose another preset"
                ));
            }
            lines.comment(2, &credentials(product));
            lines.entry(product, &[]);
        }
    }
    Ok(())
}

/// Which variables open the proxy.
fn credentials(product: &Product) -> String {
    match product.fields.get("host") {
        _ if product.preset == "replicated" => {
            "The license opens it: the one among the manifests, or PULLTHROUGH_LICENSE_FILE or PULLTHROUGH_LICENSE_ID."
                .to_owned()
        }
        Some(host) => format!(
            "Its account comes from PULLTHROUGH_USERNAME, PULLTHROUGH_PASSWORD and PULLTHROUGH_HOSTS={host}, or from PULLTHROUGH_DOCKERCONFIG."
        ),
        None => {
            "Its account comes from PULLTHROUGH_DOCKERCONFIG, a docker config with an entry for its host.".to_owned()
        }
    }
}

/// A registry's name without what a path, a project or a rule can't have in it.
fn label(registry: &str) -> String {
    registry.to_ascii_lowercase().replace(['.', ':'], "-")
}

#[derive(Default)]
struct Lines {
    text: String,
}

impl Lines {
    fn line(&mut self, indent: usize, text: &str) {
        self.text.push_str(&" ".repeat(indent));
        self.text.push_str(text);
        self.text.push('\n');
    }

    /// What servers and manifests say may stand in a comment, so it has no line break.
    fn comment(&mut self, indent: usize, text: &str) {
        let text: String = text.chars().map(|char| if char.is_control() { ' ' } else { char }).collect();
        self.line(indent, &format!("# {text}"));
    }

    fn entry(&mut self, product: &Product, own: &[(&str, String)]) {
        self.line(2, &format!("- {}:", product.preset));
        let host = product.fields.get_key_value("host").into_iter();
        let others = product.fields.iter().filter(|(field, _)| *field != "host");
        for (field, value) in host.chain(others) {
            self.line(6, &format!("{field}: {}", value_of(field, value)));
        }
        for (field, value) in own.iter().filter(|(field, _)| !product.fields.contains_key(*field)) {
            self.line(6, &format!("{field}: {}", scalar(value)));
        }
    }

    fn list<'a>(&mut self, key: &str, items: impl IntoIterator<Item = &'a String>) {
        let mut items = items.into_iter().peekable();
        if items.peek().is_none() {
            return self.line(4, &format!("{key}: []"));
        }
        self.line(4, &format!("{key}:"));
        for item in items {
            self.line(4, &format!("- {}", scalar(item)));
        }
    }
}

/// A field's value: a number or a truth value where the field takes one, else text.
fn value_of(field: &str, value: &str) -> String {
    let is_typed = matches!(field, "port" | "stripPrefix" | "flatten");
    if is_typed && value.bytes().all(|byte| byte.is_ascii_alphanumeric()) { value.to_owned() } else { scalar(value) }
}

/// Text in YAML: plain where it begins with a letter and can be nothing else, otherwise as JSON has it.
fn scalar(text: &str) -> String {
    const WORDS: [&str; 9] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let is_plain = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._/".contains(&byte))
        && !WORDS.contains(&text.to_ascii_lowercase().as_str());
    if is_plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}
