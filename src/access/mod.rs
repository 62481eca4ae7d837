//! What registries' answers mean, without a socket or a clock.

#[cfg(feature = "probe")]
pub mod addresses;
#[cfg(feature = "probe")]
pub mod challenge;
pub mod lock;
mod lock_file;
pub mod manifest_key;
#[cfg(feature = "probe")]
pub mod session;
pub mod verdict;
pub mod verdicts;

pub use lock::Lock;
pub use manifest_key::ManifestKey;
pub use verdict::{Access, Cause, Evidence, NoDigest, Source, Verdict};
pub use verdicts::{Queries, Verdicts, Verifications};
