//! Where a field stands in its object, as kpt and kustomize write it: `spec.containers[0].image`.

use std::fmt;
use std::rc::Rc;

/// A path from an object's root to a field. Cheap to extend: the parent is shared.
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct FieldPath<'a>(Option<Rc<Step<'a>>>);

#[derive(PartialEq, Eq, Hash)]
struct Step<'a> {
    parent: FieldPath<'a>,
    segment: Segment<'a>,
}

/// One step of a [`FieldPath`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Segment<'a> {
    /// Into the entry of a mapping.
    Key(&'a str),
    /// Into the item of a sequence, counted from 0.
    Index(usize),
}

impl<'a> FieldPath<'a> {
    /// The path of an entry of the mapping that this path leads to.
    #[must_use]
    pub fn key(&self, key: &'a str) -> Self {
        self.child(Segment::Key(key))
    }

    /// The path of an item of the sequence that this path leads to.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        self.child(Segment::Index(index))
    }

    /// The steps, from the root.
    #[must_use]
    pub fn segments(&self) -> Vec<Segment<'a>> {
        let mut segments = Vec::new();
        let mut at = self;
        while let Some(step) = &at.0 {
            segments.push(step.segment);
            at = &step.parent;
        }
        segments.reverse();
        segments
    }

    /// The path as a JSON pointer (RFC 6901): `/spec/containers/0/image`, empty for the root.
    #[must_use]
    pub fn pointer(&self) -> String {
        let step = |segment| match segment {
            Segment::Key(key) => pointer_step(key),
            Segment::Index(index) => format!("/{index}"),
        };
        self.segments().into_iter().map(step).collect()
    }

    fn child(&self, segment: Segment<'a>) -> Self {
        Self(Some(Rc::new(Step { parent: self.clone(), segment })))
    }
}

/// A key as a step of a JSON pointer, with its slash.
#[must_use]
pub fn pointer_step(key: &str) -> String {
    format!("/{}", key.replace('~', "~0").replace('/', "~1"))
}

impl fmt::Display for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, segment) in self.segments().into_iter().enumerate() {
            match segment {
                Segment::Index(index) => write!(f, "[{index}]")?,
                Segment::Key(key) if key.contains(['.', '[', ']']) => write!(f, "[{key:?}]")?,
                Segment::Key(key) if position == 0 => f.write_str(key)?,
                Segment::Key(key) => write!(f, ".{key}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for FieldPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_written_as_kpt_writes_it() {
        let path = FieldPath::default().key("spec").key("containers").index(3).key("image");
        assert_eq!(path.to_string(), "spec.containers[3].image");
    }

    #[test]
    fn a_pointer_escapes_slashes_and_tildes() {
        let path = FieldPath::default().key("spec").index(3).key("a/b~c");
        assert_eq!((path.pointer().as_str(), FieldPath::default().pointer().as_str()), ("/spec/3/a~1b~0c", ""));
    }

    #[test]
    fn a_key_with_a_dot_is_quoted() {
        let path = FieldPath::default().key("data").key(".dockerconfigjson");
        assert_eq!(path.to_string(), r#"data[".dockerconfigjson"]"#);
    }
}
