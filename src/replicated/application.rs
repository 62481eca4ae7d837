//! The vendor's Application and KOTS's Installation.

use crate::yaml::{Fault, View};

use super::fields::{FieldProblem, Fields};
use super::{Place, is_local_config};

/// What a `kots.io/v1beta1` Application says: the vendor's wishes for a release. Not the Application of `app.k8s.io`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The object.
    pub place: Place,
    /// `metadata.name`, often the app's slug.
    pub name: Option<String>,
    /// `spec.additionalNamespaces` without `"*"`.
    pub additional_namespaces: Vec<String>,
    /// Whether `spec.additionalNamespaces` has `"*"`: every namespace that there will ever be, which a set of manifests can't express.
    pub every_namespace: bool,
    /// `spec.proxyPublicImages`.
    pub proxy_public_images: bool,
    /// `spec.additionalImages`: images that no manifest of the release holds.
    pub additional_images: Vec<String>,
    /// `spec.excludedImages`: what looks like an image in the manifests and is none, or none that airgap bundles carry. KOTS itself
    /// doesn't read it.
    pub excluded_images: Vec<String>,
    /// `spec.proxyRegistryDomain`, deprecated but in use.
    pub proxy_domain: Option<String>,
    /// `spec.replicatedRegistryDomain`, deprecated but in use.
    pub registry_domain: Option<String>,
    /// Whether the object stays out of the cluster.
    pub local_config: bool,
}

impl Application {
    pub(super) fn read(view: &View<'_>, place: Place, problems: &mut Vec<FieldProblem>) -> Result<Self, Fault> {
        let mut fields = Fields::of(place, problems);
        let mut additional_namespaces = fields.texts(view, &["spec", "additionalNamespaces"])?;
        let every_namespace = additional_namespaces.iter().any(|name| name == "*");
        additional_namespaces.retain(|name| name != "*");
        Ok(Self {
            place,
            name: fields.text(view, &["metadata", "name"])?.map(str::to_owned),
            additional_namespaces,
            every_namespace,
            proxy_public_images: fields.flag(view, &["spec", "proxyPublicImages"])?,
            additional_images: fields.texts(view, &["spec", "additionalImages"])?,
            excluded_images: fields.texts(view, &["spec", "excludedImages"])?,
            proxy_domain: fields.host(view, &["spec", "proxyRegistryDomain"])?,
            registry_domain: fields.host(view, &["spec", "replicatedRegistryDomain"])?,
            local_config: is_local_config(view)?,
        })
    }
}

/// What a `kots.io/v1beta1` Installation says: the state that KOTS keeps of one release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installation {
    /// The object.
    pub place: Place,
    /// `metadata.name`, often the app's slug.
    pub name: Option<String>,
    /// `spec.knownImages`: images exactly as they were written, and whether KOTS took them for private.
    pub known_images: Vec<(String, bool)>,
    /// `spec.replicatedProxyDomain`, bound to the release.
    pub proxy_domain: Option<String>,
    /// `spec.replicatedRegistryDomain`, bound to the release.
    pub registry_domain: Option<String>,
    /// Whether the object stays out of the cluster.
    pub local_config: bool,
}

impl Installation {
    pub(super) fn read(view: &View<'_>, place: Place, problems: &mut Vec<FieldProblem>) -> Result<Self, Fault> {
        let mut fields = Fields::of(place, problems);
        let mut known_images = Vec::new();
        for item in fields.items(view, &["spec", "knownImages"])? {
            if let Some(image) = fields.text(&item, &["image"])? {
                known_images.push((image.to_owned(), fields.flag(&item, &["isPrivate"])?));
            }
        }
        Ok(Self {
            place,
            name: fields.text(view, &["metadata", "name"])?.map(str::to_owned),
            known_images,
            proxy_domain: fields.host(view, &["spec", "replicatedProxyDomain"])?,
            registry_domain: fields.host(view, &["spec", "replicatedRegistryDomain"])?,
            local_config: is_local_config(view)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;

    #[test]
    fn what_the_vendor_wishes() {
        let objects = read(
            "apiVersion: kots.io/v1beta1\nkind: Application\nmetadata:\n  name: my-app\n  annotations: {config.kubernetes.io/local-config: 'true'}\n\
             spec:\n  additionalNamespaces: [jobs, '*', 3]\n  proxyPublicImages: true\n  additionalImages: [busybox]\n  excludedImages: [auto]\n  \
             proxyRegistryDomain: https://images.acme.example\n",
        );
        let application = &objects.applications[0];
        assert_eq!(application.additional_namespaces, ["jobs"]);
        assert!(application.every_namespace && application.proxy_public_images && application.local_config);
        assert_eq!(application.additional_images, ["busybox"]);
        assert_eq!(application.excluded_images, ["auto"]);
        assert_eq!(application.proxy_domain, None);
        let paths: Vec<_> = objects.problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["spec.additionalNamespaces[2]", "spec.proxyRegistryDomain"]);
    }

    #[test]
    fn a_flag_is_no_string() {
        let objects = read("apiVersion: kots.io/v1beta1\nkind: Application\nspec: {proxyPublicImages: 'true'}\n");
        assert!(!objects.applications[0].proxy_public_images);
        assert_eq!(objects.problems[0].message, "expected true or false, found a string");
    }

    #[test]
    fn where_installations_differ_an_image_is_private() {
        let head = "apiVersion: kots.io/v1beta1\nkind: Installation\nspec:\n  knownImages:\n";
        let objects = read(&format!(
            "{head}  - {{image: a, isPrivate: true}}\n  - {{image: b}}\n  - {{isPrivate: true}}\n---\n{head}  - {{image: a, isPrivate: false}}\n"
        ));
        assert_eq!(objects.known_images().into_iter().collect::<Vec<_>>(), [("a", true), ("b", false)]);
    }
}
