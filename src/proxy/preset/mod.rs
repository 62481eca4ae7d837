//! The proxy products: what a user says about one, and the [`Layout`] that follows from it.
//!
//! Every product is a file with its fields and one function. None has behavior of its own.
//! The layouts are those of the products' documentation; each file names its source.

mod acr;
mod artifactory;
mod cloudsmith;
mod distribution;
mod ecr;
mod field;
mod gar;
mod gitlab;
mod harbor;
mod local_registry;
mod nexus;
mod quay;
mod replicated;
mod route;
mod template;
mod zot;

pub use acr::Acr;
pub use artifactory::Artifactory;
pub use cloudsmith::Cloudsmith;
pub use distribution::Distribution;
pub use ecr::Ecr;
pub use gar::Gar;
pub use gitlab::Gitlab;
pub use harbor::Harbor;
pub use local_registry::LocalRegistry;
pub use nexus::Nexus;
pub use quay::Quay;
pub use replicated::{Replicated, ReplicatedHosts};
pub use route::Route;
pub use template::Template;
pub use zot::Zot;

use super::layout::Layout;
pub use super::preset_error::PresetError;

/// The list of products, written once: the enum, the union and what goes over both follow from it.
macro_rules! presets {
    ($($(#[$doc:meta])* $name:literal $member:ident $product:ident,)*) => {
        /// One product with its fields.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Preset {
            $($(#[$doc])* $product($product),)*
        }

        /// A product as a configuration writes it: Kubernetes' union of optional members, of which
        /// exactly one is set.
        #[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(transform = crate::schema::exactly_one))]
        pub struct PresetUnion {
            $($(#[$doc])* pub $member: Option<$product>,)*
        }

        impl Preset {
            /// The names of all presets, as a configuration writes them.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The fields of the preset of that name.
            pub fn fields(name: &str) -> Option<&'static [&'static str]> {
                match name {
                    $($name => Some(crate::yaml::de::field_names::<$product>()),)*
                    _ => None,
                }
            }

            /// The name of this preset, as a configuration writes it.
            pub fn name(&self) -> &'static str {
                match self {
                    $(Preset::$product(_) => $name,)*
                }
            }

            /// What follows from the fields, or which of them is wrong.
            pub fn layout(&self) -> Result<Layout, PresetError> {
                match self {
                    $(Preset::$product(product) => product.layout(),)*
                }
            }
        }

        impl PresetUnion {
            /// The one that is set.
            pub fn one(self) -> Result<Preset, UnionError> {
                let mut set: Vec<Preset> = Vec::new();
                $(set.extend(self.$member.map(Preset::$product));)*
                let names = set.iter().map(Preset::name).collect();
                let mut set = set.into_iter();
                match (set.next(), set.next()) {
                    (Some(preset), None) => Ok(preset),
                    (None, _) => Err(UnionError::None),
                    (Some(_), Some(_)) => Err(UnionError::Several(names)),
                }
            }
        }
    };
}

presets! {
    /// Replicated's proxy registry: `{host}/proxy/{app}/{original}`. It tells upstream registries apart, so it serves all of them.
    "replicated" replicated Replicated,
    /// A Harbor proxy cache project: `{host}/{project}/{repository}`.
    "harbor" harbor Harbor,
    /// An Amazon ECR pull-through cache rule: `{account}.dkr.ecr.{region}.amazonaws.com/{prefix}/{repository}`. Either `account` and `region`, or
    /// `host`.
    "ecr" ecr Ecr,
    /// A Google Artifact Registry remote repository: `{location}-docker.pkg.dev/{project}/{repository}/{image}`.
    "gar" gar Gar,
    /// A JFrog Artifactory remote or virtual repository: `{host}/{repository}/{image}`.
    "artifactory" artifactory Artifactory,
    /// A Sonatype Nexus proxy or group repository: `{host}/{repository}/{image}`.
    "nexus" nexus Nexus,
    /// A Quay proxy cache organization: `{host}/{organization}/{repository}`.
    "quay" quay Quay,
    /// zot with on-demand synchronization: `{host}/{destination}/{repository}`.
    "zot" zot Zot,
    /// A CNCF distribution registry as pull-through cache, or any mirror of one registry at a host's root: `{host}/{repository}`.
    "distribution" distribution Distribution,
    /// An Azure Container Registry cache rule with a wildcard: `{host}/{prefix}/{repository}`.
    "acr" acr Acr,
    /// A GitLab group's dependency proxy, which serves Docker Hub: `{host}/{group}/dependency_proxy/containers/{repository}`.
    "gitlab" gitlab Gitlab,
    /// A Cloudsmith repository with an upstream: `docker.cloudsmith.io/{organization}/{repository}/{image}`.
    "cloudsmith" cloudsmith Cloudsmith,
    /// A registry into which the images were copied: `{host}/{namespace}/{repository}`. Its names do not tell where an image came from, so it
    /// must contain nothing but these copies.
    "localRegistry" local_registry LocalRegistry,
    /// Any other layout, as a pattern.
    "template" template Template,
}

/// Not exactly one preset is set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnionError {
    /// None.
    #[error("no preset is set: expected exactly one of {}", Preset::NAMES.join(", "))]
    None,
    /// More than one; their names.
    #[error("{} are set: expected exactly one preset, and another entry for each other one", .0.join(" and "))]
    Several(Vec<&'static str>),
}

#[cfg(test)]
mod tests;
