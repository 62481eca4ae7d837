//! Edits of the joined text as edits of its files, each with its own bytes: byte order mark, line ends, and a last line without a newline.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use pullthrough::yaml::{Edit, EditSet, Span};

use super::Failure;
use super::sources::{SourceFile, Sources};

/// A file and its new content.
pub(crate) struct Change<'s> {
    pub(crate) file: &'s SourceFile,
    /// The file's text as it is on disk.
    pub(crate) old: String,
    edits: Vec<Edit>,
}

impl Change<'_> {
    /// The edits of the file's text.
    pub(crate) fn edits(&self) -> Result<EditSet<'_>, Failure> {
        EditSet::new(&self.old, self.edits.clone()).map_err(|error| fault(self.file, &error.to_string()))
    }
}

/// The files that change, in the order of the sources.
pub(crate) fn changes<'s>(sources: &'s Sources, edits: &EditSet<'_>) -> Result<Vec<Change<'s>>, Failure> {
    let mut changes: Vec<Change<'s>> = Vec::new();
    let mut files = sources.files.iter().peekable();
    for edit in edits.edits() {
        // Between two files is a line of its own, so one that begins right behind the last line of a file is still that file's.
        while files.next_if(|file| edit.span.start > file.end_in_text()).is_some() {}
        let Some(file) = files.peek().filter(|file| file.start <= edit.span.start) else {
            return Err(Failure(
                "an edit is in no file; nothing was written. Please report this with the input".into(),
            ));
        };
        let edit = local(edit, file)?;
        match changes.last_mut().filter(|change| std::ptr::eq(change.file, *file)) {
            Some(change) => change.edits.push(edit),
            None => changes.push(Change { file, old: sources.text_on_disk(file), edits: vec![edit] }),
        }
    }
    changes.retain(|change| change.edits.iter().any(|edit| edit.span.of(&change.old) != edit.text));
    Ok(changes)
}

/// The edit in bytes of the file. A newline that only the joined text has, at its end, is taken off again.
fn local(edit: &Edit, file: &SourceFile) -> Result<Edit, Failure> {
    let mark = if file.has_mark { '\u{feff}'.len_utf8() } else { 0 };
    let (start, end) = (edit.span.start - file.start, edit.span.end - file.start);
    let mut text = edit.text.clone();
    if end > file.length {
        let newline = file.added_newline;
        if start > file.length {
            text.insert_str(0, newline);
        }
        let Some(length) = text.strip_suffix(newline).filter(|_| end == file.length + newline.len()).map(str::len)
        else {
            return Err(fault(file, "an edit runs beyond the end of the file"));
        };
        text.truncate(length);
    }
    let within = |at: usize| at.min(file.length) + mark;
    Ok(Edit { span: Span::new(within(start), within(end)), text })
}

fn fault(file: &SourceFile, what: &str) -> Failure {
    Failure(format!("{}: {what}; nothing was written. Please report this with the input", file.name))
}

/// What a diff calls a file: its path from the current folder, links resolved, because `git apply` refuses to patch a link. The second value is
/// false where it is outside of that folder.
pub(crate) fn name_in_diff(path: &Path) -> (Vec<u8>, bool) {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = PathBuf::from(".").canonicalize().unwrap_or_default();
    let (path, is_within) = match real.strip_prefix(&folder) {
        Ok(within) => (within.to_owned(), true),
        Err(_) => (path.to_owned(), false),
    };
    let parts = path.components().filter_map(|component| match component {
        Component::Normal(part) => Some(bytes(part)),
        Component::ParentDir => Some(b"..".to_vec()),
        _ => None,
    });
    (parts.collect::<Vec<_>>().join(&b'/'), is_within)
}

#[cfg(unix)]
fn bytes(name: &OsStr) -> Vec<u8> {
    std::os::unix::ffi::OsStrExt::as_bytes(name).to_vec()
}

#[cfg(not(unix))]
fn bytes(name: &OsStr) -> Vec<u8> {
    name.to_string_lossy().into_owned().into_bytes()
}
