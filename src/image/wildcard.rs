//! Patterns in which a star stands for any text.

/// Whether `pattern` is all of `text`, where each `*` stands for any run of bytes, also for none.
#[must_use]
pub fn wildcard(pattern: &str, text: &str) -> bool {
    spanning(pattern.as_bytes(), text.as_bytes(), |byte| *byte == b'*', |expected, found| expected == found)
}

/// Whether `pattern` is all of `text`, where an element that `spans` stands for any run of the text's.
///
/// Only the latest span ever takes more: what an earlier one could take instead, the latest can too. That is what keeps
/// the cost to the product of the lengths.
pub(super) fn spanning<P, T>(
    pattern: &[P],
    text: &[T],
    spans: impl Fn(&P) -> bool,
    same: impl Fn(&P, &T) -> bool,
) -> bool {
    let (mut at, mut found) = (0, 0);
    let mut latest = None;
    loop {
        match (pattern.get(at), text.get(found)) {
            (None, None) => return true,
            (Some(element), _) if spans(element) => {
                at += 1;
                latest = Some((at, found));
            }
            (Some(element), Some(item)) if same(element, item) => {
                at += 1;
                found += 1;
            }
            _ => match latest {
                Some((after_span, taken)) if taken < text.len() => {
                    at = after_span;
                    found = taken + 1;
                    latest = Some((after_span, found));
                }
                _ => return false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, which takes exponential time.
    fn by_definition(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern, text) {
            ([], rest) => rest.is_empty(),
            ([b'*', after @ ..], rest) => (0..=rest.len()).any(|taken| by_definition(after, &rest[taken..])),
            ([expected, after @ ..], [found, rest @ ..]) => expected == found && by_definition(after, rest),
            _ => false,
        }
    }

    fn words(letters: &[char], longest: usize) -> Vec<String> {
        let longer = |words: &Vec<String>| {
            words.iter().flat_map(|word| letters.iter().map(move |c| format!("{word}{c}"))).collect()
        };
        std::iter::successors(Some(vec![String::new()]), |words| Some(longer(words)))
            .take(longest + 1)
            .flatten()
            .collect()
    }

    #[test]
    fn every_pattern_of_four_letters_is_read_by_the_definition() {
        let texts = words(&['a', 'b'], 5);
        for pattern in words(&['a', 'b', '*'], 4) {
            for text in &texts {
                let expected = by_definition(pattern.as_bytes(), text.as_bytes());
                assert_eq!(wildcard(&pattern, text), expected, "{pattern} on {text}");
            }
        }
    }
}
