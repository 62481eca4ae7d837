//! What holds for every text, on generated manifests and on texts that are nearly manifests.
#![cfg(test)]

mod choices;
mod data;
mod function;
mod manifest;
mod planned;
mod slots;
mod trees;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// Decisions for [`choices::Choices`].
fn tapes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..600)
}

fn manifests() -> impl Strategy<Value = String> {
    tapes().prop_map(|tape| manifest::manifest(&mut choices::Choices::new(&tape)))
}

/// Manifests with some bytes changed.
fn mutants() -> impl Strategy<Value = String> {
    (tapes(), prop::collection::vec(any::<u8>(), 16)).prop_map(|(tape, changes)| {
        let text = manifest::manifest(&mut choices::Choices::new(&tape));
        manifest::mutated(&text, &mut choices::Choices::new(&changes))
    })
}

/// How often each property is tried, always with the same texts, so that a run that passes passes again. `PROPTEST_CASES` and
/// `PROPTEST_RNG_SEED` look further.
fn cases(number: u32) -> ProptestConfig {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = number;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}
