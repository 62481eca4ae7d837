//! The variables that credentials come from.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::{Basic, DockerConfig};
use crate::environment::Environment;
use crate::replicated::{License, LicenseId, REPLICATED_HOSTS, host};

use super::license_file;
use super::source::{CredentialSource, Hosts};
use super::{
    CredentialProblem, DOCKERCONFIG, DOCKERCONFIGJSON, HOSTS, LICENSE, LICENSE_FILE, LICENSE_ID, PASSWORD,
    SERVICE_ACCOUNT_TOKEN, USERNAME,
};

/// What the variables hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// In the order in which they are tried.
    pub(super) sources: Vec<CredentialSource>,
    /// The token that is used in place of every license's ID.
    pub(super) token: Option<CredentialSource>,
    /// The license ID that stands alone.
    pub(super) id: Option<LicenseId>,
    /// The licenses: each says as much as one among the items.
    pub(super) licenses: Vec<License>,
    /// `PULLTHROUGH_HOSTS`, in lower case.
    pub(super) hosts: BTreeSet<String>,
    /// What is wrong with a license that can be used all the same.
    pub(super) warnings: Vec<CredentialProblem>,
}

/// Reads every variable that is set, and each file once. All problems are reported, not the first only.
pub(super) fn read(environment: &Environment<'_>, problems: &mut Vec<CredentialProblem>) -> Variables {
    let mut reader = Reader { environment, problems, warnings: Vec::new() };
    let hosts = reader.hosts();
    let docker_configs = [reader.docker_config_file(), reader.docker_config_content()];
    let id = reader.license_id();
    let licenses: Vec<License> = [reader.license_file(), reader.license_content()].into_iter().flatten().collect();
    let token = reader.token(id.is_some());
    reader.compare(id.as_ref(), &licenses);
    let account = reader.account(&hosts);
    let named = |more: &mut dyn Iterator<Item = &str>| {
        let known = replicated_hosts().chain(hosts.iter().cloned());
        Hosts::Named(known.chain(more.map(str::to_owned)).collect())
    };
    let by_id = id.clone().map(|id| {
        let name = format!("the license in {LICENSE_ID}");
        CredentialSource::License { id, app: None, name, hosts: named(&mut std::iter::empty()) }
    });
    let by_license = licenses.iter().map(|license| CredentialSource::License {
        id: license.id.clone(),
        app: Some(license.app.clone()),
        name: format!("the license {}", license.source),
        hosts: named(&mut license.named_hosts()),
    });
    let token = token.map(|id| {
        let name = format!("the token in {SERVICE_ACCOUNT_TOKEN}");
        let hosts = named(&mut licenses.iter().flat_map(License::named_hosts));
        CredentialSource::License { id, app: None, name, hosts }
    });
    let sources = docker_configs.into_iter().flatten().chain(by_id).chain(by_license).chain(account).collect();
    let warnings = reader.warnings;
    Variables { sources, token, id, licenses, hosts, warnings }
}

struct Reader<'r, 'w> {
    environment: &'r Environment<'w>,
    problems: &'r mut Vec<CredentialProblem>,
    warnings: Vec<CredentialProblem>,
}

impl Reader<'_, '_> {
    fn hosts(&mut self) -> BTreeSet<String> {
        let value = self.environment.variable(HOSTS).unwrap_or_default();
        let mut hosts = BTreeSet::new();
        let entries = value.split([',', ' ', '\t', '\r', '\n']).filter(|text| !text.is_empty());
        for (index, text) in entries.enumerate() {
            match host(text) {
                Some(host) => {
                    hosts.insert(host);
                }
                None => self.problem(
                    HOSTS,
                    format!(
                        "entry {} is not a host name: expected hosts separated by commas, without scheme or path, \
                         such as \
                         `images.acme.example,registry.corp:5000`",
                        index + 1
                    ),
                ),
            }
        }
        hosts
    }

    fn docker_config_file(&mut self) -> Option<CredentialSource> {
        let path = self.environment.variable(DOCKERCONFIG)?;
        if path.trim_start().starts_with('{') {
            self.problem(DOCKERCONFIG, format!("expected a path, found JSON: set {DOCKERCONFIGJSON} instead"));
            return None;
        }
        let text = self.file(DOCKERCONFIG, &path)?;
        self.docker_config(DOCKERCONFIG, &text)
    }

    fn docker_config_content(&mut self) -> Option<CredentialSource> {
        let value = self.environment.variable(DOCKERCONFIGJSON)?;
        if value.trim_start().starts_with('{') {
            return self.docker_config(DOCKERCONFIGJSON, &value);
        }
        match from_base64(&value) {
            Some(text) => self.docker_config(DOCKERCONFIGJSON, &text),
            None => {
                self.problem(DOCKERCONFIGJSON, "expected a docker config, as JSON or as base64-encoded JSON");
                None
            }
        }
    }

    fn docker_config(&mut self, variable: &'static str, text: &str) -> Option<CredentialSource> {
        match DockerConfig::parse(text) {
            Ok(config) => Some(CredentialSource::DockerConfig { name: variable.to_owned(), config }),
            Err(problem) => {
                self.problem(variable, problem.to_string());
                None
            }
        }
    }

    fn license_id(&mut self) -> Option<LicenseId> {
        let id = LicenseId::new(&self.environment.variable(LICENSE_ID)?);
        if let Err(problem) = id {
            let elsewhere = format!("a whole license goes into {LICENSE}, or into a file that {LICENSE_FILE} names");
            self.problem(LICENSE_ID, format!("the license ID {problem}; {elsewhere}"));
        }
        id.ok()
    }

    fn license_file(&mut self) -> Option<License> {
        let path = self.environment.variable(LICENSE_FILE)?;
        if is_license(&path) {
            self.problem(LICENSE_FILE, format!("expected a path, found a license: that goes into {LICENSE}"));
            return None;
        }
        let id = format!("; for a license ID, set {LICENSE_ID}");
        let hint = if path.contains(['.', '/', '\\']) { "" } else { &id };
        let text = self.file_or(LICENSE_FILE, &path, hint)?;
        self.license(LICENSE_FILE, &text)
    }

    fn license_content(&mut self) -> Option<License> {
        let value = self.environment.variable(LICENSE)?;
        if is_license(&value) {
            return self.license(LICENSE, &value);
        }
        match from_base64(&value).filter(|text| is_license(text)) {
            Some(text) => self.license(LICENSE, &text),
            None => {
                let elsewhere = format!("a path goes into {LICENSE_FILE}, a license ID into {LICENSE_ID}");
                self.problem(
                    LICENSE,
                    format!("expected a License as YAML, or that in base64, found neither; {elsewhere}"),
                );
                None
            }
        }
    }

    fn license(&mut self, variable: &'static str, text: &str) -> Option<License> {
        match license_file::parse(text, variable) {
            Ok((license, warnings)) => {
                self.warnings.extend(warnings.into_iter().map(|message| CredentialProblem { variable, message }));
                Some(license)
            }
            Err(messages) => {
                messages.into_iter().for_each(|message| self.problem(variable, message));
                None
            }
        }
    }

    fn token(&mut self, has_id: bool) -> Option<LicenseId> {
        let token = LicenseId::token(&self.environment.variable(SERVICE_ACCOUNT_TOKEN)?);
        match token {
            Err(problem) => self.problem(SERVICE_ACCOUNT_TOKEN, format!("the token {problem}")),
            Ok(_) if has_id => {
                let message = format!("it and {LICENSE_ID} are passwords for the same hosts: unset one of them");
                self.problem(SERVICE_ACCOUNT_TOKEN, message);
            }
            Ok(_) => {}
        }
        token.ok()
    }

    /// A license ID that stands alone must be that of the license beside it.
    fn compare(&mut self, id: Option<&LicenseId>, licenses: &[License]) {
        let Some(id) = id else { return };
        if let Some(other) = licenses.iter().find(|license| license.id != *id) {
            let message = format!("it is not the ID of the license {}: unset one of them", other.source);
            self.problem(LICENSE_ID, message);
        }
    }

    fn account(&mut self, hosts: &BTreeSet<String>) -> Option<CredentialSource> {
        let (username, password) = match (self.environment.variable(USERNAME), self.environment.variable(PASSWORD)) {
            (Some(username), Some(password)) => (username, password),
            (Some(_), None) => {
                self.problem(USERNAME, format!("needs {PASSWORD} as well: set both"));
                return None;
            }
            (None, Some(_)) => {
                self.problem(PASSWORD, format!("needs {USERNAME} as well: set both"));
                return None;
            }
            (None, None) => return None,
        };
        match Basic::new(username, password) {
            Ok(account) => Some(CredentialSource::Account { account, hosts: hosts.clone() }),
            Err(problem) => {
                self.problem(USERNAME, problem.to_string());
                None
            }
        }
    }

    fn file(&mut self, variable: &'static str, path: &str) -> Option<String> {
        self.file_or(variable, path, "")
    }

    /// What is not surely a path is never repeated: a secret may have been put there by mistake.
    fn file_or(&mut self, variable: &'static str, path: &str, hint: &str) -> Option<String> {
        match (self.environment.file)(path) {
            Ok(text) => Some(text),
            Err(reason) => {
                let message = if is_quoted(path) {
                    "the path is in quotes, which are part of the value: remove them (some programs keep those of an \
                     .env file)"
                        .to_owned()
                } else {
                    let named =
                        if is_path(path) { format!("the file `{path}`") } else { "the file that it names".to_owned() };
                    let reason = reason.replace(path, "…");
                    format!(
                        "can't read {named}: {}{hint}",
                        reason.trim_start_matches("can't read ").trim_start_matches("…: ")
                    )
                };
                self.problem(variable, message);
                None
            }
        }
    }

    fn problem(&mut self, variable: &'static str, message: impl Into<String>) {
        self.problems.push(CredentialProblem { variable, message: message.into() });
    }
}

/// Whether a value has the quotes around it that a shell would have taken away.
fn is_quoted(value: &str) -> bool {
    ['"', '\''].iter().any(|quote| value.len() > 1 && value.starts_with(*quote) && value.ends_with(*quote))
}

/// Whether a value can be shown as a path: it begins like one or ends like a file's name, and no license, ID or docker config does.
fn is_path(value: &str) -> bool {
    let begins = ["/", "./", "../", "~/"].iter().any(|start| value.starts_with(start));
    let ends = [".yaml", ".yml", ".json"].iter().any(|end| value.ends_with(end));
    (begins || ends) && value.len() < 256 && !value.contains(char::is_whitespace) && !value.contains(char::is_control)
}

/// Whether a text is, or once was, a License: it names its kind, which no path and no ID does.
fn is_license(text: &str) -> bool {
    text.contains("License") && (text.contains("kind:") || text.contains("\"kind\""))
}

/// Base64 of text; blanks and line ends in it count for nothing.
pub(super) fn from_base64(text: &str) -> Option<String> {
    let dense: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    String::from_utf8(STANDARD.decode(dense).ok()?).ok()
}

fn replicated_hosts() -> impl Iterator<Item = String> {
    REPLICATED_HOSTS.into_iter().map(str::to_owned)
}
