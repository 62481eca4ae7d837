//! The variables that credentials come from.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::credentials::{Basic, DockerConfig};
use crate::environment::Environment;
use crate::replicated::{License, LicenseId, REPLICATED_HOSTS, host};

use super::license_file;
use super::source::{CredentialSource, Hosts};
use super::{CredentialProblem, DOCKERCONFIG, DOCKERCONFIGJSON, HOSTS, LICENSE_FILE, LICENSE_ID, PASSWORD, USERNAME};

/// What the variables hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Variables {
    /// In the order in which they are tried.
    pub(super) sources: Vec<CredentialSource>,
    /// `PULLTHROUGH_HOSTS`, in lower case.
    pub(super) hosts: BTreeSet<String>,
}

/// Reads every variable that is set, and each file once. All problems are reported, not the first only.
pub(super) fn read(environment: &Environment<'_>, problems: &mut Vec<CredentialProblem>) -> Variables {
    let mut reader = Reader { environment, problems };
    let hosts = reader.hosts();
    let sources = [
        reader.docker_config_file(),
        reader.docker_config_content(),
        reader.license_id(&hosts),
        reader.license_file(&hosts),
        reader.account(&hosts),
    ];
    Variables { sources: sources.into_iter().flatten().collect(), hosts }
}

struct Reader<'r, 'w> {
    environment: &'r Environment<'w>,
    problems: &'r mut Vec<CredentialProblem>,
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
                        "entry {} is no host: expected hosts with commas between them, without scheme and path, such as \
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
            self.problem(DOCKERCONFIG, format!("expected a path, found JSON: that goes into {DOCKERCONFIGJSON}"));
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
                self.problem(DOCKERCONFIGJSON, "expected a docker config as JSON, or that in base64, found neither");
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

    fn license_id(&mut self, hosts: &BTreeSet<String>) -> Option<CredentialSource> {
        let id = match LicenseId::new(&self.environment.variable(LICENSE_ID)?) {
            Ok(id) => id,
            Err(problem) => {
                let elsewhere = format!("a whole license goes into a file that {LICENSE_FILE} names");
                self.problem(LICENSE_ID, format!("the license ID {problem}; {elsewhere}"));
                return None;
            }
        };
        let hosts = Hosts::Named(replicated_hosts().chain(hosts.iter().cloned()).collect());
        let name = format!("the license in {LICENSE_ID}");
        Some(CredentialSource::License { id, app: None, name, hosts, expires: None })
    }

    fn license_file(&mut self, hosts: &BTreeSet<String>) -> Option<CredentialSource> {
        let path = self.environment.variable(LICENSE_FILE)?;
        let id = format!("; a license ID by itself goes into {LICENSE_ID}");
        let hint = if path.contains(['.', '/', '\\']) { "" } else { &id };
        let text = self.file_or(LICENSE_FILE, &path, hint)?;
        let license: License = match license_file::parse(&text) {
            Ok(license) => license,
            Err(messages) => {
                messages.into_iter().for_each(|message| self.problem(LICENSE_FILE, message));
                return None;
            }
        };
        let own = license.named_hosts().map(str::to_owned);
        let hosts = Hosts::Named(replicated_hosts().chain(own).chain(hosts.iter().cloned()).collect());
        let name = format!("the license in {LICENSE_FILE}");
        let License { app, id, expires, .. } = license;
        Some(CredentialSource::License { app: Some(app), id, name, hosts, expires })
    }

    fn account(&mut self, hosts: &BTreeSet<String>) -> Option<CredentialSource> {
        let (username, password) = match (self.environment.variable(USERNAME), self.environment.variable(PASSWORD)) {
            (Some(username), Some(password)) => (username, password),
            (Some(_), None) => {
                self.problem(USERNAME, format!("it is of no use without {PASSWORD}: set both"));
                return None;
            }
            (None, Some(_)) => {
                self.problem(PASSWORD, format!("it is of no use without {USERNAME}: set both"));
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

    /// The path is never repeated: a secret may have been put there by mistake.
    fn file_or(&mut self, variable: &'static str, path: &str, hint: &str) -> Option<String> {
        match (self.environment.file)(path) {
            Ok(text) => Some(text),
            Err(reason) => {
                let reason = reason.replace(path, "…");
                self.problem(variable, format!("the file that it names is of no use: {reason}{hint}"));
                None
            }
        }
    }

    fn problem(&mut self, variable: &'static str, message: impl Into<String>) {
        self.problems.push(CredentialProblem { variable, message: message.into() });
    }
}

/// Base64 of text; blanks and line ends in it count for nothing.
pub(super) fn from_base64(text: &str) -> Option<String> {
    let dense: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    String::from_utf8(STANDARD.decode(dense).ok()?).ok()
}

fn replicated_hosts() -> impl Iterator<Item = String> {
    REPLICATED_HOSTS.into_iter().map(str::to_owned)
}
