//! What registries' answers mean, without a socket or a clock.

#[cfg(feature = "probe")]
pub mod addresses;
#[cfg(feature = "probe")]
pub mod challenge;
pub mod verdict;
