//! Texts that are read into something narrower where they stand, so that an error has its place.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::prefix::Prefix;
use crate::image::{Glob, Reference};
use crate::krm::FieldSpec;
use crate::proxy::host;

/// What reads a text: the value, or a sentence about the text.
type Reader<T> = fn(&str) -> Result<T, String>;

pub(super) fn globs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Glob>, D::Error> {
    deserializer.deserialize_seq(List(|text| Glob::parse(text).map_err(|error| error.to_string())))
}

pub(super) fn path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<FieldSpec, D::Error> {
    Text(field_spec).deserialize(deserializer)
}

pub(super) fn optional_path<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<FieldSpec>, D::Error> {
    path(deserializer).map(Some)
}

pub(super) fn optional_prefix<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Prefix>, D::Error> {
    Text(Prefix::parse).deserialize(deserializer).map(Some)
}

/// A text that is not empty.
pub(super) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Text(some_text).deserialize(deserializer).map(Some)
}

pub(super) fn hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_seq(List(host::registry))
}

/// Hosts in URLs, which unlike those in images may be single words.
pub(super) fn url_hosts<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_seq(List(|text| match host::registry(&format!("{text}:443")) {
        Ok(_) if !text.contains(':') => Ok(text.to_ascii_lowercase()),
        _ => host::registry(text),
    }))
}

/// Upstream hosts and the names that a proxy knows them by.
pub(super) fn aliases<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<String, String>, D::Error> {
    deserializer.deserialize_map(Pairs { key: host::registry, value: segment })
}

pub(super) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Text(subdomain).deserialize(deserializer)
}

pub(super) fn optional_name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    name(deserializer).map(Some)
}

pub(super) fn names<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_seq(List(subdomain))
}

pub(super) fn optional_namespace<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Text(label).deserialize(deserializer).map(Some)
}

pub(super) fn namespaces<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    deserializer.deserialize_seq(List(label))
}

pub(super) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    // Not `deserialize_str`: of a number it would say that quotes are missing, where it is the unit.
    deserializer.deserialize_any(Text(positive_duration))
}

fn some_text(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("the value is empty: write a value or remove the key".to_owned());
    }
    Ok(text.to_owned())
}

fn field_spec(text: &str) -> Result<FieldSpec, String> {
    FieldSpec::parse(text).map_err(|error| error.to_string())
}

/// A DNS-1123 subdomain, which the names of Secrets are (kubernetes `apimachinery/pkg/util/validation`).
fn subdomain(text: &str) -> Result<String, String> {
    let valid = text.len() <= 253 && text.split('.').all(is_label_of_any_length);
    valid.then(|| text.to_owned()).ok_or_else(|| {
        format!(
            "`{text}` is not a valid object name: expected a-z, 0-9, `-` and `.`, a letter or digit at both \
             ends, at most 253 characters"
        )
    })
}

/// A DNS-1123 label, which the names of namespaces are.
fn label(text: &str) -> Result<String, String> {
    let valid = text.len() <= 63 && is_label_of_any_length(text);
    valid.then(|| text.to_owned()).ok_or_else(|| match text {
        "*" => "`*` means every namespace, which manifests can't express: expected names of namespaces".to_owned(),
        _ => format!(
            "`{text}` is not a valid namespace name: expected a-z, 0-9 and `-`, a letter or digit at both ends, at \
             most 63 characters"
        ),
    })
}

fn is_label_of_any_length(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    plain && !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
}

/// One segment of a repository.
fn segment(text: &str) -> Result<String, String> {
    let reference = Reference::parse(&format!("registry.example/{text}"));
    let valid = !text.contains('/') && reference.is_ok_and(|reference| reference.repository() == text);
    valid.then(|| text.to_owned()).ok_or_else(|| {
        format!(
            "`{text}` is not a valid segment of an image name: expected a-z and 0-9, with `.`, `_` or `-` \
            between them"
        )
    })
}

/// The longest time. No user waits longer for manifests, and sums with a clock's time stay far from overflow.
const LONGEST: Duration = Duration::from_secs(3600);

/// A whole number and a unit.
fn positive_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|char: char| !char.is_ascii_digit());
    let milliseconds = match text.strip_prefix(digits) {
        Some("ms") => Some(1),
        Some("s") => Some(1000),
        Some("m") => Some(60_000),
        _ => None,
    };
    let number = digits.parse::<u64>().ok().filter(|number| *number > 0 && !digits.starts_with('+'));
    let duration = number.zip(milliseconds).map(|(number, unit)| Duration::from_millis(number.saturating_mul(unit)));
    match duration {
        Some(duration) if duration <= LONGEST => Ok(duration),
        Some(_) => Err(format!("`{text}` is too long: expected at most an hour, `60m`")),
        None => Err(format!(
            "`{text}` is not a duration: expected a whole number above 0 and a unit (`ms`, `s` or `m`), as in `20s`"
        )),
    }
}

/// Reads one text.
struct Text<T>(Reader<T>);

impl<'de, T> DeserializeSeed<'de> for Text<T> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<T> Visitor<'_> for Text<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<T, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_unit<E: Error>(self) -> Result<T, E> {
        Err(E::custom("expected a string, found nothing; write a value or remove the key"))
    }
}

/// Reads a list of texts.
struct List<T>(Reader<T>);

impl<'de, T> Visitor<'de> for List<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Text(self.0))? {
            list.push(item);
        }
        Ok(list)
    }
}

/// Reads a mapping of texts.
struct Pairs {
    key: Reader<String>,
    value: Reader<String>,
}

impl<'de> Visitor<'de> for Pairs {
    type Value = BTreeMap<String, String>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a mapping")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let mut pairs = BTreeMap::new();
        while let Some(key) = entries.next_key_seed(Text(self.key))? {
            pairs.insert(key, entries.next_value_seed(Text(self.value))?);
        }
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_unit() {
        for (text, milliseconds) in [("20s", 20_000), ("500ms", 500), ("2m", 120_000), ("60m", 3_600_000)] {
            assert_eq!(positive_duration(text), Ok(Duration::from_millis(milliseconds)));
        }
        for text in ["20", "0s", "-1s", "1.5s", "s", "", "1h", "20 s", "+1s", "99999999999999999999s"] {
            assert!(positive_duration(text).is_err_and(|error| error.contains("a whole number above 0")), "{text}");
        }
        for text in ["61m", "3601s", "3600001ms", "18446744073709551615m"] {
            assert!(positive_duration(text).is_err_and(|error| error.contains("at most an hour")), "{text}");
        }
    }

    #[test]
    fn names_are_those_of_kubernetes() {
        for text in ["a", "acme-registry", "a.b-c.d", "1"] {
            assert!(subdomain(text).is_ok(), "{text}");
        }
        for text in ["", "A", "a_b", "-a", "a-", "a..b", ".a", "a/b", &"a".repeat(254)] {
            assert!(subdomain(text).is_err(), "{text}");
        }
        assert!(label("a.b").is_err() && label(&"a".repeat(64)).is_err() && label("kube-system").is_ok());
    }

    #[test]
    fn segments_are_those_of_repositories() {
        for text in ["corp", "a-b", "a__b", "5000"] {
            assert!(segment(text).is_ok(), "{text}");
        }
        for text in ["", "Corp", "a/b", "a:b", "a@b", "-a", "a b"] {
            assert!(segment(text).is_err(), "{text}");
        }
    }
}
