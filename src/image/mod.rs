//! Image references: distribution's grammar, and nothing but strings.
//!
//! [`Reference`] is the one type that the other rooms speak of images with. [`Glob`] says which
//! references a user means, [`placeholder`] which texts are no reference yet.

mod digest;
mod glob;
mod glob_error;
mod grammar;
mod placeholder;
#[cfg(test)]
mod properties;
mod reference;
mod reference_error;

pub use digest::{Algorithm, Digest, DigestError};
pub use glob::Glob;
pub use glob_error::GlobError;
pub use placeholder::{Placeholder, placeholder};
pub use reference::{DOCKER_HUB, Reference};
pub use reference_error::ReferenceError;
