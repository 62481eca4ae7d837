//! The function in a pipe, as the tests with real servers run it.

use crate::package::command;
use crate::process::{Finished, run};
use crate::servers::{Authority, LICENSE, Proxy};
use crate::tools;
use crate::workdir::Workdir;

/// The function in a pipe, with the license, for one upstream.
pub(crate) struct Function<'a> {
    work: Workdir,
    proxy: String,
    upstream: String,
    /// What the proxy knows the upstream as: [`Proxy::ALIAS`].
    pub(crate) alias: &'static str,
    /// Whom it trusts besides the public web's authorities.
    pub(crate) authority: Option<&'a Authority>,
}

impl Function<'_> {
    pub(crate) fn new(proxy: &str, upstream: &str) -> Self {
        Function {
            work: Workdir::new(),
            proxy: proxy.to_owned(),
            upstream: upstream.to_owned(),
            alias: Proxy::ALIAS,
            authority: None,
        }
    }

    /// Runs it on a pod with these images; `more` is a further line of its configuration.
    pub(crate) fn run(&self, images: &[&str], more: &str) -> Finished {
        let config = self.work.write(
            "config.yaml",
            format!(
                "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata:\n  name: acme\nspec:\n  proxies:\n  \
                 - replicated: {{app: acme, host: \"{}\"}}\n    aliases: {{\"{}\": {}}}\n  {more}\n",
                self.proxy,
                self.upstream,
                self.alias
            ),
        );
        let containers: String =
            images.iter().enumerate().map(|(n, image)| format!("  - name: c{n}\n    image: {image}\n")).collect();
        let pod = format!("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n{containers}");
        let mut function = command(&self.work, &tools::binary());
        function.arg("--config").arg(config);
        function.env("PULLTHROUGH_LICENSE_ID", LICENSE.password).env("PULLTHROUGH_HOSTS", &self.proxy);
        if let Some(authority) = self.authority {
            function.env("SSL_CERT_FILE", authority.certificate());
        }
        run(&mut function, &pod)
    }
}

/// The images of a pod, in order.
pub(crate) fn images(pod: &str) -> Vec<String> {
    pod.lines().filter_map(|line| line.trim().strip_prefix("image: ")).map(str::to_owned).collect()
}
