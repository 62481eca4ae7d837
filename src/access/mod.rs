//! What registries' answers mean, without a socket or a clock.

pub mod verdict;
