//! Any text: a reference keeps its spelling, and its normal form is its own.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pullthrough::image::{Reference, placeholder};

fuzz_target!(|text: &str| {
    let _ = placeholder(text);
    match Reference::parse(text) {
        Ok(reference) => {
            assert_eq!(reference.as_written(), text);
            assert_eq!([reference.name_as_written(), reference.suffix()].concat(), text);
            let normal = Reference::parse(&reference.normalized()).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(normal.normalized(), reference.normalized());
            assert_eq!((normal.tag(), normal.digest()), (reference.tag(), reference.digest()));
        }
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
});
