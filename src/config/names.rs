//! What a configuration is called in `apiVersion` and `kind`.

/// The API group of our own objects.
pub const GROUP: &str = "pullthrough.dev";
/// Its only version.
pub const VERSION: &str = "v1alpha1";
/// The kind of a configuration.
pub const KIND: &str = "PullThrough";
