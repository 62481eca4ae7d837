//! What Kubernetes' resource model adds to YAML.

mod field_spec;

pub use field_spec::{FieldSpec, FieldSpecError};
