//! What registries' answers mean, without a socket or a clock.

#[cfg(feature = "probe")]
pub mod addresses;
#[cfg(feature = "probe")]
pub mod challenge;
#[cfg(feature = "probe")]
pub mod session;
pub mod verdict;
