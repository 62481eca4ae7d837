//! What registries' answers mean, without a socket or a clock.

#[cfg(feature = "probe")]
pub mod addresses;
#[cfg(feature = "probe")]
pub mod challenge;
pub mod decide;
pub mod lock;
mod lock_file;
#[cfg(feature = "probe")]
pub mod session;
pub mod verdict;

pub use lock::{Lock, question};
pub use verdict::{Access, Cause, Evidence, NoDigest, Source, Verdict};
