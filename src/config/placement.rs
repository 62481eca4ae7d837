//! Fields at the wrong level: where they belong, and children that are not indented below their parent.

use super::access::AccessPolicy;
use super::images::Declared;
use super::names::{GROUP, KIND, VERSION};
use super::proxies::ProxyFields;
use super::pull_secret::PullSecret;
use super::spec::{Fields, Spec};
use crate::proxy::Preset;
use crate::yaml::View;
use crate::yaml::de::{Problem, field_names};

/// The mappings of a configuration that hold others, each with its path below the object and the fields that it has.
fn levels() -> Vec<(&'static str, Vec<&'static str>)> {
    let images = [field_names::<Declared>(), field_names::<Fields>()].concat();
    vec![
        ("spec", field_names::<Spec>().to_vec()),
        ("spec.images", images),
        ("spec.access", field_names::<AccessPolicy>().to_vec()),
        ("spec.pullSecret", field_names::<PullSecret>().to_vec()),
    ]
}

/// Where a field that `path` does not have belongs. `None`: no other level has it, or several do.
pub(super) fn elsewhere(path: &str, name: &str) -> Option<String> {
    let proxy = path.strip_prefix("spec.proxies[").and_then(|rest| Some((rest.split_once(']')?, ()))).map(|it| it.0);
    let entry = proxy.map_or_else(|| "spec.proxies[]".to_owned(), |(index, _)| format!("spec.proxies[{index}]"));
    if field_names::<ProxyFields>().contains(&name) {
        return Some(match proxy {
            Some((_, below)) if !below.is_empty() => format!("`{name}` belongs beside the preset: `{entry}.{name}`"),
            _ => format!("`{name}` belongs in an entry of `proxies`, beside the preset: `{entry}.{name}`"),
        });
    }
    if Preset::NAMES.contains(&name) && proxy.is_none() {
        return Some(format!("`{name}` is a preset and belongs in an entry of `proxies`: `{entry}.{name}`"));
    }
    let mut homes = levels().into_iter().filter(|(level, fields)| *level != path && fields.contains(&name));
    match (homes.next(), homes.next()) {
        (Some((level, _)), None) => Some(format!("`{name}` belongs in `{level}`: `{level}.{name}`")),
        _ => None,
    }
}

/// Keys without a value whose fields stand beside them, one problem for each: all else follows from that.
pub(super) fn unindented(object: &View<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let levels = levels();
    let child = |path: &str| levels.iter().find(|(level, _)| *level == path).map(|(_, fields)| fields.as_slice());
    below_empty(
        object,
        &["apiVersion", "kind", "metadata", "data"],
        |key| child(key).map(<[_]>::to_vec),
        &mut problems,
    );
    let Ok(Some(spec)) = object.get("spec") else { return problems };
    let own = field_names::<Spec>();
    below_empty(&spec, own, |key| child(&format!("spec.{key}")).map(<[_]>::to_vec), &mut problems);
    let entries = spec.get("proxies").ok().flatten().and_then(|proxies| proxies.items().ok()).unwrap_or_default();
    for entry in &entries {
        below_empty(entry, field_names::<ProxyFields>(), |key| Preset::fields(key).map(<[_]>::to_vec), &mut problems);
    }
    problems
}

/// Notes each key of `mapping` that is null and has some of its fields beside it, which `mapping` itself (`own`) does not have.
fn below_empty(
    mapping: &View<'_>,
    own: &[&str],
    fields_of: impl Fn(&str) -> Option<Vec<&'static str>>,
    problems: &mut Vec<Problem>,
) {
    if !mapping.is_mapping() {
        return;
    }
    let entries = mapping.entries();
    for (key, value) in entries.iter().filter(|(_, value)| value.is_null()) {
        let Some(name) = key.scalar() else { continue };
        let Some(fields) = fields_of(name) else { continue };
        let beside: Vec<&str> = entries
            .iter()
            .filter(|(other, _)| other.start() > key.start())
            .filter_map(|(other, _)| other.scalar())
            .filter(|other| fields.contains(other) && !own.contains(other))
            .collect();
        let Some((last, others)) = beside.split_last() else { continue };
        let (list, them) = match others {
            [] => (format!("`{last}` is"), "it"),
            _ => (format!("`{}` and `{last}` are", others.join("`, `")), "them"),
        };
        let message = format!("`{name}` is empty, and {list} beside it: indent {them} by two more spaces");
        problems.push(Problem::at(value.path().to_string(), key, &message));
    }
}

/// What an object is that can't be a configuration: one of Kubernetes itself, or one whose `spec` has no field of ours.
pub(super) fn another_object(object: &View<'_>) -> Option<String> {
    let below = |key: &str| object.get(key).ok().flatten();
    let (kind, api_version) = (below("kind")?.text()?, below("apiVersion")?.text()?);
    let group = api_version.split_once('/').map_or("", |(group, _)| group);
    if group == GROUP || kind == KIND || kind == "ConfigMap" && group.is_empty() {
        return None;
    }
    let is_built_in = !group.contains('.') || group.ends_with(".k8s.io") || group == "config.kubernetes.io";
    let spec = below("spec").filter(View::is_mapping);
    let is_foreign = spec.is_some_and(|spec| {
        let entries = spec.entries();
        let own = field_names::<Spec>();
        !entries.is_empty() && !entries.iter().any(|(key, _)| key.scalar().is_some_and(|key| own.contains(&key)))
    });
    (is_built_in || is_foreign).then(|| {
        format!(
            "this is a {kind} ({api_version}), not a configuration: expected `kind: {KIND}` and `apiVersion: \
             {GROUP}/{VERSION}`"
        )
    })
}
