//! What registries' answers mean, without a socket or a clock.

#[cfg(feature = "probe")]
pub mod addresses;
pub mod cause;
#[cfg(feature = "probe")]
pub mod challenge;
pub mod evidence;
pub mod lock;
mod lock_file;
pub mod manifest_key;
#[cfg(feature = "probe")]
pub mod session;
pub mod verdict;
pub mod verdicts;

pub use cause::Cause;
pub use evidence::Evidence;
pub use lock::Lock;
pub use manifest_key::ManifestKey;
pub use verdict::{Access, NoDigest, Source, Verdict};
pub use verdicts::{Queries, Verdicts, Verifications};
