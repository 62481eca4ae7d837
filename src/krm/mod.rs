//! The Kubernetes Resource Model: objects, the ResourceList that carries them, and what a function says about them.

pub mod finding;
pub mod resource;
pub mod resource_list;
pub mod results;

pub use finding::{Code, Finding, Severity};
pub use resource::{File, ObjectRef, Resource};
pub use resource_list::{Form, Input, InputError};
