//! ImageLocks from files: a lock has to answer where orchestrators drop local configuration before anything else sees it.

use crate::krm::{Code, File, Finding, Resource, Severity, explain};
use crate::yaml::{Fault, View, parse};

use super::lock::{API_VERSION, KIND, Lock};

impl Lock {
    /// Reads the file called `name`, which holds one ImageLock or several. They mean what the same objects among the items mean.
    ///
    /// What is wrong with it becomes findings: [`Code::Config`] where the file can't be used, [`Code::LockContradiction`] where it says
    /// something other than what was read before.
    pub fn read_file(&mut self, name: &str, text: &str, findings: &mut Vec<Finding>) {
        let file = File { path: name.to_owned(), index: 0 };
        let refused = |message: String| {
            let finding = Finding::new(Severity::Error, Code::Config, message);
            Finding { file: Some(file.clone()), ..finding }
        };
        let mut is_empty = true;
        // What go-yaml refuses is refused here as well: the same text must mean the same among the items.
        let read = parse::outline(text, &[], |_| {}).and_then(|()| {
            parse::objects(
                text,
                |_| parse::Split::Whole,
                |_, tree| {
                    let view = tree.view();
                    if view.span().start < view.span().end {
                        is_empty = false;
                        match self.document(name, &file, view.clone(), findings) {
                            Ok(true) => {}
                            Ok(false) => findings.push(refused(wrong_kind(&view))),
                            Err(fault) => findings.push(refused(broken(&view, &fault))),
                        }
                    }
                    Ok(())
                },
            )
        });
        match read {
            Err(error) => findings.push(refused(format!("this is not valid YAML: {}", explain(text, &error)))),
            Ok(()) if is_empty => {
                findings.push(refused("this file contains no ImageLock; `pullthrough lock -o FILE` writes one".into()));
            }
            Ok(()) => {}
        }
    }

    fn document(
        &mut self,
        name: &str,
        file: &File,
        view: View<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<bool, Fault> {
        let Some(mut resource) = Resource::read(view)? else { return Ok(false) };
        resource.file = Some(file.clone());
        self.read_from(Some(name), &resource, findings)
    }
}

fn wrong_kind(view: &View<'_>) -> String {
    let line = view.tree().line(view.start());
    let found = match Resource::read(view.clone()) {
        Ok(Some(resource)) if resource.object.api_version.is_empty() => resource.object.to_string(),
        Ok(Some(resource)) => format!("{} ({})", resource.object, resource.object.api_version),
        _ => view.what().to_owned(),
    };
    format!("line {line}: found {found}, expected `kind: {KIND}` ({API_VERSION}), which `pullthrough lock` writes")
}

fn broken(view: &View<'_>, fault: &Fault) -> String {
    let line = |at| view.tree().line(at);
    match fault {
        Fault::DuplicateKey { key, first, second } => {
            format!("`{key}` appears on line {} and again on line {}; remove one of them", line(*first), line(*second))
        }
        Fault::TooManyAliases { at } => format!("line {}: YAML aliases make it too large; write them out", line(*at)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(files: &[(&str, &str)]) -> (Lock, Vec<String>) {
        let (mut lock, mut findings) = (Lock::default(), Vec::new());
        for (name, text) in files {
            lock.read_file(name, text, &mut findings);
        }
        let findings = findings.iter().map(|finding| {
            let file = finding.file.as_ref().map(|file| file.path.as_str()).unwrap_or_default();
            format!("{} {file}: {}", finding.code, finding.message)
        });
        (lock, findings.collect())
    }

    fn lock(access: &str) -> String {
        format!(
            "apiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {{name: a}}\nimages:\n\
             - {{image: 'ghcr.io/acme/web:1', access: {access}}}\n"
        )
    }

    #[test]
    fn several_locks_of_several_files_are_one() {
        let other = lock("public").replace("web", "api");
        let two = format!("# kept\n---\n{}---\n{other}", lock("private"));
        let (found, findings) = read(&[("a.yaml", &two), ("b.yaml", &lock("private"))]);
        assert_eq!(findings, [""; 0]);
        let questions: Vec<_> = found.entries().map(|(key, entry)| (key.as_str(), entry.access.as_str())).collect();
        assert_eq!(questions, [("ghcr.io/acme/api:1", "public"), ("ghcr.io/acme/web:1", "private")]);
    }

    #[test]
    fn a_contradiction_names_both_places() {
        let (_, findings) = read(&[("a.yaml", &lock("private")), ("b.yaml", &format!("# new\n{}", lock("public")))]);
        assert_eq!(
            findings,
            [
                "lock-contradiction b.yaml: line 6: the ImageLock says that `ghcr.io/acme/web:1` is public and, at line 5 of \
              a.yaml, that it is private; remove one of the entries"
            ]
        );
    }

    #[test]
    fn what_is_no_lock_is_named() {
        let deployment =
            format!("{}---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\n", lock("public"));
        for (text, says) in [
            ("", "this file contains no ImageLock"),
            ("# nothing\n---\n", "this file contains no ImageLock"),
            ("a: [\n", "this is not valid YAML"),
            ("- a\n", "line 1: found a list, expected `kind: ImageLock`"),
            ("null\n", "line 1: found"),
            (
                &deployment,
                "line 7: found Deployment web (apps/v1), expected `kind: ImageLock` (pullthrough.dev/v1alpha1)",
            ),
            (&lock("public").replace("pullthrough.dev", "example.com"), "found ImageLock a (example.com/v1alpha1)"),
            (&lock("maybe"), "line 5: the ImageLock's entry for `ghcr.io/acme/web:1` has no usable `access`"),
            (&lock("public").replace("images:", "images: {}\nx:"), "line 4: `images` of the ImageLock is"),
            (&format!("{}images: []\n", lock("public")), "`images` appears on line 4 and again on line 6"),
        ] {
            let (_, findings) = read(&[("a.yaml", text)]);
            assert_eq!(findings.len(), 1, "{text}: {findings:?}");
            assert!(findings[0].starts_with("config a.yaml: ") && findings[0].contains(says), "{text}: {findings:?}");
        }
    }
}
