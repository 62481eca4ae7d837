//! Phrases that sound translated stay out of the pages.

use crate::page::Page;

/// In lower case. What to write instead is in the second column.
const PHRASES: [(&str, &str); 21] = [
    ("whoever", "name the actor"),
    ("nobody", "name the actor"),
    ("everybody", "everyone, or name the actor"),
    (" is no ", "is not a"),
    (" are no ", "are not"),
    ("leave away", "omit"),
    ("leave it away", "omit"),
    ("leave them away", "omit"),
    ("leave both away", "omit"),
    ("in silence", "silently"),
    ("without a word", "silently"),
    ("is there twice", "appears twice"),
    ("inside of", "inside"),
    ("outside of", "outside"),
    ("what becomes of", "what happens to"),
    ("what comes of", "returns"),
    ("of no use", "useless, or say what to do"),
    ("is not answered for", "could not be checked"),
    ("belong into", "belong in"),
    (" all the same", "anyway"),
    ("as it stands", "unchanged"),
];

#[test]
fn nothing_sounds_translated() {
    let found: Vec<String> = Page::all().iter().flat_map(translated).collect();
    assert!(found.is_empty(), "these sound translated:\n{}", found.join("\n"));
}

fn translated(page: &Page) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in page.prose() {
        // "There is no" is what anyone says.
        let line = without_code(line).to_lowercase().replace("there is no ", "").replace("there are no ", "");
        for (phrase, instead) in PHRASES {
            if line.contains(phrase) {
                found.push(format!("{}:{number}: \"{}\": {instead}", page.name, phrase.trim()));
            }
        }
    }
    found
}

/// The line without its code spans.
fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect::<Vec<_>>().join("`")
}

#[test]
fn translated_phrases_are_noticed() {
    let page =
        Page { name: "page".to_owned(), text: "This is no host.\nAs `nobody`.\n```sh\nwhoever\n```\n".to_owned() };
    assert_eq!(translated(&page), ["page:1: \"is no\": is not a"]);
}
