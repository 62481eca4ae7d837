//! A pull secret among the items.

use crate::credentials::DockerConfig;
use crate::image::placeholder;
use crate::yaml::{Fault, View};

use super::variables::from_base64;

/// A Secret that holds a docker config, read for a proxy whose `credentials.secretRef` names it.
#[derive(Clone, Debug)]
pub struct DockerSecret {
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace` as it was written.
    pub namespace: Option<String>,
    /// Whether an earlier run made it: then it is output, and a credential only for a proxy that names it.
    pub managed: bool,
    /// The docker config, or what is wrong with it: relevant only if this Secret is used.
    pub config: Result<DockerConfig, String>,
}

impl DockerSecret {
    /// Reads a `v1` Secret of type `kubernetes.io/dockerconfigjson` or `kubernetes.io/dockercfg`; None for any other object.
    ///
    /// # Errors
    /// When the object can't be read: duplicate keys, endless aliases.
    pub fn read(view: &View<'_>) -> Result<Option<Self>, Fault> {
        if text(view, &["kind"])? != Some("Secret") || text(view, &["apiVersion"])? != Some("v1") {
            return Ok(None);
        }
        let key = match text(view, &["type"])? {
            Some("kubernetes.io/dockerconfigjson") => ".dockerconfigjson",
            Some("kubernetes.io/dockercfg") => ".dockercfg",
            _ => return Ok(None),
        };
        let Some(name) = text(view, &["metadata", "name"])? else { return Ok(None) };
        let namespace = text(view, &["metadata", "namespace"])?.filter(|namespace| !namespace.is_empty());
        let config = content(view, key)?.and_then(|json| {
            DockerConfig::parse(&json).map_err(|problem| format!("{key} of the Secret `{name}`: {problem}"))
        });
        Ok(Some(Self { name: name.to_owned(), namespace: namespace.map(str::to_owned), managed: false, config }))
    }
}

/// The text below `key`. The API server lets `stringData` win.
fn content(view: &View<'_>, key: &str) -> Result<Result<String, String>, Fault> {
    if let Some(plain) = text(view, &["stringData", key])? {
        return Ok(Ok(plain.to_owned()));
    }
    let Some(encoded) = text(view, &["data", key])? else {
        return Ok(Err(format!("the Secret has no {key}: expected a docker config")));
    };
    Ok(from_base64(encoded).ok_or_else(|| match placeholder(encoded) {
        Some(kind) => format!("data[\"{key}\"] of the Secret is {kind}, not yet a docker config: fill it in first"),
        None => format!("data[\"{key}\"] of the Secret is not base64-encoded text: expected a docker config in base64"),
    }))
}

fn text<'a>(view: &View<'a>, keys: &[&str]) -> Result<Option<&'a str>, Fault> {
    Ok(view.at(keys)?.and_then(|view| view.text()))
}

#[cfg(test)]
mod tests {
    use super::super::tests::secrets;

    const CONFIG: &str = r#"{"auths":{"harbor.example":{"auth":"bWU6aHVudGVyMg=="}}}"#;

    fn secret(rest: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: a, namespace: b}}\ntype: kubernetes.io/dockerconfigjson\n{rest}\n"
        )
    }

    #[test]
    fn data_and_string_data_are_read() {
        use base64::{Engine as _, engine::general_purpose::STANDARD};
        let encoded = STANDARD.encode(CONFIG);
        for rest in [
            format!("stringData:\n  .dockerconfigjson: '{CONFIG}'"),
            format!("data:\n  .dockerconfigjson: {encoded}"),
            format!("data:\n  .dockerconfigjson: |\n    {encoded}\n"),
            format!("data: {{.dockerconfigjson: ''}}\nstringData:\n  .dockerconfigjson: '{CONFIG}'"),
        ] {
            let found = secrets(&secret(&rest));
            assert_eq!((found[0].name.as_str(), found[0].namespace.as_deref()), ("a", Some("b")));
            assert!(found[0].config.as_ref().unwrap().entry_for_host("harbor.example").is_some(), "{rest}");
        }
    }

    #[test]
    fn what_is_wrong_is_kept_for_whoever_wants_the_secret() {
        for (rest, says) in [
            ("", "the Secret has no .dockerconfigjson"),
            ("data: {.dockerconfigjson: hunter2}", "not base64"),
            ("data: {.dockerconfigjson: 'ENC[hunter2]'}", "encrypted"),
            ("stringData: {.dockerconfigjson: hunter2}", "docker config"),
        ] {
            let found = secrets(&secret(rest));
            let problem = found[0].config.as_ref().unwrap_err();
            assert!(problem.contains(says) && !problem.contains("hunter2"), "{problem}");
        }
    }

    #[test]
    fn other_objects_are_none() {
        for (old, new) in
            [("v1", "v2"), ("Secret", "ConfigMap"), ("kubernetes.io/dockerconfigjson", "Opaque"), ("name:", "n:")]
        {
            assert!(secrets(&secret("").replacen(old, new, 1)).is_empty(), "{new}");
        }
    }
}
