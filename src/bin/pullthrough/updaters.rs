//! What else goes by the names of images: kustomizations and image updaters, which match nothing, or undo the work, once the names have changed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use pullthrough::image::Reference;
use pullthrough::krm::{Code, File, Finding, Resource, Severity};
use pullthrough::yaml::parse::{self, Split};
use pullthrough::yaml::{Fault, View};

use super::changes::Change;
use super::read_file;
use super::sources::Sources;

/// kustomize's names for its file (kubernetes-sigs/kustomize: api/konfig/general.go).
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
/// Flux's mark of a value that its automation writes (fluxcd/image-automation-controller: docs/spec/v1/imageupdateautomations.md).
const FLUX: &str = "\"$imagepolicy\"";
/// The images of an Application for Argo CD Image Updater, as `alias=name:constraint` with commas between them
/// (argoproj-labs/argocd-image-updater: docs/configuration/images.md).
const ARGO_CD: &str = "argocd-image-updater.argoproj.io/image-list";
/// The group of its own objects, which have them in `spec`.
const ARGO_CD_GROUP: &str = "argocd-image-updater.argoproj.io";

/// The names that change.
struct Names<'n> {
    /// Old to new, as they are written: kustomize compares texts.
    written: &'n BTreeMap<String, String>,
    /// The same by the old name's normal form: Docker Hub's images have several names.
    normalized: BTreeMap<String, (&'n str, &'n str)>,
}

impl<'n> Names<'n> {
    fn new(written: &'n BTreeMap<String, String>) -> Self {
        let normalized = written.iter().filter_map(|(old, new)| Some((normalized(old)?, (old.as_str(), new.as_str()))));
        Self { written, normalized: normalized.collect() }
    }
}

fn normalized(name: &str) -> Option<String> {
    Reference::parse(name).ok().map(|reference| reference.name().to_string())
}

/// A warning for each place that goes by one of the old names.
pub(crate) fn warnings(sources: &Sources, changes: &[Change<'_>], names: &BTreeMap<String, String>) -> Vec<Finding> {
    let mut findings = Vec::new();
    if changes.is_empty() || names.is_empty() {
        return findings;
    }
    let names = Names::new(names);
    for file in &sources.files {
        in_file(&file.name, &file.path, &sources.text_on_disk(file), &names, &mut findings);
    }
    let known: BTreeSet<PathBuf> = sources.files.iter().filter_map(|file| file.path.canonicalize().ok()).collect();
    for (name, path) in above(changes).into_iter().filter(|(_, path)| !known.contains(path)) {
        // One that can't be read is not ours to complain of.
        if let Ok(text) = read_file(&path) {
            in_file(&name, &path, &text, &names, &mut findings);
        }
    }
    findings.extend(changes.iter().filter_map(flux));
    findings
}

/// The kustomizations of the folders of changed files and of all folders above them, up to that of the repository.
fn above(changes: &[Change<'_>]) -> BTreeMap<String, PathBuf> {
    let current = PathBuf::from(".").canonicalize().unwrap_or_default();
    let mut seen = BTreeSet::new();
    let mut found = BTreeMap::new();
    for change in changes {
        let Ok(path) = change.file.path.canonicalize() else { continue };
        for folder in path.ancestors().skip(1) {
            if !seen.insert(folder.to_owned()) {
                break;
            }
            for path in KUSTOMIZATIONS.iter().map(|name| folder.join(name)).filter(|path| path.is_file()) {
                let name = path.strip_prefix(&current).unwrap_or(&path).display().to_string();
                found.insert(name, path.clone());
            }
            if folder.join(".git").exists() {
                break;
            }
        }
    }
    found
}

/// The places in a file. What is wrong with the file itself is said elsewhere.
fn in_file(name: &str, path: &Path, text: &str, names: &Names<'_>, findings: &mut Vec<Finding>) {
    let is_kustomization = path.file_name().is_some_and(|name| KUSTOMIZATIONS.iter().any(|known| name == *known));
    if !is_kustomization && !text.contains(ARGO_CD_GROUP) {
        return;
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut add = |line: usize, message: String| findings.push(warning(name, line, message));
    let _ = parse::objects::<parse::Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            let view = tree.view();
            let _ =
                if is_kustomization { kustomization(&view, names, &mut add) } else { updater(&view, names, &mut add) };
            Ok(())
        },
    );
}

fn warning(file: &str, line: usize, message: String) -> Finding {
    let file = Some(File { path: file.to_owned(), index: 0 });
    Finding { file, line: Some(line), ..Finding::new(Severity::Warning, Code::NameElsewhere, message) }
}

fn kustomization(view: &View<'_>, names: &Names<'_>, add: &mut impl FnMut(usize, String)) -> Result<(), Fault> {
    let Some(images) = view.get("images")? else { return Ok(()) };
    for entry in images.items()? {
        let Some(name) = entry.get("name")? else { continue };
        let Some((old, new)) = name.text().and_then(|name| names.written.get_key_value(name)) else { continue };
        let line = view.tree().line(name.start());
        add(
            line,
            format!(
                "this entry of `images` goes by `{old}`, which is now `{new}`, and matches nothing; change its `name`"
            ),
        );
    }
    Ok(())
}

fn updater(view: &View<'_>, names: &Names<'_>, add: &mut impl FnMut(usize, String)) -> Result<(), Fault> {
    let Some(resource) = Resource::read(view.clone())? else { return Ok(()) };
    if let Some(list) = resource.annotation(ARGO_CD)? {
        let line = view.at(&["metadata", "annotations"])?.map_or(0, |view| view.tree().line(view.start()));
        for image in list.split(',') {
            let image = image.split_once('=').map_or(image, |(_, image)| image);
            if let Some((old, new)) = renamed(image, names) {
                add(line, not_updated(old, new));
            }
        }
    }
    if resource.object.is(ARGO_CD_GROUP, "ImageUpdater")
        && let Some(applications) = view.at(&["spec", "applicationRefs"])?
    {
        for application in applications.items()? {
            let Some(images) = application.get("images")? else { continue };
            for entry in images.items()? {
                let Some(image) = entry.get("imageName")? else { continue };
                if let Some((old, new)) = image.text().and_then(|image| renamed(image, names)) {
                    add(view.tree().line(image.start()), not_updated(old, new));
                }
            }
        }
    }
    Ok(())
}

fn not_updated(old: &str, new: &str) -> String {
    format!(
        "Argo CD Image Updater looks for `{old}`, which is now `{new}`, and finds nothing to update; change the name here as well"
    )
}

/// The name of an image that is renamed, and the new one.
fn renamed<'n>(image: &str, names: &Names<'n>) -> Option<(&'n str, &'n str)> {
    // The text after the colon may be a version constraint instead of a tag.
    let image = image.trim();
    let path = image.rfind('/').map_or(0, |slash| slash + 1);
    let end = image.get(path..)?.find(':').map_or(image.len(), |colon| path + colon);
    names.normalized.get(&normalized(image.get(..end)?)?).copied()
}

/// The first line with Flux's mark, where it writes the whole image or its name.
fn flux(change: &Change<'_>) -> Option<Finding> {
    let edits = change.edits().ok()?;
    let text = edits.text();
    let marked = edits.edits().iter().find(|edit| {
        let rest = text.get(edit.span.end..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        rest.split_once(FLUX)
            .is_some_and(|(_, policy)| ![":tag\"", ":digest\""].iter().any(|part| policy.contains(part)))
    })?;
    let message = "Flux's image automation writes the image of its policy here, and so the old name, with its next update; let the ImageRepository scan the proxy";
    Some(warning(&change.file.name, pullthrough::yaml::line(text, marked.span.start), message.to_owned()))
}
