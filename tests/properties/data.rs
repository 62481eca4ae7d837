//! What a text says, without how it says it.

use pullthrough::yaml::parse::{self, Split};
use pullthrough::yaml::{Error, View};

/// A value. Aliases are what they stand for; merge keys are entries like others.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Data {
    Text(String),
    /// A number, a boolean, null, or a scalar with a tag of its own, as written.
    Other(String),
    List(Vec<Data>),
    /// Sorted, duplicates included: the order of keys says nothing.
    Map(Vec<(Data, Data)>),
    /// Below this nothing was looked at.
    TooDeep,
}

impl Data {
    pub(crate) fn map(mut entries: Vec<(Data, Data)>) -> Self {
        entries.sort();
        Self::Map(entries)
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The value of an entry. A merged one is not looked for.
    pub(crate) fn get(&self, key: &str) -> Option<&Data> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find(|(name, _)| name.as_text() == Some(key)).map(|(_, value)| value)
    }

    /// The value of an entry, else that of a merged one.
    pub(crate) fn get_merged(&self, key: &str) -> Option<&Data> {
        self.get(key).or_else(|| match self.get("<<")? {
            Data::List(sources) => sources.iter().find_map(|source| source.get_merged(key)),
            source => source.get_merged(key),
        })
    }

    pub(crate) fn get_mut(&mut self, key: &str) -> Option<&mut Data> {
        let Self::Map(entries) = self else { return None };
        entries.iter_mut().find(|(name, _)| name.as_text() == Some(key)).map(|(_, value)| value)
    }

    /// Puts the entry `key` there, in the place of the one that was.
    pub(crate) fn set(&mut self, key: &str, value: Data) {
        let Self::Map(entries) = self else { return };
        entries.retain(|(name, _)| name.as_text() != Some(key));
        entries.push((Self::text(key), value));
        entries.sort();
    }

    /// The value at `view`.
    pub(crate) fn plain(view: &View<'_>) -> Self {
        Self::of(view, 24)
    }

    fn of(view: &View<'_>, depth: usize) -> Self {
        if depth == 0 {
            return Self::TooDeep;
        }
        if view.is_mapping() {
            let entry = |(key, value): &(View<'_>, View<'_>)| (Self::of(key, depth - 1), Self::of(value, depth - 1));
            return Self::map(view.entries().iter().map(entry).collect());
        }
        if view.is_sequence() {
            let items = view.items().unwrap_or_default();
            return Self::List(items.iter().map(|item| Self::of(item, depth - 1)).collect());
        }
        match (view.text(), view.scalar()) {
            (Some(text), _) => Self::text(text),
            (None, other) => Self::Other(other.unwrap_or_default().to_owned()),
        }
    }
}

/// Reads all documents of `text`.
pub(crate) fn read(text: &str) -> Result<Vec<Data>, Error> {
    let mut documents = Vec::new();
    parse::objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            documents.push(Data::plain(&tree.view()));
            Ok(())
        },
    )?;
    Ok(documents)
}
