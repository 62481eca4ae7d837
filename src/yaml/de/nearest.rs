//! The word that was probably meant by a misspelled one.

/// The one of `words` that is nearest to `found`, if one is near.
///
/// Case, `-` and `_` count for nothing; then one slip is allowed for every three letters.
#[must_use]
pub fn nearest<'w>(found: &str, words: &[&'w str]) -> Option<&'w str> {
    let found = folded(found);
    if found.len() > 64 {
        return None;
    }
    let distances = words.iter().map(|word| (slips(&found, &folded(word)), *word));
    let (distance, word) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= word.len().div_ceil(3).min(3)).then_some(word)
}

fn folded(word: &str) -> Vec<char> {
    word.chars().filter(|char| !matches!(char, '-' | '_')).map(|char| char.to_ascii_lowercase()).collect()
}

/// Letters to insert, remove or change until one word is the other (Levenshtein).
fn slips(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (index, char) in from.iter().enumerate() {
        let mut next = vec![index + 1];
        let mut left = index + 1;
        for ((other, up), diagonal) in to.iter().zip(row.iter().skip(1)).zip(&row) {
            left = (left + 1).min(up + 1).min(diagonal + usize::from(char != other));
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_meant() {
        let words = ["proxies", "images", "access", "onNotFound", "for", "app"];
        for (found, meant) in [
            ("proxys", Some("proxies")),
            ("image", Some("images")),
            ("on-not-found", Some("onNotFound")),
            ("OnNotFound", Some("onNotFound")),
            ("fro", None),
            ("apps", Some("app")),
            ("zzz", None),
            ("", None),
        ] {
            assert_eq!(nearest(found, &words), meant, "{found}");
        }
    }
}
