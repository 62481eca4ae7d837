//! `rewrite`: the diff is what `--write` writes, and a failure leaves every file as it was.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::{program, run, text};

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  proxies:
  - template: {host: mirror.example, pattern: '{host}/{registry}/{repository}'}
  images: {private: ['ghcr.io/acme/**'], public: ['quay.io/**']}
  access: {probe: false}
";
const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  template:
    spec:
      # what it runs
      containers:
      - name: web
        image: ghcr.io/acme/web:1 # kept
      - {name: api, image: \"ghcr.io/acme/api:2\"}
      - name: public
        image: quay.io/acme/open:1
";
const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: last\nspec:\n  containers:\n  - name: c\n    image: ghcr.io/acme/last:1\n";

/// An empty folder of the test's own, with these files, which is a repository of its own: what lies around it is none of its business.
fn folder<'f>(test: &str, files: impl IntoIterator<Item = (&'f str, &'f str)>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("rewrite").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(path.join(".git")).unwrap();
    fs::create_dir_all(path.join("manifests/deep")).unwrap();
    fs::write(path.join("pullthrough.yaml"), CONFIG).unwrap();
    for (name, text) in files {
        fs::write(path.join(name), text).unwrap();
    }
    path
}

fn rewrite(folder: &Path, arguments: &[&str]) -> Output {
    run(program().current_dir(folder).arg("rewrite").args(arguments), "")
}

fn git(folder: &Path) -> Command {
    let mut git = Command::new("git");
    let path = std::env::var_os("PATH").unwrap_or_default();
    git.current_dir(folder).env_clear().env("PATH", path).env("GIT_CONFIG_NOSYSTEM", "1").env("HOME", folder);
    git
}

#[track_caller]
fn git_apply(folder: &Path, diff: &str) {
    let mut apply = git(folder);
    apply.args(["apply", "--whitespace=nowarn", "-"]).stdin(Stdio::piped()).stderr(Stdio::piped());
    let output = run(&mut apply, diff);
    assert!(output.status.success(), "{}\n{diff}", text(&output.stderr));
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.is_symlink() {
                folders.push(path);
            } else {
                found.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

#[track_caller]
fn succeeded(output: &Output) -> (String, String) {
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stderr}{stdout}");
    (stdout, stderr)
}

/// Names that git writes in quotes, with a tab behind them, or as they are; texts that editors write.
fn spellings() -> Vec<(&'static str, String)> {
    let crlf = |text: &str| text.replace('\n', "\r\n");
    vec![
        ("manifests/a.yaml", format!("---\n{DEPLOYMENT}---\n{POD}")),
        ("manifests/b crlf.yaml", crlf(DEPLOYMENT)),
        ("manifests/c-no-newline.yml", POD.trim_end().to_owned()),
        ("manifests/d-crlf-no-newline.yaml", crlf(POD).trim_end().to_owned()),
        ("manifests/deep/e\u{e9}.yaml", format!("\u{feff}{DEPLOYMENT}")),
        ("manifests/deep/f-mark-crlf.yaml", format!("\u{feff}{}", crlf(POD))),
        ("manifests/deep/g-directive.yaml", format!("%YAML 1.1\n---\n{POD}...\n")),
        ("manifests/h.json", r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "j"}, "spec": {"containers": [{"name": "c", "image": "ghcr.io/acme/json:1"}]}}"#.to_owned()),
        ("manifests/i-list.yaml", format!("apiVersion: v1\nkind: List\nitems:\n- {}", POD.trim_end().replace('\n', "\n  "))),
        // The place of the pull Secret is behind the last line, which has no newline.
        ("manifests/j-last.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: j}\nspec:\n  containers:\n  - {name: c, image: 'ghcr.io/acme/web:1'}\n  imagePullSecrets:\n  - name: mine".to_owned()),
        ("manifests/k-last-crlf.yaml", "apiVersion: v1\r\nkind: ServiceAccount\r\nmetadata: {name: k}\r\n---\r\napiVersion: v1\r\nkind: Pod\r\nmetadata: {name: k}\r\nspec:\r\n  imagePullSecrets:\r\n  - name: mine\r\n  containers:\r\n  - name: c\r\n    image: ghcr.io/acme/web:1".to_owned()),
        ("manifests/l-untouched.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: l}\nspec: {containers: [{image: quay.io/x/y:1}]}".to_owned()),
    ]
}

#[test]
fn git_applies_the_diff_and_gives_what_write_writes() {
    let mut spellings = spellings();
    if cfg!(unix) {
        spellings.push(("manifests/quo\"te\\\tx.yaml", POD.to_owned()));
    }
    let all = || spellings.iter().map(|(name, text)| (*name, text.as_str()));
    let applied = folder("applied", all());
    let (diff, said) = succeeded(&rewrite(&applied, &["manifests"]));
    assert_eq!(files(&applied), files(&folder("before", all())), "a diff writes nothing");
    assert!(said.contains("images to rewrite in"), "{said}");
    git_apply(&applied, &diff);

    let written = folder("written", all());
    let (stdout, said) = succeeded(&rewrite(&written, &["manifests", "--write"]));
    assert_eq!(stdout, "");
    assert!(said.contains("images rewritten in"), "{said}");
    let (applied, written) = (files(&applied), files(&written));
    assert_eq!(applied.len(), written.len());
    for (name, bytes) in &written {
        assert_eq!(text(&applied[name]), text(bytes), "{}", name.display());
    }
    for (name, before) in all() {
        let after = text(&written[Path::new(name)]);
        assert_eq!(after.contains("mirror.example/ghcr.io"), before.contains("ghcr.io"), "{name}");
        assert_eq!(after.contains("mine"), before.contains("mine"), "{name}");
        assert_eq!(after.starts_with('\u{feff}'), before.starts_with('\u{feff}'), "{name}");
        assert_eq!(after.ends_with('\n'), before.ends_with('\n'), "{name}");
        assert_eq!(after.replace("\r\n", "").contains('\n'), before.replace("\r\n", "").contains('\n'), "{name}");
        assert_eq!(after.contains("acme-registry"), before.contains("ghcr.io"), "{name}: {after}");
    }
    let last = text(&written[Path::new("manifests/j-last.yaml")]);
    assert!(last.ends_with("  - name: mine\n  - name: acme-registry"), "{last}");
}

/// git takes names in some diffs for those from the repository's root, and ignores what lies outside of the current folder.
#[test]
fn git_applies_the_diff_in_a_folder_of_a_repository() {
    let folder = folder("below", [("manifests/a.yaml", POD), ("manifests/deep/b.yaml", DEPLOYMENT)]);
    fs::remove_dir(folder.join(".git")).unwrap();
    assert!(git(&folder).args(["init", "--quiet"]).status().unwrap().success());
    let below = folder.join("manifests");
    let (diff, _) = succeeded(&rewrite(&below, &["--config", "../pullthrough.yaml", ".", "./deep"]));
    assert!(diff.starts_with("--- a/a.yaml\n"), "{diff}");
    git_apply(&below, &diff);
    let (diff, _) = succeeded(&rewrite(&below, &["--config", "../pullthrough.yaml", "."]));
    assert_eq!(diff, "");
    let (_, said) = succeeded(&rewrite(&below.join("deep"), &["--config", "../../pullthrough.yaml", "../a.yaml"]));
    assert_eq!(said, "nothing to rewrite\n");
    fs::write(below.join("a.yaml"), POD).unwrap();
    let (_, said) = succeeded(&rewrite(&below.join("deep"), &["--config", "../../pullthrough.yaml", "../a.yaml"]));
    assert!(said.contains("refuses the diff of ../a.yaml, which is outside of the current folder"), "{said}");
}

#[test]
fn a_second_time_changes_nothing() {
    let folder = folder("twice", [("manifests/a.yaml", DEPLOYMENT), ("manifests/b.yaml", POD)]);
    assert_eq!(rewrite(&folder, &["manifests", "--check"]).status.code(), Some(1));
    succeeded(&rewrite(&folder, &["manifests", "--write"]));
    let once = files(&folder);
    assert_eq!(
        succeeded(&rewrite(&folder, &["manifests", "--write"])),
        (String::new(), "nothing to rewrite\n".to_owned())
    );
    assert_eq!(
        succeeded(&rewrite(&folder, &["manifests", "--check"])),
        (String::new(), "nothing to rewrite\n".to_owned())
    );
    assert_eq!(files(&folder), once);
}

#[test]
fn check_shows_the_diff_and_fails() {
    let folder = folder("check", [("manifests/a.yaml", POD)]);
    let output = rewrite(&folder, &["manifests", "--check"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).starts_with("--- a/manifests/a.yaml\n+++ b/manifests/a.yaml\n"));
    let output = rewrite(&folder, &["manifests", "--check", "--write"]);
    assert_eq!(output.status.code(), Some(2));
    let output = rewrite(&folder, &["-"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("`rewrite` edits files"), "{}", text(&output.stderr));
}

#[test]
fn an_error_anywhere_leaves_every_file_as_it_was() {
    let undecided = POD.replace("ghcr.io/acme", "ghcr.io/other");
    for (name, other, says) in [
        ("undecided", undecided.as_str(), "error[undecided] manifests/b.yaml: line 8"),
        ("no-yaml", "a: [", "error[invalid-input] manifests/b.yaml"),
        ("template", "{{- if .Values.x }}\na: 1\n{{- end }}\n", "error[invalid-input] manifests/b.yaml"),
    ] {
        let folder = folder(name, [("manifests/a.yaml", DEPLOYMENT), ("manifests/b.yaml", other)]);
        let before = files(&folder);
        for arguments in [&["manifests"][..], &["manifests", "--write"]] {
            let output = rewrite(&folder, arguments);
            let said = text(&output.stderr);
            assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()), "{said}");
            assert!(said.contains(says) && said.contains("changed nothing"), "{said}");
        }
        assert_eq!(files(&folder), before);
    }
}

/// As for a base and a patch of it.
#[test]
fn two_files_with_the_same_object_are_both_edited() {
    let patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  template:\n    spec:\n      containers:\n      - name: web\n        image: ghcr.io/acme/web:2\n";
    let folder = folder("two", [("manifests/a.yaml", DEPLOYMENT), ("manifests/deep/b.yaml", patch)]);
    succeeded(&rewrite(&folder, &["manifests/deep/b.yaml", "manifests", "manifests/../manifests/a.yaml", "--write"]));
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("manifests/a.yaml").matches("mirror.example").count(), 2);
    assert!(read("manifests/deep/b.yaml").contains("image: mirror.example/ghcr.io/acme/web:2\n"));
    assert_eq!(read("manifests/deep/b.yaml").matches("acme-registry").count(), 1);
}

/// What is not an image's or a pod's stays, also what a stream would be rid of.
#[test]
fn nothing_is_taken_out_and_no_secret_is_written() {
    let license = "apiVersion: kots.io/v1beta1\nkind: License\nmetadata: {name: customer}\nspec: {appSlug: acme, licenseID: 2vExAmPlE}\n";
    let lock = "apiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: l}\nimages: []\n";
    let config = CONFIG.replace("  images:", "  replicatedObjects: drop\n  pullSecret: {create: always}\n  images:");
    let others =
        [("manifests/license.yaml", license), ("manifests/lock.yaml", lock), ("manifests/config.yaml", &config)];
    let folder =
        folder("others", others.into_iter().chain([("manifests/a.yaml", DEPLOYMENT), ("manifests/b.yaml", POD)]));
    let (_, said) = succeeded(&rewrite(&folder, &["manifests", "--write"]));
    for (name, before) in others {
        assert_eq!(fs::read_to_string(folder.join(name)).unwrap(), before);
    }
    let all: String = files(&folder).values().map(|bytes| text(bytes)).collect();
    assert!(!all.contains("kind: Secret"));
    assert!(
        said.ends_with(
            "3 images rewritten in 2 files\nthe pods need the pull Secret acme-registry, which is not in these files; make it with \
             `kubectl create secret generic acme-registry --namespace shop --type=kubernetes.io/dockerconfigjson \
             --from-file=.dockerconfigjson=FILE`, where FILE is a docker config for mirror.example\n"
        ),
        "{said}"
    );
}

#[test]
fn who_makes_the_secret_elsewhere_is_not_told_how() {
    let folder = folder("never", [("manifests/a.yaml", POD)]);
    fs::write(folder.join("pullthrough.yaml"), format!("{CONFIG}  pullSecret: {{create: never}}\n")).unwrap();
    let (_, said) = succeeded(&rewrite(&folder, &["manifests"]));
    assert_eq!(said, "1 image to rewrite in 1 file\n");
}

#[test]
fn what_goes_by_the_old_names_is_named_and_following_it_helps() {
    let kustomization = "resources: [manifests]\nimages:\n- name: quay.io/acme/open\n  newTag: '2'\n- name: ghcr.io/acme/web\n  newTag: '2'\n";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  annotations:\n    argocd-image-updater.argoproj.io/image-list: open=quay.io/acme/open,api=ghcr.io/acme/api:~2\nspec: {}\n";
    let updater = "apiVersion: argocd-image-updater.argoproj.io/v1alpha1\nkind: ImageUpdater\nmetadata: {name: u}\nspec:\n  applicationRefs:\n  - namePattern: '*'\n    images:\n    - {alias: w, imageName: 'ghcr.io/acme/web:1.x'}\n";
    let flux = "apiVersion: v1\nkind: Pod\nmetadata: {name: f}\nspec:\n  containers:\n  - name: c\n    image: ghcr.io/acme/flux:1 # {\"$imagepolicy\": \"flux-system:flux\"}\n";
    let tag = flux.replace("flux-system:flux", "flux-system:flux:tag");
    let given = [
        ("kustomization.yaml", kustomization),
        ("manifests/a.yaml", DEPLOYMENT),
        ("manifests/app.yaml", application),
        ("manifests/flux.yaml", flux),
        ("manifests/tag.yaml", &tag),
        ("manifests/updater.yaml", updater),
    ];
    let folder = folder("names", given);
    let (_, said) = succeeded(&rewrite(&folder, &["manifests"]));
    let warnings: Vec<&str> = said.lines().filter(|line| line.starts_with("warning[name-elsewhere]")).collect();
    let beginnings = [
        "warning[name-elsewhere] manifests/app.yaml: line 6: Argo CD Image Updater looks for `ghcr.io/acme/api`, which is now `mirror.example/ghcr.io/acme/api`",
        "warning[name-elsewhere] manifests/updater.yaml: line 8: Argo CD Image Updater looks for `ghcr.io/acme/web`",
        "warning[name-elsewhere] kustomization.yaml: line 5: this entry of `images` goes by `ghcr.io/acme/web`",
        "warning[name-elsewhere] manifests/flux.yaml: line 7: Flux's image automation",
    ];
    assert_eq!(warnings.len(), beginnings.len(), "{said}");
    for (warning, beginning) in warnings.iter().zip(beginnings) {
        assert!(warning.starts_with(beginning), "{warning}");
    }
    let renamed = kustomization.replace("name: ghcr.io/acme/web", "name: mirror.example/ghcr.io/acme/web");
    fs::write(folder.join("kustomization.yaml"), renamed).unwrap();
    let (_, said) = succeeded(&rewrite(&folder, &["manifests"]));
    assert!(!said.contains("kustomization.yaml"), "{said}");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn modes_and_links_are_kept() {
        let folder = folder("links", [("manifests/deep/real.yaml", POD), ("elsewhere.yaml", POD)]);
        let mode = fs::Permissions::from_mode(0o640);
        fs::set_permissions(folder.join("manifests/deep/real.yaml"), mode).unwrap();
        symlink("deep/real.yaml", folder.join("manifests/a-link.yaml")).unwrap();
        symlink("../elsewhere.yaml", folder.join("manifests/out.yaml")).unwrap();
        let (diff, _) = succeeded(&rewrite(&folder, &["manifests"]));
        // git does not patch links, and each file is changed once.
        let names: Vec<&str> = diff.lines().filter_map(|line| line.strip_prefix("+++ ")).collect();
        assert_eq!(names, ["b/manifests/deep/real.yaml", "b/elsewhere.yaml"]);
        succeeded(&rewrite(&folder, &["manifests", "--write"]));
        assert!(folder.join("manifests/a-link.yaml").is_symlink() && folder.join("manifests/out.yaml").is_symlink());
        for name in ["manifests/deep/real.yaml", "elsewhere.yaml"] {
            assert!(!folder.join(name).is_symlink());
            assert!(fs::read_to_string(folder.join(name)).unwrap().contains("mirror.example"), "{name}");
        }
        let metadata = fs::metadata(folder.join("manifests/deep/real.yaml")).unwrap();
        assert_eq!(metadata.mode() & 0o777, 0o640);
    }

    #[test]
    fn a_file_that_is_read_only_keeps_all_from_being_written() {
        let folder = folder("read-only", [("manifests/a.yaml", POD), ("manifests/b.yaml", DEPLOYMENT)]);
        fs::set_permissions(folder.join("manifests/b.yaml"), fs::Permissions::from_mode(0o444)).unwrap();
        let before = files(&folder);
        succeeded(&rewrite(&folder, &["manifests"]));
        let output = rewrite(&folder, &["manifests", "--write"]);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(text(&output.stderr), "error: manifests/b.yaml is read-only; make it writable, or leave it out\n");
        assert_eq!(files(&folder), before);
    }

    /// The shell's limit stands for a disk that is full: what is written beyond it fails.
    #[test]
    fn a_full_disk_leaves_every_file_as_it_was() {
        let large = format!("{}{DEPLOYMENT}", "# filler of the file\n".repeat(400));
        let folder = folder("full", [("manifests/a.yaml", POD), ("manifests/b.yaml", &large)]);
        let before = files(&folder);
        let script = "trap '' XFSZ; ulimit -f 2; exec \"$@\"";
        let mut shell = Command::new("sh");
        shell.args(["-c", script, "sh", env!("CARGO_BIN_EXE_pullthrough"), "rewrite", "manifests", "--write"]);
        let output = shell.current_dir(&folder).env_clear().env("PATH", "/usr/bin:/bin").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("can't write manifests/b.yaml: "), "{}", text(&output.stderr));
        assert_eq!(files(&folder), before);
    }
}
