//! The paths that a source names.

use std::collections::BTreeMap;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

use crate::modules::Name;

/// What a file names, and what it passes on.
#[derive(Default)]
pub(crate) struct Paths {
    pub(crate) uses: Vec<Name>,
    pub(crate) exports: BTreeMap<String, Name>,
}

/// The paths in the source of the module `name`, without code for tests.
pub(crate) fn of(source: &str, name: &[String]) -> syn::Result<Paths> {
    let file = syn::parse_file(source)?;
    let mut reader = Reader { name, found: Paths::default() };
    if !is_for_tests(&file.attrs) {
        reader.visit_file(&file);
    }
    Ok(reader.found)
}

struct Reader<'a> {
    name: &'a [String],
    found: Paths,
}

impl Reader<'_> {
    /// The absolute path of one as it is written. `None`: it begins with a name that this file has.
    fn absolute(&self, written: &[String]) -> Option<Name> {
        let mut own = self.name.to_vec();
        let mut rest = written.iter().peekable();
        match written.first()?.as_str() {
            "crate" => own.clear(),
            "self" => {}
            "super" => {
                own.pop();
            }
            "std" | "core" | "alloc" | "tokio" | "reqwest" => return Some(written.to_vec()),
            _ => return None,
        }
        rest.next();
        while rest.next_if(|part| *part == "super").is_some() {
            own.pop();
        }
        own.extend(rest.cloned());
        Some(own)
    }

    fn name(&mut self, written: &[String]) {
        self.found.uses.extend(self.absolute(written));
    }

    fn use_tree(&mut self, tree: &UseTree, before: &mut Name, is_export: bool) {
        match tree {
            UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.use_tree(&path.tree, before, is_export);
                before.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.use_tree(tree, before, is_export)),
            UseTree::Glob(_) => self.imported(before, None, is_export),
            UseTree::Name(name) => {
                let mut path = before.clone();
                if name.ident != "self" {
                    path.push(name.ident.to_string());
                }
                let known_as = path.last().cloned();
                self.imported(&path, known_as, is_export);
            }
            UseTree::Rename(rename) => {
                let path: Name = before.iter().cloned().chain([rename.ident.to_string()]).collect();
                self.imported(&path, Some(rename.rename.to_string()), is_export);
            }
        }
    }

    /// An import. What a module passes on it need not use itself.
    fn imported(&mut self, written: &[String], known_as: Option<String>, is_export: bool) {
        // A path without `crate`, `self` or `super` begins with a child of this module, or with another crate.
        let path = self.absolute(written).unwrap_or_else(|| [self.name, written].concat());
        match known_as.filter(|_| is_export) {
            Some(name) => drop(self.found.exports.insert(name, path)),
            None => self.found.uses.push(path),
        }
    }

    /// Arguments of macros are tokens: `crate::a::b` is a path there as well.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path: Name = Vec::new();
        for token in tokens {
            match token {
                TokenTree::Ident(ident) => path.push(ident.to_string()),
                TokenTree::Punct(punct) if punct.as_char() == ':' => {}
                other => {
                    self.name(&std::mem::take(&mut path));
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
        }
        self.name(&path);
    }
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_item(&mut self, item: &'ast Item) {
        if !is_for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        let is_export = !matches!(item.vis, Visibility::Inherited);
        self.use_tree(&item.tree, &mut Vec::new(), is_export);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !is_for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let written: Name = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.name(&written);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.visit_path(&call.path);
        self.tokens(call.tokens.clone());
    }
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let syn::Meta::List(list) = &attribute.meta else { return attribute.path().is_ident("test") };
        let condition = list.tokens.to_string();
        list.path.is_ident("cfg") && (condition == "test" || condition.starts_with("all (test"))
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
