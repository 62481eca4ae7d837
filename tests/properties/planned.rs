//! What the function has to make of the data, written down once more and without regard to text.

use super::data::Data;

/// All images are private, one mirror serves them all, and it asks for no credentials: no Secret is written, one is named.
pub(crate) const CONFIG: &str = "apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: generated}
spec:
  proxies:
  - template: {host: mirror.corp.example, pattern: \"{host}/m/{registry}/{repository}\"}
    credentials: {anonymous: {}}
  images: {private: [\"**\"]}
  pullSecret: {extra: [added]}
";

const MIRROR: &str = "mirror.corp.example/m/";

/// What the mirror calls an image, by the rules of Docker and of the template.
pub(crate) fn on_mirror(image: &str) -> String {
    if image.starts_with(MIRROR) {
        return image.to_owned();
    }
    let last = image.rsplit('/').next().unwrap_or_default();
    let suffix = last.find([':', '@']).map_or("", |mark| last.split_at(mark).1);
    let name = image.strip_suffix(suffix).unwrap_or(image);
    let (host, path) = match name.split_once('/') {
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host.to_owned(), path.to_owned()),
        _ => ("docker.io".to_owned(), name.to_owned()),
    };
    let hub = matches!(host.as_str(), "docker.io" | "index.docker.io");
    let path = if hub && !path.contains('/') { format!("library/{path}") } else { path };
    format!("{MIRROR}{}/{path}{suffix}", if hub { "docker.io" } else { &host })
}

/// Where pods are in an object of this kind.
fn pod_path(kind: &str) -> &'static [&'static str] {
    match kind {
        "Pod" => &["spec"],
        "CronJob" => &["spec", "jobTemplate", "spec", "template", "spec"],
        _ => &["spec", "template", "spec"],
    }
}

/// The kinds whose places are written down here. What structure tells of others is not.
const KINDS: [&str; 6] = ["Pod", "Deployment", "CronJob", "Widget", "ConfigMap", "DaemonSet"];

/// Applies the plan to one object, or to each item of a list. False: it is of a kind whose places are not written down here.
pub(crate) fn apply(object: &mut Data) -> bool {
    let kind = object.get("kind").and_then(Data::as_text).unwrap_or_default().to_owned();
    if kind.ends_with("List")
        && let Some(Data::List(items)) = object.get_mut("items")
    {
        return items.iter_mut().map(apply).fold(true, |all, one| all & one);
    }
    if !KINDS.contains(&kind.as_str()) {
        return kind.is_empty();
    }
    let pod = pod_path(&kind).iter().try_fold(object, |at, key| at.get_mut(key));
    if let Some(pod) = pod {
        apply_to_pod(pod);
    }
    true
}

fn apply_to_pod(pod: &mut Data) {
    let mut on_proxy = false;
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        if let Some(Data::List(containers)) = pod.get_mut(list) {
            for container in containers {
                let never = container.get_merged("imagePullPolicy").and_then(Data::as_text) == Some("Never");
                on_proxy |= !never && apply_to_image(container, "image");
            }
        }
    }
    if let Some(Data::List(volumes)) = pod.get_mut("volumes") {
        for volume in volumes {
            on_proxy |= volume.get_mut("image").is_some_and(|image| apply_to_image(image, "reference"));
        }
    }
    let added = Data::map(vec![(Data::text("name"), Data::text("added"))]);
    if on_proxy {
        match pod.get_mut("imagePullSecrets") {
            Some(Data::List(names)) => {
                if !names.contains(&added) {
                    names.push(added);
                }
            }
            // No list, and nothing that stands for an empty one: the API server refuses it whatever is planned, and a warning says so.
            Some(Data::Text(_) | Data::Map(_)) => {}
            Some(Data::Other(word)) if !["", "~", "null"].contains(&word.as_str()) => {}
            _ => pod.set("imagePullSecrets", Data::List(vec![added])),
        }
    }
}

fn apply_to_image(holder: &mut Data, key: &str) -> bool {
    let Some(Data::Text(image)) = holder.get_mut(key) else { return false };
    let is_reference = image.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
        && image.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"./:@_-".contains(&byte));
    if is_reference {
        *image = on_mirror(image);
    }
    is_reference
}
