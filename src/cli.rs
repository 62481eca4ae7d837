//! The command line.

use std::path::PathBuf;

use clap::{Arg, ArgAction, Command, value_parser};

/// What the user typed.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// The configuration's file.
    pub(crate) config: Option<PathBuf>,
    /// Print what the function is, as the functions SDK's `--doc` does.
    pub(crate) doc: bool,
}

/// The first line of `--help`.
pub(crate) const SHORT: &str =
    "Makes every image in Kubernetes manifests pullable through a proxy, and changes nothing else";

/// The rest of it.
pub(crate) const LONG: &str = "\
Reads a ResourceList (from kustomize, kpt) or a stream of manifests (from Helm, Argo CD, a pipe) on standard input. \
Images that can't be pulled without credentials are rewritten to a pull-through proxy, the pods that use them get the \
pull Secret, and every other byte stays as it was. A ResourceList brings its configuration as functionConfig, \
a stream takes it from --config.";

pub(crate) const EXAMPLES: &str = "\
Examples:
  kpt fn eval manifests --exec pullthrough --fn-config config.yaml
  kustomize build --enable-alpha-plugins --enable-exec overlays/customer
  helm template chart | pullthrough --config config.yaml | kubectl apply -f -

Credentials are taken from PULLTHROUGH_LICENSE_ID or PULLTHROUGH_LICENSE_FILE, PULLTHROUGH_DOCKERCONFIG or
PULLTHROUGH_DOCKERCONFIGJSON, PULLTHROUGH_USERNAME and PULLTHROUGH_PASSWORD, with PULLTHROUGH_HOSTS, or from objects in the input.

Exit code: 0 done, 1 the manifests have errors, 2 usage, configuration or input and output.";

/// Parses the arguments of the process.
///
/// # Errors
/// What clap has to say, help and version included.
pub(crate) fn parse(arguments: impl IntoIterator<Item = std::ffi::OsString>) -> Result<Arguments, clap::Error> {
    let matches = command().try_get_matches_from(arguments)?;
    Ok(Arguments { config: matches.get_one::<PathBuf>("config").cloned(), doc: matches.get_flag("doc") })
}

fn command() -> Command {
    Command::new("pullthrough")
        .version(env!("CARGO_PKG_VERSION"))
        .about(SHORT)
        .long_about(format!("{SHORT}.\n\n{LONG}"))
        .after_help(EXAMPLES)
        .arg(
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("The configuration, for input that brings none"),
        )
        .arg(Arg::new("doc").long("doc").action(ArgAction::SetTrue).help("Print what the function is, as JSON"))
}
