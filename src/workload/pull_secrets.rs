//! The fields in which a pod spec, or what is like one, names its pull Secrets.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::krm::{FieldPlace, FieldSpec};
use crate::yaml::path::pointer_step;
use crate::yaml::write::merge;
use crate::yaml::{Edit, Fault, Slot, Spot, Value, View, insert};

/// How a field names Secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A list of `{name: x}`, as in a pod spec.
    Objects,
    /// A list of `x`.
    Names,
    /// One `{name: x}`.
    Object,
    /// One `x`.
    Name,
}

impl Form {
    /// Whether the field has room for one Secret only.
    #[must_use]
    pub fn is_single(self) -> bool {
        matches!(self, Self::Object | Self::Name)
    }

    /// What the field is expected to be, for a message.
    #[must_use]
    pub fn what(self) -> &'static str {
        match self {
            Self::Objects | Self::Names => "a list",
            Self::Object => "a mapping with a name",
            Self::Name => "a name",
        }
    }

    /// What names this Secret: an item of the list, or the only value.
    #[must_use]
    pub fn item(self, name: &str) -> Value {
        match self {
            Self::Objects | Self::Object => Value::map([("name", Value::from(name))]),
            Self::Names | Self::Name => Value::from(name),
        }
    }

    /// The whole field, with these Secrets. `None` when it has no room for as many.
    #[must_use]
    pub fn value(self, names: &[String]) -> Option<Value> {
        match (self, names) {
            (Self::Object | Self::Name, [name]) => Some(self.item(name)),
            (Self::Object | Self::Name, _) => None,
            (Self::Objects | Self::Names, _) => Some(Value::List(names.iter().map(|name| self.item(name)).collect())),
        }
    }
}

/// The existing names, and the place for more.
#[derive(Clone, Debug)]
pub struct PullSecrets {
    /// The names in the field, in its order.
    pub names: Vec<String>,
    /// The field's path.
    pub path: String,
    /// The field's line, or that of the mapping it would be in.
    pub line: usize,
    /// The lines of definition and use when other places show the field, or the mapping, too.
    pub shared: Option<(usize, usize)>,
    /// JSON pointer of the innermost mapping on the way to the field.
    pub holder: String,
    /// The key in it that leads to the field.
    pub key: String,
    /// The keys below that one, the field's own last. With some, mappings have to be made first.
    pub below: Vec<String>,
    /// What stands in the field.
    pub content: Content,
    /// How it names Secrets.
    pub form: Form,
    place: Option<Place>,
}

/// What stands in a field for pull Secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// Nothing, or null.
    Nothing,
    /// A list.
    List,
    /// An empty value that the name of one Secret may take the place of.
    Blank(Value),
    /// The one Secret that there is room for.
    Taken,
    /// Something that does not name Secrets in the form that is expected: what it is.
    Foreign(&'static str),
    /// Nothing, and what the field would be in is not a mapping: what it is, and its path.
    NoParent(&'static str, String),
}

#[derive(Clone, Debug)]
enum Place {
    /// More items of the list.
    Items(Slot),
    /// A new key.
    Key(Slot),
    /// A value in the place of null.
    Value(Slot),
    /// The key `name` of an empty mapping.
    Entry(Slot),
    /// The text of an empty name.
    Text(Spot),
}

impl PullSecrets {
    /// The field `key` in the mapping below `parents`, or the place where it would be. `None` where `at` is no mapping.
    ///
    /// A new key goes before the key `successor` where there is one.
    ///
    /// # Errors
    /// When a key that leads there is in its mapping twice.
    pub fn find(
        at: &View<'_>,
        parents: &[impl AsRef<str>],
        key: &str,
        form: Form,
        successor: &str,
    ) -> Result<Option<Arc<Self>>, Fault> {
        if !at.is_mapping() {
            return Ok(None);
        }
        let mut holder = at.clone();
        let mut missing = parents.iter().map(AsRef::as_ref);
        let (first, last) = loop {
            let Some(parent) = missing.next() else { break (key, None) };
            let Some(next) = holder.get(parent)?.filter(View::is_mapping) else { break (parent, Some(key)) };
            holder = next;
        };
        let below = missing.chain(last).map(str::to_owned).collect();
        Self::at(FieldPlace { holder, key: first.to_owned(), below }, form, successor).map(Some)
    }

    /// The fields that a path leads to, or the places where they would be: one in each item of a list on the way.
    ///
    /// # Errors
    /// Those of [`PullSecrets::find`].
    pub fn find_all(root: &View<'_>, path: &FieldSpec, form: Form, successor: &str) -> Result<Vec<Arc<Self>>, Fault> {
        path.find_places(root)?.into_iter().map(|place| Self::at(place, form, successor)).collect()
    }

    fn at(FieldPlace { holder, key, below }: FieldPlace<'_>, form: Form, successor: &str) -> Result<Arc<Self>, Fault> {
        let line = |byte| holder.tree().line(byte);
        let path = std::iter::once(&key).chain(&below).fold(holder.path().to_string(), |path, key| {
            if path.is_empty() { key.clone() } else { format!("{path}.{key}") }
        });
        let value = holder.get(&key)?;
        let seen = value.as_ref().unwrap_or(&holder);
        let mut found = Self {
            names: Vec::new(),
            path,
            line: line(seen.start()),
            shared: lines(seen).or_else(|| lines(&holder)),
            holder: holder.path().pointer(),
            key,
            below,
            content: Content::Nothing,
            form,
            place: None,
        };
        match value {
            None => found.place = insert::new_key(&holder, successor).map(Place::Key),
            Some(null) if null.is_null() => {
                let is_inline = found.below.is_empty() && form == Form::Name;
                let slot = if is_inline { insert::fill_inline } else { insert::fill };
                found.place = slot(&null).map(Place::Value);
            }
            Some(parent) if !found.below.is_empty() => {
                found.content = Content::NoParent(parent.what(), parent.path().to_string());
            }
            Some(value) => found.read(&value)?,
        }
        Ok(Arc::new(found))
    }

    /// Reads a field that exists and is not null.
    fn read(&mut self, field: &View<'_>) -> Result<(), Fault> {
        match self.form {
            Form::Objects | Form::Names if field.is_sequence() => {
                self.content = Content::List;
                for item in field.items()? {
                    let name = if self.form == Form::Objects { item.get("name")? } else { Some(item) };
                    self.names.extend(name.and_then(|name| name.scalar()).map(str::to_owned));
                }
                self.place = insert::append(field).map(Place::Items);
            }
            Form::Object if field.is_mapping() => match field.get("name")? {
                // Troubleshoot makes a Secret of what is inline.
                _ if field.get("data")?.is_some() => self.content = Content::Taken,
                Some(name) => self.read_name(&name, |blank| Value::map([("name", blank)])),
                None if field.entries().is_empty() => {
                    self.content = Content::Blank(Value::Map(Vec::new()));
                    self.place = insert::new_key(field, "").map(Place::Entry);
                }
                None => self.content = Content::Taken,
            },
            Form::Name if field.scalar().is_some() => self.read_name(field, |blank| blank),
            _ => self.content = Content::Foreign(field.what()),
        }
        Ok(())
    }

    /// Reads the name of the only Secret. An empty one is a default that was written out.
    fn read_name(&mut self, name: &View<'_>, whole: impl Fn(Value) -> Value) {
        match name.scalar() {
            Some("") if !name.is_null() => {
                self.content = Content::Blank(whole(Value::from("")));
                let spot = name.spot();
                let is_shown_elsewhere =
                    spot.as_ref().is_some_and(|spot| !spot.is_alias() && !spot.aliases().is_empty());
                self.place = spot.filter(|_| !is_shown_elsewhere).map(Place::Text);
                self.shared = self.shared.or_else(|| lines(name));
            }
            _ if name.is_null() => {
                self.content = Content::Blank(whole(Value::Null));
                self.place = insert::fill_inline(name).map(Place::Value);
                self.shared = self.shared.or_else(|| lines(name));
            }
            Some(text) => {
                self.content = Content::Taken;
                self.names.push(text.to_owned());
            }
            None => self.content = Content::Foreign("a mapping whose name is not a string"),
        }
    }

    /// The keys from the innermost mapping on the way to the field.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        std::iter::once(&self.key).chain(&self.below).map(String::as_str)
    }

    /// Whether the image at a path is that of a container in the same pod spec.
    #[must_use]
    pub fn is_of_container(&self, image: &str) -> bool {
        let pod = self.path.strip_suffix("imagePullSecrets").unwrap_or_default();
        let container =
            image.strip_prefix(pod).filter(|_| !pod.is_empty()).and_then(|rest| rest.strip_suffix("].image"));
        container.and_then(|rest| rest.split_once('[')).is_some_and(|(list, index)| {
            matches!(list, "containers" | "initContainers" | "ephemeralContainers") && !index.contains('[')
        })
    }

    /// The edit that adds `names` after the existing ones. `None` if the manifest's form has no place for them.
    #[must_use]
    pub fn add(&self, names: &[String]) -> Option<Addition> {
        let value = || {
            let names = self.form.value(names)?;
            Some(self.below.iter().rev().fold(names, |value, key| Value::map([(key.clone(), value)])))
        };
        let alone = |edit| Addition { holder: self.holder.clone(), what: What::Edit(edit) };
        Some(match self.place.as_ref()? {
            Place::Items(slot) => alone(slot.items(&names.iter().map(|name| self.form.item(name)).collect::<Vec<_>>())),
            Place::Key(slot) => {
                let entries = vec![(self.key.clone(), value()?)];
                Addition { holder: self.holder.clone(), what: What::Entries(slot.clone(), entries) }
            }
            // Of an object whose name is null, the name alone.
            Place::Value(slot) if matches!(self.content, Content::Blank(_)) => alone(slot.value(&one(names)?.into())),
            Place::Value(slot) => {
                let holder = self.holder.clone() + &pointer_step(&self.key);
                Addition { holder, what: What::Value(slot.clone(), value()?) }
            }
            Place::Entry(slot) => alone(slot.entry("name", &one(names)?.into())),
            Place::Text(spot) => alone(spot.replace(one(names)?)),
        })
    }
}

/// Something to write for pull Secrets. Two fields may be below one mapping that has to be made: it is written once, with both.
#[derive(Clone, Debug)]
pub struct Addition {
    /// JSON pointer of the mapping, or of the null, that it goes into.
    holder: String,
    what: What,
}

#[derive(Clone, Debug)]
enum What {
    Edit(Edit),
    Entries(Slot, Vec<(String, Value)>),
    Value(Slot, Value),
}

/// The additions to one object, each place written once.
#[derive(Debug, Default)]
pub struct Additions {
    edits: Vec<Edit>,
    /// By their holder.
    open: BTreeMap<String, Vec<What>>,
}

impl Additions {
    /// Puts one more in. `false` when another one makes something else of the same place.
    #[must_use]
    pub fn push(&mut self, addition: Addition) -> bool {
        let what = match addition.what {
            What::Edit(edit) => {
                self.edits.push(edit);
                return true;
            }
            what => what,
        };
        let open = self.open.entry(addition.holder).or_default();
        match what {
            What::Entries(slot, entries) => {
                for one in open.iter_mut() {
                    let What::Entries(other, known) = one else { continue };
                    let shares_key = known.iter().any(|(key, _)| entries.iter().any(|(new, _)| new == key));
                    if shares_key || other.at() == slot.at() {
                        return merge(known, entries);
                    }
                }
                open.push(What::Entries(slot, entries));
                true
            }
            What::Value(slot, value) => match open.first_mut() {
                Some(What::Value(_, known)) => known.merge(value),
                Some(_) => false,
                None => {
                    open.push(What::Value(slot, value));
                    true
                }
            },
            What::Edit(_) => true,
        }
    }

    /// The edits for all of them.
    #[must_use]
    pub fn into_edits(self) -> Vec<Edit> {
        let open = self.open.into_values().flatten().map(|what| match what {
            What::Edit(edit) => edit,
            What::Entries(slot, entries) => slot.entries(&entries),
            What::Value(slot, value) => slot.value(&value),
        });
        self.edits.into_iter().chain(open).collect()
    }
}

/// The lines of definition and use where other places show the node too.
fn lines(view: &View<'_>) -> Option<(usize, usize)> {
    let line = |byte| view.tree().line(byte);
    view.shared().map(|shared| (line(shared.definition), line(shared.usage)))
}

fn one(names: &[String]) -> Option<&str> {
    match names {
        [name] => Some(name),
        _ => None,
    }
}
