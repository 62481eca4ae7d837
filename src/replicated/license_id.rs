//! The license ID: the password of Replicated's registries. A service account's token stands in for it.

use std::fmt;

use crate::image::{Placeholder, placeholder};

/// A license ID. `Debug` hides it; there is no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct LicenseId(String);

/// Why a text is no license ID; none of it is repeated. A predicate: "the license ID …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LicenseIdError {
    /// Nothing, or blanks.
    #[error("is empty")]
    Empty,
    /// Something that another program should have filled in.
    #[error("is {0} and not filled in yet")]
    Placeholder(Placeholder),
    /// Several words, a whole license for one.
    #[error("contains spaces or special characters: expected letters and digits only")]
    NoWord,
    /// Quotes around it that a shell would have taken off: `docker --env-file` and some `.env` readers keep them.
    #[error("is in quotes: remove them")]
    Quoted,
    /// The name of a file.
    #[error("looks like the path of a file: expected the ID that is in it")]
    Path,
}

impl LicenseId {
    /// Blanks around it, the line end of a file for one, do not belong to it. Any word will do, since the registries take the tokens of
    /// service accounts in the same place.
    ///
    /// # Errors
    /// For what can't be an ID.
    pub fn new(text: &str) -> Result<Self, LicenseIdError> {
        let id = Self::token(text)?;
        if id.0.contains(['/', '\\']) || is_file_name(&id.0) { Err(LicenseIdError::Path) } else { Ok(id) }
    }

    /// The token of an Enterprise Portal service account. What it looks like is not documented, so any word will do.
    ///
    /// # Errors
    /// For what can't be a token.
    pub fn token(text: &str) -> Result<Self, LicenseIdError> {
        let token = text.trim();
        match placeholder(token) {
            Some(Placeholder::Empty) => Err(LicenseIdError::Empty),
            Some(kind) => Err(LicenseIdError::Placeholder(kind)),
            None if !token.chars().all(|c| c.is_ascii_graphic()) => Err(LicenseIdError::NoWord),
            None if token.contains(['"', '\'']) => Err(LicenseIdError::Quoted),
            None => Ok(Self(token.to_owned())),
        }
    }

    /// The ID itself, to make a credential of it and for nothing else.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

fn is_file_name(id: &str) -> bool {
    let lower = id.to_ascii_lowercase();
    [".yaml", ".yml", ".json"].iter().any(|extension| lower.ends_with(extension))
}

impl fmt::Debug for LicenseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LicenseId(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_an_id_and_nothing_shows_it() {
        let id = LicenseId::new(" 1vusOokxAVp1tkRGuyxnF23PJcq\n").unwrap();
        assert_eq!(id.reveal(), "1vusOokxAVp1tkRGuyxnF23PJcq");
        assert_eq!(format!("{id:?}"), "LicenseId(..)");
    }

    #[test]
    fn a_token_may_have_slashes_and_dots() {
        for text in ["eyJh.b-_c/d+e==", "token.json", "a:b"] {
            assert_eq!(LicenseId::token(text).unwrap().reveal(), text);
        }
        for (text, problem) in [("\"abc\"", LicenseIdError::Quoted), ("a b", LicenseIdError::NoWord)] {
            assert_eq!(LicenseId::token(text), Err(problem));
        }
    }

    #[test]
    fn what_is_not_filled_in_is_no_id() {
        for (text, problem) in [
            (" \n", LicenseIdError::Empty),
            ("ENC[AES256_GCM,data:abc,type:str]", LicenseIdError::Placeholder(Placeholder::Encrypted)),
            ("${LICENSE_ID}", LicenseIdError::Placeholder(Placeholder::Variable)),
            ("apiVersion: kots.io/v1beta1\nkind: License", LicenseIdError::NoWord),
            ("\"1vusOokxAVp1tkRGuyxnF23PJcq\"", LicenseIdError::Quoted),
            ("'1vusOokxAVp1tkRGuyxnF23PJcq", LicenseIdError::Quoted),
            ("license.yaml", LicenseIdError::Path),
            ("LICENSE.YML", LicenseIdError::Path),
            ("/run/secrets/license", LicenseIdError::Path),
            ("C:\\license", LicenseIdError::Path),
        ] {
            assert_eq!(LicenseId::new(text), Err(problem), "{text}");
        }
    }
}
