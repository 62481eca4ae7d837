//! `pullthrough component`: what it writes over, and what it does not.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use super::{POD, program, run, text};

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: acme}
spec:
  proxies:
  - replicated: {app: acme}
  images: {private: ['ghcr.io/acme/**']}
";
/// What `sops encrypt --encrypted-regex '^(data|stringData)$'` adds.
const SOPS: &str = "sops:\n    mac: ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]\n    version: 3.13.3\n";

/// A folder of its own, with a configuration.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("component").join(name);
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("out")).unwrap();
        fs::write(folder.join("config.yaml"), CONFIG).unwrap();
        Self(folder)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.0.join(name)).ok()
    }

    /// Makes the Component in `out` of these files, or of standard input.
    fn make(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = program();
        command.current_dir(&self.0).env("PULLTHROUGH_LICENSE_ID", "2vExAmPlE");
        run(command.args(["component", "--config", "config.yaml", "-o", "out"]).args(arguments), input)
    }
}

#[test]
fn an_encrypted_secret_is_kept_and_goes_on_being_applied() {
    let folder = Folder::new("encrypted");
    assert_eq!(folder.make(&["--with-secret"], POD).status.code(), Some(0));
    let plain = folder.read("out/secret.yaml").unwrap();
    let kustomization = folder.read("out/kustomization.yaml").unwrap();
    let at = plain.find(".dockerconfigjson: ").unwrap() + ".dockerconfigjson: ".len();
    let values = format!("{}ENC[AES256_GCM,data:aa,iv:aa,tag:aa,type:str]\n{SOPS}", &plain[..at]);
    let comments = values.replacen("# Made by", "#ENC[AES256_GCM,data:aa,type:comment]\n# by", 1);
    for encrypted in [values.clone(), comments, values.replace("ENC[", "OTHER["), plain.clone() + SOPS] {
        for arguments in [&["--with-secret"][..], &[]] {
            folder.write("out/secret.yaml", &encrypted);
            let output = folder.make(arguments, POD);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(0), "{said}");
            assert!(said.contains("secret.yaml is encrypted and was kept"), "{said}");
            assert_eq!(folder.read("out/secret.yaml").as_ref(), Some(&encrypted), "{arguments:?}");
            assert_eq!(folder.read("out/kustomization.yaml").as_ref(), Some(&kustomization), "{arguments:?}");
        }
    }
    // The remedy: it is made anew once it is gone.
    fs::remove_file(folder.0.join("out/secret.yaml")).unwrap();
    assert_eq!(folder.make(&["--with-secret"], POD).status.code(), Some(0));
    assert_eq!(folder.read("out/secret.yaml"), Some(plain));
}

#[test]
fn a_plain_secret_of_an_earlier_run_is_replaced_or_removed() {
    let folder = Folder::new("plain");
    folder.make(&["--with-secret"], POD);
    let secret = folder.read("out/secret.yaml").unwrap();
    folder.write("out/secret.yaml", &secret.replace("dockerconfigjson: ", "dockerconfigjson: older"));
    folder.make(&["--with-secret"], POD);
    assert_eq!(folder.read("out/secret.yaml"), Some(secret));
    folder.make(&[], POD);
    assert_eq!(folder.read("out/secret.yaml"), None);
    assert!(!folder.read("out/kustomization.yaml").unwrap().contains("resources"));
}

#[test]
fn a_kustomization_that_somebody_else_wrote_stays() {
    let folder = Folder::new("foreign");
    for kustomization in ["resources: [a.yaml]\n", &format!("# Made by `pullthrough component`\n{SOPS}")] {
        folder.write("out/kustomization.yaml", kustomization);
        let output = folder.make(&[], POD);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
        assert!(text(&output.stderr).contains("it was not replaced"), "{}", text(&output.stderr));
        assert_eq!(folder.read("out/kustomization.yaml").as_deref(), Some(kustomization));
    }
}

#[test]
fn sources_that_hold_no_objects_are_refused_by_every_command() {
    let folder = Folder::new("overlay");
    let kustomization = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [../base]\n";
    folder.write("overlay/kustomization.yaml", kustomization);
    folder.write("base/pod.yaml", POD);
    let output = folder.make(&["overlay"], "");
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("error[no-objects] overlay/kustomization.yaml") && said.contains("kustomize build"),
        "{said}"
    );
    assert_eq!(folder.read("out/kustomization.yaml"), None);
    for command in ["check", "lock"] {
        let mut program = program();
        let output = run(program.current_dir(&folder.0).args([command, "--config", "config.yaml", "overlay"]), "");
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!((output.status.code(), said.matches("error[no-objects]").count()), (Some(1), 1), "{said}");
        assert!(!said.contains("ImageLock"), "{said}");
    }
    // What an overlay adds is missing in its files: a patch looks like an object.
    folder.write("overlay/patch.yaml", POD);
    let output = folder.make(&["overlay"], "");
    let said = text(&output.stderr);
    assert!(said.contains("warning[not-built] overlay/kustomization.yaml"), "{said}");
    // What an author wants left alone leaves a Component without anything to do.
    let skipped = POD.replace("{name: web}", "{name: web, annotations: {pullthrough.dev/skip: 'true'}}");
    assert_eq!(folder.make(&[], &skipped).status.code(), Some(0));
}
