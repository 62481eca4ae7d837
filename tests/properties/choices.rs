//! Decisions that were made beforehand, so that a text that fails can be made smaller.

/// A tape of decisions. Behind its end every decision is the first, which is the simplest.
pub(crate) struct Choices<'c> {
    tape: &'c [u8],
    at: usize,
}

impl<'c> Choices<'c> {
    /// The decisions of `tape`.
    pub(crate) fn new(tape: &'c [u8]) -> Self {
        Self { tape, at: 0 }
    }

    /// A number below `bound`, which is at most 256.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let byte = self.tape.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        usize::from(byte) % bound.max(1)
    }

    /// One of `options`.
    pub(crate) fn one<'o>(&mut self, options: &[&'o str]) -> &'o str {
        options[self.below(options.len())]
    }

    /// True once in `times`.
    pub(crate) fn rarely(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }

    /// A place in `text`, on a character boundary.
    pub(crate) fn place(&mut self, text: &str) -> usize {
        let wanted = (self.below(256) * 256 + self.below(256)) % (text.len() + 1);
        (0..=wanted).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
    }
}
