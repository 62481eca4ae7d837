//! The list in which a pod spec, or what is like one, names its pull Secrets.

use crate::yaml::{Edit, Fault, Slot, Value, View, insert};

/// How a list names Secrets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `- name: x`, as in a pod spec.
    Objects,
    /// `- x`
    Names,
    /// `{name: x}` where the list would be: a field for one Secret, as in troubleshoot's collectors.
    One,
}

impl Form {
    /// The item that names this Secret.
    #[must_use]
    pub fn item(self, name: &str) -> Value {
        match self {
            Self::Objects | Self::One => Value::map([("name", Value::from(name))]),
            Self::Names => Value::from(name),
        }
    }

    /// The whole field, with these Secrets. `None` when it has no room for as many.
    #[must_use]
    pub fn value(self, names: &[String]) -> Option<Value> {
        match (self, names) {
            (Self::One, [name]) => Some(self.item(name)),
            (Self::One, _) => None,
            (Self::Objects | Self::Names, _) => Some(Value::List(names.iter().map(|name| self.item(name)).collect())),
        }
    }
}

/// The names that are there, and the place for more.
#[derive(Clone, Debug)]
pub struct PullSecrets {
    /// The names in the list, in its order.
    pub names: Vec<String>,
    /// The list's path.
    pub path: String,
    /// The list's line, or that of the mapping it would be in.
    pub line: usize,
    /// The lines of definition and use when other places show the list, or the mapping, too.
    pub shared: Option<(usize, usize)>,
    /// JSON pointer of the innermost mapping on the way to the list that is there.
    pub holder: String,
    /// The keys from there to the list.
    pub keys: Vec<String>,
    /// Whether the list is there.
    pub is_there: bool,
    /// How it names Secrets.
    pub form: Form,
    place: Option<Place>,
}

#[derive(Clone, Debug)]
enum Place {
    /// More items of the list.
    Items(Slot),
    /// A new key with a list, below these keys that have to be made first.
    Key { slot: Slot, keys: Vec<String> },
}

impl PullSecrets {
    /// The list `key` in the mapping below `parents`, or the place where it would be. `None` where that is no mapping.
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
    ) -> Result<Option<Self>, Fault> {
        let mut mapping = at.clone();
        let keys: Vec<String> =
            parents.iter().map(|parent| parent.as_ref().to_owned()).chain([key.to_owned()]).collect();
        let mut missing = keys.clone();
        for parent in parents {
            let Some(next) = mapping.get(parent.as_ref())?.filter(View::is_mapping) else { break };
            mapping = next;
            missing.remove(0);
        }
        let path = keys.iter().fold(at.path().to_string(), |path, key| {
            if path.is_empty() { key.clone() } else { format!("{path}.{key}") }
        });
        let list = if missing.len() == 1 { mapping.get(key)? } else { None };
        let line = |byte| at.tree().line(byte);
        let seen = list.as_ref().unwrap_or(&mapping);
        let shared = seen.shared().or(mapping.shared()).map(|shared| (line(shared.definition), line(shared.usage)));
        let at_line = line(seen.start());
        if !mapping.is_mapping() {
            return Ok(None);
        }
        let mut found = Self {
            names: Vec::new(),
            path,
            line: at_line,
            shared,
            holder: mapping.path().pointer(),
            keys: missing,
            is_there: list.is_some(),
            form,
            place: None,
        };
        let Some(list) = list else {
            let slot = insert::new_key(&mapping, successor);
            found.place = slot.map(|slot| Place::Key { slot, keys: found.keys.clone() });
            return Ok(Some(found));
        };
        let items = if form == Form::One { vec![list.clone()] } else { list.items()? };
        for item in items {
            let name = match form {
                Form::Objects | Form::One => item.get("name")?,
                Form::Names => Some(item),
            };
            found.names.extend(name.and_then(|name| name.scalar()).map(str::to_owned));
        }
        found.place = if form == Form::One { None } else { insert::append(&list).map(Place::Items) };
        Ok(Some(found))
    }

    /// The edit that adds `names` behind those that are there. `None` where the manifest's form has no place for them.
    #[must_use]
    pub fn add(&self, names: &[String]) -> Option<Edit> {
        Some(match self.place.as_ref()? {
            Place::Items(slot) => slot.items(&names.iter().map(|name| self.form.item(name)).collect::<Vec<_>>()),
            Place::Key { slot, keys } => {
                let (first, rest) = keys.split_first()?;
                let names = self.form.value(names)?;
                let value = rest.iter().rev().fold(names, |value, key| Value::map([(key.clone(), value)]));
                slot.entry(first, &value)
            }
        })
    }
}
