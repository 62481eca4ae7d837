//! Patterns of `images` that match no image here: a slip among those of `private` leaves an image behind without a word.

use std::collections::BTreeSet;

use crate::image::{Glob, Reference};
use crate::krm::{Code, Finding, Severity};
use crate::yaml::de::nearest;

use super::facts::Facts;
use super::{ladder, locked, unread};

/// What there is to say about patterns that match nothing. Of public and ignored images only where another pattern was meant: a shared
/// configuration has more of them than one application needs.
pub(super) fn patterns(facts: &Facts) -> Vec<Finding> {
    if !facts.items.deploys {
        return Vec::new();
    }
    let images = &facts.config.images;
    let lists = [("private", &images.private), ("public", &images.public), ("ignore", &images.ignore)];
    let mut unused: Vec<(&str, usize, &Glob)> = lists
        .into_iter()
        .flat_map(|(list, globs)| globs.iter().enumerate().map(move |(index, glob)| (list, index, glob)))
        .collect();
    let mut seen = BTreeSet::new();
    let mut references: Vec<Reference> = Vec::new();
    for reference in locked::all_references(facts).chain(unread::references(facts)) {
        if unused.is_empty() {
            return Vec::new();
        }
        if seen.insert(reference.as_written()) {
            // What is on a proxy already was matched by what it was made from.
            let source = ladder::source(facts, reference).unwrap_or_else(|| reference.clone());
            unused.retain(|(_, _, glob)| !glob.matches(reference) && !glob.matches(&source));
            references.push(source);
        }
    }
    let message = |(list, index, glob): (&str, usize, &Glob)| {
        let meant = meant(list, glob, &references);
        if meant.is_none() && list != "private" {
            return None;
        }
        let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
        Some(format!("images.{list}[{index}] `{glob}` matches no image here{meant}"))
    };
    let findings = unused.into_iter().filter_map(message);
    findings.map(|message| Finding::new(Severity::Info, Code::PatternUnused, message)).collect()
}

/// The pattern that may have been meant: with all that is below, without the tag, or in a registry of nearly that name.
fn meant(list: &str, glob: &Glob, references: &[Reference]) -> Option<String> {
    let text = glob.to_string();
    let bare = text.trim_end_matches("/**").trim_end_matches("/*");
    let mut candidates = vec![format!("{bare}/**")];
    if list == "private" {
        let name = text.rsplit_once(':').filter(|(_, tag)| !tag.contains('/')).map(|(name, _)| name);
        candidates.extend(name.map(str::to_owned));
        let registries: BTreeSet<&str> = references.iter().map(Reference::registry).collect();
        let registries: Vec<&str> = registries.into_iter().collect();
        let slip = text.split_once('/').and_then(|(registry, path)| Some((nearest(registry, &registries)?, path)));
        candidates.extend(slip.map(|(registry, path)| format!("{registry}/{path}")));
    }
    let matches =
        |text: &String| Glob::parse(text).is_ok_and(|glob| references.iter().any(|reference| glob.matches(reference)));
    candidates.into_iter().filter(|candidate| *candidate != text).find(matches)
}
