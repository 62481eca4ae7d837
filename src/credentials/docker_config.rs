//! A docker config: the `.dockerconfigjson` of a pull secret, read and written as kubelet reads it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

use super::account::{Basic, Entry, EntryError};
use super::keyring;

/// The accounts of a docker config. Entries that are not ours are written back as they were read.
///
/// `Debug` shows the keys and nothing of the entries; there is no `Display` and no `Serialize`.
#[derive(Clone, Default, PartialEq)]
pub struct DockerConfig {
    /// In the order of the text: it decides between keys that kubelet takes for one.
    auths: Vec<(String, Entry)>,
    /// Everything beside `auths`.
    rest: Map<String, Value>,
}

/// Where accounts are in the text of a docker config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Below `auths`: `config.json`, and `.dockerconfigjson` of a Secret.
    Auths,
    /// At the top: `.dockercfg`.
    Bare,
}

impl DockerConfig {
    /// Reads `{"auths": {…}}`, or the bare map of an old `.dockercfg`.
    ///
    /// One entry that kubelet could not read is an error for the whole, as it is for kubelet.
    pub fn parse(json: &str) -> Result<DockerConfig, DockerConfigError> {
        let document = Document::parse(json)?;
        // The members of a docker config are plain words; what has a dot or a port is a registry.
        let is_bare = document.auths.is_none() && document.others.0.iter().any(|(name, _)| name.contains(['.', ':']));
        Self::read(document, if is_bare { Shape::Bare } else { Shape::Auths })
    }

    /// The same for a text that must have this shape: kubelet looks for accounts in no other place.
    pub fn parse_as(shape: Shape, json: &str) -> Result<DockerConfig, DockerConfigError> {
        Self::read(Document::parse(json)?, shape)
    }

    fn read(document: Document, shape: Shape) -> Result<DockerConfig, DockerConfigError> {
        let (auths, rest) = match shape {
            Shape::Bare => (document.others, Ordered::default()),
            Shape::Auths => (document.auths.unwrap_or_default(), document.others),
        };
        let auths = auths.0.into_iter().map(|(key, value)| match Entry::read(value) {
            Ok(entry) => Ok((key, entry)),
            Err(problem) => Err(DockerConfigError::Entry { key: shown(&key), problem }),
        });
        Ok(DockerConfig { auths: auths.collect::<Result<_, _>>()?, rest: rest.0.into_iter().collect() })
    }

    /// Does it name credential helpers (`credHelpers`, `credsStore`)? They are never run: what they
    /// hold is not in here.
    pub fn has_helpers(&self) -> bool {
        ["credHelpers", "credsStore"].iter().any(|name| match self.rest.get(*name) {
            Some(Value::Object(helpers)) => !helpers.is_empty(),
            Some(Value::String(store)) => !store.is_empty(),
            _ => false,
        })
    }

    /// Whether there is an account that kubelet can use.
    pub fn has_accounts(&self) -> bool {
        self.auths.iter().any(|(_, entry)| entry.basic().is_some())
    }

    /// Whether kubelet finds an account for an image, which is named as in [`DockerConfig::keys_for`].
    pub fn opens(&self, image_name: &str) -> bool {
        self.at(keyring::answering(self.keys(), image_name)).any(|(_, entry)| entry.basic().is_some())
    }

    /// The keys that answer for an image, in kubelet's order. `image_name` is `host/repository`
    /// without tag and digest, with Docker Hub written out (`docker.io/library/nginx`).
    pub fn keys_for(&self, image_name: &str) -> Vec<&str> {
        self.at(keyring::answering(self.keys(), image_name)).map(|(key, _)| key).collect()
    }

    /// The entry that kubelet would use for any image on `host`, or below a path of it (`host/path/`):
    /// the first that is usable, of those that answer for all of it.
    ///
    /// kubelet sends Docker Hub's credential to hosts without a dot or port, `localhost` for one.
    /// That is not repeated here: a credential belongs to the host that it was written for.
    pub fn entry_for_host(&self, host: &str) -> Option<(&str, &Entry)> {
        let positions = match host {
            "docker.io" | "index.docker.io" => keyring::answering(self.keys(), host),
            _ => keyring::naming(self.keys(), host),
        };
        let answering: Vec<_> = self.at(positions).collect();
        let usable = answering.iter().find(|(_, entry)| entry.basic().is_some());
        usable.or(answering.first()).copied()
    }

    /// The path that a key is for, `/team` of `https://quay.io/v2/team/`; empty for a whole host.
    pub fn path_of(key: &str) -> String {
        keyring::path(key).trim_end_matches('/').to_owned()
    }

    /// Writes the credential for a host, or a path on it, in place of what that key held. The same account stays in the members that it has.
    pub fn set(&mut self, key: &str, credential: &Basic) {
        match self.auths.iter_mut().find(|(known, _)| known == key) {
            Some((_, held)) if held.basic().as_ref() == Some(credential) => {}
            Some((_, held)) => *held = Entry::from(credential),
            None => self.auths.push((key.to_owned(), Entry::from(credential))),
        }
    }

    /// Compact, every map sorted by key: the same accounts give the same bytes.
    pub fn to_json(&self) -> String {
        let auths: BTreeMap<&str, &Map<String, Value>> =
            self.auths.iter().map(|(key, entry)| (key.as_str(), entry.members())).collect();
        let mut members: BTreeMap<&str, Value> =
            self.rest.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        members.insert("auths", serde_json::json!(auths));
        serde_json::json!(members).to_string()
    }

    fn keys(&self) -> impl Iterator<Item = &str> {
        self.auths.iter().map(|(key, _)| key.as_str())
    }

    fn at(&self, positions: Vec<usize>) -> impl Iterator<Item = (&str, &Entry)> {
        positions.into_iter().filter_map(|at| self.auths.get(at)).map(|(key, entry)| (key.as_str(), entry))
    }
}

impl fmt::Debug for DockerConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DockerConfig")
            .field("keys", &self.keys().map(shown).collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}

/// A key as it may be shown: a user may have written an account before the host.
pub(crate) fn shown(key: &str) -> String {
    key.rsplit_once('@').map_or_else(|| key.to_owned(), |(_, host)| format!("…@{host}"))
}

/// Why a text is no docker config. It names places and keys, never a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DockerConfigError {
    /// No JSON, or something else where an object belongs. The parser's own words are not repeated,
    /// because they may quote the text.
    #[error(
        "unexpected text at line {line}, column {column} of the docker config: expected the JSON object \
         {{\"auths\": {{\"registry.example.com\": {{\"auth\": …}}}}}}, not base64-encoded"
    )]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// An account that kubelet could not read.
    #[error("the entry for `{key}` in the docker config {problem}")]
    Entry {
        /// The key in `auths`.
        key: String,
        /// What is wrong with it.
        problem: EntryError,
    },
}

/// The members of an object in the order of the text. Of a key that is given twice the last value
/// counts, as for Go.
#[derive(Default)]
struct Ordered(Vec<(String, Value)>);

impl Ordered {
    fn put(&mut self, name: String, value: Value) {
        match self.0.iter_mut().find(|(held, _)| *held == name) {
            Some((_, held)) => *held = value,
            None => self.0.push((name, value)),
        }
    }
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ordered, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Ordered;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered, A::Error> {
                let mut members = Ordered::default();
                while let Some((name, value)) = map.next_entry()? {
                    members.put(name, value);
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// The outermost object.
struct Document {
    auths: Option<Ordered>,
    others: Ordered,
}

impl Document {
    fn parse(json: &str) -> Result<Self, DockerConfigError> {
        serde_json::from_str(json)
            .map_err(|error| DockerConfigError::Json { line: error.line(), column: error.column() })
    }
}

impl<'de> Deserialize<'de> for Document {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Document, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Document;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a docker config")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Document, A::Error> {
                let mut document = Document { auths: None, others: Ordered::default() };
                while let Some(name) = map.next_key::<String>()? {
                    if name == "auths" {
                        document.auths = Some(map.next_value::<Option<Ordered>>()?.unwrap_or_default());
                    } else {
                        document.others.put(name, map.next_value()?);
                    }
                }
                Ok(document)
            }
        }
        deserializer.deserialize_map(Members)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn basic(username: &str, password: &str) -> Basic {
        Basic::new(username, password).unwrap()
    }

    #[test]
    fn set_writes_auth_only_and_leaves_the_others_alone() {
        let text = r#"{"credsStore":"desktop","auths":{"z.io":{"email":"a@b","auth":"Zm9vOmJhcg=="},"a.io":{"username":"u","password":"p"}}}"#;
        let mut config = DockerConfig::parse(text).unwrap();
        config.set("m.io", &basic("me", "secret"));
        config.set("a.io", &basic("me", "secret"));
        assert_eq!(
            config.to_json(),
            r#"{"auths":{"a.io":{"auth":"bWU6c2VjcmV0"},"m.io":{"auth":"bWU6c2VjcmV0"},"z.io":{"auth":"Zm9vOmJhcg==","email":"a@b"}},"credsStore":"desktop"}"#
        );
    }

    #[test]
    fn what_it_writes_it_reads() {
        let mut config = DockerConfig::default();
        config.set("b.io", &basic("b", "2"));
        config.set("a.io", &basic("a", "1:with:colons"));
        let read = DockerConfig::parse(&config.to_json()).unwrap();
        assert_eq!(read.entry_for_host("a.io").unwrap().1.basic(), Some(basic("a", "1:with:colons")));
        assert_eq!(read.to_json(), config.to_json());
    }

    #[test]
    fn helpers_are_reported() {
        for (json, has) in [
            (r#"{"auths":{}}"#, false),
            (r#"{"credHelpers":{}, "credsStore":""}"#, false),
            (r#"{"credHelpers":{"gcr.io":"gcloud"}}"#, true),
            (r#"{"auths":null,"credsStore":"pass"}"#, true),
        ] {
            assert_eq!(DockerConfig::parse(json).unwrap().has_helpers(), has, "{json}");
        }
    }

    #[test]
    fn a_placeholder_of_a_helper_does_not_hide_a_usable_entry() {
        let json = r#"{"auths":{"reg.corp.io":{},"*.corp.io":{"auth":"Zm9vOmJhcg=="}}}"#;
        let config = DockerConfig::parse(json).unwrap();
        assert_eq!(config.entry_for_host("reg.corp.io").unwrap().0, "*.corp.io");
        let json = r#"{"auths":{"reg.corp.io":{"identitytoken":"t"}}}"#;
        let config = DockerConfig::parse(json).unwrap();
        let (key, entry) = config.entry_for_host("reg.corp.io").unwrap();
        assert_eq!((key, entry.basic()), ("reg.corp.io", None));
    }

    #[test]
    fn docker_hubs_credential_goes_to_docker_hub_only() {
        let json = r#"{"auths":{"https://index.docker.io/v1/":{"auth":"Zm9vOmJhcg=="}}}"#;
        let config = DockerConfig::parse(json).unwrap();
        assert!(config.entry_for_host("docker.io").is_some());
        assert!(config.entry_for_host("index.docker.io").is_some());
        assert!(config.entry_for_host("localhost").is_none());
        assert!(config.entry_for_host("registry").is_none());
        assert_eq!(config.keys_for("localhost/app").len(), 1, "as kubelet does");
    }

    #[test]
    fn an_account_for_one_path_is_none_for_the_host() {
        let json = r#"{"auths":{"proxy.example.com/proxy/app":{"auth":"Zm9vOmJhcg=="}}}"#;
        assert!(DockerConfig::parse(json).unwrap().entry_for_host("proxy.example.com").is_none());
    }

    #[test]
    fn no_error_and_no_debug_shows_a_value() {
        let config = DockerConfig::parse(r#"{"auths":{"a.io":{"auth":"Zm9vOmJhcg=="}}}"#).unwrap();
        assert_eq!(format!("{config:?}"), r#"DockerConfig { keys: ["a.io"], .. }"#);
        for json in [
            r#"{"auths":"hunter2"}"#,
            r#"{"auths":{"a.io":"hunter2"}}"#,
            r#"{"auths":{"a.io":{"auth":"hunter2!"}}}"#,
            r#"{"auths":{"a.io":{"password":["hunter2"]}}}"#,
            r#"{"auths":{"https://me:hunter2@a.io":1}}"#,
            "hunter2",
        ] {
            let error = DockerConfig::parse(json).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn of_a_key_given_twice_the_last_counts() {
        let json = r#"{"auths":{"a.io":{"auth":"Zm9vOmJhcg=="},"a.io":{"auth":"YTpi"}}}"#;
        let config = DockerConfig::parse(json).unwrap();
        assert_eq!(config.entry_for_host("a.io").unwrap().1.basic(), Some(basic("a", "b")));
    }
}
