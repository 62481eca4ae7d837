//! Finds the programs that a test drives: the function's own binary, and those that `scripts/tools.sh` installs.

use std::env;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The binary under test: `PULLTHROUGH_BIN`, else the one that cargo built for this test.
pub(crate) fn binary() -> PathBuf {
    env::var_os("PULLTHROUGH_BIN").map_or_else(|| PathBuf::from(env!("CARGO_BIN_EXE_pullthrough")), PathBuf::from)
}

/// Where every one of these programs is, in their order, or `None` when one of them is missing, and the test is then ignored.
///
/// They are looked for in the folders of `PULLTHROUGH_TOOLS`, then of `PATH`, then where Debian keeps servers and nginx's modules.
///
/// # Panics
/// When one is missing and `PULLTHROUGH_E2E` is `require`: on CI a skipped test would look like a passed one.
pub(crate) fn find<const N: usize>(names: [&str; N]) -> Option<[PathBuf; N]> {
    let found = names.map(|name| (name, locate(name)));
    let missing: Vec<&str> = found.iter().filter(|(_, path)| path.is_none()).map(|(name, _)| *name).collect();
    if missing.is_empty() {
        return Some(found.map(|(_, path)| path.expect("none is missing")));
    }
    skip(&format!("{} is not installed (scripts/tools.sh installs it)", missing.join(", ")));
    None
}

/// A program, in the newest version that can be had and, where it is another, in the machine's own: that of `PATH`. Most people have an older
/// one. `None` when the newest is missing, as [`find`] says; where the machine has none, that is said as well and is never a failure.
pub(crate) fn versions(name: &'static str) -> Option<Vec<PathBuf>> {
    let [newest] = find([name])?;
    let own = locate_in(["PATH"], name);
    if own.is_none() {
        let _ = writeln!(std::io::stderr(), "without a second run: the machine has no {name} of its own");
    }
    let older = own.filter(|own| *own != newest);
    Some(std::iter::once(newest).chain(older).collect())
}

/// Marks the test as ignored for this reason. The test then returns.
///
/// # Panics
/// When `PULLTHROUGH_E2E` is `require`.
pub(crate) fn skip(reason: &str) {
    crate::harness::ignore(reason);
}

/// The name of the container image under test, `PULLTHROUGH_IMAGE`, or `None` when there is none; the test is then ignored.
///
/// # Panics
/// When there is none and `PULLTHROUGH_E2E` is `require`.
pub(crate) fn image() -> Option<String> {
    let image = env::var("PULLTHROUGH_IMAGE").ok();
    if image.is_none() {
        skip("PULLTHROUGH_IMAGE names no container image (scripts/image.sh builds it and prints its name)");
    }
    image
}

/// A file that `wasm/build.sh` made, in the folder `PULLTHROUGH_WASM`, or `None` when there is none; the test is then ignored.
///
/// # Panics
/// When there is none and `PULLTHROUGH_E2E` is `require`, or the folder does not hold it.
pub(crate) fn wasm(name: &str) -> Option<PathBuf> {
    let Some(folder) = env::var_os("PULLTHROUGH_WASM") else {
        skip(&format!("PULLTHROUGH_WASM names no folder with {name} (wasm/build.sh makes it)"));
        return None;
    };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(name);
    assert!(path.is_file(), "{} is not there; wasm/build.sh makes it", path.display());
    Some(path)
}

/// The value of `PATH` for a child: these folders before the ones that the test was given.
pub(crate) fn path_with(folders: &[&Path]) -> std::ffi::OsString {
    let rest = env::var_os("PATH").unwrap_or_default();
    env::join_paths(folders.iter().map(|folder| folder.to_path_buf()).chain(env::split_paths(&rest)))
        .expect("a folder that holds a program has no colon in its name")
}

fn locate(name: &str) -> Option<PathBuf> {
    locate_in(["PULLTHROUGH_TOOLS", "PATH"], name)
}

fn locate_in<const N: usize>(variables: [&str; N], name: &str) -> Option<PathBuf> {
    let folders = variables.into_iter().filter_map(env::var_os);
    folders
        .flat_map(|list| env::split_paths(&list).collect::<Vec<_>>())
        .chain(["/usr/sbin", "/usr/lib/nginx/modules"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}
