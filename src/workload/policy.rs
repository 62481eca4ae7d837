//! Policies among the items that tell images by their names. They are read and never changed: whether a policy should also take an
//! image's new name is its author's decision.

use std::sync::Arc;

use crate::image::Reference;
use crate::krm::{FieldSpec, File, ObjectRef, Resource};
use crate::yaml::{Fault, View};

/// Patterns of a policy of which one is enough.
#[derive(Clone, Debug)]
pub struct ImagePatterns {
    /// The policy.
    pub object: Arc<ObjectRef>,
    /// Where the orchestrator read it.
    pub file: Option<File>,
    /// The patterns, of which there is at least one.
    patterns: Vec<Pattern>,
}

/// A pattern in a policy.
#[derive(Clone, Debug)]
pub struct Pattern {
    /// As it is written.
    pub text: String,
    /// Its path.
    pub path: String,
    /// Its line, counted from 1.
    pub line: usize,
    syntax: Syntax,
}

/// How a policy engine reads a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Syntax {
    /// `*` stands for any text, `?` for one character (kyverno/kyverno `ext/wildcard`).
    Wildcard,
    /// The same with `|`, `&` and `!` (kyverno/kyverno `pkg/engine/pattern`).
    Expression,
    /// What a name begins with, as it is written (open-policy-agent/gatekeeper-library `allowedrepos`).
    Prefix,
    /// The same where a `*` ends it, else the whole name (gatekeeper-library `allowedreposv2`, and `exemptImages` of other constraints).
    Trailing,
    /// `*` stays inside of a segment, `**` spans them (sigstore/policy-controller `pkg/apis/glob`).
    Glob,
    /// A repository or something above it, `*.` before a host takes all below it (openshift/api `config/v1/types_image_policy.go`).
    Scope,
}

impl ImagePatterns {
    /// The lists of patterns in a policy; none in other objects.
    ///
    /// # Errors
    /// A fault on the way to them.
    pub fn read(resource: &Resource<'_>) -> Result<Vec<Self>, Fault> {
        let object = &resource.object;
        let mut lists: Vec<Vec<Pattern>> = Vec::new();
        match (object.group(), object.kind.as_str()) {
            ("kyverno.io", "ClusterPolicy" | "Policy") => {
                for rule in find(&resource.view, "spec/rules[]")? {
                    for verify in find(&rule, "verifyImages[]")? {
                        let mut patterns = texts(&verify, "imageReferences[]", Syntax::Wildcard)?;
                        patterns.extend(texts(&verify, "image", Syntax::Wildcard)?);
                        lists.push(patterns);
                    }
                    let mut patterns = Vec::new();
                    for path in ["validate/pattern", "validate/anyPattern[]", "validate/foreach[]/pattern"] {
                        for at in find(&rule, path)? {
                            below_image(&at, &mut patterns)?;
                        }
                    }
                    lists.push(patterns);
                }
            }
            ("policies.kyverno.io", _) => {
                lists.push(texts(&resource.view, "spec/matchImageReferences[]/glob", Syntax::Wildcard)?);
            }
            ("constraints.gatekeeper.sh", _) => {
                for (path, syntax) in [
                    ("spec/parameters/repos[]", Syntax::Prefix),
                    ("spec/parameters/allowedImages[]", Syntax::Trailing),
                    ("spec/parameters/exemptImages[]", Syntax::Trailing),
                ] {
                    lists.push(texts(&resource.view, path, syntax)?);
                }
            }
            ("policy.sigstore.dev", "ClusterImagePolicy") => {
                lists.push(texts(&resource.view, "spec/images[]/glob", Syntax::Glob)?);
            }
            ("config.openshift.io", "ClusterImagePolicy" | "ImagePolicy") => {
                lists.push(texts(&resource.view, "spec/scopes[]", Syntax::Scope)?);
            }
            _ => return Ok(Vec::new()),
        }
        // What is never applied decides about nothing.
        if resource.is_withheld()? {
            return Ok(Vec::new());
        }
        let lists = lists.into_iter().filter(|patterns| !patterns.is_empty());
        Ok(lists.map(|patterns| Self { object: Arc::clone(object), file: resource.file.clone(), patterns }).collect())
    }

    /// The first pattern that takes `old`, where none takes `new`.
    #[must_use]
    pub fn lost(&self, old: &Reference, new: &Reference) -> Option<&Pattern> {
        let found = self.patterns.iter().find(|pattern| pattern.takes(old))?;
        (!self.patterns.iter().any(|pattern| pattern.takes(new))).then_some(found)
    }
}

impl Pattern {
    /// Whether an image of that name is meant.
    fn takes(&self, image: &Reference) -> bool {
        let text = self.text.as_str();
        match self.syntax {
            Syntax::Prefix => image.as_written().starts_with(text),
            Syntax::Trailing => match text.strip_suffix('*') {
                Some(start) => image.as_written().starts_with(start),
                None => image.as_written() == text,
            },
            Syntax::Wildcard => names(image).iter().any(|name| matches(text, name, Token::of_wildcard)),
            Syntax::Expression => names(image).iter().any(|name| expression(text, name)),
            Syntax::Glob => names(image).iter().any(|name| matches(text, name, Token::of_glob)),
            Syntax::Scope => names(image).iter().any(|name| is_in_scope(text, name)),
        }
    }
}

fn find<'a>(view: &View<'a>, path: &str) -> Result<Vec<View<'a>>, Fault> {
    // The paths are those above.
    FieldSpec::parse(path).map_or(Ok(Vec::new()), |spec| spec.find(view))
}

fn texts(view: &View<'_>, path: &str, syntax: Syntax) -> Result<Vec<Pattern>, Fault> {
    Ok(find(view, path)?.iter().filter_map(|field| pattern(field, syntax)).collect())
}

fn pattern(field: &View<'_>, syntax: Syntax) -> Option<Pattern> {
    let text = field.text().filter(|text| !text.is_empty())?.to_owned();
    Some(Pattern { text, path: field.path().to_string(), line: field.tree().line(field.start()), syntax })
}

/// What stands under a key `image` at any depth. Anchors around a key, `=(image)`, say when it counts.
fn below_image(view: &View<'_>, patterns: &mut Vec<Pattern>) -> Result<(), Fault> {
    for item in if view.is_sequence() { view.items()? } else { Vec::new() } {
        below_image(&item, patterns)?;
    }
    for (key, value) in if view.is_mapping() { view.fields()? } else { Vec::new() } {
        let bare = key.trim_start_matches(['=', '^', '+', 'X', '<']).trim_start_matches('(').trim_end_matches(')');
        if bare == "image" {
            patterns.extend(pattern(&value, Syntax::Expression));
        }
        below_image(&value, patterns)?;
    }
    Ok(())
}

/// The spellings of a name under which policy engines know an image: on Docker Hub each fills in something else.
fn names(image: &Reference) -> Vec<String> {
    let suffix = image.suffix();
    let tagged = if suffix.is_empty() { ":latest" } else { suffix };
    let mut bases = vec![image.name_as_written().to_owned(), image.name()];
    if image.registry() == "docker.io" {
        bases.push(format!("index.docker.io/{}", image.repository()));
        bases.push(format!("docker.io/{}", image.repository().trim_start_matches("library/")));
    }
    bases.iter().flat_map(|base| [base.clone(), format!("{base}{tagged}")]).collect()
}

/// Alternatives with `|`, of conditions with `&`, each of which `!` may turn around.
fn expression(text: &str, name: &str) -> bool {
    let condition = |text: &str| match text.strip_prefix('!') {
        Some(text) => !matches(text, name, Token::of_wildcard),
        None => matches(text, name, Token::of_wildcard),
    };
    text.split('|').any(|all| all.split('&').all(|text| condition(text.trim())))
}

/// Whether a name is a scope, or below it.
fn is_in_scope(scope: &str, name: &str) -> bool {
    if let Some(parent) = scope.strip_prefix("*.") {
        let host = name.split('/').next().unwrap_or_default();
        return host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.'));
    }
    name.strip_prefix(scope).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ':', '@']))
}

/// A part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Byte(u8),
    One,
    /// Any run of bytes without a slash.
    Segment,
    /// Any run of bytes.
    Any,
}

impl Token {
    fn of_wildcard(pattern: &str) -> Vec<Self> {
        let token = |byte: u8| match byte {
            b'*' => Self::Any,
            b'?' => Self::One,
            _ => Self::Byte(byte),
        };
        pattern.bytes().map(token).collect()
    }

    fn of_glob(pattern: &str) -> Vec<Self> {
        let mut tokens = Vec::new();
        for byte in pattern.bytes() {
            match (byte, tokens.last_mut()) {
                (b'*', Some(last @ (Self::Segment | Self::Any))) => *last = Self::Any,
                (b'*', _) => tokens.push(Self::Segment),
                _ => tokens.push(Self::Byte(byte)),
            }
        }
        tokens
    }
}

/// Whether a pattern is all of `text`, in the time of the product of their lengths: after each token, at which bytes it may have ended.
fn matches(pattern: &str, text: &str, tokens: impl Fn(&str) -> Vec<Token>) -> bool {
    let mut ends = vec![false; text.len() + 1];
    if let Some(start) = ends.first_mut() {
        *start = true;
    }
    for token in tokens(pattern) {
        let mut next = vec![false; ends.len()];
        let mut before = false;
        for (at, (end, ended)) in next.iter_mut().zip(&ends).enumerate() {
            let byte = at.checked_sub(1).and_then(|at| text.as_bytes().get(at).copied());
            let previous = at.checked_sub(1).and_then(|at| ends.get(at).copied()).unwrap_or(false);
            *end = match token {
                Token::Byte(expected) => previous && byte == Some(expected),
                Token::One => previous,
                Token::Segment => *ended || before && byte != Some(b'/'),
                Token::Any => *ended || before,
            };
            before = *end;
        }
        ends = next;
    }
    ends.last().copied().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::parse::{Error, Split, objects};

    fn read(text: &str) -> Vec<ImagePatterns> {
        let mut found = Vec::new();
        let read = objects(
            text,
            |_| Split::Whole,
            |_, tree| {
                found.extend(ImagePatterns::read(&Resource::read(tree.view()).unwrap().unwrap()).unwrap());
                Ok::<(), Error>(())
            },
        );
        read.unwrap();
        found
    }

    #[test]
    fn each_engine_reads_patterns_in_its_own_way() {
        for (syntax, text, image, takes) in [
            (Syntax::Wildcard, "ghcr.io/acme/*", "ghcr.io/acme/a/b:1", true),
            (Syntax::Wildcard, "ghcr.io/*", "images.acme.example/proxy/acme/ghcr.io/acme/web:1", false),
            (Syntax::Wildcard, "*", "a", true),
            (Syntax::Wildcard, "docker.io/nginx:1.?", "nginx:1.2", true),
            (Syntax::Wildcard, "nginx:*", "nginx", true),
            (Syntax::Expression, "ghcr.io/acme/* | quay.io/acme/*", "quay.io/acme/web:1", true),
            (Syntax::Expression, "ghcr.io/* & !*:latest", "ghcr.io/acme/web:1", true),
            (Syntax::Expression, "quay.io/* | docker.io/*", "ghcr.io/acme/web:1", false),
            (Syntax::Prefix, "ghcr.io/acme/", "ghcr.io/acme/web:1", true),
            (Syntax::Prefix, "docker.io/acme/", "acme/web:1", false),
            (Syntax::Trailing, "ghcr.io/acme/*", "ghcr.io/acme/a/b:1", true),
            (Syntax::Trailing, "ghcr.io/acme/web", "ghcr.io/acme/web:1", false),
            (Syntax::Glob, "ghcr.io/acme/*", "ghcr.io/acme/web:1", true),
            (Syntax::Glob, "ghcr.io/*", "ghcr.io/acme/web:1", false),
            (Syntax::Glob, "**", "ghcr.io/acme/web:1", true),
            (Syntax::Glob, "index.docker.io/library/*", "nginx", true),
            (Syntax::Scope, "ghcr.io/acme", "ghcr.io/acme/web:1", true),
            (Syntax::Scope, "ghcr.io/ac", "ghcr.io/acme/web:1", false),
            (Syntax::Scope, "*.acme.example", "images.acme.example/web:1", true),
            (Syntax::Scope, "*.acme.example", "acme.example/web:1", false),
        ] {
            let pattern = Pattern { text: text.to_owned(), path: String::new(), line: 1, syntax };
            assert_eq!(pattern.takes(&Reference::parse(image).unwrap()), takes, "{syntax:?} {text} {image}");
        }
    }

    #[test]
    fn every_kind_of_policy_has_its_lists() {
        for (head, spec, lists) in [
            (
                "kyverno.io/v1\nkind: ClusterPolicy",
                "rules: [{verifyImages: [{imageReferences: [a*, b*]}, {image: c}]}]",
                2,
            ),
            (
                "kyverno.io/v1\nkind: Policy",
                "rules: [{validate: {pattern: {spec: {'=(initContainers)': [{image: a}], containers: [{(image): b}]}}}}]",
                1,
            ),
            (
                "kyverno.io/v1\nkind: ClusterPolicy",
                "rules: [{validate: {anyPattern: [{spec: {containers: [{image: a}]}}]}}]",
                1,
            ),
            (
                "policies.kyverno.io/v1\nkind: ImageValidatingPolicy",
                "matchImageReferences: [{glob: a}, {expression: b}]",
                1,
            ),
            (
                "constraints.gatekeeper.sh/v1beta1\nkind: K8sAllowedRepos",
                "parameters: {repos: [a/], exemptImages: [b]}",
                2,
            ),
            ("constraints.gatekeeper.sh/v1beta1\nkind: K8sAllowedReposv2", "parameters: {allowedImages: [a/*]}", 1),
            ("policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy", "images: [{glob: a}]", 1),
            ("config.openshift.io/v1\nkind: ImagePolicy", "scopes: [a]", 1),
            ("constraints.gatekeeper.sh/v1beta1\nkind: K8sRequiredLabels", "parameters: {labels: [a]}", 0),
            ("apps/v1\nkind: Deployment", "parameters: {repos: [a]}", 0),
        ] {
            let text = format!("apiVersion: {head}\nmetadata: {{name: p}}\nspec: {{{spec}}}\n");
            assert_eq!(read(&text).len(), lists, "{text}");
        }
    }

    #[test]
    fn one_pattern_of_a_list_for_the_new_name_is_enough() {
        let (old, new) = ("ghcr.io/acme/web:1", "images.acme.example/proxy/acme/ghcr.io/acme/web:1");
        let (old, new) = (Reference::parse(old).unwrap(), Reference::parse(new).unwrap());
        let policy = |repos: &str| {
            read(&format!(
                "apiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sAllowedRepos\nmetadata: {{name: p}}\nspec: {{parameters: {{repos: [{repos}]}}}}\n"
            ))
        };
        let lost = |repos: &str| policy(repos).first().and_then(|list| list.lost(&old, &new).map(|it| it.path.clone()));
        assert_eq!(lost("quay.io/, ghcr.io/acme/").as_deref(), Some("spec.parameters.repos[1]"));
        assert_eq!(lost("ghcr.io/acme/, images.acme.example/"), None);
        assert_eq!(lost("quay.io/"), None);
    }
}
