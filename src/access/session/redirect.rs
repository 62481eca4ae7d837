//! Where a server sends an errand, and whether it goes there.

use url::Url;

use super::errand::{self, Basis, Errand, Shown, unreachable};
use super::{AddressSight, RedirectSight, Session};
use crate::access::addresses::{Reach, Zone};
use crate::access::verdict::{Access, Cause};

impl Session {
    /// Sends an errand on, to where a server says.
    pub(super) fn redirect(&mut self, mut errand: Errand, location: &str, status: u16) {
        const MOST: u8 = 5;
        if self.sight.redirects == RedirectSight::Hidden {
            let finding = errand.answered(Access::Unreachable, Cause::AnswerHidden, status);
            return self.conclude(&errand, &finding);
        }
        if errand.redirects >= MOST {
            let finding = errand.answered(Access::Unreachable, Cause::RedirectLoop, status);
            return self.conclude(&errand, &finding);
        }
        let target = errand.url.join(location).ok();
        let reach = target
            .as_ref()
            .and_then(|target| self.visible(target, self.limits.addresses.redirect(target, &errand.url)));
        match (target, reach) {
            (Some(mut target), Some(reach)) => {
                target.set_fragment(None);
                errand.origin = self.origins.of(&target);
                errand.url = target;
                errand.reach = reach;
                errand.redirects += 1;
                errand.shown = Shown::Nothing;
                errand.challenge = None;
                if errand.basis != Basis::Last {
                    errand.basis = Basis::Any;
                }
                self.waiting.push_front(errand);
            }
            (Some(target), None) if matches!(target.scheme(), "http" | "https") => {
                let bare = errand.url.scheme() == "https" && target.scheme() == "http";
                let cause = if bare { Cause::RedirectNotSecure } else { Cause::RedirectForbidden };
                self.conclude(&errand, &unreachable(cause, errand::host(&target)));
            }
            _ => self.conclude(&errand, &unreachable(Cause::RedirectUnusable, quoted(location))),
        }
    }

    /// What is left of a reach when the transport can't check the addresses that names lead to: a literal that only a
    /// look at the other host's address could allow is refused.
    pub(super) fn visible(&self, target: &Url, reach: Option<Reach>) -> Option<Reach> {
        let blind = self.sight.addresses == AddressSight::LiteralsOnly;
        let literal = Zone::shown_by(target).is_some_and(|zone| zone > Zone::Public);
        reach.filter(|reach| !(blind && literal && matches!(reach, Reach::Like(_))))
    }
}

/// As much of a Location that can't be followed as may be shown: its beginning without user information and query.
fn quoted(location: &str) -> String {
    const LONGEST: usize = 60;
    let begin = location.split(['?', '#']).next().unwrap_or_default();
    let scheme = begin.split_inclusive(':').next().unwrap_or_default();
    let is_plain = begin.chars().all(|c| c.is_ascii_graphic()) && !begin.contains(['@', '`']);
    let shown = if is_plain { begin } else { scheme };
    shown.chars().filter(char::is_ascii_graphic).take(LONGEST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_quoted_without_what_may_be_secret() {
        for (location, expected) in [
            ("ftp://127.0.0.1/x?sig=secret", "ftp://127.0.0.1/x"),
            ("https://[x/#secret", "https://[x/"),
            ("data:,x", "data:,x"),
            ("ftp://user:secret@a/", "ftp:"),
            ("mailto:\u{1b}[31m", "mailto:"),
            ("", ""),
        ] {
            assert_eq!(quoted(location), expected);
        }
        assert_eq!(quoted(&"a".repeat(100)).len(), 60);
    }
}
