//! Links within the repository.

use crate::page::{Page, path};

/// Files exist, and so do the headings that are linked to.
#[test]
fn every_link_leads_somewhere() {
    let pages = Page::all();
    let mut dead = Vec::new();
    let mut links = 0;
    for page in &pages {
        for (line, text) in page.prose() {
            let targets = text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
            for target in targets.filter(|target| !target.contains(':')) {
                links += 1;
                if !leads_somewhere(page, target, &pages) {
                    dead.push(format!("{}:{line}: {target}", page.name));
                }
            }
        }
    }
    assert!(links > 100, "only {links} links");
    assert!(dead.is_empty(), "these lead nowhere:\n{}", dead.join("\n"));
}

fn leads_somewhere(page: &Page, target: &str, pages: &[Page]) -> bool {
    let (file, anchor) = target.split_once('#').map_or((target, None), |(file, anchor)| (file, Some(anchor)));
    let name = if file.is_empty() { page.name.clone() } else { beside(&page.name, file) };
    let exists = path(&name).exists();
    match (anchor, pages.iter().find(|page| page.name == name)) {
        (Some(anchor), Some(page)) => page.anchors().iter().any(|found| found == anchor),
        // A line of a file that is no page.
        (Some(_), None) => false,
        (None, _) => exists,
    }
}

/// The path of a file that a page links to.
fn beside(page: &str, file: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in file.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn dead_links_are_noticed() {
    let page = Page { name: "docs/x.md".to_owned(), text: "# One two\n".to_owned() };
    let pages = [Page { name: "README.md".to_owned(), text: "## Three\n".to_owned() }];
    for (target, leads) in
        [("../README.md#three", true), ("../README.md#four", false), ("none.md", false), ("../README.md", true)]
    {
        assert_eq!(leads_somewhere(&page, target, &pages), leads, "{target}");
    }
}
