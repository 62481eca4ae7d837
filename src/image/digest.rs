//! Content digests, `algorithm:hex`.

use std::fmt;

/// A digest as an image reference may carry it: a known algorithm, and lower-case hex of its length.
///
/// These are the algorithms that the OCI image specification registers and go-digest knows; `blake3` is not among
/// them because no kubelet accepts it.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Digest {
    text: String,
    algorithm: Algorithm,
}

impl Digest {
    /// Reads `algorithm:hex`.
    pub fn parse(text: &str) -> Result<Digest, DigestError> {
        let (name, hex) = text.split_once(':').ok_or(DigestError::NoColon)?;
        let algorithm = Algorithm::named(name).ok_or(DigestError::Algorithm)?;
        if !hex.bytes().all(is_hex) {
            return Err(DigestError::Hex);
        }
        if hex.len() != algorithm.hex_digits() {
            return Err(DigestError::Length { algorithm, found: hex.len() });
        }
        Ok(Digest { text: text.to_owned(), algorithm })
    }

    /// The sha256 digest of a content.
    #[cfg(feature = "probe")]
    pub fn of(content: &[u8]) -> Digest {
        use sha2::Digest as _;
        use std::fmt::Write as _;

        let mut text = String::from("sha256:");
        for byte in sha2::Sha256::digest(content) {
            // A String takes everything.
            let _ = write!(text, "{byte:02x}");
        }
        Digest { text, algorithm: Algorithm::Sha256 }
    }

    /// `algorithm:hex`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The part before the colon.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A digest algorithm.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub enum Algorithm {
    /// `sha256`, which nearly every digest uses.
    Sha256,
    /// `sha384`.
    Sha384,
    /// `sha512`.
    Sha512,
}

impl Algorithm {
    /// The algorithm of that name; names are lower case.
    pub fn named(name: &str) -> Option<Algorithm> {
        match name {
            "sha256" => Some(Algorithm::Sha256),
            "sha384" => Some(Algorithm::Sha384),
            "sha512" => Some(Algorithm::Sha512),
            _ => None,
        }
    }

    /// How many hex digits its digests have.
    pub fn hex_digits(self) -> usize {
        match self {
            Algorithm::Sha256 => 64,
            Algorithm::Sha384 => 96,
            Algorithm::Sha512 => 128,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Sha384 => "sha384",
            Algorithm::Sha512 => "sha512",
        })
    }
}

/// Why a text is no digest.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum DigestError {
    /// It is no `algorithm:hex`.
    #[error("a digest is written algorithm:hex, as in sha256:9f86…")]
    NoColon,
    /// The algorithm is unknown; also for upper-case names.
    #[error("the digest's algorithm is not sha256, sha384 or sha512")]
    Algorithm,
    /// Something else than `0-9a-f` after the colon.
    #[error("the digest has characters other than 0-9 and lower-case a-f after its colon")]
    Hex,
    /// Too short or too long.
    #[error("a {algorithm} digest has {} hex digits, not {found}", .algorithm.hex_digits())]
    Length {
        /// What the digest says it is.
        algorithm: Algorithm,
        /// How many digits it has.
        found: usize,
    },
}

pub(super) fn is_hex(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_every_algorithm() {
        for (algorithm, digits) in [("sha256", 64), ("sha384", 96), ("sha512", 128)] {
            let text = format!("{algorithm}:{}", "0a".repeat(digits / 2));
            let digest = Digest::parse(&text).unwrap();
            assert_eq!(digest.to_string(), text);
            assert_eq!(digest.as_str(), text);
            assert_eq!(digest.algorithm().to_string(), algorithm);
        }
    }

    #[test]
    fn errors_say_what_is_expected() {
        let upper = format!("sha256:{}", "A".repeat(64));
        let named_upper = format!("SHA256:{}", "a".repeat(64));
        for (text, error) in [
            ("", "a digest is written algorithm:hex, as in sha256:9f86…"),
            ("sha256:", "a sha256 digest has 64 hex digits, not 0"),
            ("sha512:abc", "a sha512 digest has 128 hex digits, not 3"),
            ("md5:abc", "the digest's algorithm is not sha256, sha384 or sha512"),
            (&named_upper, "the digest's algorithm is not sha256, sha384 or sha512"),
            (&upper, "the digest has characters other than 0-9 and lower-case a-f after its colon"),
        ] {
            assert_eq!(Digest::parse(text).unwrap_err().to_string(), error);
        }
    }
}
