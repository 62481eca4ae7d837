//! Why an image can't have a name on a proxy.

use crate::image::ReferenceError;

/// Why an image can't have a name on a proxy, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is from another registry than the proxy's upstream.
    #[error("`{reference}` is not from {upstream}, which is all that {host} serves: add another proxy for it")]
    NotServed {
        /// The image.
        reference: String,
        /// The proxy.
        host: String,
        /// What is behind it.
        upstream: String,
    },
    /// Its registry can't be a segment of a path.
    #[error(
        "`{reference}` is on {registry}, which can't be part of an image's path: set the name that the proxy has \
         for it, as in `aliases: {{\"{registry}\": name}}`"
    )]
    NeedsAlias {
        /// The image.
        reference: String,
        /// Its registry.
        registry: String,
    },
    /// The name would be too long.
    #[error(
        "`{name}` has {length} characters, but at most {longest} are allowed: use a shorter host or path for the proxy"
    )]
    TooLong {
        /// The name without tag and digest.
        name: String,
        /// Its length.
        length: usize,
        /// The limit.
        longest: usize,
    },
    /// The name would be no reference.
    #[error(
        "`{reference}` would get an invalid name on the proxy, {error}: change the proxy's pattern, or give an alias for the registry"
    )]
    Invalid {
        /// The image.
        reference: String,
        /// What is wrong with the new name.
        error: ReferenceError,
    },
    /// The proxy would serve another image under the name.
    #[error(
        "`{reference}` would become `{target}`, which the proxy would read as `{read}`: write the image with its \
         registry, \
         or change the alias"
    )]
    ReadOtherwise {
        /// The image.
        reference: String,
        /// Its name on the proxy.
        target: String,
        /// What the proxy would serve.
        read: String,
    },
}
