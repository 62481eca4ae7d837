//! The manifests that `check` and `lock` look at: files, folders, standard input, as one stream.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pullthrough::function::ConfigProblems;
use pullthrough::function::inspect::Inspection;
use pullthrough::krm::{Code, File, Finding, Severity, explain, is_object};
use pullthrough::yaml::{Span, parse};

/// Several files as one text, and where each begins.
pub(crate) struct Sources {
    /// The text: all usable files, with document markers between them.
    pub(crate) text: String,
    /// The name and first line of each file, in order. Empty where there is but one input without a name.
    files: Vec<(String, usize)>,
    /// The first byte of each of them.
    starts: Vec<usize>,
    /// Files that can't be read, or are not YAML.
    pub(crate) problems: Vec<Finding>,
    /// Why something in a folder was passed over, once for each.
    pub(crate) passed_over: Vec<&'static str>,
}

/// A walk through folders.
#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    /// Folders that were walked through, as they are really called: a link may lead back.
    seen: BTreeSet<PathBuf>,
    /// The folders that a link must not lead above.
    roots: Vec<PathBuf>,
    problems: Vec<Finding>,
    passed_over: Vec<&'static str>,
}

impl Sources {
    /// What came on standard input.
    pub(crate) fn of_input(text: String) -> Self {
        Self { text, files: Vec::new(), starts: Vec::new(), problems: Vec::new(), passed_over: Vec::new() }
    }

    /// The files at `paths`, and all `.yaml`, `.yml` and `.json` files in folders, sorted, with a file called `Kustomization`; hidden ones are
    /// counted and not read. Links are followed, each folder once. A file of a folder that can't be read is a problem among others: the user did
    /// not name it.
    pub(crate) fn of_paths(paths: &[PathBuf], read: impl Fn(&Path) -> Result<String, String>) -> Result<Self, String> {
        let roots = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let mut walk = Walk { roots, ..Walk::default() };
        for path in paths {
            walk.find(path)?;
        }
        let Walk { files: names, problems, passed_over, .. } = walk;
        if names.is_empty() {
            let folders: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            return Err(format!(
                "no .yaml, .yml or .json file in {}; give a folder with manifests",
                folders.join(", ")
            ));
        }
        let mut sources = Self { text: String::new(), files: Vec::new(), starts: Vec::new(), problems, passed_over };
        let mut lines = 1;
        let (mut without_objects, mut has_objects) = (Vec::new(), false);
        for name in names {
            let is_named = paths.contains(&name);
            let text = match read(&name) {
                Ok(text) => text,
                Err(error) if is_named => return Err(error),
                Err(error) => {
                    sources.problems.push(Finding::new(Severity::Error, Code::InvalidInput, error));
                    continue;
                }
            };
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let name = name.display().to_string();
            let (mut objects, mut others) = (false, false);
            let outline = parse::outline(text, &[], |document| {
                let is_object = is_object(&document.root.view());
                objects |= is_object;
                others |= !is_object && !document.empty;
            });
            if let Err(error) = outline {
                let message = format!("this is not valid YAML: {}", explain(text, &error));
                sources.problems.push(about(name, Severity::Error, Code::InvalidInput, message));
                continue;
            }
            has_objects |= objects;
            if others && !objects {
                // Among the files of a folder are those of other programs.
                let severity = if is_named { Severity::Error } else { Severity::Info };
                let message = "this file contains no Kubernetes object".to_owned();
                without_objects.push(about(name.clone(), severity, Code::NoObjects, message));
            }
            if !sources.text.is_empty() {
                sources.text.push_str("---\n");
                lines += 1;
            }
            sources.files.push((name, lines));
            sources.starts.push(sources.text.len());
            sources.text.push_str(text);
            if !text.ends_with('\n') {
                sources.text.push('\n');
            }
            lines += pullthrough::yaml::line(text, text.len()) - 1 + usize::from(!text.ends_with('\n'));
        }
        // An input without any object is reported when the text is read.
        if has_objects {
            sources.problems.append(&mut without_objects);
        }
        Ok(sources)
    }

    /// Whether nothing of it can be read, so that there is nothing else to say.
    pub(crate) fn is_unreadable(&self) -> bool {
        self.text.is_empty() && self.problems.iter().any(|problem| problem.severity == Severity::Error)
    }

    /// Lines of the whole text become lines of its files.
    pub(crate) fn locate(&self, inspection: &mut Inspection) {
        for finding in &mut inspection.findings {
            self.locate_finding(finding);
        }
        for place in inspection.images.iter_mut().flat_map(|image| &mut image.places) {
            if let Some((file, line)) = self.place(place.line) {
                place.file = Some(file);
                place.line = line;
            }
        }
    }

    /// The same for one finding.
    pub(crate) fn locate_finding(&self, finding: &mut Finding) {
        if let Some((file, line)) = finding.line.and_then(|line| self.place(line)) {
            finding.file = Some(file);
            finding.line = Some(line);
        }
    }

    /// The same for what is wrong with a configuration among the objects. With the text that its places are places of: that of its file.
    pub(crate) fn locate_problems(&self, mut found: ConfigProblems) -> (ConfigProblems, &str) {
        let at = found.excerpt.start;
        let Some(index) = self.starts.iter().rposition(|start| *start <= at) else { return (found, &self.text) };
        let start = self.starts.get(index).copied().unwrap_or_default();
        let end = self.starts.get(index + 1).copied().unwrap_or(self.text.len());
        let Some(text) = self.text.get(start..end) else { return (found, &self.text) };
        let moved = |span: Span| Span::new(span.start.saturating_sub(start), span.end.saturating_sub(start));
        found.excerpt = moved(found.excerpt);
        for problem in &mut found.problems.0 {
            problem.span = moved(problem.span);
        }
        found.name = self.files.get(index).map(|(name, _)| name.clone()).unwrap_or_default();
        (found, text)
    }

    fn place(&self, line: usize) -> Option<(File, usize)> {
        let (name, first) = self.files.iter().rev().find(|(_, first)| *first <= line)?;
        Some((File { path: name.clone(), index: 0 }, line - first + 1))
    }
}

fn about(path: String, severity: Severity, code: Code, message: String) -> Finding {
    Finding { file: Some(File { path, index: 0 }), ..Finding::new(severity, code, message) }
}

/// Whether a file of a folder is read: those that kubectl takes, and the one of kustomize's names for its file that has no extension
/// (kubernetes-sigs/kustomize: api/konfig/general.go).
fn is_manifest(path: &Path) -> bool {
    let extensions = ["yaml", "yml", "json"];
    let has_extension = path.extension().is_some_and(|found| extensions.iter().any(|wanted| found == *wanted));
    has_extension || path.file_name().is_some_and(|name| name == "Kustomization")
}

impl Walk {
    fn find(&mut self, path: &Path) -> Result<(), String> {
        if !path.is_dir() {
            self.files.push(path.to_owned());
            return Ok(());
        }
        let failed = |error| format!("can't read {}: {error}", path.display());
        if !self.seen.insert(path.canonicalize().map_err(failed)?) {
            return Ok(());
        }
        let entries = fs::read_dir(path).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let is_manifest = is_manifest(&path);
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')) {
                if is_manifest || path.is_dir() {
                    self.passed_over.push("hidden");
                }
            } else if path.is_dir() {
                if self.leads_above(&path) {
                    self.pass_over(&path, "linked folder", "is a link to a folder that contains it");
                } else {
                    self.find(&path)?;
                }
            } else if is_manifest && path.is_file() {
                self.find(&path)?;
            } else if is_manifest && path.exists() {
                // What is neither a file nor a folder may never end.
                self.pass_over(&path, "device", "is not a file");
            } else if is_manifest {
                self.pass_over(&path, "broken link", "is a broken link");
            }
        }
        Ok(())
    }

    /// Whether a link leads to a folder with one of those that were named in it, the root of the disk at worst.
    fn leads_above(&self, path: &Path) -> bool {
        let target = path.canonicalize().ok().filter(|_| path.is_symlink());
        target.is_some_and(|target| self.roots.iter().any(|root| root != &target && root.starts_with(&target)))
    }

    fn pass_over(&mut self, path: &Path, what: &'static str, why: &str) {
        self.passed_over.push(what);
        let message = format!("{} {why}; it was skipped", path.display());
        self.problems.push(Finding::new(Severity::Warning, Code::PassedOver, message));
    }
}
