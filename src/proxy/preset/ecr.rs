//! Amazon ECR: `{account}.dkr.ecr.{region}.amazonaws.com/{prefix}/{repository}`.
//!
//! AWS, "Pull an image with a pull through cache rule in Amazon ECR": for official images of Docker
//! Hub `library` must be written, and the prefix `ROOT` stands for none.

use serde::Deserialize;

use super::field::{self, PresetError};
use crate::proxy::layout::Layout;
#[cfg(feature = "schema")]
use crate::schema;

/// An Amazon ECR pull-through cache rule. Its host follows from `account` and `region`, or is `host`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(transform = one_host))]
pub struct Ecr {
    /// The AWS account, twelve digits in quotes, such as `"111122223333"`. Needs `region`.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Account>"))]
    pub account: Option<String>,
    /// The region, such as `eu-central-1`. Needs `account`.
    pub region: Option<String>,
    /// The registry's host, in place of `account` and `region`, such as that of a VPC endpoint.
    #[cfg_attr(feature = "schema", schemars(with = "Option<schema::Host>"))]
    pub host: Option<String>,
    /// The rule's repository prefix, such as `docker-hub`. `ROOT`, as ECR calls it, or omitted if the rule has none.
    pub prefix: Option<String>,
    /// The rule's upstream registry, such as `docker.io`. Its upstream repository prefix follows after a slash, if it has one:
    /// `docker.io/library`. Only its images are served.
    #[cfg_attr(feature = "schema", schemars(with = "schema::Source"))]
    pub upstream: String,
}

/// The schema's form of what [`Ecr::host`] says.
#[cfg(feature = "schema")]
fn one_host(schema: &mut schemars::Schema) {
    let parts = ["account", "region"].map(|name| serde_json::json!({ "required": [name] }));
    let host = serde_json::json!({ "required": ["host"], "not": { "anyOf": parts } });
    let parts = serde_json::json!({ "required": ["account", "region"], "not": { "required": ["host"] } });
    schema.insert("oneOf".to_owned(), vec![host, parts].into());
}

impl Ecr {
    /// What follows from the fields, or which of them is wrong.
    pub fn layout(&self) -> Result<Layout, PresetError> {
        let host = self.host()?;
        let prefix = match self.prefix.as_deref() {
            None | Some("ROOT") => String::new(),
            Some(prefix) => field::path("prefix", prefix)?,
        };
        field::below(host, &prefix, field::part_of_registry(&self.upstream, true)?)
    }

    fn host(&self) -> Result<String, PresetError> {
        match (&self.host, &self.account, &self.region) {
            (Some(host), None, None) => field::host("host", host),
            (Some(_), _, _) => Err(PresetError::new(
                "host",
                "is set beside `account` or `region`: expected either `host`, or both of those",
            )),
            (None, Some(account), Some(region)) => {
                if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
                    let problem = format!("`{account}` is not an AWS account ID: expected twelve digits, in quotes");
                    return Err(PresetError::new("account", problem));
                }
                let country = if region.starts_with("cn-") { ".cn" } else { "" };
                let host = format!("{account}.dkr.ecr.{region}.amazonaws.com{country}");
                field::host("region", &host)
            }
            (None, None, _) => {
                Err(PresetError::new("account", "is missing: expected `account` and `region`, or `host`"))
            }
            (None, Some(_), None) => {
                Err(PresetError::new("region", "is missing: expected `account` and `region`, or `host`"))
            }
        }
    }
}
