//! What Kubernetes' resource model adds to YAML.

mod field_spec;
pub mod replicated;

pub use field_spec::{FieldSpec, FieldSpecError};
