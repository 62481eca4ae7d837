//! What holds for every text, checked on texts that are nearly references.

use proptest::prelude::*;

use super::{Glob, ImageText, Reference, placeholder};

/// Any text at all, or one of the characters and words that the grammar turns on.
fn texts() -> impl Strategy<Value = String> {
    let words = prop::sample::select(vec![
        "a",
        "b",
        "0",
        "A",
        "é",
        "_",
        "__",
        ".",
        "..",
        "-",
        "/",
        "/",
        "/",
        ":",
        ":",
        "@",
        "@",
        "*",
        "**",
        "[",
        "]",
        "::1",
        "localhost",
        "docker.io/",
        "index.docker.io/",
        "registry-1.docker.io/",
        "library",
        "foo_bar.com/",
        "5000",
        "latest",
        "sha256:",
        "$(",
        ")",
        "${",
        "}",
        "\n",
        "{{",
        "}}",
        "://",
        " ",
        "7cc4b5aefd1d0cadf8d97d4350462ba51c694ebca145b08d7d41b41acc8db5aa",
    ]);
    prop_oneof![
        1 => any::<String>(),
        4 => prop::collection::vec(words, 0..9).prop_map(|words| words.concat()),
    ]
}

/// References that distribution accepts, of every form.
fn references() -> impl Strategy<Value = String> {
    let host = "((docker\\.io|index\\.docker\\.io|registry-1\\.docker\\.io|localhost|ghcr\\.io|Foo|a_b\\.io|\\[::1\\]:5000|r:5)/)?";
    let path = "[a-z0-9]{1,3}((\\.|_|__|-{1,3}|/)[a-z0-9]{1,3}){0,4}";
    let tag = "(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,5})?";
    let digest = "(@sha256:[0-9a-f]{64}|@sha512:[0-9a-f]{128})?";
    prop::string::string_regex(&format!("{host}{path}{tag}{digest}")).unwrap()
}

fn holds(reference: &Reference, text: &str) -> Result<(), TestCaseError> {
    prop_assert_eq!(reference.as_written(), text);
    prop_assert_eq!(&reference.to_string(), text);
    let parts = [reference.name_as_written(), reference.suffix()];
    prop_assert_eq!(&parts.concat(), text);
    prop_assert!(!reference.registry().is_empty() && !reference.repository().is_empty());
    prop_assert_eq!(reference.name(), [reference.registry(), reference.repository()].join("/"));
    let normal = Reference::parse(&reference.normalized()).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert_eq!(normal.normalized(), reference.normalized());
    prop_assert_eq!(normal.name_as_written(), reference.name());
    prop_assert_eq!(normal.tag(), reference.tag());
    prop_assert_eq!(normal.digest(), reference.digest());
    let glob = Glob::parse(&reference.normalized()).map_err(|error| TestCaseError::fail(error.to_string()))?;
    prop_assert!(glob.matches(reference) && glob.matches(&normal));
    prop_assert_eq!(placeholder(text), None);
    Ok(())
}

/// What a pattern of segments means, written down without regard to cost.
fn means(pattern: &[&str], segments: &[&str]) -> bool {
    match (pattern, segments) {
        ([], rest) => rest.is_empty(),
        (["**"], rest) => !rest.is_empty(),
        (["**", after @ ..], rest) => {
            means(after, rest) || rest.split_first().is_some_and(|(_, rest)| means(pattern, rest))
        }
        ([first, after @ ..], [segment, rest @ ..]) => {
            let first: Vec<char> = first.chars().collect();
            let segment: Vec<char> = segment.chars().collect();
            segment_means(&first, &segment) && means(after, rest)
        }
        (_, []) => false,
    }
}

fn segment_means(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], rest) => rest.is_empty(),
        (['*', after @ ..], rest) => {
            segment_means(after, rest) || rest.split_first().is_some_and(|(_, rest)| segment_means(pattern, rest))
        }
        ([first, after @ ..], [found, rest @ ..]) => first == found && segment_means(after, rest),
        (_, []) => false,
    }
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_read_is_kept(text in texts()) {
        if let Ok(ImageText::Image(image)) = ImageText::parse(&text) {
            prop_assert_eq!(image.as_written(), &text);
            prop_assert_eq!(format!("{}{}", image.name_as_written(), image.suffix()), text.clone());
            prop_assert_eq!(image.placeholders().is_some(), Reference::parse(&text).is_err());
            prop_assert_eq!(image.renamed(image.name_as_written()).ok(), Some(image));
        }
        match Glob::parse(&text) {
            Ok(glob) => prop_assert_eq!(glob.to_string(), text.clone()),
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
        match Reference::parse(&text) {
            Ok(reference) => holds(&reference, &text)?,
            Err(error) => prop_assert!(!error.to_string().contains('\n')),
        }
    }

    #[test]
    fn references_of_every_form_are_read(text in references()) {
        let reference = Reference::parse(&text)
            .map_err(|error| TestCaseError::fail(error.to_string()))?;
        holds(&reference, &text)?;
    }

    #[test]
    fn globs_mean_what_the_slow_reading_means(
        pattern in prop::collection::vec(prop::sample::select(vec!["a", "b", "*", "**", "**", "a*", "*b", "a*b*a"]), 1..6),
        segments in prop::collection::vec(prop::sample::select(vec!["a", "b", "ab", "aba", "abba"]), 1..6),
    ) {
        let glob = Glob::parse(&format!("r.io/{}", pattern.join("/"))).unwrap();
        let reference = Reference::parse(&format!("r.io/{}", segments.join("/"))).unwrap();
        prop_assert_eq!(glob.matches(&reference), means(&pattern, &segments));
    }
}
