//! What distinguishes a registry from other servers that may answer in its place: a gateway, a firewall, a captive portal, a
//! health endpoint.
//!
//! No verdict but `unreachable` rests on an answer without a sign. This is the only place that knows what a sign is.

use serde_json::Value;

use super::wire::Response;

/// Whether an answer has the sign of a registry: a header of the distribution specification, the media type or the body of a manifest, or
/// its error envelope. A refusal is also believed when it is JSON, for the answer to a `HEAD` has no body to look at.
pub(super) fn is_signed(response: &Response) -> bool {
    has_header(response, &REGISTRY_HEADERS)
        || has_manifest_type(response)
        || (matches!(response.status, 401 | 403 | 404) && content_type(response) == "application/json")
        || is_manifest(response)
        || is_error(response)
}

/// Whether an answer is JSON, as those of token endpoints are, by its media type or by its body.
pub(super) fn is_json(response: &Response) -> bool {
    let kind = content_type(response);
    kind == "application/json" || kind.ends_with("+json") || object(response).is_some()
}

/// A page for people and nothing that says "registry". With a success, that takes a digest: distribution's recipe for nginx adds the version
/// header to all that nginx sends, and so to the login page in front of it.
pub(super) fn is_web_page(response: &Response) -> bool {
    let is_page = matches!(content_type(response).as_str(), "text/html" | "application/xhtml+xml");
    let names = if response.status == 200 { &REGISTRY_HEADERS[..1] } else { &REGISTRY_HEADERS };
    is_page && !has_header(response, names)
}

/// Whether the body is the error envelope of registries (distribution specification, "Error Codes").
pub(super) fn is_error(response: &Response) -> bool {
    error_codes(response).next().is_some()
}

/// Whether the error envelope has one of these codes.
pub(super) fn has_code(response: &Response, codes: &[&str]) -> bool {
    error_codes(response).any(|code| codes.contains(&code.as_str()))
}

/// The media type of an answer in lower case, without parameters; empty if there is none.
pub(super) fn content_type(response: &Response) -> String {
    let value = response.headers.get("content-type").unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// Whether it is a manifest of Docker's schema 1, which containerd 2 can't pull any more.
pub(super) fn is_schema_1(response: &Response) -> bool {
    let version = || object(response)?.get("schemaVersion")?.as_u64();
    content_type(response).starts_with("application/vnd.docker.distribution.manifest.v1+") || version() == Some(1)
}

/// The headers that only registries send, those of a manifest first.
const REGISTRY_HEADERS: [&str; 2] = ["docker-content-digest", "docker-distribution-api-version"];

fn has_header(response: &Response, names: &[&str]) -> bool {
    names.iter().any(|name| response.headers.all(name).any(|value| !value.trim().is_empty()))
}

fn has_manifest_type(response: &Response) -> bool {
    let kind = content_type(response);
    let families = [
        "application/vnd.oci.image.",
        "application/vnd.oci.artifact.",
        "application/vnd.docker.distribution.manifest.",
    ];
    families.into_iter().any(|family| kind.starts_with(family))
}

/// Whether the body is a manifest or an index. Of one that was cut off only its beginning can be looked at.
pub(super) fn is_manifest(response: &Response) -> bool {
    if response.truncated {
        let text = String::from_utf8_lossy(&response.body);
        return text.trim_start().starts_with('{') && text.contains("\"schemaVersion\"");
    }
    let lists = ["manifests", "layers", "fsLayers", "config"];
    object(response).is_some_and(|manifest| {
        manifest.get("schemaVersion").is_some_and(Value::is_u64)
            && lists.into_iter().any(|key| manifest.get(key).is_some())
    })
}

fn object(response: &Response) -> Option<Value> {
    // Most answers have no body, and what does not begin like an object need not be read to its end.
    let begins = response.body.iter().find(|byte| !byte.is_ascii_whitespace());
    (begins == Some(&b'{')).then(|| serde_json::from_slice(&response.body).ok()).flatten()
}

fn error_codes(response: &Response) -> impl Iterator<Item = String> {
    let errors = object(response).and_then(|mut envelope| envelope.get_mut("errors").map(Value::take));
    let errors = match errors {
        Some(Value::Array(errors)) => errors,
        _ => Vec::new(),
    };
    errors.into_iter().filter_map(|error| error.get("code")?.as_str().map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(status: u16, header: (&str, &str), body: &str) -> Response {
        Response { status, headers: [header].into_iter().collect(), body: body.into(), truncated: false }
    }

    const MANIFEST: &str = "{\"schemaVersion\":2,\"manifests\":[]}";
    const ENVELOPE: &str = "{\"errors\":[{\"code\":\"DENIED\",\"message\":\"m\"}]}";

    #[test]
    fn signs_of_a_registry() {
        for (header, body) in [
            (("Docker-Distribution-Api-Version", "registry/2.0"), ""),
            (("docker-content-digest", "sha256:a"), ""),
            (("Content-Type", "Application/vnd.oci.image.manifest.v1+json; charset=utf-8"), ""),
            (("Content-Type", "application/vnd.docker.distribution.manifest.list.v2+json"), ""),
            (("Content-Type", "text/plain"), MANIFEST),
            (("Content-Type", "text/plain"), ENVELOPE),
        ] {
            for status in [200, 401, 403, 404] {
                assert!(is_signed(&response(status, header, body)), "{status} {header:?} {body}");
            }
        }
    }

    #[test]
    fn no_sign_of_a_registry() {
        for (header, body) in [
            (("Content-Type", "text/plain"), "ok"),
            (("Content-Type", "application/xml"), "<Error><Code>AccessDenied</Code></Error>"),
            (("Docker-Content-Digest", ""), ""),
            (("Content-Type", "application/octet-stream"), "{\"schemaVersion\":2}"),
            (("X", "y"), "{\"errors\":[]}"),
            (("X", "y"), "{\"errors\":[{\"message\":\"m\"}]}"),
            (("X", "y"), "{\"error\":{\"code\":403}}"),
            (("X", "y"), "[1]"),
        ] {
            for status in [200, 401, 403, 404] {
                assert!(!is_signed(&response(status, header, body)), "{status} {header:?} {body}");
            }
        }
    }

    #[test]
    fn json_is_the_sign_of_a_refusal_only() {
        let json = ("Content-Type", "application/json; charset=utf-8");
        for (status, expected) in [(200, false), (401, true), (403, true), (404, true), (500, false)] {
            assert_eq!(is_signed(&response(status, json, "")), expected, "{status}");
        }
    }

    #[test]
    fn a_manifest_that_was_cut_off_is_known_by_its_beginning() {
        let cut = |body: &str| Response { truncated: true, ..response(200, ("X", "y"), body) };
        assert!(is_signed(&cut(" {\"schemaVersion\": 2, \"manifests\": [{")));
        assert!(!is_signed(&cut("<html>\"schemaVersion\"")));
    }
}
