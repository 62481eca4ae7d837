//! Image references: distribution's grammar, and nothing but strings.
//!
//! [`Reference`] is the one type that the other rooms speak of images with. [`Glob`] says which
//! references a user means, [`placeholder`] which texts are no reference yet.

mod digest;
mod glob;
mod grammar;
mod placeholder;
mod reference;

pub use digest::{Algorithm, Digest, DigestError};
pub use glob::{Glob, GlobError};
pub use placeholder::{Placeholder, placeholder};
pub use reference::{DOCKER_HUB, Reference, ReferenceError};
