//! What a user says: the functionConfig, and the variables that credentials come from.

pub mod credentials;
pub mod surroundings;

pub use surroundings::Surroundings;
