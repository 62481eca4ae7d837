//! Where a server sends an errand, and whether it goes there.

use url::Url;

use super::errand::{self, Errand, Shown, unreachable};
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
                self.waiting.push_front(errand);
            }
            (target, _) => {
                let url = errand::host(target.as_ref().unwrap_or(&errand.url));
                self.conclude(&errand, &unreachable(Cause::RedirectForbidden, url));
            }
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
