//! Where a server sends a pending request, and whether it goes there.

use url::Url;

use super::pending::{self, Basis, Pending, Shown, unreachable};
use super::{CheckedAddresses, Session, VisibleRedirects};
use crate::access::addresses::{AddressClass, EgressLimit};
use crate::access::{Access, Cause};

impl Session {
    /// Sends a pending request on, to where a server says.
    pub(super) fn redirect(&mut self, mut pending: Pending, location: &str, status: u16) {
        const MOST: u8 = 5;
        if self.capabilities.redirects == VisibleRedirects::Hidden {
            let conclusion = pending.answered(Access::Unreachable, Cause::AnswerHidden, status);
            return self.conclude(&pending, &conclusion);
        }
        if pending.redirects >= MOST {
            let conclusion = pending.answered(Access::Unreachable, Cause::RedirectLoop, status);
            return self.conclude(&pending, &conclusion);
        }
        let target = pending.url.join(location).ok();
        let reach = target
            .as_ref()
            .and_then(|target| self.visible(target, self.limits.addresses.redirect(target, &pending.url)));
        match (target, reach) {
            (Some(mut target), Some(reach)) => {
                target.set_fragment(None);
                pending.origin = self.origins.of(&target);
                pending.url = target;
                pending.reach = reach;
                pending.redirects += 1;
                pending.shown = Shown::Nothing;
                pending.challenge = None;
                if pending.basis != Basis::Last {
                    pending.basis = Basis::Any;
                }
                self.waiting.push_front(pending);
            }
            (Some(target), None) if matches!(target.scheme(), "http" | "https") => {
                let bare = pending.url.scheme() == "https" && target.scheme() == "http";
                let cause = if bare { Cause::RedirectNotSecure } else { Cause::RedirectForbidden };
                self.conclude(&pending, &unreachable(cause, pending::host(&target)));
            }
            _ => self.conclude(&pending, &unreachable(Cause::RedirectUnusable, quoted(location))),
        }
    }

    /// What is left of a reach when the transport can't check the addresses that names lead to: a literal that only a
    /// look at the other host's address could allow is refused.
    pub(super) fn visible(&self, target: &Url, reach: Option<EgressLimit>) -> Option<EgressLimit> {
        let blind = self.capabilities.addresses == CheckedAddresses::LiteralsOnly;
        let literal = AddressClass::shown_by(target).is_some_and(|zone| zone > AddressClass::Public);
        reach.filter(|reach| !(blind && literal && matches!(reach, EgressLimit::Like(_))))
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
