//! serde's errors, which find their place on the way up.

use std::fmt;

use serde::de;

use super::problem::Problem;
use crate::yaml::View;

/// Why a value could not be read. It has no place until the first value around it gives it one.
#[derive(Debug)]
pub struct Error {
    message: String,
    missing: Option<&'static str>,
    /// Boxed, because every value that is read has room for an error.
    place: Option<Box<Place>>,
}

/// Where an error belongs.
#[derive(Debug)]
pub(super) struct Place {
    /// Names the value to leave out when the rest is read again.
    pub(super) value: String,
    /// `None`: a consequence of another problem, not to be told.
    pub(super) problem: Option<Problem>,
}

impl Error {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), missing: None, place: None }
    }

    /// The field that is missing, as long as the error has no place.
    pub(super) fn missing(&self) -> Option<&'static str> {
        if self.place.is_some() { None } else { self.missing }
    }

    /// The error, at `view` unless it has a place.
    pub(super) fn at(mut self, view: &View<'_>, value: impl FnOnce() -> String) -> Self {
        if self.place.is_none() {
            self.place = Some(Box::new(Place { value: value(), problem: Some(Problem::new(view, &self.message)) }));
        }
        self
    }

    /// The error, at a value but not to be told.
    pub(super) fn untold(mut self, value: String) -> Self {
        self.place = Some(Box::new(Place { value, problem: None }));
        self
    }

    pub(super) fn into_place(self) -> Option<Place> {
        self.place.map(|place| *place)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        let message = format!("`{field}` is required here but missing; add it");
        Self { message, missing: Some(field), place: None }
    }
}
