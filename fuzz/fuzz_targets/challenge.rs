//! Any lines as `WWW-Authenticate` headers.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pullthrough::access::challenge::Challenge;

fuzz_target!(|text: &str| {
    for challenge in Challenge::parse_all(text.lines()) {
        assert!(!challenge.scheme().is_empty());
        for (name, _) in challenge.parameters() {
            assert!(challenge.parameter(name).is_some(), "{name}");
        }
    }
});
