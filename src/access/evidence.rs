//! Why a verdict is what it is. Every text about it is made here, from its cause.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use super::cause::Cause;

/// Why a verdict is what it is: data, from which every text about it is made.
///
/// Displayed as a part of a sentence: `401 from the token endpoint https://ghcr.io/token`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Evidence {
    /// What happened.
    pub cause: Cause,
    /// Where: an address without user information, query and fragment.
    pub url: Option<String>,
    /// The status of the answer, where there was one.
    pub status: Option<u16>,
    /// What `access.budget` would have been enough, as far as one can tell: a round figure.
    pub budget: Option<Duration>,
}

impl Evidence {
    /// Evidence that is nothing but its cause.
    pub fn of(cause: Cause) -> Self {
        Self { cause, url: None, status: None, budget: None }
    }

    /// What a user can do about it, as one sentence; nothing where the verdict is an answer and no obstacle.
    pub fn advice(&self) -> Option<Cow<'static, str>> {
        match self.budget {
            Some(budget) => Some(Cow::Owned(format!(
                "`access.budget: {}s` would be enough; or keep the answers in an ImageLock so that the registry is \
                 not asked again",
                budget.as_secs()
            ))),
            None => self.cause.advice().map(Cow::Borrowed),
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.cause.sentence();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            f.write_str(before)?;
            match name {
                "status" => write!(f, "{}", Status(self.status))?,
                _ => f.write_str(self.url.as_deref().unwrap_or("the registry"))?,
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

/// A status, or a description if there is none.
struct Status(Option<u16>);

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(status) => write!(f, "{status}"),
            None => f.write_str("an answer"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_reads_as_part_of_a_sentence() {
        let refused = Evidence {
            url: Some("https://ghcr.io/token".to_owned()),
            status: Some(401),
            ..Evidence::of(Cause::TokenRefused)
        };
        assert_eq!(refused.to_string(), "401 from the token endpoint https://ghcr.io/token");
        assert_eq!(Evidence::of(Cause::NoNetwork).to_string(), "no network");
    }
}
