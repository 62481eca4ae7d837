//! What registries' answers mean, without a socket or a clock.

pub mod decide;
pub mod lock;
pub mod verdict;

pub use lock::{Lock, question};
pub use verdict::{Access, Cause, Evidence, Source, Verdict};
