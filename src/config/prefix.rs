//! The text before an image, where a field holds more than the image: `--image=`, or `*=` for anything up to an equals sign.

use std::fmt;

/// A text that an image stands behind.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prefix {
    text: String,
}

impl Prefix {
    /// Reads a prefix, in which `*` stands for any text.
    ///
    /// # Errors
    /// A sentence about a text that does not say where the image begins.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.is_empty() {
            return Err("the prefix is empty: expected the text before the image, as in `--image=`, or omit `prefix`"
                .to_owned());
        }
        if text.ends_with('*') {
            return Err(format!(
                "`{text}` ends with `*`, so it is unclear where the image begins: expected the text directly before it, \
                 as in `*=`"
            ));
        }
        Ok(Self { text: text.to_owned() })
    }

    /// Any text, up to and with `end`.
    #[must_use]
    pub fn up_to(end: &str) -> Self {
        Self { text: format!("*{end}") }
    }

    /// What stands behind the prefix. `*` stands for as little as possible.
    #[must_use]
    pub fn strip<'t>(&self, text: &'t str) -> Option<&'t str> {
        let mut parts = self.text.split('*');
        let rest = text.strip_prefix(parts.next().unwrap_or_default())?;
        parts.try_fold(rest, |rest, part| {
            rest.split_once(part).map(|(_, behind)| behind).or(part.is_empty().then_some(rest))
        })
    }

    /// The flag whose value is its own argument where this is one with its value behind an equals sign: `--image` of `--image=`.
    #[must_use]
    pub fn flag(&self) -> Option<&str> {
        self.text.strip_suffix('=').filter(|flag| flag.starts_with('-') && !flag.contains('*'))
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_behind_is_the_image() {
        for (prefix, text, behind) in [
            ("--image=", "--image=a/b:1", Some("a/b:1")),
            ("--image=", "--other=a/b:1", None),
            ("*=", "3.8.0=a/b:1", Some("a/b:1")),
            ("*=", "a/b:1", None),
            ("*=", "a=b=c", Some("b=c")),
            ("**=", "a=b", Some("b")),
            ("*image: ", "  image: a", Some("a")),
            ("a*b*c", "aXbYcZ", Some("Z")),
            ("a*b*c", "acb", None),
        ] {
            assert_eq!(Prefix::parse(prefix).unwrap().strip(text), behind, "{prefix} {text}");
        }
    }

    #[test]
    fn a_prefix_says_where_the_image_begins() {
        for (prefix, says) in [("", "the prefix is empty"), ("*", "ends with `*`"), ("--a*", "ends with `*`")] {
            let error = Prefix::parse(prefix).unwrap_err();
            assert!(error.contains(says), "{prefix}: {error}");
        }
    }

    #[test]
    fn a_flag_may_have_its_value_behind_it() {
        let flag = |prefix: &str| Prefix::parse(prefix).unwrap().flag().map(str::to_owned);
        assert_eq!(flag("--image="), Some("--image".to_owned()));
        assert_eq!((flag("image="), flag("--*="), flag("--image ")), (None, None, None));
    }
}
