//! A node as serde's `Deserializer`.

use std::cell::RefCell;
use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::value::{MapDeserializer, StrDeserializer};
use serde::de::{self, DeserializeSeed, IntoDeserializer, Visitor};

use super::walk::{Entries, Items, PartsOfStruct};
use super::{Error, Notes, Problem, instead_of};
use crate::yaml::view::{Fault, View};

/// Merge keys of merged mappings are followed this often.
const MOST_MERGES: usize = 1000;

/// How values are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// As what they are.
    Typed,
    /// As strings.
    Words,
}

/// A value to read.
#[derive(Clone)]
pub(super) struct Source<'n, 'a> {
    pub(super) view: View<'a>,
    /// One of several words that stand in `view`, and its number.
    word: Option<(usize, &'a str)>,
    form: Form,
    notes: &'n Notes,
    /// Where several structs share the mapping: the keys that they know.
    known: Option<&'n RefCell<Vec<&'static str>>>,
}

/// Several structs that share one mapping.
pub struct Parts<'n, 'a> {
    source: &'n Source<'n, 'a>,
    known: &'n RefCell<Vec<&'static str>>,
    refused: &'n RefCell<Vec<&'static str>>,
}

impl<'a> Parts<'_, 'a> {
    /// Reports `message` for each of these keys that is present. None of the structs may know them.
    pub fn refuse(&self, keys: &[&'static str], message: &str) {
        self.refused.borrow_mut().extend(keys);
        for (key, value) in self.source.view.entries() {
            if key.scalar().is_some_and(|name| keys.contains(&name)) {
                self.source.notes.tell(Problem::at(value.path().to_string(), &key, message));
            }
        }
    }

    /// The next struct, which takes the keys it knows.
    ///
    /// # Errors
    /// Its first one.
    pub fn part<T: Deserialize<'a>>(&self) -> Result<T, Error> {
        T::deserialize(self.source_of_part())
    }

    /// The next struct, of which only the member `name` is read, from the same mapping.
    ///
    /// # Errors
    /// Its first one.
    pub fn member<T: Deserialize<'a>>(&self, name: &'static str) -> Result<T, Error> {
        T::deserialize(MapDeserializer::new(std::iter::once((name, self.source_of_part()))))
    }

    pub(super) fn source_of_part(&self) -> Source<'_, 'a> {
        Source { known: Some(self.known), ..self.source.clone() }
    }
}

impl<'n, 'a> Source<'n, 'a> {
    pub(super) fn new(view: &View<'a>, form: Form, notes: &'n Notes) -> Self {
        Self { view: view.clone(), word: None, form, notes, known: None }
    }

    pub(super) fn parts<T>(&self, build: impl FnOnce(&Parts<'_, 'a>) -> Result<T, Error>) -> Result<T, Error> {
        let (known, refused) = (RefCell::default(), RefCell::default());
        let value = build(&Parts { source: self, known: &known, refused: &refused })?;
        let (known, refused) = (known.into_inner(), refused.into_inner());
        for (key, _) in self.entries("a mapping")? {
            if !key.scalar().is_some_and(|name| refused.contains(&name)) {
                self.refuse_unknown(&key, &known);
            }
        }
        Ok(value)
    }

    fn child(&self, view: View<'a>) -> Self {
        Self { view, word: None, known: None, ..*self }
    }

    /// Tells this value from all others, to leave it out.
    pub(super) fn value(&self) -> String {
        let path = self.view.path();
        self.word.map_or_else(|| path.to_string(), |(number, _)| format!("{path} #{number}"))
    }

    pub(super) fn is_left_out(&self) -> bool {
        !self.notes.left_out.borrow().is_empty() && self.notes.is_left_out(&self.value())
    }

    /// Reads this value; its errors that have no place are here.
    pub(super) fn seed<T: DeserializeSeed<'a>>(self, seed: T) -> Result<T::Value, Error> {
        if !self.notes.is_affordable(self.view.tree().len()) {
            return Err(fault_error(&Fault::TooManyAliases { at: self.view.start() }));
        }
        let (view, source) = (self.view.clone(), self.clone());
        seed.deserialize(self).map_err(|error| error.at(&view, || source.value()))
    }

    fn found(&self) -> &'static str {
        if self.word.is_some() { "a string" } else { self.view.what() }
    }

    fn expected(&self, what: &str) -> Error {
        let found = self.found();
        let next = match (found, what) {
            ("nothing", "a mapping") => "; write `{}` if none of its fields is needed, or remove the key",
            ("nothing", "a list") => "; write `[]` or remove the key",
            ("nothing", _) => "; write a value or remove the key",
            ("a number" | "a boolean", "a string") => "; put it in quotes",
            (_, "a mapping" | "a list") if self.form == Form::Words => {
                "; `data` holds strings only: write a `spec` instead"
            }
            ("a string" | "a mapping", "a list") => "; begin each entry with `- `",
            _ => "",
        };
        Error::new(format!("expected {what}, found {found}{next}"))
    }

    fn text(&self, what: &str) -> Result<&'a str, Error> {
        let word = self.word.map(|(_, word)| word);
        word.or_else(|| self.view.text()).ok_or_else(|| self.expected(what))
    }

    /// The text of a boolean or number.
    fn typed(&self, what: &str) -> Result<&'a str, Error> {
        match self.form {
            Form::Words => self.text("a string"),
            Form::Typed if self.view.text().is_some() || self.view.is_null() => Err(self.expected(what)),
            Form::Typed => self.view.scalar().ok_or_else(|| self.expected(what)),
        }
    }

    fn number<T: std::str::FromStr>(&self, what: &str) -> Result<T, Error> {
        let text = self.typed(what)?;
        text.parse().map_err(|_| Error::new(format!("expected {what}, found `{text}`")))
    }

    /// Keys and values, merged ones behind the mapping's own. A second value of a key is reported and skipped.
    fn entries(&self, what: &str) -> Result<Vec<(View<'a>, View<'a>)>, Error> {
        if !self.view.is_mapping() || self.word.is_some() {
            return Err(self.expected(what));
        }
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let mut entries = Vec::new();
        let mut merged = Vec::new();
        for (key, value) in self.view.entries() {
            match key.scalar() {
                Some(_) if key.is_merge() => merged.push(value),
                Some(name) if !names.insert(name) => {
                    let message = "this key appears twice; remove one of the two";
                    self.notes.tell(Problem::at(value.path().to_string(), &key, message));
                }
                Some(_) => entries.push((key, value)),
                None => {
                    self.notes.tell(Problem::new(&key, &format!("expected a key, found {}; write a name", key.what())));
                }
            }
        }
        let mut steps = 0;
        while let Some(source) = merged.pop() {
            steps += 1;
            if steps > MOST_MERGES {
                return Err(fault_error(&Fault::TooManyAliases { at: source.start() }));
            }
            merged.extend(source.items().map_err(|fault| fault_error(&fault))?);
            for (key, value) in source.entries() {
                match key.scalar() {
                    Some(_) if key.is_merge() => merged.push(value),
                    Some(name) if names.insert(name) => {
                        let value = self.view.get(name).map_err(|fault| fault_error(&fault))?;
                        entries.extend(value.map(|value| (key, value)));
                    }
                    _ => {}
                }
            }
        }
        Ok(entries)
    }

    fn refuse_unknown(&self, key: &View<'a>, known: &[&'static str]) {
        let name = key.scalar().unwrap_or_default();
        if known.contains(&name) {
            return;
        }
        let path = self.view.path().key(name).to_string();
        let problem = Problem::at(path, key, &format!("unknown field {}", instead_of(name, known)));
        self.notes.tell(problem.with_unknown_field(&self.view.path().to_string(), name));
    }
}

fn fault_error(fault: &Fault) -> Error {
    Error::new(match fault {
        Fault::DuplicateKey { key, .. } => {
            format!("a mapping that is merged into this one has the key `{key}` twice; remove one")
        }
        Fault::TooManyAliases { .. } => "nested YAML aliases make this too large; write it out".to_owned(),
    })
}

macro_rules! numbers {
    ($($method:ident $visit:ident $type:ty, $what:expr;)*) => {
        $(fn $method<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.number::<$type>($what)?)
        })*
    };
}

impl<'a> de::Deserializer<'a> for Source<'_, 'a> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.view.what() {
            "a mapping" => self.deserialize_map(visitor),
            "a list" => self.deserialize_seq(visitor),
            "a string" => self.deserialize_str(visitor),
            "a boolean" => self.deserialize_bool(visitor),
            "nothing" => visitor.visit_unit(),
            _ => match self.view.scalar().and_then(|text| text.parse::<i64>().ok()) {
                Some(number) => visitor.visit_i64(number),
                None => self.deserialize_f64(visitor),
            },
        }
    }

    fn deserialize_bool<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = self.typed("`true` or `false`").map_err(|error| match self.view.text() {
            Some("true" | "false") => Error::new("expected `true` or `false`, found a string; remove the quotes"),
            _ => error,
        })?;
        match text {
            "true" | "True" | "TRUE" => visitor.visit_bool(true),
            "false" | "False" | "FALSE" => visitor.visit_bool(false),
            text => Err(Error::new(format!("expected `true` or `false`, found `{text}`"))),
        }
    }

    numbers! {
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number from 0 to 4294967295";
        deserialize_u64 visit_u64 u64, "a whole number that is not negative";
        deserialize_i8 visit_i8 i8, "a whole number from -128 to 127";
        deserialize_i16 visit_i16 i16, "a whole number from -32768 to 32767";
        deserialize_i32 visit_i32 i32, "a whole number of 32 bits";
        deserialize_i64 visit_i64 i64, "a whole number of 64 bits";
        deserialize_f32 visit_f32 f32, "a number";
        deserialize_f64 visit_f64 f64, "a number";
    }

    fn deserialize_str<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.text("a string")?)
    }

    fn deserialize_string<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let items: Vec<Source<'_, 'a>> = match self.form {
            Form::Words => {
                let words = self.text("a string")?.split([',', '\n']).map(str::trim).filter(|word| !word.is_empty());
                words.enumerate().map(|word| Source { word: Some(word), ..self.clone() }).collect()
            }
            Form::Typed if self.view.is_sequence() => {
                let items = self.view.items().map_err(|fault| fault_error(&fault))?;
                items.into_iter().map(|item| self.child(item)).collect()
            }
            Form::Typed => return Err(self.expected("a list")),
        };
        visitor.visit_seq(Items(items.into_iter()))
    }

    fn deserialize_tuple<V: Visitor<'a>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        let entries = self.entries("a mapping")?;
        let entries = entries.into_iter().map(|(key, value)| (self.child(key), self.child(value))).collect();
        visitor.visit_map(Entries::new(entries))
    }

    fn deserialize_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if let Some(known) = self.known {
            known.borrow_mut().extend(fields);
        }
        let mut entries = Vec::new();
        for (key, value) in self.entries("a mapping")? {
            if key.scalar().is_some_and(|name| fields.contains(&name)) {
                entries.push((self.child(key), self.child(value)));
            } else if self.known.is_none() {
                self.refuse_unknown(&key, fields);
            }
        }
        visitor.visit_map(Entries::new(entries)).map_err(|error| match error.missing() {
            Some(field) if self.notes.is_left_out(&self.view.path().key(field).to_string()) => {
                error.untold(self.value())
            }
            _ => error,
        })
    }

    fn deserialize_tuple_struct<V: Visitor<'a>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.parts(|parts| visitor.visit_seq(PartsOfStruct(parts)))
    }

    fn deserialize_enum<V: Visitor<'a>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let what = format!("one of `{}`", variants.join("`, `"));
        let text = self.text(&what)?;
        if variants.contains(&text) {
            visitor.visit_enum(StrDeserializer::new(text))
        } else {
            Err(Error::new(format!("unknown value {}", instead_of(text, variants))))
        }
    }

    fn deserialize_unit<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.view.is_null() { visitor.visit_unit() } else { Err(self.expected("nothing")) }
    }

    fn deserialize_unit_struct<V: Visitor<'a>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_bytes<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_byte_buf<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'a>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_unit()
    }
}

impl<'a> IntoDeserializer<'a, Error> for Source<'_, 'a> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
