//! The command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue};
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use clap_complete::Shell;

/// What the user wants.
#[derive(Debug)]
pub(crate) enum Arguments {
    /// The function.
    Function {
        /// The configuration's file.
        config: Option<PathBuf>,
        /// Every request is said.
        verbose: bool,
    },
    /// What the function is, as the functions SDK's `--doc` prints it.
    Doc,
    /// Every image, and what becomes of it.
    Check {
        /// What to look at.
        input: Input,
        /// As JSON.
        json: bool,
        /// The input is the final output of an orchestrator.
        guard: Option<Guard>,
    },
    /// The verdicts, to be kept.
    Lock {
        /// What to look at.
        input: Input,
        /// Where to write the lock.
        output: Option<PathBuf>,
        /// Without entries that nothing uses.
        prune: bool,
    },
    /// A kustomize Component that does the same.
    Component {
        /// The rendered base.
        input: Input,
        /// The folder to write it into.
        output: PathBuf,
        /// With the pull Secret.
        with_secret: bool,
    },
    /// The function, on what a command prints.
    Run {
        /// The configuration's file.
        config: Option<PathBuf>,
        /// Every request is said.
        verbose: bool,
        /// The program and its arguments.
        command: Vec<OsString>,
    },
    /// The configuration's schema.
    Schema {
        /// As a KRMFunctionDefinition.
        definition: bool,
    },
    /// What makes a shell complete this command line.
    Completions(Shell),
}

/// What fails the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Errors.
    Lenient,
    /// Warnings and skipped objects as well.
    Strict,
}

/// Files, folders, or standard input; and the configuration.
#[derive(Debug)]
pub(crate) struct Input {
    /// None, or `-`: standard input.
    pub(crate) paths: Vec<PathBuf>,
    /// The configuration's file.
    pub(crate) config: Option<PathBuf>,
    /// Every request is said.
    pub(crate) verbose: bool,
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

/// What kind of function it is, in the catalog's words.
pub(crate) const TAGS: [&str; 1] = ["mutator"];

/// The container image, without its tag.
pub(crate) const IMAGE: &str = "ghcr.io/pullthrough/pullthrough";

/// The end of it.
pub(crate) const EXAMPLES: &str = "\
Examples:
  kpt fn eval manifests --exec pullthrough --fn-config config.yaml
  kustomize build --enable-alpha-plugins --enable-exec overlays/customer
  helm template chart | pullthrough --config config.yaml | kubectl apply -f -
  pullthrough check --config config.yaml manifests
  pullthrough lock --config config.yaml manifests -o manifests/imagelock.yaml
  kustomize build base | pullthrough component --config config.yaml -o components/pullthrough
  pullthrough run --config config.yaml -- kustomize build overlays/customer
  pullthrough schema > schema.json
  source <(pullthrough completions bash)

Credentials are taken from PULLTHROUGH_LICENSE_ID or PULLTHROUGH_LICENSE_FILE, PULLTHROUGH_DOCKERCONFIG or
PULLTHROUGH_DOCKERCONFIGJSON, PULLTHROUGH_USERNAME and PULLTHROUGH_PASSWORD, with PULLTHROUGH_HOSTS, or from objects in the input.

Exit code: 0 done, 1 the manifests have errors, 2 usage, configuration or input and output.";

/// Parses the arguments of the process.
///
/// # Errors
/// What clap has to say, help and version included.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let matches = command().try_get_matches_from(arguments)?;
    Ok(match matches.subcommand() {
        Some(("check", matches)) => Arguments::Check {
            input: input(matches),
            json: matches.get_one::<String>("output").is_some_and(|output| output == "json"),
            guard: match (matches.get_flag("rendered"), matches.get_flag("strict")) {
                (true, true) => Some(Guard::Strict),
                (true, false) => Some(Guard::Lenient),
                (false, _) => None,
            },
        },
        Some(("lock", matches)) => Arguments::Lock {
            input: input(matches),
            output: matches.get_one::<PathBuf>("output").cloned(),
            prune: matches.get_flag("prune"),
        },
        Some(("component", matches)) => Arguments::Component {
            input: input(matches),
            output: matches.get_one::<PathBuf>("output").cloned().unwrap_or_default(),
            with_secret: matches.get_flag("with-secret"),
        },
        Some(("run", matches)) => Arguments::Run {
            config: matches.get_one::<PathBuf>("config").cloned(),
            verbose: matches.get_flag("verbose"),
            command: matches.get_many::<OsString>("command").unwrap_or_default().cloned().collect(),
        },
        Some(("schema", matches)) => Arguments::Schema { definition: matches.get_flag("definition") },
        Some(("completions", matches)) => {
            Arguments::Completions(matches.get_one("shell").copied().unwrap_or(Shell::Bash))
        }
        _ if matches.get_flag("doc") => Arguments::Doc,
        _ => Arguments::Function {
            config: matches.get_one::<PathBuf>("config").cloned(),
            verbose: matches.get_flag("verbose"),
        },
    })
}

/// What is wrong with the arguments, for people.
///
/// The function reads standard input only, as every orchestrator calls it. Who names a file is told what to write instead, because clap takes
/// the file for a command of another name.
pub(crate) fn explain(error: &clap::Error) -> String {
    let named =
        [ContextKind::InvalidSubcommand, ContextKind::InvalidArg].into_iter().find_map(|kind| match error.get(kind) {
            Some(ContextValue::String(text)) => Some(text.as_str()),
            _ => None,
        });
    match named {
        Some(path) if !path.starts_with('-') && path.contains(['.', '/', '\\']) => format!(
            "`{path}` is a file, and the function reads its input from standard input: write `pullthrough --config FILE < {path}`, or \
             `pullthrough check --config FILE {path}` to see what it would do"
        ),
        _ => error.to_string().trim_start_matches("error: ").trim_end().to_owned(),
    }
}

/// The text that makes a shell complete this command line.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut command(), "pullthrough", &mut text);
    text
}

fn input(matches: &ArgMatches) -> Input {
    let paths = matches.get_many::<PathBuf>("path").unwrap_or_default().filter(|path| path.as_os_str() != "-");
    Input {
        paths: paths.cloned().collect(),
        config: matches.get_one::<PathBuf>("config").cloned(),
        verbose: matches.get_flag("verbose"),
    }
}

fn command() -> Command {
    let path = Arg::new("path")
        .value_name("PATH")
        .num_args(0..)
        .value_parser(value_parser!(PathBuf))
        .help("Files and folders of manifests; none, or `-`: standard input");
    let prune = Arg::new("prune").long("prune").action(ArgAction::SetTrue).help("Drop the entries that no image uses");
    let rendered = Arg::new("rendered").long("rendered").action(ArgAction::SetTrue).help(
        "The input is the final output of an orchestrator: fail when anything in it would still be changed, as happens when the function was skipped",
    );
    let strict = Arg::new("strict").long("strict").action(ArgAction::SetTrue).requires("rendered").help(
        "With --rendered: fail on warnings as well, and on objects that have the annotation pullthrough.dev/skip",
    );
    let check = Command::new("check")
        .about("Shows every image: where it stands, its access and why, what it becomes, what is wrong")
        .after_help("Exit code: 0 no errors, 1 errors (with --strict also warnings), 2 usage, configuration or input and output.")
        .args([path.clone(), config(), verbose(), rendered, strict])
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FORMAT")
                .value_parser(["table", "json"])
                .default_value("table")
                .help("How to show it"),
        );
    let lock = Command::new("lock")
        .about("Asks the registries and prints the answers as an ImageLock, with which later runs need no network")
        .after_help("Exit code: 0 every image has an answer, 1 errors, or images without an answer, 2 usage, configuration or input and output.")
        .args([path.clone(), config(), verbose(), prune])
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Write it there, and keep what a lock there holds"),
        );
    let with_secret = Arg::new("with-secret")
        .long("with-secret")
        .action(ArgAction::SetTrue)
        .help("Write the pull Secret as well: a file with a credential, which does not belong into git as it is");
    let component = Command::new("component")
        .about("Writes a kustomize Component that does what the function would do, for Flux and `kubectl apply -k`")
        .after_help("The input is the rendered base: what `kustomize build` gives without the Component.\n\nExit code: 0 written, 1 it has errors and nothing was written, 2 usage, configuration or input and output.")
        .args([path, config(), verbose(), with_secret])
        .arg(
            Arg::new("output")
                .short('o')
                .long("output")
                .value_name("DIR")
                .required(true)
                .value_parser(value_parser!(PathBuf))
                .help("The folder to write it into; files there that are not of this command are left alone"),
        );
    let definition = Arg::new("definition").long("definition").action(ArgAction::SetTrue);
    let schema = Command::new("schema")
        .about("Prints the configuration's JSON schema, for editors")
        .after_help("In an editor with YAML support the first line of a configuration names it: `# yaml-language-server: $schema=schema.json`.")
        .arg(definition.help("Print the KRMFunctionDefinition instead, with the schema as Kubernetes has them"));
    let completions = Command::new("completions")
        .about("Prints what makes a shell complete this command line")
        .after_help("For bash: source <(pullthrough completions bash)")
        .arg(Arg::new("shell").value_name("SHELL").required(true).value_parser(value_parser!(Shell)).help("The shell"));
    Command::new("pullthrough")
        .version(env!("CARGO_PKG_VERSION"))
        .about(SHORT)
        .long_about(format!("{SHORT}.\n\n{LONG}"))
        .after_help(EXAMPLES)
        .args_conflicts_with_subcommands(true)
        .args([config(), verbose()])
        .arg(Arg::new("doc").long("doc").action(ArgAction::SetTrue).help("Print what the function is, as JSON"))
        .subcommands([check, lock, component, run(), schema, completions])
}

fn run() -> Command {
    Command::new("run")
        .about("Runs a command and makes the manifests that it prints pullable: a pipe without a shell, as in Argo CD's plugins")
        .after_help("Example:\n  pullthrough run --config config.yaml -- kustomize build overlays/customer\n\nExit code: 0 done, 1 the manifests have errors, 2 usage, configuration, input and output, or the command failed. Nothing is written unless it is 0.")
        .args([config(), verbose()])
        .arg(
            Arg::new("command")
                .value_name("COMMAND")
                .num_args(1..)
                .required(true)
                .last(true)
                .value_parser(value_parser!(OsString))
                .help("The program and its arguments; no shell reads them"),
        )
}

fn verbose() -> Arg {
    Arg::new("verbose")
        .short('v')
        .long("verbose")
        .action(ArgAction::SetTrue)
        .help("Say on standard error what every registry was asked, and what it answered")
}

fn config() -> Arg {
    Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .help("The configuration, for input that brings none")
}
