//! The pages: their commands are run or say why not, their configurations are read, their links lead somewhere.
#![cfg(test)]

mod commands;
mod configurations;
mod english;
mod links;
mod page;
mod release;
mod security;

use page::Page;

/// The pages have what the other tests look at.
#[test]
fn the_pages_are_found() {
    let names: Vec<String> = Page::all().into_iter().map(|page| page.name).collect();
    for name in
        ["README.md", "docs/README.md", "docs/kustomize.md", "examples/license-proxy/README.md", "wasm/js/README.md"]
    {
        assert!(names.iter().any(|found| found == name), "{name} is not among {names:?}");
    }
}
