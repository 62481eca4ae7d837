//! The vendor's Embedded Cluster Config.

use crate::yaml::{Fault, View};

use super::Place;
use super::fields::{FieldProblem, Fields};

/// What an `embeddedcluster.replicated.com` Config says about registries: the domains of the release
/// (replicatedhq/embedded-cluster `kinds/apis/v1beta1/config_types.go`, `Domains`). It can't hold templates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmbeddedClusterConfig {
    /// The object.
    pub place: Place,
    /// `spec.domains.proxyRegistryDomain`.
    pub proxy_domain: Option<String>,
    /// `spec.domains.replicatedRegistryDomain`, which the reference page does not list.
    pub registry_domain: Option<String>,
}

impl EmbeddedClusterConfig {
    pub(super) fn read(view: &View<'_>, place: Place, problems: &mut Vec<FieldProblem>) -> Result<Self, Fault> {
        let mut fields = Fields::of(place, problems);
        Ok(Self {
            place,
            proxy_domain: fields.host(view, &["spec", "domains", "proxyRegistryDomain"])?,
            registry_domain: fields.host(view, &["spec", "domains", "replicatedRegistryDomain"])?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn its_domains_are_read_and_a_url_is_none() {
        let head = "apiVersion: embeddedcluster.replicated.com/v1beta1\nkind: Config\nspec:\n  domains:\n";
        let objects = read(&format!(
            "{head}    proxyRegistryDomain: Images.acme.example\n    replicatedRegistryDomain: https://registry.acme.example\n"
        ));
        let config = &objects.embedded_cluster_configs[0];
        assert_eq!((config.proxy_domain.as_deref(), &config.registry_domain), (Some("images.acme.example"), &None));
        assert_eq!(objects.problems[0].path, "spec.domains.replicatedRegistryDomain");
    }
}
