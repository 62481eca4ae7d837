//! Groups of files that know each other, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

use crate::modules::{Module, Modules};

/// The strongly connected components with more than one file: files are in one when each can be reached from the other.
pub(crate) fn circles(modules: &Modules) -> Vec<BTreeSet<&Module>> {
    let known: BTreeMap<&Module, BTreeSet<&Module>> = modules
        .iter()
        .map(|module| (module, module.uses.iter().filter_map(|path| modules.find(path)).collect()))
        .collect();
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        modules.iter().map(|module| (module, reachable(module, &known))).collect();
    let mut found = BTreeSet::new();
    for (module, others) in &reached {
        let circle: BTreeSet<&Module> =
            others.iter().copied().filter(|other| other != module && reached[other].contains(module)).collect();
        if !circle.is_empty() {
            found.insert(circle.into_iter().chain([*module]).collect::<BTreeSet<_>>());
        }
    }
    found.into_iter().collect()
}

fn reachable<'a>(from: &'a Module, known: &BTreeMap<&'a Module, BTreeSet<&'a Module>>) -> BTreeSet<&'a Module> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(module) = waiting.pop() {
        for next in known[module].iter().filter(|next| reached.insert(**next)) {
            waiting.push(next);
        }
    }
    reached
}
