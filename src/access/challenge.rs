//! What a registry wants to see before it answers: the `WWW-Authenticate` headers of a 401.
//!
//! RFC 9110 section 11 allows several headers, several challenges in one header, any case, and parameters quoted or
//! not; registries use all of it (Gitea puts `Bearer …,Basic …` into one header, zot writes `basic`). The parser keeps
//! what can be read and drops the rest: a broken parameter never hides the scheme it belongs to.

/// One challenge: a scheme and its parameters, both names in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Every challenge of these header values, in their order.
    pub fn parse_all<'a>(values: impl IntoIterator<Item = &'a str>) -> Vec<Self> {
        let mut all = Vec::new();
        for value in values {
            // Challenges never go on in the next header, so a parameter without a scheme there belongs to nothing.
            let mut here = Vec::new();
            read(value, &mut here);
            all.append(&mut here);
        }
        all
    }

    /// The scheme in lower case: `bearer`, `basic`, …
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// The first parameter of that (lower-case) name, unless it is empty.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let (_, value) = self.parameters.iter().find(|(known, _)| known == name)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    /// All parameters in the order of the header.
    pub fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

fn read(value: &str, challenges: &mut Vec<Challenge>) {
    let mut rest = Rest(value);
    loop {
        rest.skip(|c| is_blank(c) || c == ',');
        let Some(word) = rest.word() else { return };
        rest.skip(is_blank);
        if !rest.take('=') {
            if !word.is_empty() {
                challenges.push(Challenge { scheme: word.to_ascii_lowercase(), parameters: Vec::new() });
            } else if rest.is_empty() || !rest.drop_one() {
                return;
            }
            continue;
        }
        rest.skip(is_blank);
        let Some(parameter) = rest.value() else { return };
        if let Some(challenge) = challenges.last_mut() {
            challenge.parameters.push((word.to_ascii_lowercase(), parameter));
        }
    }
}

fn is_blank(c: char) -> bool {
    c == ' ' || c == '\t'
}

/// What is left to read of one header value.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn skip(&mut self, skipped: impl Fn(char) -> bool) {
        self.0 = self.0.trim_start_matches(skipped);
    }

    fn take(&mut self, wanted: char) -> bool {
        let rest = self.0.strip_prefix(wanted);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    fn drop_one(&mut self) -> bool {
        let mut chars = self.0.chars();
        let dropped = chars.next().is_some();
        self.0 = chars.as_str();
        dropped
    }

    /// A scheme or the name of a parameter, quoted by some servers; nothing when a quote is never closed.
    fn word(&mut self) -> Option<String> {
        if self.0.starts_with('"') {
            return self.quoted();
        }
        Some(self.until(|c| is_blank(c) || matches!(c, ',' | '=' | '"')).to_owned())
    }

    /// A parameter's value; nothing when a quote is never closed.
    fn value(&mut self) -> Option<String> {
        if self.0.starts_with('"') {
            return self.quoted();
        }
        Some(self.until(|c| is_blank(c) || c == ',').to_owned())
    }

    fn until(&mut self, ends: impl Fn(char) -> bool) -> &'a str {
        let end = self.0.find(ends).unwrap_or(self.0.len());
        let (taken, rest) = self.0.split_at_checked(end).unwrap_or((self.0, ""));
        self.0 = rest;
        taken
    }

    fn quoted(&mut self) -> Option<String> {
        let mut chars = self.0.chars();
        chars.next();
        let mut text = String::new();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => text.push(chars.next()?),
                c => text.push(c),
            }
        }
        self.0 = chars.as_str();
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schemes(values: &[&str]) -> Vec<String> {
        let all = Challenge::parse_all(values.iter().copied());
        all.iter().map(|challenge| challenge.scheme().to_owned()).collect()
    }

    #[test]
    fn several_headers_and_several_challenges_in_one() {
        let values = ["Negotiate", "Bearer realm=\"https://a/t\",service=a,Basic realm=\"x\""];
        assert_eq!(schemes(&values), ["negotiate", "bearer", "basic"]);
        let all = Challenge::parse_all(values);
        assert_eq!(all[1].parameter("service"), Some("a"));
        assert_eq!(all[2].parameter("realm"), Some("x"));
    }

    #[test]
    fn odd_spacing_commas_and_case() {
        let all = Challenge::parse_all([" ,bearer  Realm = \"https://a/t\" , service=\"s\" ,"]);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].parameter("realm"), Some("https://a/t"));
        assert_eq!(all[0].parameter("service"), Some("s"));
    }

    #[test]
    fn an_unquoted_realm_keeps_its_query() {
        let all = Challenge::parse_all(["Bearer realm=https://a/t?x=y,service=s"]);
        assert_eq!(all[0].parameter("realm"), Some("https://a/t?x=y"));
    }

    #[test]
    fn an_empty_parameter_is_none() {
        let all = Challenge::parse_all(["Bearer realm=\"/t\",scope=\"\""]);
        assert_eq!(all[0].parameter("scope"), None);
    }

    #[test]
    fn a_broken_parameter_leaves_the_scheme() {
        let all = Challenge::parse_all(["Basic realm=\"never closed"]);
        assert_eq!(schemes(&["Basic realm=\"never closed"]), ["basic"]);
        assert_eq!(all[0].parameters().count(), 0);
    }

    #[test]
    fn nothing_is_no_challenge() {
        assert!(Challenge::parse_all(["", " ", ",", "=", "=x", "\"\""]).is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_to_its_end(text in "[ -~\u{80}-\u{ff}]{0,80}") {
            Challenge::parse_all([text.as_str()]);
        }
    }
}
