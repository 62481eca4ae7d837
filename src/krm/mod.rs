//! The Kubernetes Resource Model: objects, the ResourceList that carries them, and what a function says about them.

mod contents;
mod field_spec;
pub mod finding;
pub mod resource;
pub mod resource_list;
pub mod results;
mod string_map;
mod unreadable;

pub use contents::{Contents, is_object};
pub use field_spec::{FieldPlace, FieldSpec, FieldSpecError};
pub use finding::{Code, Finding, Severity};
pub use resource::{File, ItemsOf, ObjectRef, Resource, Stage};
pub use resource_list::{Form, Input, InputError, NoRoom};
pub use string_map::StringMap;
pub use unreadable::explain;
