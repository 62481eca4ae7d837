//! One account of a docker config, and the user name with password that it may hold.

use std::fmt;

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use serde_json::{Map, Value};

/// A user name with its password. `Debug` shows neither; there is no `Display` and no `Serialize`:
/// [`Basic::authorization`] and the docker config are the only ways out.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    username: String,
    password: String,
}

impl Basic {
    /// A user name can't have a colon: a reader of the pair takes the first one as its end (RFC
    /// 7617, section 2).
    pub fn new(username: impl Into<String>, password: impl Into<String>) -> Result<Basic, ColonInUsername> {
        let (username, password) = (username.into(), password.into());
        if username.contains(':') {
            return Err(ColonInUsername);
        }
        Ok(Basic { username, password })
    }

    /// The value of an `Authorization` header.
    pub fn authorization(&self) -> String {
        format!("Basic {}", self.encoded())
    }

    fn encoded(&self) -> String {
        STANDARD.encode(format!("{}:{}", self.username, self.password))
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic").finish_non_exhaustive()
    }
}

/// The user name has a colon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the user name contains a colon, which would end it: expected a name without one")]
pub struct ColonInUsername;

/// What a docker config holds for one key, kept member by member as it was read.
#[derive(Clone, PartialEq)]
pub struct Entry {
    members: Map<String, Value>,
    basic: Option<Basic>,
}

impl Entry {
    /// Reads an entry as kubelet does (kubernetes/kubernetes `pkg/credentialprovider/config.go`):
    /// `auth` wins over `username` with `password`, and a member of another type is an error.
    pub fn read(value: Value) -> Result<Entry, EntryError> {
        let members = match value {
            Value::Object(members) => members,
            Value::Null => Map::new(),
            _ => return Err(EntryError::NoObject),
        };
        let text = |name: &'static str| match members.get(name) {
            Some(Value::String(text)) => Ok(text.as_str()),
            Some(Value::Null) | None => Ok(""),
            Some(_) => Err(EntryError::NoText(name)),
        };
        text("email")?;
        let (username, password) = (text("username")?, text("password")?);
        let basic = match text("auth")? {
            "" if username.is_empty() && password.is_empty() => None,
            "" => Basic::new(username, password).ok(),
            auth => Some(decode(auth)?),
        };
        Ok(Entry { members, basic })
    }

    /// The user name and password, from whichever members hold them. None for an account of tokens
    /// (`identitytoken`, `registrytoken`), which kubelet does not read from a Secret either, and
    /// for the empty entry that a credential helper leaves behind.
    pub fn basic(&self) -> Option<Basic> {
        self.basic.clone()
    }

    pub(super) fn members(&self) -> &Map<String, Value> {
        &self.members
    }
}

impl From<&Basic> for Entry {
    /// `{"auth": …}` and nothing else: what KOTS writes, and enough for every runtime.
    fn from(basic: &Basic) -> Entry {
        let auth = Value::String(basic.encoded());
        Entry { members: Map::from_iter([("auth".to_owned(), auth)]), basic: Some(basic.clone()) }
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("basic", &self.basic).finish_non_exhaustive()
    }
}

/// What kubelet could not read in an entry. A predicate: "the entry of `key` …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Something else than an object.
    #[error("is not an object: expected {{\"auth\": …}}")]
    NoObject,
    /// A member that is no string.
    #[error("has a `{0}` that is not a string: expected one")]
    NoText(&'static str),
    /// `auth` is no base64.
    #[error("has an `auth` that is not base64: expected base64 of `username:password`")]
    NoBase64,
    /// `auth` is base64 of something else.
    #[error("has an `auth` without a colon inside: expected base64 of `username:password`")]
    NoPair,
}

/// Go's standard encoding: with padding or without, line ends anywhere, no other white space.
fn decode(auth: &str) -> Result<Basic, EntryError> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &ALPHABET,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let auth = auth.replace(['\r', '\n'], "");
    let bytes = LENIENT.decode(auth).map_err(|_| EntryError::NoBase64)?;
    let pair = String::from_utf8(bytes).map_err(|_| EntryError::NoPair)?;
    let (username, password) = pair.split_once(':').ok_or(EntryError::NoPair)?;
    Ok(Basic { username: username.to_owned(), password: password.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_shows_nothing() {
        let basic = Basic::new("me", "hunter2").unwrap();
        assert_eq!(format!("{basic:?}"), "Basic { .. }");
        assert_eq!(format!("{:?}", Entry::from(&basic)), "Entry { basic: Some(Basic { .. }), .. }");
        assert_eq!(basic.authorization(), "Basic bWU6aHVudGVyMg==");
    }

    #[test]
    fn a_user_name_has_no_colon() {
        assert_eq!(Basic::new("a:b", "c"), Err(ColonInUsername));
        let entry = Entry::read(serde_json::json!({"username": "a:b", "password": "c"})).unwrap();
        assert_eq!(entry.basic(), None);
    }

    #[test]
    fn bits_behind_the_last_byte_are_nothing() {
        let entry = Entry::read(serde_json::json!({"auth": "Zm9vOmJhch"})).unwrap();
        assert_eq!(entry.basic(), Some(Basic::new("foo", "bar").unwrap()));
    }

    #[test]
    fn tokens_are_no_basic_credential() {
        let entry = Entry::read(serde_json::json!({"identitytoken": "i", "registrytoken": "r"}));
        assert_eq!(entry.unwrap().basic(), None);
    }
}
