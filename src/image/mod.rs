//! Image references: distribution's grammar, and nothing but strings.
//!
//! [`Reference`] is the one type that the other rooms speak of images with. [`Glob`] says which references a user means,
//! [`ImageText`] what an image field may say besides: [`Placeholders`] that another program fills in.

mod digest;
mod glob;
mod glob_error;
mod grammar;
mod placeholder;
#[cfg(test)]
mod properties;
mod reference;
mod reference_error;
mod text;
mod web_site;
mod wildcard;

pub use digest::{Algorithm, Digest, DigestError};
pub use glob::Glob;
pub use glob_error::GlobError;
pub use placeholder::{Placeholder, Placeholders, placeholder};
pub use reference::{DOCKER_HUB, Reference};
pub use reference_error::{ReferenceError, presentable, without_user_info};
pub use text::ImageText;
pub(crate) use web_site::registry_of_web_site;
pub use wildcard::wildcard;
