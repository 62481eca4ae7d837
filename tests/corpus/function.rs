//! The function on real manifests, as a stream and as a ResourceList, and in the spellings that editors make of them.

use pullthrough::access::{Verdicts, Verifications};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Answer, Output, Request};
use pullthrough::yaml::Piece;

use super::entries;
use super::spans::as_resource_list;

tests![what_needs_nothing_stays_as_it_is, a_second_run_changes_nothing, nothing_of_the_credential_is_said,];

fn config(images: &str) -> String {
    format!(
        "apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {{name: corpus}}
spec:
  proxies:
  - template: {{host: mirror.corp.example, pattern: \"{{host}}/m/{{registry}}/{{repository}}\"}}
    match: [\"**\"]
  images: {{{images}: [\"**\"]}}
"
    )
}

pub(crate) fn environment() -> Environment<'static> {
    let var = |name: &str| match name {
        "PULLTHROUGH_USERNAME" => Some("robot".to_owned()),
        "PULLTHROUGH_PASSWORD" => Some("swordfish".to_owned()),
        "PULLTHROUGH_HOSTS" => Some("mirror.corp.example".to_owned()),
        _ => None,
    };
    Environment { var: Box::new(var), ..Environment::bare(1_700_000_000) }
}

fn answer<'t>(text: &'t str, config: &str) -> Answer<'t> {
    let request = Request { config: Some(("config.yaml", config)), ..Request::default() };
    match Analysis::read(text, request, &environment()) {
        Ok(found) => found.answer(&Verdicts::new(), &Verifications::new()),
        Err(answer) => *answer,
    }
}

/// The output of a run that has to succeed.
fn done(file: &str, text: &str, config: &str) -> String {
    let answer = answer(text, config);
    let Output::Done(edits) = &answer.output else { panic!("{file}: {:#?} {:?}", answer.findings, answer.problems) };
    let old: String = edits
        .pieces()
        .map(|piece| match piece {
            Piece::Kept(text) | Piece::Replaced { old: text, .. } => text,
        })
        .collect();
    assert_eq!(old, text, "{file}: what was kept and what was replaced is the input");
    edits.apply()
}

/// The text without its `results`, which say what a run did and so differ from run to run.
fn items(list: &str) -> &str {
    list.split_once("\nitems:").map_or(list, |(_, items)| items)
}

/// The manifests in the spellings that their text could have as well; of large ones, which have nothing of their own, only as they are.
fn spellings(text: &str) -> Vec<String> {
    if text.len() > 200_000 {
        return vec![text.to_owned()];
    }
    let unix = text.replace("\r\n", "\n");
    vec![text.to_owned(), unix.replace('\n', "\r\n"), format!("\u{feff}{unix}"), unix.trim_end().to_owned()]
}

/// One JSON object has no room for a Secret, and says so.
fn private(text: &str) -> String {
    let json = text.trim_start_matches('\u{feff}').starts_with('{');
    config("private") + if json { "  pullSecret: {create: never}\n" } else { "" }
}

/// The files that are YAML, with their texts. Without them the test is ignored.
fn usable() -> Option<impl Iterator<Item = (String, String)>> {
    let invalid = |why: &str| why.starts_with("invalid YAML");
    let entries = entries()?.into_iter();
    Some(
        entries
            .filter(move |(_, entry, _)| !invalid(entry["why"].as_str().unwrap()))
            .map(|(file, _, text)| (file, text)),
    )
}

fn what_needs_nothing_stays_as_it_is() {
    let Some(usable) = usable() else { return };
    for (file, text) in usable {
        for text in spellings(&text) {
            assert!(done(&file, &text, &config("public")) == text, "{file} changed");
            let list = as_resource_list(&text);
            let output = done(&file, &list, &config("public"));
            assert!(items(&output) == items(&list), "{file} changed in a ResourceList");
        }
    }
}

fn a_second_run_changes_nothing() {
    let Some(usable) = usable() else { return };
    let mut changed = 0;
    for (file, text) in usable {
        for text in spellings(&text) {
            let once = done(&file, &text, &private(&text));
            changed += usize::from(once != text);
            assert!(done(&file, &once, &private(&text)) == once, "{file}: the second run changes something");
            let once = done(&file, &as_resource_list(&text), &config("private"));
            assert!(
                items(&done(&file, &once, &config("private"))) == items(&once),
                "{file}: the second run changes an item"
            );
        }
    }
    assert!(changed > 150, "only {changed} texts were changed at all");
}

fn nothing_of_the_credential_is_said() {
    let Some(usable) = usable() else { return };
    for (file, text) in usable {
        let list = as_resource_list(&text);
        let answer = answer(&list, &config("private"));
        let said = format!("{answer:?}");
        assert!(!said.replace("c3dvcmRmaXNo", "").contains("swordfish"), "{file}: {said}");
    }
}
