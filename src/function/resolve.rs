//! Configuration and Replicated's objects become proxies, names and credentials.

use std::collections::BTreeSet;

use crate::config::{self, Config};
use crate::credentials::Credentials;
use crate::environment::Environment;
use crate::krm::{Code, Finding, Form, Input, Severity};
use crate::plan::{Facts, Known, Proxies, Proxy, PullSecretFacts};
use crate::proxy::preset::{Replicated, ReplicatedHosts};
use crate::proxy::{Layout, Preset};
use crate::replicated::{Choice, Domains};
use crate::yaml::Edit;

use super::gather::Gathered;
use super::own::OwnObject;
use super::survey;
use super::vendor::{about, additional_images, field_problems, licenses, replicated_objects};

/// The smallest configuration, for the message that one is missing.
pub(super) const SMALLEST: &str = "`{apiVersion: pullthrough.dev/v1alpha1, kind: PullThrough, metadata: {name: acme}, spec: {proxies: [{replicated: {app: acme}}]}}`";

/// What follows from configuration and objects: the facts, and the edits that take objects out.
///
/// # Errors
/// Findings that keep the run from going on.
pub(super) fn resolve(
    config: Option<Config>,
    file: Option<&str>,
    optional: bool,
    gathered: &mut Gathered,
    input: &Input<'_>,
    environment: &Environment<'_>,
) -> Result<(Facts, Vec<Edit>), Vec<Finding>> {
    let fatal = |message: String| vec![Finding::new(Severity::Error, Code::Config, message)];
    let docker_secrets = std::mem::take(&mut gathered.docker_secrets);
    let credentials = Credentials::collect(environment, &gathered.replicated, docker_secrets);
    let credentials = credentials
        .map_err(|problems| problems.iter().flat_map(|problem| fatal(problem.to_string())).collect::<Vec<_>>())?;
    // A license means the same wherever it is.
    gathered.replicated.licenses.extend_from_slice(credentials.outside_licenses());
    let without_configuration = config.is_none();
    let mut config = match config {
        Some(config) => config,
        None => match gathered.replicated.license(None) {
            Ok(Some(_)) => Config::for_license(),
            Ok(None) | Err(_) if optional => survey::config(&[]),
            Ok(None) => {
                let license = "no License is among the items or in PULLTHROUGH_LICENSE_FILE";
                return Err(fatal(missing(input, gathered, license)));
            }
            Err(problem) => return Err(fatal(missing(input, gathered, &problem.to_string()))),
        },
    };
    let mut findings = Vec::new();
    field_problems(gathered, &mut findings);
    findings.extend(
        credentials
            .warnings()
            .iter()
            .map(|problem| Finding::new(Severity::Warning, Code::LicenseInvalid, problem.to_string())),
    );
    let mut proxies = Vec::new();
    for (index, proxy) in config.proxies.iter().enumerate() {
        match resolve_proxy(proxy, gathered, &mut findings) {
            Ok(proxy) => proxies.push(proxy),
            Err(_) if config.proxies_are_implied && gathered.replicated.licenses.is_empty() => {
                let file = file.map(|file| format!("{file}: ")).unwrap_or_default();
                let message = format!(
                    "{file}`spec.proxies` is missing: add it, as in `proxies: [{{replicated: {{app: acme}}}}]`, or add \
                     a License to the items"
                );
                findings.push(Finding::new(Severity::Error, Code::Config, message));
            }
            Err(message) => {
                findings.push(Finding::new(Severity::Error, Code::Config, format!("spec.proxies[{index}]: {message}")));
            }
        }
    }
    if proxies.len() < config.proxies.len() {
        // Without them, findings about images would be about the wrong proxies.
        gathered.findings.append(&mut findings);
        return Err(std::mem::take(&mut gathered.findings));
    }
    let secret_name = match secret_name(&config, &proxies) {
        Ok(name) => name,
        Err(message) => return Err(fatal(message)),
    };
    let by_license = proxies.iter().filter(|proxy| proxy.credentials == config::Credentials::Default);
    if let Some(problem) = by_license.filter_map(|proxy| credentials.contradiction(proxy.app.as_deref()?)).next() {
        return Err(fatal(problem.to_string()));
    }
    licenses(&proxies, gathered, &config, environment.now, &mut findings);
    let removals = replicated_objects(gathered, &config, without_configuration, input, &mut findings);
    let namespaces = namespaces(&config, gathered, &mut findings);
    config.access.proxy_public |= gathered.replicated.applications.iter().any(|it| it.proxy_public_images);
    let known = known(gathered, &mut findings);
    gathered.findings.append(&mut findings);
    let facts = Facts {
        config,
        proxies: Proxies(proxies),
        items: std::mem::take(&mut gathered.items),
        known,
        pull_secret: PullSecretFacts { name: secret_name, namespaces },
        credentials,
        findings: std::mem::take(&mut gathered.findings),
    };
    Ok((facts, removals))
}

/// That there is no configuration, where one is expected, and why no license stands in for it.
fn missing(input: &Input<'_>, gathered: &Gathered, license: &str) -> String {
    let own = gathered.own.iter().find_map(OwnObject::configuration);
    match (&input.form, own) {
        (Form::Stream(_), Some(own)) => format!(
            "there is no configuration: {own} is one of the objects of the stream, which takes its configuration from \
             `--config FILE`"
        ),
        (Form::ResourceList(_), Some(own)) => format!(
            "there is no configuration: {own} is one of the items, not the functionConfig; list it under \
             `transformers:` instead of `resources:`"
        ),
        (Form::Stream(_), None) => format!(
            "there is no configuration: name its file with `--config FILE` ({license}); the smallest one is {SMALLEST}"
        ),
        (Form::ResourceList(_), None) if input.function_config().is_some() => {
            format!("the functionConfig is empty, and {license}; the smallest one is {SMALLEST}")
        }
        (Form::ResourceList(_), None) => format!(
            "there is no configuration: the ResourceList has no functionConfig, and {license}; the smallest one is \
             {SMALLEST}"
        ),
    }
}

/// The namespaces of the configuration and of Applications, sorted.
fn namespaces(config: &Config, gathered: &Gathered, findings: &mut Vec<Finding>) -> Vec<String> {
    let mut namespaces: BTreeSet<String> = config.pull_secret.namespaces.iter().cloned().collect();
    for application in &gathered.replicated.applications {
        namespaces.extend(application.additional_namespaces.iter().cloned());
        // Those that are named are an answer.
        if application.every_namespace && config.pull_secret.namespaces.is_empty() {
            let message = "additionalNamespaces has `*`: manifests can't put a Secret into namespaces that don't \
                exist yet; list them in pullSecret.namespaces";
            findings.push(about(
                gathered,
                application.place,
                Severity::Warning,
                Code::AllNamespaces,
                message.to_owned(),
            ));
        }
    }
    namespaces.into_iter().collect()
}

/// What the objects say about images.
fn known(gathered: &mut Gathered, findings: &mut Vec<Finding>) -> Known {
    let images = gathered.replicated.known_images().into_iter();
    let applications = gathered.replicated.applications.iter();
    Known {
        images: images.map(|(image, private)| (image.to_owned(), private)).collect(),
        excluded: applications.flat_map(|application| application.excluded_images.iter().cloned()).collect(),
        additional: additional_images(gathered, findings),
        lock: std::mem::take(&mut gathered.lock),
    }
}

fn resolve_proxy(proxy: &config::Proxy, gathered: &Gathered, findings: &mut Vec<Finding>) -> Result<Proxy, String> {
    let (layout, app) = layout(&proxy.preset, gathered, findings)?;
    let in_place = proxy.in_place.iter().map(String::as_str);
    let layout = layout.with_aliases(&proxy.aliases).and_then(|layout| layout.with_in_place(in_place));
    let layout = layout.map_err(|error| error.to_string())?;
    let former = |preset: &Preset| {
        let former = layout_of_former(preset, app.as_deref())?;
        former.with_aliases(&proxy.aliases).map_err(|error| error.to_string())
    };
    Ok(Proxy {
        layout,
        formerly: proxy.formerly.iter().map(former).collect::<Result<_, _>>()?,
        matches: proxy.matches.clone(),
        except: proxy.except.clone(),
        credentials: proxy.credentials.clone(),
        is_replicated: matches!(proxy.preset, Preset::Replicated(_)),
        app,
    })
}

/// The layout of a preset; Replicated's takes app and domains from the objects where the configuration leaves them out.
fn layout(
    preset: &Preset,
    gathered: &Gathered,
    findings: &mut Vec<Finding>,
) -> Result<(Layout, Option<String>), String> {
    let Preset::Replicated(own) = preset else {
        return preset.layout().map(|layout| (layout, None)).map_err(|error| error.to_string());
    };
    let objects = &gathered.replicated;
    let choice = Choice {
        app: own.app.as_deref(),
        host: own.host.as_deref(),
        registry_host: own.registry_host.as_deref(),
        channel: own.channel.as_deref(),
    };
    let domains = objects.domains(&choice).map_err(|error| error.to_string())?;
    let license = objects.license(own.app.as_deref()).map_err(|error| error.to_string())?;
    let app = own.app.clone().or_else(|| license.map(|license| license.app.clone()));
    disagreements(&domains, findings);
    let full = Replicated {
        app: app.clone(),
        host: Some(domains.proxy),
        registry_host: Some(domains.registry),
        channel: own.channel.clone(),
    };
    let defaults =
        ReplicatedHosts { proxy: domains.proxy_default.to_owned(), registry: domains.registry_default.to_owned() };
    let layout = full.layout_in_place_of(&defaults).map_err(|error| error.to_string())?;
    Ok((layout, app))
}

fn layout_of_former(preset: &Preset, app: Option<&str>) -> Result<Layout, String> {
    let layout = match preset {
        Preset::Replicated(former) => {
            let app = former.app.clone().or_else(|| app.map(str::to_owned));
            Replicated { app, ..former.clone() }.layout()
        }
        other => other.layout(),
    };
    layout.map_err(|error| error.to_string())
}

fn disagreements(domains: &Domains, findings: &mut Vec<Finding>) {
    for disagreement in &domains.disagreements {
        let (used_by, used) = &disagreement.used;
        let (other_by, other) = &disagreement.other;
        let message = format!(
            "{used_by} says `{used}` and {other_by} says `{other}`; `{used}` is used. Set the right one in the \
             configuration"
        );
        let finding = Finding::new(Severity::Warning, Code::DomainsDisagree, message);
        if !findings.contains(&finding) {
            findings.push(finding);
        }
    }
}

/// `<app>-registry` as KOTS calls it; without an app, after the configuration.
fn secret_name(config: &Config, proxies: &[Proxy]) -> Result<String, String> {
    if let Some(name) = &config.pull_secret.name {
        return Ok(name.clone());
    }
    let apps: BTreeSet<&str> = proxies.iter().filter_map(|proxy| proxy.app.as_deref()).collect();
    let mut apps_left = apps.iter();
    match (apps_left.next(), apps_left.next(), &config.name) {
        (Some(app), None, _) => Ok(format!("{app}-registry")),
        (Some(_), Some(_), _) => Err(format!(
            "the proxies are for several apps ({}); set the pull Secret's name in spec.pullSecret.name",
            apps.into_iter().collect::<Vec<_>>().join(", ")
        )),
        (None, _, Some(name)) => Ok(format!("{name}-registry")),
        (None, _, None) => {
            Err("the configuration has no metadata.name to name the pull Secret after; set spec.pullSecret.name".into())
        }
    }
}
