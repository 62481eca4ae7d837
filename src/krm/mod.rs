//! Objects as Kubernetes and its tools write them.

pub mod replicated;
