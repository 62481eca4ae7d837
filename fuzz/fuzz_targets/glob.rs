//! Two lines, a pattern and a reference: matching ends and agrees about spellings of the same reference.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pullthrough::image::{Glob, Reference};

fuzz_target!(|text: &str| {
    let (pattern, image) = text.split_once('\n').unwrap_or((text, "nginx"));
    match Glob::parse(pattern) {
        Ok(glob) => {
            assert_eq!(glob.to_string(), pattern);
            if let Ok(reference) = Reference::parse(image)
                && let Ok(normal) = Reference::parse(&reference.normalized())
            {
                assert_eq!(glob.matches(&reference), glob.matches(&normal));
            }
        }
        Err(error) => assert!(!error.to_string().contains('\n')),
    }
});
