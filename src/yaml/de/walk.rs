//! How serde walks over lists and mappings of nodes.

use serde::de::{DeserializeSeed, MapAccess, SeqAccess};

use super::Error;
use super::source::{Parts, Source};

/// The items of a list, without those that are left out.
pub(super) struct Items<'n, 'a>(pub(super) std::vec::IntoIter<Source<'n, 'a>>);

impl<'a> SeqAccess<'a> for Items<'_, 'a> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        self.0.find(|item| !item.is_left_out()).map(|item| item.seed(seed)).transpose()
    }
}

/// The structs that share one mapping.
pub(super) struct PartsOfStruct<'p, 'n, 'a>(pub(super) &'p Parts<'n, 'a>);

impl<'a> SeqAccess<'a> for PartsOfStruct<'_, '_, 'a> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'a>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        seed.deserialize(self.0.source_of_part()).map(Some)
    }
}

/// The entries of a mapping, without those that are left out.
pub(super) struct Entries<'n, 'a> {
    entries: std::vec::IntoIter<(Source<'n, 'a>, Source<'n, 'a>)>,
    value: Option<Source<'n, 'a>>,
}

impl<'n, 'a> Entries<'n, 'a> {
    pub(super) fn new(entries: Vec<(Source<'n, 'a>, Source<'n, 'a>)>) -> Self {
        Self { entries: entries.into_iter(), value: None }
    }
}

impl<'a> MapAccess<'a> for Entries<'_, 'a> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'a>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        let Some((key, value)) = self.entries.find(|(_, value)| !value.is_left_out()) else { return Ok(None) };
        // A key that is wrong is left out with its value.
        let (view, entry) = (key.view.clone(), value.clone());
        self.value = Some(value);
        seed.deserialize(key).map(Some).map_err(|error| error.at(&view, || entry.value()))
    }

    fn next_value_seed<V: DeserializeSeed<'a>>(&mut self, seed: V) -> Result<V::Value, Error> {
        match self.value.take() {
            Some(value) => value.seed(seed),
            None => Err(Error::new("a value was asked for before its key")),
        }
    }
}
