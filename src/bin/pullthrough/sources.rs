//! The manifests that `check` and `lock` look at: files, folders, standard input, as one stream.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use pullthrough::function::ConfigProblems;
use pullthrough::function::inspect::Inspection;
use pullthrough::krm::{Code, File, Finding, Severity, explain, is_object};
use pullthrough::yaml::lines::{self, Opening};
use pullthrough::yaml::{Span, parse};

/// Several files as one text, and where each begins.
pub(crate) struct Sources {
    /// The text: all usable files, with document markers between them.
    pub(crate) text: String,
    /// The files, in order. None where there is but one input without a name.
    pub(crate) files: Vec<SourceFile>,
    /// Files that can't be read, or are not YAML.
    pub(crate) problems: Vec<Finding>,
    /// Why something in a folder was passed over, once for each.
    pub(crate) passed_over: Vec<&'static str>,
}

/// A file, and its place in the joined text.
pub(crate) struct SourceFile {
    /// What messages call it.
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    /// Its first line there.
    first_line: usize,
    /// Its first byte there.
    pub(crate) start: usize,
    /// How many bytes it has there.
    pub(crate) length: usize,
    /// Whether there is a byte order mark before them on disk.
    pub(crate) has_mark: bool,
    /// The newline that was added behind it there.
    pub(crate) added_newline: &'static str,
}

impl SourceFile {
    /// The byte behind it, and behind its added newline, in the joined text.
    pub(crate) fn end_in_text(&self) -> usize {
        self.start + self.length + self.added_newline.len()
    }
}

/// A walk through folders.
#[derive(Default)]
struct Walk {
    files: Vec<PathBuf>,
    /// Folders that were walked through, as they are really called: a link may lead back. With `distinct` also files that were found.
    seen: BTreeSet<PathBuf>,
    distinct: bool,
    /// The folders that a link must not lead above.
    roots: Vec<PathBuf>,
    problems: Vec<Finding>,
    passed_over: Vec<&'static str>,
}

impl Sources {
    /// What came on standard input.
    pub(crate) fn of_input(text: String) -> Self {
        Self { text, files: Vec::new(), problems: Vec::new(), passed_over: Vec::new() }
    }

    /// The files at `paths`, and all `.yaml`, `.yml` and `.json` files in folders, sorted, with a file called `Kustomization`; hidden ones are
    /// counted and not read. Links are followed, each folder once. A file of a folder that can't be read is a problem among others: the user did
    /// not name it.
    pub(crate) fn of_paths(paths: &[PathBuf], read: impl Fn(&Path) -> Result<String, String>) -> Result<Self, String> {
        Self::walk(paths, false, read)
    }

    /// The same without a file that was found before under another name, for those who write.
    pub(crate) fn of_distinct_paths(
        paths: &[PathBuf],
        read: impl Fn(&Path) -> Result<String, String>,
    ) -> Result<Self, String> {
        Self::walk(paths, true, read)
    }

    fn walk(paths: &[PathBuf], distinct: bool, read: impl Fn(&Path) -> Result<String, String>) -> Result<Self, String> {
        let roots = paths.iter().filter_map(|path| path.canonicalize().ok()).collect();
        let mut walk = Walk { roots, distinct, ..Walk::default() };
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
        let mut sources = Self { text: String::new(), files: Vec::new(), problems, passed_over };
        let mut line = 1;
        let (mut without_objects, mut has_objects) = (Vec::new(), false);
        let is_alone = names.len() == 1;
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
            let has_mark = text.starts_with('\u{feff}');
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            let (path, name) = (name.clone(), name.display().to_string());
            let (mut objects, mut others, mut is_resource_list) = (false, false, false);
            let outline = parse::outline(text, &[], |document| {
                let is_object = is_object(&document.root.view());
                let kind = document.root.view().get("kind").ok().flatten();
                is_resource_list |= kind.is_some_and(|kind| kind.scalar() == Some("ResourceList"));
                objects |= is_object;
                others |= !is_object && !document.empty;
            });
            if let Err(error) = outline {
                let message = format!("this is not valid YAML: {}", explain(text, &error));
                sources.problems.push(about(name, Severity::Error, Code::InvalidInput, message));
                continue;
            }
            if is_resource_list && !is_alone {
                let message =
                    "this is a ResourceList, the input of a function, beside other files: check it alone, or leave it out"
                        .to_owned();
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
                // Directives stand at the end of a document only (YAML 1.2.2, 9.2).
                let has_directives = matches!(lines::opening(text, 0), Opening::Directives { .. });
                sources.text.push_str(if has_directives { "...\n" } else { "---\n" });
                line += 1;
            }
            let added_newline = match (text.ends_with('\n'), text.contains("\r\n")) {
                (true, _) => "",
                (false, true) => "\r\n",
                (false, false) => "\n",
            };
            let (start, length) = (sources.text.len(), text.len());
            sources.files.push(SourceFile { name, path, first_line: line, start, length, has_mark, added_newline });
            sources.text.push_str(text);
            sources.text.push_str(added_newline);
            line += pullthrough::yaml::line(text, text.len()) - 1 + usize::from(!text.ends_with('\n'));
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
        let Some(file) = self.files.iter().rev().find(|file| file.start <= at) else { return (found, &self.text) };
        let start = file.start;
        let Some(text) = self.text.get(start..file.end_in_text()) else { return (found, &self.text) };
        let moved = |span: Span| Span::new(span.start.saturating_sub(start), span.end.saturating_sub(start));
        found.excerpt = moved(found.excerpt);
        for problem in &mut found.problems.0 {
            problem.span = moved(problem.span);
        }
        found.name = file.name.clone();
        (found, text)
    }

    fn place(&self, line: usize) -> Option<(File, usize)> {
        let file = self.files.iter().rev().find(|file| file.first_line <= line)?;
        Some((File { path: file.name.clone(), index: 0 }, line - file.first_line + 1))
    }

    /// The text of a file with all of its bytes.
    pub(crate) fn text_on_disk(&self, file: &SourceFile) -> String {
        let text = self.text.get(file.start..file.start + file.length).unwrap_or_default();
        if file.has_mark { format!("\u{feff}{text}") } else { text.to_owned() }
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
            // A missing file, or something other than a file, is reported when it is read.
            let is_new =
                !self.distinct || !path.is_file() || path.canonicalize().map_or(true, |real| self.seen.insert(real));
            if is_new {
                self.files.push(path.to_owned());
            }
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
