//! The modules of the library, as its sources declare them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::paths;

/// The absolute path of a module or an item, without `crate`.
pub(crate) type Name = Vec<String>;

/// A file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Module {
    /// Its path below `src`.
    pub(crate) file: String,
    /// Its name.
    pub(crate) path: Name,
    /// What it names outside of tests: items of the library without `crate`, those of other crates with their crate.
    pub(crate) uses: Vec<Name>,
    /// What it passes on under another name: the new name and the item's path.
    exports: BTreeMap<String, Name>,
}

impl Module {
    /// The room that it is in; empty for the root.
    pub(crate) fn room(&self) -> &str {
        self.path.first().map_or("", String::as_str)
    }
}

/// All files of the library.
pub(crate) struct Modules(BTreeMap<Name, Module>);

impl Modules {
    /// Reads them.
    pub(crate) fn library() -> Self {
        let mut modules = BTreeMap::new();
        let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        read(&src, &mut Vec::new(), &mut modules);
        assert!(modules.len() > 100, "only {} files were found", modules.len());
        Self(modules)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Module> {
        self.0.values()
    }

    /// The file that defines the item of this path, behind all `pub use`.
    pub(crate) fn find(&self, path: &[String]) -> Option<&Module> {
        let mut path = path.to_vec();
        // A chain of names that leads nowhere new would be an error of the compiler.
        for _ in 0..8 {
            let length = (0..=path.len()).rev().find(|length| self.0.contains_key(&path[..*length]))?;
            let module = &self.0[&path[..length]];
            let Some((name, rest)) = path[length..].split_first() else { return Some(module) };
            match module.exports.get(name) {
                Some(target) => path = [target.as_slice(), rest].concat(),
                None if length == 0 => return None,
                None => return Some(module),
            }
        }
        None
    }
}

fn read(folder: &Path, name: &mut Name, modules: &mut BTreeMap<Name, Module>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, file) = (entry.path(), entry.file_name().into_string().unwrap());
        if path.is_dir() {
            if !(name.is_empty() && file == "bin") {
                name.push(file);
                read(&path, name, modules);
                name.pop();
            }
        } else if let Some(stem) = file.strip_suffix(".rs") {
            let part = (!matches!(stem, "mod" | "lib")).then(|| stem.to_owned());
            let full: Name = name.iter().cloned().chain(part).collect();
            let below =
                [name.join("/"), file].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/");
            let source = fs::read_to_string(&path).unwrap();
            let found = paths::of(&source, &full).unwrap_or_else(|error| panic!("{below}: {error}"));
            let module = Module { file: below, path: full.clone(), uses: found.uses, exports: found.exports };
            assert!(modules.insert(full, module).is_none(), "two files for one module");
        }
    }
}
