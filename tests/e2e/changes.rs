//! What an orchestrator's output has more and less than before, line by line.

use std::collections::BTreeMap;

tests![a_moved_line_is_no_change_and_a_doubled_one_is,];

/// The lines that one text has and another has not, wherever they stand, sorted.
///
/// Orchestrators lay out YAML in their own ways, so their output is compared with what the same orchestrator makes without the function.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changes {
    /// Only in the text before.
    pub(crate) removed: Vec<String>,
    /// Only in the text after.
    pub(crate) added: Vec<String>,
}

impl Changes {
    /// Compares two texts. A line that one has twice and the other once counts as one difference.
    pub(crate) fn between(before: &str, after: &str) -> Changes {
        let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
        for line in before.lines() {
            *balance.entry(line).or_default() -= 1;
        }
        for line in after.lines() {
            *balance.entry(line).or_default() += 1;
        }
        let lines = |sign: i64| {
            let repeat = |(line, count): (&&str, &i64)| {
                std::iter::repeat_n((*line).to_owned(), usize::try_from(count * sign).unwrap_or(0))
            };
            balance.iter().flat_map(repeat).collect()
        };
        Changes { removed: lines(-1), added: lines(1) }
    }

    /// Fails unless exactly these lines went and came; their order does not matter.
    #[track_caller]
    pub(crate) fn are(&self, removed: &[&str], added: &[&str]) {
        let sorted = |lines: &[&str]| {
            let mut lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            lines.sort();
            lines
        };
        let expected = Changes { removed: sorted(removed), added: sorted(added) };
        assert!(*self == expected, "expected {expected:#?}\nfound {self:#?}");
    }
}

fn a_moved_line_is_no_change_and_a_doubled_one_is() {
    Changes::between("a\nb\n", "b\na\n").are(&[], &[]);
    Changes::between("a\nb\n", "a\na\nc\n").are(&["b"], &["a", "c"]);
}
