//! A license from its first Secret to its revocation: what has a Secret that the function made pulls, and what has a revoked one does not.

use crate::package::{command, docker_config_of, without_secrets};
use crate::process::{Finished, run};
use crate::servers::{Image, Shop, Skopeo};
use crate::tools;
use crate::workdir::Workdir;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::path::PathBuf;

tests![a_license_is_rotated_without_a_gap, containerd_pulls_with_the_secret_until_the_license_is_revoked,];

/// A vendor's image behind the license proxy, and a customer's pod of it.
struct Customer {
    shop: Shop,
    skopeo: PathBuf,
    work: Workdir,
    pod: String,
}

impl Customer {
    fn new() -> Option<Customer> {
        let [skopeo] = tools::find(["skopeo"])?;
        let (shop, work) = (Shop::start()?, Workdir::new());
        let image = Image::new(&work.folder("image"), "api");
        Skopeo::new(&skopeo, None).push(&image, &shop.source(), Some(&shop.account())).success();
        let upstream = shop.upstream();
        let config = format!(
            "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: acme}}\nspec:\n  proxies:\n  - replicated: {{}}\n    aliases: {{\"{upstream}\": upstream}}\n  images: {{private: [\"{upstream}/**\"]}}\n  verify: true\n"
        );
        work.write("pullthrough.yaml", config);
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: api}}\nspec:\n  containers:\n  - name: api\n    image: {}\n",
            shop.source()
        );
        Some(Customer { shop, skopeo, work, pod })
    }

    /// The pod as the function writes it, and the docker config in its Secret, with a license in this variable.
    fn render(&self, variable: &str, value: &str) -> (String, String) {
        let mut function = command(&self.work, &tools::binary());
        function.env(variable, value).args(["--config", "pullthrough.yaml"]);
        let (pods, mut secrets) = without_secrets(&run(&mut function, &self.pod).success());
        assert!(pods.contains(&format!("image: {}\n", self.shop.proxied())), "{pods}");
        (pods, docker_config_of(&secrets.remove(0)))
    }

    fn pull(&self, docker_config: &str) -> Finished {
        Skopeo::new(&self.skopeo, None).pull(&self.shop.proxied(), Some(docker_config))
    }
}

/// Rendered again, only the Secret is another one: what has the old Secret pulls until the old license is revoked.
fn a_license_is_rotated_without_a_gap() {
    let Some(customer) = Customer::new() else { return };
    let license = customer.shop.license(&["issue", "old"]).success();
    let file = customer.work.write("license.yaml", license).display().to_string();
    let (before, old) = customer.render("PULLTHROUGH_LICENSE_FILE", &file);
    let license = customer.shop.license(&["issue", "new"]).success();
    let (after, new) = customer.render("PULLTHROUGH_LICENSE", &STANDARD.encode(license));
    assert!(before == after && old != new, "{before}\n{after}");
    for config in [&old, &new] {
        customer.pull(config).success();
    }
    customer.shop.license(&["revoke", "old"]).success();
    customer.pull(&new).success();
    assert!(customer.pull(&old).failure().stderr.contains("a license is needed"));
}

/// As on a node. containerd asks the token endpoint by POST first, which the proxy does not speak.
fn containerd_pulls_with_the_secret_until_the_license_is_revoked() {
    let Some([containerd]) = tools::find(["containerd-pull"]) else { return };
    let Some(customer) = Customer::new() else { return };
    let license = customer.shop.license(&["issue", "bigbank"]).success();
    let (_, config) = customer.render("PULLTHROUGH_LICENSE", &license);
    let pull = |config: &str| {
        customer.work.write("config.json", config);
        run(command(&customer.work, &containerd).args([customer.shop.proxied().as_str(), "config.json"]), "")
    };
    let fetched = pull(&config).success();
    for media_type in ["manifest", "config", "layer"] {
        assert!(fetched.contains(media_type), "{fetched}");
    }
    assert!(pull("{\"auths\": {}}").failure().stdout.is_empty());
    customer.shop.license(&["revoke", "bigbank"]).success();
    let refused = pull(&config).failure();
    assert!(refused.stdout.is_empty() && refused.stderr.contains("40"), "{refused}");
}
