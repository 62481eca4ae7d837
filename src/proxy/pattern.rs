//! How a proxy's names are made of an image's, and read back.

use std::collections::BTreeMap;

use crate::image::Reference;

/// A part of an image's name that a pattern can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Variable {
    /// The registry, or the name that the proxy knows it by.
    Registry,
    /// The repository without its last segment; may be empty.
    Namespace,
    /// The last segment of the repository.
    Name,
    /// The repository, on Docker Hub always with its organization.
    Repository,
    /// The name as it is written, host included when there is one.
    Original,
}

impl Variable {
    const ALL: [(&'static str, Variable); 5] = [
        ("registry", Variable::Registry),
        ("namespace", Variable::Namespace),
        ("name", Variable::Name),
        ("repository", Variable::Repository),
        ("original", Variable::Original),
    ];

    fn spans_segments(self) -> bool {
        matches!(self, Variable::Namespace | Variable::Repository | Variable::Original)
    }
}

/// The path of a proxy's names: segments with at most one variable each, of which at most one spans
/// several. So a name is read back without a guess.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pattern {
    segments: Vec<Segment>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Segment {
    before: String,
    variable: Option<Variable>,
    after: String,
}

/// What the variables of a pattern hold in one name.
pub(super) type Values = BTreeMap<Variable, String>;

impl Pattern {
    /// A variable below a fixed path; the path may be empty.
    pub(super) fn below(path: &str, variable: Variable) -> Pattern {
        let fixed = path.split('/').filter(|segment| !segment.is_empty());
        let mut segments: Vec<Segment> = fixed.map(Segment::fixed).collect();
        segments.push(Segment { before: String::new(), variable: Some(variable), after: String::new() });
        Pattern { segments }
    }

    /// Reads what a user wrote after `{host}/`. The error is a sentence.
    pub(super) fn parse(text: &str) -> Result<Pattern, String> {
        let segments = text.split('/').map(Segment::parse).collect::<Result<_, _>>()?;
        let pattern = Pattern { segments };
        pattern.check(text)?;
        Ok(pattern)
    }

    /// Does the name tell registries apart?
    pub(super) fn names_registry(&self) -> bool {
        self.has(Variable::Registry) || self.has(Variable::Original)
    }

    /// Does the name hold the whole repository? One of last segments alone tells no source.
    pub(super) fn is_whole(&self) -> bool {
        !self.has(Variable::Name) || self.has(Variable::Namespace)
    }

    /// What every path begins with: the fixed segments before the first variable, each with its slash.
    pub(super) fn fixed(&self) -> String {
        let fixed = self.segments.iter().take_while(|segment| segment.variable.is_none());
        fixed.map(|segment| format!("{}/", segment.before)).collect()
    }

    /// The path with its variables filled in. An empty variable that is a segment of its own leaves
    /// no segment behind.
    pub(super) fn fill(&self, value: impl Fn(Variable) -> String) -> String {
        let filled = self.segments.iter().map(|segment| {
            let value = segment.variable.map(&value).unwrap_or_default();
            format!("{}{value}{}", segment.before, segment.after)
        });
        filled.filter(|segment| !segment.is_empty()).collect::<Vec<_>>().join("/")
    }

    /// What the variables hold in a path; None when the path is not of this pattern.
    pub(super) fn read(&self, path: &str) -> Option<Values> {
        let mut values = Values::new();
        let mut left: Vec<&str> = path.split('/').collect();
        let spanning = |segment: &Segment| segment.variable.is_some_and(Variable::spans_segments);
        let (front, back) = match self.segments.iter().position(spanning) {
            Some(at) => self.segments.split_at_checked(at)?,
            None => (self.segments.as_slice(), [].as_slice()),
        };
        let mut back = back.iter();
        let spanning = back.next();
        for segment in back.rev() {
            segment.read(left.pop()?, &mut values)?;
        }
        let mut left = left.into_iter();
        for segment in front {
            segment.read(left.next()?, &mut values)?;
        }
        let rest = left.collect::<Vec<_>>().join("/");
        match spanning {
            None => rest.is_empty().then_some(values),
            Some(segment) => segment.read(&rest, &mut values).map(|()| values),
        }
    }

    fn has(&self, variable: Variable) -> bool {
        self.segments.iter().any(|segment| segment.variable == Some(variable))
    }

    fn check(&self, text: &str) -> Result<(), String> {
        let all = || self.segments.iter().filter_map(|segment| segment.variable);
        let (original, repository, name, namespace) = (
            self.has(Variable::Original),
            self.has(Variable::Repository),
            self.has(Variable::Name),
            self.has(Variable::Namespace),
        );
        if !(original || repository || name) {
            return Err(format!(
                "`{text}` gives every image the same name: expected {{repository}}, {{original}}, or {{name}} in it"
            ));
        }
        if all().any(|variable| all().filter(|other| *other == variable).count() > 1) {
            return Err(format!("`{text}` uses a variable twice: use each only once"));
        }
        if original && all().count() > 1 {
            return Err(format!("`{text}` has {{original}} and a part of it: expected {{original}} alone"));
        }
        if repository && (name || namespace) {
            return Err(format!(
                "`{text}` has {{repository}} and a part of it: expected either {{repository}}, or {{namespace}} and {{name}}"
            ));
        }
        if namespace && !name {
            return Err(format!("`{text}` has {{namespace}} without {{name}}: expected both"));
        }
        let sample = self.fill(|variable| match variable {
            Variable::Registry => "registry.example".to_owned(),
            _ => "a".to_owned(),
        });
        let upper = text.split(['{', '}']).step_by(2).any(|fixed| fixed.contains(char::is_uppercase));
        match Reference::parse(&format!("host.example/{sample}")) {
            _ if upper => {
                Err(format!("`{text}` has upper-case letters, which image names can't have: write it in lower case"))
            }
            Ok(name) if name.suffix().is_empty() && !self.has_empty_segment() => Ok(()),
            _ => Err(format!(
                "`{text}` does not make a valid image name: expected segments of lower-case letters, digits, `.`, \
                 `_`, `-` and variables, \
                 without tag or digest, which are kept anyway"
            )),
        }
    }

    fn has_empty_segment(&self) -> bool {
        let empty =
            |segment: &Segment| segment.variable.is_none() && segment.before.is_empty() && segment.after.is_empty();
        self.segments.iter().any(empty)
    }
}

impl Segment {
    fn fixed(text: &str) -> Segment {
        Segment { before: text.to_owned(), variable: None, after: String::new() }
    }

    fn parse(text: &str) -> Result<Segment, String> {
        let Some((before, rest)) = text.split_once('{') else {
            return match text.contains('}') {
                true => Err(format!("`{text}` has a `}}` without its `{{`")),
                false => Ok(Segment::fixed(text)),
            };
        };
        let Some((name, after)) = rest.split_once('}') else {
            return Err(format!("`{text}` has a `{{` without its `}}`"));
        };
        let Some((_, variable)) = Variable::ALL.iter().find(|(known, _)| *known == name) else {
            let known = Variable::ALL.map(|(name, _)| format!("{{{name}}}")).join(", ");
            return Err(format!(
                "`{{{name}}}` is not a variable: expected one of {known}, and {{host}} at the \
                beginning"
            ));
        };
        if before.contains('}') || after.contains(['{', '}']) {
            return Err(format!(
                "`{text}` has more than one variable between slashes: expected at most one, so that the name can be read back"
            ));
        }
        Ok(Segment { before: before.to_owned(), variable: Some(*variable), after: after.to_owned() })
    }

    /// None when the text is not of this segment.
    fn read(&self, text: &str, values: &mut Values) -> Option<()> {
        let value = text.strip_prefix(self.before.as_str())?.strip_suffix(self.after.as_str())?;
        match self.variable {
            None if !value.is_empty() => return None,
            None => {}
            Some(variable) if value.is_empty() && variable != Variable::Namespace => return None,
            Some(variable) => {
                values.insert(variable, value.to_owned());
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(pattern: &str, repository: &str) -> String {
        let (namespace, name) = repository.rsplit_once('/').unwrap_or(("", repository));
        Pattern::parse(pattern).unwrap().fill(|variable| {
            match variable {
                Variable::Registry => "quay.io",
                Variable::Namespace => namespace,
                Variable::Name => name,
                Variable::Repository => repository,
                Variable::Original => "original",
            }
            .to_owned()
        })
    }

    #[test]
    fn names_are_made() {
        assert_eq!(filled("a/{registry}/{repository}", "o/x"), "a/quay.io/o/x");
        assert_eq!(filled("{registry}-proxy/mirror-{repository}", "o/x"), "quay.io-proxy/mirror-o/x");
        assert_eq!(filled("{namespace}/{name}-cached", "o/p/x"), "o/p/x-cached");
        assert_eq!(filled("a/{namespace}/{name}", "x"), "a/x", "an empty namespace takes its slash along");
    }

    #[test]
    fn names_are_read_back() {
        let read = |pattern: &str, path: &str| -> Option<String> {
            let values = Pattern::parse(pattern).unwrap().read(path)?;
            Some(values.values().cloned().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(read("a/{registry}-p/{repository}", "a/quay.io-p/o/x").as_deref(), Some("quay.io o/x"));
        assert_eq!(read("{namespace}/m/{name}", "o/p/m/x").as_deref(), Some("o/p x"));
        assert_eq!(read("{namespace}/{name}", "x").as_deref(), Some(" x"));
        assert_eq!(read("a/{name}", "a/x").as_deref(), Some("x"));
        assert_eq!(read("a/{name}", "a/o/x"), None);
        assert_eq!(read("a/{repository}", "a"), None);
        assert_eq!(read("a/{repository}", "b/x"), None);
        assert_eq!(read("m-{repository}", "m-"), None);
    }

    #[test]
    fn what_can_be_read_back_only_by_a_guess_is_refused() {
        for (pattern, says) in [
            ("{registry}-{name}", "more than one variable"),
            ("{regsitry}/{name}", "expected one of {registry}, {namespace}, {name}, {repository}, {original}"),
            ("{host}/{name}", "{host} at the beginning"),
            ("a/b", "the same name"),
            ("{namespace}/x", "the same name"),
            ("{name}/{name}", "twice"),
            ("{original}/{registry}", "alone"),
            ("{repository}/{name}", "either"),
            ("Mirror/{name}", "upper-case"),
            ("a//{name}", "does not make a valid image name"),
            ("a/{name}:1", "does not make a valid image name"),
            ("a/{name", "without its `}`"),
            ("a/name}", "without its `{`"),
            ("", "the same name"),
            ("{name}/", "does not make a valid image name"),
        ] {
            let problem = Pattern::parse(pattern).unwrap_err();
            assert!(problem.contains(says), "{pattern}: {problem}");
        }
    }
}
