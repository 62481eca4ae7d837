//! Reading: no text is too odd, both readers agree, and every span is where it says.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use pullthrough::yaml::parse::{self, Split};
use pullthrough::yaml::{Error, Style, View};

use super::{cases, manifests, mutants};

/// Reads the text in all ways that there are, and checks the spans.
pub(crate) fn read_in_all_ways(text: &str) -> Result<bool, TestCaseError> {
    let mut documents = 0;
    let outlined = parse::outline(text, &["functionConfig", "spec"], |document| {
        documents += 1;
        let _ = document.root.view().get("items");
    });
    let mut trees = 0;
    let mut fault = Ok(());
    let whole = parse::objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            trees += 1;
            if fault.is_ok() {
                fault = spans(&tree.view(), text, 0);
            }
            Ok(())
        },
    );
    std::mem::replace(&mut fault, Ok(()))?;
    let items = parse::objects::<Error>(
        text,
        |_| Split::Items,
        |_, tree| {
            fault = std::mem::replace(&mut fault, Ok(())).and_then(|()| spans(&tree.view(), text, 0));
            Ok(())
        },
    );
    fault?;
    if outlined.is_ok() {
        prop_assert!(whole.is_ok(), "outline accepts, objects says {:?}", whole);
        prop_assert!(items.is_ok(), "outline accepts, its items say {:?}", items);
        prop_assert_eq!(documents, trees);
    }
    if let Err(error) = &outlined {
        prop_assert!(error.line >= 1 && error.column >= 1 && !error.message.contains('\n'), "{}", error);
        prop_assert!(error.line <= text.matches(['\n', '\r']).count() + 1, "{}", error);
    }
    Ok(outlined.is_ok())
}

fn spans(view: &View<'_>, text: &str, depth: usize) -> Result<(), TestCaseError> {
    let span = view.span();
    prop_assert!(text.get(span.start..span.end).is_some(), "{span:?} of {}", view.path());
    prop_assert!(view.start() <= span.start, "{} begins behind its content: {span:?}", view.path());
    prop_assert!(text.is_char_boundary(view.start()) && text.is_char_boundary(view.before()));
    prop_assert!(view.before() <= view.start().max(span.end), "{}: {span:?} {}", view.path(), view.before());
    let written = span.of(text);
    if let (Some(value), false) = (view.scalar(), written.starts_with('*')) {
        match view.style() {
            Some(Style::Plain) if !written.contains(['\n', '\r']) => prop_assert_eq!(written, value),
            Some(Style::Single | Style::Double) => {
                let quote = if view.style() == Some(Style::Single) { '\'' } else { '"' };
                prop_assert!(written.len() >= 2 && written.starts_with(quote) && written.ends_with(quote));
                // The token alone says the same, but for the indentation of lines and what only stands at a margin.
                if !written.contains(['\n', '\r']) {
                    let said = alone(written);
                    prop_assert_eq!(said.as_deref(), Some(value));
                }
            }
            Some(Style::Block) => {
                let lines = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
                prop_assert_eq!(lines(written), lines(value));
            }
            _ => {}
        }
    }
    if depth > 12 {
        return Ok(());
    }
    for (key, value) in view.entries() {
        spans(&key, text, depth + 1)?;
        spans(&value, text, depth + 1)?;
    }
    view.items().unwrap_or_default().iter().try_for_each(|item| spans(item, text, depth + 1))
}

/// What the token says as a document of its own.
fn alone(token: &str) -> Option<String> {
    let mut said = None;
    parse::objects::<Error>(
        token,
        |_| Split::Whole,
        |_, tree| {
            said = tree.view().scalar().map(str::to_owned);
            Ok(())
        },
    )
    .ok()?;
    said
}

proptest! {
    #![proptest_config(cases(1500))]

    #[test]
    fn manifests_are_read(text in manifests()) {
        read_in_all_ways(&text)?;
    }

    #[test]
    fn nothing_is_too_odd(text in mutants()) {
        read_in_all_ways(&text)?;
    }

    #[test]
    fn any_text_at_all_is_read_or_refused(text in any::<String>()) {
        read_in_all_ways(&text)?;
    }
}

#[test]
fn most_generated_manifests_are_yaml() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut read = 0;
    for _ in 0..500 {
        let text = manifests().new_tree(&mut runner).unwrap().current();
        read += usize::from(read_in_all_ways(&text).unwrap());
    }
    assert!(read > 350, "only {read} of 500 are read");
}
