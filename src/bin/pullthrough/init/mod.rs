//! `pullthrough init`: a first configuration, from the images of manifests and what their registries say.

mod configuration;
mod findings;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pullthrough::access::{Cause, Verdicts, Verifications};
use pullthrough::environment::{LICENSE, LICENSE_FILE};
use pullthrough::function::inspect::Inspection;
use pullthrough::function::{Analysis, Answer, Lookup, Request};
use pullthrough::image::Reference;
use pullthrough::krm::{Finding, Severity};
use pullthrough::replicated::{Choice, Place, ReplicatedObjects};
use pullthrough::report;
use pullthrough::yaml::parse::{self, Split};

use self::configuration::Product;
use self::findings::Found;
use super::asking::Asking;
use super::commands::{sources_of, unreadable};
use super::sources::Sources;
use super::{Failure, USAGE, cli, environment, print, read_file, say, screen, stdout};

pub(crate) fn init(arguments: &cli::Init) -> Result<ExitCode, Failure> {
    let sources = sources_of(&arguments.paths.named())?;
    if sources.is_unreadable() {
        return unreadable(&sources);
    }
    let license = license(&sources)?;
    let proxy = proxy(arguments, license)?;
    let mut plain_http = Vec::new();
    let (inspection, mut verdicts) = match survey(&sources, &plain_http, arguments.verbose)? {
        Ok(found) => found,
        Err(exit) => return Ok(exit),
    };
    let mut found = Found::of(&inspection);
    let refused = speak_no_tls(&inspection);
    if !refused.is_empty() {
        // Whoever names a registry without TLS can say so in the configuration; it is written where that is what helps.
        plain_http = refused.into_iter().collect();
        if let Ok((again, more)) = survey(&sources, &plain_http, arguments.verbose)? {
            let still = speak_no_tls(&again);
            found = Found::of(&again);
            plain_http.retain(|host| !still.contains(host) && found.answers(host));
            verdicts = more;
        }
    }
    found.leave_out(&proxy.hosts);
    say(&report::findings(&sources.problems, screen::of_stderr(false)));
    if found.needs_nothing() {
        say("every image can be pulled without credentials, so there is nothing to configure\n");
        return Ok(ExitCode::SUCCESS);
    }
    let Some(product) = &proxy.product else { return Err(Failure(no_proxy(&found))) };
    let text = configuration::text(product, &found, &plain_http).map_err(Failure)?;
    finish(arguments, &sources, &found, &verdicts, &text)
}

/// Asks for every image. The exit code, when the input can't be read.
fn survey(
    sources: &Sources,
    plain_http: &[String],
    verbose: bool,
) -> Result<Result<(Inspection, Verdicts), ExitCode>, Failure> {
    let request = Request { lookup: Lookup::Nowhere { plain_http }, ..Request::default() };
    let analysis = match Analysis::read(&sources.text, request, &environment()?) {
        Ok(analysis) => analysis,
        Err(answer) => return Ok(Err(refused(&answer, sources))),
    };
    let verdicts = Asking::new(analysis.config(), verbose).in_one_round().anonymously(analysis.queries())?;
    let mut inspection = analysis.inspect(&verdicts, &Verifications::new());
    sources.locate(&mut inspection);
    Ok(Ok((inspection, verdicts)))
}

fn refused(answer: &Answer<'_>, sources: &Sources) -> ExitCode {
    tell(answer.findings.iter().cloned(), sources);
    ExitCode::from(USAGE)
}

fn tell(findings: impl Iterator<Item = Finding>, sources: &Sources) {
    let mut findings: Vec<Finding> = findings.collect();
    findings.iter_mut().for_each(|finding| sources.locate_finding(finding));
    say(&report::findings(&findings, screen::of_stderr(false)));
}

/// The registries that do not speak TLS, as their images' references name them.
fn speak_no_tls(inspection: &Inspection) -> BTreeSet<String> {
    let refused = inspection
        .images
        .iter()
        .filter(|image| image.verdict.as_ref().is_some_and(|verdict| verdict.evidence.cause == Cause::TlsNotSpoken));
    refused.filter_map(|image| Some(Reference::parse(&image.image).ok()?.registry().to_owned())).collect()
}

/// Prints the configuration, and says what it leaves open. It is tried first: the lists in it answer for every image that it knows.
fn finish(
    arguments: &cli::Init,
    sources: &Sources,
    found: &Found,
    verdicts: &Verdicts,
    text: &str,
) -> Result<ExitCode, Failure> {
    let request = Request { config: Some(("the configuration", text)), ..Request::default() };
    let findings = match Analysis::read(&sources.text, request, &environment()?) {
        Ok(analysis) => analysis.inspect(verdicts, &Verifications::new()).findings,
        Err(answer) => match &answer.problems {
            // A field of the preset is missing or wrong.
            Some(problems) => {
                say(&report::config(problems, text, screen::of_stderr(false)));
                say("give the fields of the preset with --set FIELD=VALUE\n");
                return Ok(ExitCode::from(USAGE));
            }
            None => answer.findings,
        },
    };
    stdout::check()?;
    print(text)?;
    let errors = findings.into_iter().filter(|finding| finding.severity == Severity::Error);
    let errors: Vec<Finding> = errors.filter(|finding| !found.leaves_open(finding.current.as_deref())).collect();
    let is_complete = errors.is_empty() && found.unknown.is_empty();
    tell(errors.into_iter(), sources);
    for (name, why) in &found.unknown {
        say(&format!("`{name}` is in none of the lists: {why}\n"));
    }
    let paths = arguments.paths.quoted();
    say(&format!("next, with this as pullthrough.yaml: `pullthrough check{paths}`\n"));
    Ok(if is_complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The proxy to write, and the hosts whose images are on it already.
struct Chosen {
    product: Option<Product>,
    hosts: BTreeSet<String>,
}

/// What a License says.
struct License {
    app: String,
    hosts: [String; 2],
}

fn proxy(arguments: &cli::Init, license: Option<License>) -> Result<Chosen, Failure> {
    let mut fields: BTreeMap<String, String> = BTreeMap::new();
    fields.extend(arguments.host.iter().map(|host| ("host".to_owned(), host.clone())));
    for (field, value) in &arguments.set {
        if fields.insert(field.clone(), value.clone()).is_some() {
            return Err(Failure(format!("the field `{field}` of the preset is given twice")));
        }
    }
    let mut hosts: BTreeSet<String> = fields.get("host").cloned().into_iter().collect();
    let preset = match (&arguments.preset, &license) {
        (Some(preset), _) => preset.clone(),
        (None, Some(_)) => "replicated".to_owned(),
        (None, None) => return Ok(Chosen { product: None, hosts }),
    };
    if preset == "replicated"
        && let Some(license) = license
    {
        fields.entry("app".to_owned()).or_insert(license.app);
        hosts.extend(license.hosts);
    }
    Ok(Chosen { product: Some(Product::new(preset, fields)), hosts })
}

/// The one License among the manifests, else that of the variables.
fn license(sources: &Sources) -> Result<Option<License>, Failure> {
    let mut objects = ReplicatedObjects::default();
    read_objects(&sources.text, &mut objects);
    if objects.licenses.is_empty() {
        let environment = environment()?;
        let variable = |name| (environment.var)(name).filter(|value| !value.trim().is_empty());
        if let Some(text) = variable(LICENSE) {
            // As YAML, or that in base64.
            let decoded = STANDARD.decode(text.split_whitespace().collect::<String>()).ok();
            let decoded = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
            read_objects(decoded.as_deref().unwrap_or(&text), &mut objects);
        } else if let Some(path) = variable(LICENSE_FILE) {
            read_objects(&read_file(path.as_ref()).map_err(Failure)?, &mut objects);
        }
    }
    let apps: BTreeSet<&str> = objects.licenses.iter().map(|license| license.app.as_str()).collect();
    let mut apps = apps.into_iter();
    match (apps.next(), apps.next()) {
        (Some(app), None) => {
            let choice = Choice { app: Some(app), host: None, registry_host: None, channel: None };
            let domains = objects.domains(&choice).map_err(|error| Failure(error.to_string()))?;
            Ok(Some(License { app: app.to_owned(), hosts: [domains.proxy, domains.registry] }))
        }
        (Some(one), Some(other)) => Err(Failure(format!(
            "there are licenses for several applications, such as {one} and {other}; choose with --preset replicated --set app={one}"
        ))),
        (None, _) => Ok(None),
    }
}

/// What can't be read is reported when the input is.
fn read_objects(text: &str, objects: &mut ReplicatedObjects) {
    let mut number = 0;
    let _ = parse::objects::<parse::Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            number += 1;
            let _ = objects.read(&tree.view(), Place(number));
            Ok(())
        },
    );
}

fn no_proxy(found: &Found) -> String {
    let registries: Vec<&str> = found.registries_in_need().collect();
    format!(
        "images of {} need credentials, and nothing says which proxy to use: name it with --preset PRESET --host HOST, as in `--preset harbor \
         --host harbor.corp.example`; with a Replicated license among the files or in PULLTHROUGH_LICENSE_FILE it is Replicated's",
        registries.join(", ")
    )
}
