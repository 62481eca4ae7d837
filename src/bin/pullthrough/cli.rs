//! The command line, as types. Their doc comments are the help texts.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::builder::PossibleValuesParser;
use clap::error::{ContextKind, ContextValue};
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use pullthrough::proxy::Preset;

use super::Failure;

/// What the user wants.
#[derive(Debug, Parser)]
#[command(name = "pullthrough", version, about = SHORT, long_about = format!("{SHORT}.\n\n{LONG}"), after_help = EXAMPLES)]
#[command(args_conflicts_with_subcommands = true, term_width = crate::screen::columns_of_help())]
pub(crate) struct Arguments {
    /// Without a command it is the function.
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) options: Options,
    /// Print what the function is, as JSON
    #[arg(long)]
    pub(crate) doc: bool,
}

/// A command other than the function.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(Check),
    Lock(Lock),
    Component(Component),
    Rewrite(Rewrite),
    Init(Init),
    Run(Run),
    Explain(Explain),
    Schema(Schema),
    Completions(Completions),
    Man(Man),
    Version(Version),
}

/// Shows every image: where it stands, its access and why, what it becomes, what is wrong
#[derive(Args, Debug)]
#[command(after_help = "\
Exit code: 0 no errors, 1 errors (with --strict also warnings), 2 usage, configuration or input and output.")]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,
    /// The input is the final output of an orchestrator: fail when anything in it would still be changed, as happens when the function was
    /// skipped
    #[arg(long)]
    rendered: bool,
    /// With --rendered: fail on warnings as well, and on objects that have the annotation pullthrough.dev/skip
    #[arg(long, requires = "rendered")]
    strict: bool,
    /// How to show it
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(crate) output: Format,
}

/// How `check` shows what it found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table, or blocks where that does not fit
    Table,
    /// For programs
    Json,
    /// Annotations of GitHub Actions
    Github,
    /// For code scanning
    Sarif,
}

/// What fails the guard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Errors.
    Lenient,
    /// Warnings and skipped objects as well.
    Strict,
}

impl Check {
    /// Whether it is the guard, and which.
    pub(crate) fn guard(&self) -> Option<Guard> {
        self.rendered.then_some(if self.strict { Guard::Strict } else { Guard::Lenient })
    }
}

/// Asks the registries and prints the answers as an ImageLock, with which later runs need no network
#[derive(Args, Debug)]
#[command(after_help = "\
Exit code: 0 every image has an answer, 1 errors, or images without an answer, 2 usage, configuration or input and output.")]
pub(crate) struct Lock {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Drop the entries that no image uses
    #[arg(long)]
    pub(crate) prune: bool,
    /// Write it there, and keep what a lock there holds
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

/// Writes a kustomize Component that does what the function would do, for Flux and `kubectl apply -k`
#[derive(Args, Debug)]
#[command(after_help = "\
The input is the rendered base: what `kustomize build` gives without the Component.

Exit code: 0 written, 1 it has errors and nothing was written, 2 usage, configuration or input and output.")]
pub(crate) struct Component {
    #[command(flatten)]
    pub(crate) input: Input,
    /// Write the pull Secret as well: a file with a credential, which does not belong into git as it is
    #[arg(long)]
    pub(crate) with_secret: bool,
    /// The folder to write it into; files there that are not of this command are left alone
    #[arg(short, long, value_name = "DIR")]
    pub(crate) output: PathBuf,
}

/// Rewrites manifests where they are: prints what would change as a diff for `git apply`, or edits the files
#[derive(Args, Debug)]
#[command(after_help = "\
No Secret is written: the last line says how to make it in the cluster.

Exit code: 0 done, 1 the manifests have errors and nothing was changed, or with --check something would change, 2 usage, configuration or input and output.")]
pub(crate) struct Rewrite {
    /// Files and folders of manifests
    #[arg(value_name = "PATH", required = true)]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) options: Options,
    /// Edit the files: all of them, or none when anything stands in the way
    #[arg(long, conflicts_with = "check")]
    pub(crate) write: bool,
    /// Exit with 1 when something would change
    #[arg(long)]
    pub(crate) check: bool,
}

impl Rewrite {
    /// The files and folders to edit.
    pub(crate) fn paths(&self) -> Result<&[PathBuf], Failure> {
        if self.paths.iter().any(|path| path.as_path() == Path::new("-")) {
            return Err(Failure(
                "`rewrite` edits files; for standard input use the function, `pullthrough --config FILE < INPUT`"
                    .into(),
            ));
        }
        Ok(&self.paths)
    }
}

/// Writes a first configuration: finds the images, asks their registries, and prints what they need
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  pullthrough init --preset harbor --host harbor.corp.example manifests > pullthrough.yaml
  pullthrough check manifests

Exit code: 0 printed, 1 printed, and something is left open, 2 usage, configuration or input and output.")]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) paths: Paths,
    /// The proxy's product; without it Replicated's proxy, where a license is among the files or in PULLTHROUGH_LICENSE_FILE
    #[arg(long, value_parser = PossibleValuesParser::new(Preset::NAMES))]
    pub(crate) preset: Option<String>,
    /// The proxy's host, such as harbor.corp.example
    #[arg(long, requires = "preset")]
    pub(crate) host: Option<String>,
    /// A further field of the preset, such as project=hub; may be given several times
    #[arg(long, value_name = "FIELD=VALUE", value_parser = field, requires = "preset")]
    pub(crate) set: Vec<(String, String)>,
    /// Say on standard error what every registry was asked, and what it answered
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

fn field(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("expected FIELD=VALUE, as in project=hub")?;
    let is_name = !field.is_empty() && field.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_name {
        Ok((field.to_owned(), value.to_owned()))
    } else {
        Err(format!("`{field}` is not the name of a field"))
    }
}

/// Runs a command and makes the manifests that it prints pullable: a pipe without a shell, as in Argo CD's plugins
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  pullthrough run --config config.yaml -- kustomize build overlays/customer

Exit code: 0 done, 1 the manifests have errors, 2 usage, configuration, input and output, or the command failed. Nothing is written unless it is 0.")]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) options: Options,
    /// The program and its arguments; no shell reads them
    #[arg(last = true, required = true, num_args = 1..)]
    pub(crate) command: Vec<OsString>,
}

/// Explains a result code or a field of the configuration
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pullthrough explain no-proxy
  pullthrough explain access.onNotFound")]
pub(crate) struct Explain {
    /// A code, as it stands in brackets in every message, or a field, with or without its path
    #[arg(value_name = "CODE|FIELD")]
    pub(crate) name: String,
}

/// Prints the manual page, of the program or of a command
#[derive(Args, Debug)]
#[command(after_help = "To read it: pullthrough man | man -l -")]
pub(crate) struct Man {
    /// The command
    pub(crate) command: Option<String>,
}

/// Prints the version, and the commit that it was built from
#[derive(Args, Debug)]
pub(crate) struct Version {}

/// Prints the configuration's JSON schema, for editors
#[derive(Args, Debug)]
#[command(after_help = "\
In an editor with YAML support the first line of a configuration names it:
  # yaml-language-server: $schema=schema.json")]
pub(crate) struct Schema {
    /// Print the KRMFunctionDefinition instead, with the schema as Kubernetes has them
    #[arg(long)]
    pub(crate) definition: bool,
    /// Print the schema of `check -o json` instead
    #[arg(long, conflicts_with = "definition")]
    pub(crate) check: bool,
}

/// Prints what makes a shell complete this command line
#[derive(Args, Debug)]
#[command(after_help = "For bash: source <(pullthrough completions bash)")]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

/// What every command takes that reads manifests.
#[derive(Args, Debug, Default)]
pub(crate) struct Options {
    /// The configuration; without it commands take the one PullThrough in the input, else pullthrough.yaml of the current folder
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// An ImageLock, which answers in place of the registries; may be given several times
    #[arg(long = "lock", value_name = "FILE")]
    pub(crate) locks: Vec<PathBuf>,
    /// Say on standard error what every registry was asked, and what it answered
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Files, folders, or standard input; and the options.
#[derive(Args, Debug)]
pub(crate) struct Input {
    #[command(flatten)]
    pub(crate) paths: Paths,
    #[command(flatten)]
    pub(crate) options: Options,
}

/// Files and folders, or standard input.
#[derive(Args, Debug)]
pub(crate) struct Paths {
    /// Files and folders of manifests; none, or `-`: standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Paths {
    /// The files and folders that are named. None: standard input.
    pub(crate) fn named(&self) -> Vec<PathBuf> {
        self.paths.iter().filter(|path| path.as_path() != Path::new("-")).cloned().collect()
    }

    /// The same as a shell takes them, with a blank before each.
    pub(crate) fn quoted(&self) -> String {
        self.named().iter().map(|path| format!(" {}", quoted(path))).collect()
    }
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |char: char| char.is_ascii_alphanumeric() || "-_./:=@%+,".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
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
  pullthrough init --preset harbor --host harbor.corp.example manifests > pullthrough.yaml
  kpt fn eval manifests --exec pullthrough --fn-config config.yaml
  kustomize build --enable-alpha-plugins --enable-exec overlays/customer
  helm template chart | pullthrough --config config.yaml | kubectl apply -f -
  pullthrough check --config config.yaml manifests
  pullthrough lock --config config.yaml manifests -o manifests/imagelock.yaml
  pullthrough rewrite --config config.yaml manifests | git apply
  kustomize build base | pullthrough component --config config.yaml -o component
  pullthrough run --config config.yaml -- kustomize build overlays/customer
  pullthrough schema > schema.json
  source <(pullthrough completions bash)

Credentials are taken from PULLTHROUGH_LICENSE_ID or PULLTHROUGH_LICENSE_FILE, PULLTHROUGH_DOCKERCONFIG or \
PULLTHROUGH_DOCKERCONFIGJSON, PULLTHROUGH_USERNAME and PULLTHROUGH_PASSWORD, with PULLTHROUGH_HOSTS, or from objects in the input.

Exit code: 0 done, 1 the manifests have errors, 2 usage, configuration or input and output.";

/// Parses the arguments of the process.
///
/// # Errors
/// What clap has to say, help and version included.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    // clap takes the option of `pullthrough help --help` for a command.
    if arguments.get(1).is_some_and(|word| word == "help")
        && arguments.get(2).is_some_and(|word| word == "--help" || word == "-h")
    {
        arguments.truncate(2);
    }
    Arguments::try_parse_from(arguments)
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
        Some("-f" | "--file" | "--filename") => {
            "the function reads its input from standard input: write `pullthrough --config FILE < FILE`, or \
             `pullthrough check --config FILE FILE` to see what it would do"
                .to_owned()
        }
        Some(path) if !path.starts_with('-') && path.contains(['.', '/', '\\']) => format!(
            "`{path}` is a file, and the function reads its input from standard input: write `pullthrough --config FILE < {path}`, or \
             `pullthrough check --config FILE {path}` to see what it would do"
        ),
        _ => error.to_string().trim_start_matches("error: ").trim_end().to_owned(),
    }
}

/// The version, with the commit where the build names it (`scripts/static.sh` does).
pub(crate) fn version() -> String {
    let commit = option_env!("PULLTHROUGH_COMMIT").filter(|commit| !commit.is_empty());
    let commit = commit.map_or_else(|| "unknown commit".to_owned(), |commit| format!("commit {commit}"));
    format!("pullthrough {} ({commit})\n", env!("CARGO_PKG_VERSION"))
}

/// The manual page of the program or of a command, as roff. `None` for an unknown command.
pub(crate) fn manual(command: Option<&str>) -> Option<Vec<u8>> {
    let mut whole = Arguments::command();
    whole.build();
    let described = match command {
        Some(name) => whole.find_subcommand(name)?.clone(),
        None => whole,
    };
    let mut text = Vec::new();
    // Memory is always there to be written to.
    let rendered = clap_mangen::Man::new(described).render(&mut text);
    rendered.ok().map(|()| text)
}

/// The text that makes a shell complete this command line.
pub(crate) fn completions(shell: Shell) -> Vec<u8> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "pullthrough", &mut text);
    text
}
