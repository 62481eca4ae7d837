//! From nothing to a working configuration in two commands, against registries on this machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::registry::{self, reply, with_tokens};
use crate::{program, run, text};

/// Some repositories are for accounts only.
fn answer(line: &str, host: &str, tokens: usize) -> String {
    if line.contains("/gone/") {
        let headers = "Docker-Distribution-Api-Version: registry/2.0\r\nContent-Type: application/json\r\n";
        return reply(404, headers, "{\"errors\":[{\"code\":\"MANIFEST_UNKNOWN\"}]}");
    }
    with_tokens(line, host, tokens, if line.contains("closed") { usize::MAX } else { 0 })
}

fn pod(name: &str, images: &[String]) -> String {
    let container = |image: &String| format!("  - {{name: c, image: \"{image}\"}}\n");
    let containers: String = images.iter().map(container).collect();
    format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}}}\nspec:\n  containers:\n{containers}")
}

/// A folder with manifests for two registries, and their names.
struct Scene {
    folder: PathBuf,
    one: String,
    other: String,
}

fn scene(test: &str) -> Scene {
    let (one, other) = (registry::registry(answer), registry::registry(answer));
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("init").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("manifests")).unwrap();
    let images = [format!("{one}/closed/api:1"), format!("{one}/closed/api:2"), format!("{one}/open/web:1")];
    fs::write(folder.join("manifests/a.yaml"), pod("a", &images)).unwrap();
    fs::write(
        folder.join("manifests/b.yaml"),
        pod("b", &[format!("{other}/closed/db:1"), format!("{other}/gone/x:1")]),
    )
    .unwrap();
    Scene { folder, one, other }
}

impl Scene {
    fn run(&self, arguments: &[&str]) -> Output {
        run(program().current_dir(&self.folder).args(arguments), "")
    }

    /// The configuration, kept where `check` finds it.
    #[track_caller]
    fn init(&self, arguments: &[&str]) -> String {
        let output = self.run(&[&["init", "manifests"], arguments].concat());
        let (config, said) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{said}{config}");
        assert_eq!(said, "next, with this as pullthrough.yaml: `pullthrough check manifests`\n");
        fs::write(self.folder.join("pullthrough.yaml"), &config).unwrap();
        config
    }

    /// What `check` says of each image: its text, and what it becomes.
    #[track_caller]
    fn check(&self) -> Vec<(String, Option<String>)> {
        let output = self.run(&["check", "manifests", "-o", "json"]);
        let json: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(0), "{json:#}");
        let images = json["images"].as_array().unwrap().iter();
        let images = images.map(|image| {
            let becomes = image["becomes"].as_str().map(str::to_owned);
            (image["image"].as_str().unwrap().to_owned(), becomes)
        });
        let mut images: Vec<_> = images.filter(|(image, _)| !image.contains("/gone/")).collect();
        images.sort();
        images
    }

    /// What has to come of the images when one of each registry goes through these names.
    fn expected(&self, name_of: impl Fn(&str) -> String) -> Vec<(String, Option<String>)> {
        let mut expected = vec![
            (format!("{}/closed/api:1", self.one), Some(format!("{}/closed/api:1", name_of(&self.one)))),
            (format!("{}/closed/api:2", self.one), Some(format!("{}/closed/api:2", name_of(&self.one)))),
            (format!("{}/closed/db:1", self.other), Some(format!("{}/closed/db:1", name_of(&self.other)))),
            (format!("{}/open/web:1", self.one), None),
        ];
        expected.sort();
        expected
    }
}

fn label(host: &str) -> String {
    host.replace(['.', ':'], "-")
}

#[test]
fn a_mixed_folder_with_harbor() {
    let scene = scene("harbor");
    let config = scene.init(&["--preset", "harbor", "--host", "harbor.corp.example"]);
    for words in [
        format!("      upstream: \"{}\"\n", scene.one),
        format!("      upstream: \"{}\"\n", scene.other),
        format!("    - \"{}/closed/api\"\n", scene.one),
        format!("    - \"{}/closed/db\"\n", scene.other),
        format!("    public:\n    - \"{}/open/web\"\n", scene.one),
        format!("    # - \"{}/gone/x\"\n", scene.other),
        "PULLTHROUGH_HOSTS=harbor.corp.example".to_owned(),
    ] {
        assert!(config.contains(&words), "{words}\n{config}");
    }
    assert_eq!(scene.check(), scene.expected(|host| format!("harbor.corp.example/{}", label(host))));
}

#[test]
fn a_mixed_folder_with_names_that_have_the_registry_in_them() {
    let scene = scene("template");
    let config = scene.init(&["--preset", "template", "--host", "mirror.example"]);
    assert!(
        config.contains(&format!(
            "    aliases:\n      \"{}\": \"{}\"\n",
            scene.one.clone().min(scene.other.clone()),
            label(&scene.one.clone().min(scene.other.clone()))
        )),
        "{config}"
    );
    assert_eq!(scene.check(), scene.expected(|host| format!("mirror.example/{}", label(host))));
}

#[test]
fn a_mixed_folder_with_a_license() {
    let license = "apiVersion: kots.io/v1beta1\nkind: License\nmetadata: {name: customer, annotations: {config.kubernetes.io/local-config: \"true\"}}\nspec: {appSlug: acme, licenseID: 2vExAmPlE}\n";
    let scene = scene("license");
    fs::write(scene.folder.join("manifests/license.yaml"), license).unwrap();
    // What is on the proxy needs no other one.
    fs::write(scene.folder.join("manifests/c.yaml"), pod("c", &["registry.replicated.com/acme/own:1".to_owned()]))
        .unwrap();
    let config = scene.init(&[]);
    assert!(config.contains("  - replicated:\n      app: acme\n    # What the proxy calls"), "{config}");
    assert!(!config.contains("registry.replicated.com"), "{config}");
    let mut found = scene.check();
    found.retain(|(image, _)| !image.starts_with("registry.replicated.com"));
    assert_eq!(found, scene.expected(|host| format!("proxy.replicated.com/proxy/acme/{}", label(host))));
    // The same license in the variable.
    fs::rename(scene.folder.join("manifests/license.yaml"), scene.folder.join("license.yaml")).unwrap();
    fs::remove_file(scene.folder.join("manifests/c.yaml")).unwrap();
    let mut command = program();
    command.current_dir(&scene.folder).args(["init", "manifests"]).env("PULLTHROUGH_LICENSE_FILE", "license.yaml");
    assert_eq!(text(&run(&mut command, "").stdout), config);
    let mut command = program();
    command.current_dir(&scene.folder).args(["init", "manifests"]).env("PULLTHROUGH_LICENSE", license);
    assert_eq!(text(&run(&mut command, "").stdout), config);
}

#[test]
fn every_preset_makes_a_configuration_that_works() {
    let scene = scene("presets");
    fs::write(scene.folder.join("manifests/b.yaml"), pod("b", &[format!("{}/open/db:1", scene.other)])).unwrap();
    for (preset, fields, name) in [
        ("replicated", &["app=acme"][..], "proxy.replicated.com/proxy/acme/LABEL"),
        ("harbor", &["project=hub"], "h.example/hub"),
        ("ecr", &["prefix=hub"], "h.example/hub"),
        ("gar", &["location=europe-west3", "project=acme", "repository=hub"], "europe-west3-docker.pkg.dev/acme/hub"),
        ("artifactory", &["repository=hub"], "h.example/hub"),
        ("artifactory", &["layout=port", "port=5001"], "h.example:5001"),
        ("nexus", &[], "h.example/LABEL"),
        ("quay", &[], "h.example/LABEL"),
        ("zot", &["destination=/hub"], "h.example/hub"),
        ("distribution", &[], "h.example"),
        ("acr", &[], "h.example/LABEL"),
        ("cloudsmith", &["organization=acme"], "h.example/acme/LABEL"),
        ("localRegistry", &["namespace=copies"], "h.example/copies"),
        ("template", &["pattern={host}/x/{repository}", "upstream=UPSTREAM"], "h.example/x"),
    ] {
        let mut arguments = vec!["--preset".to_owned(), preset.to_owned()];
        arguments.extend(fields.iter().flat_map(|field| ["--set".to_owned(), field.replace("UPSTREAM", &scene.one)]));
        if !matches!(preset, "replicated" | "gar") {
            arguments.extend(["--host".to_owned(), "h.example".to_owned()]);
        }
        scene.init(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let name = name.replace("LABEL", &label(&scene.one));
        let becomes: Vec<String> = scene.check().into_iter().filter_map(|(_, becomes)| becomes).collect();
        assert_eq!(becomes, [format!("{name}/closed/api:1"), format!("{name}/closed/api:2")], "{preset}");
    }
}

#[test]
fn what_can_not_be_written_is_said() {
    let scene = scene("refused");
    let refused = |arguments: &[&str], says: &str| {
        let output = scene.run(&[&["init", "manifests"], arguments].concat());
        let (stdout, said) = (text(&output.stdout), text(&output.stderr));
        assert_eq!((output.status.code(), stdout.as_str()), (Some(2), ""), "{said}");
        assert!(said.contains(says), "{said}");
    };
    refused(&[], "need credentials, and nothing says which proxy to use: name it with --preset PRESET --host HOST");
    refused(&["--preset", "harbor"], "spec.proxies[0].harbor");
    refused(&["--preset", "harbor"], "--set FIELD=VALUE");
    refused(
        &["--preset", "harbor", "--host", "h.example", "--set", "project=hub"],
        "`--set project=hub` is for one registry",
    );
    refused(&["--preset", "distribution", "--host", "h.example"], "serves one registry");
    refused(&["--preset", "gitlab", "--host", "h.example", "--set", "group=acme"], "serves Docker Hub alone");
    refused(&["--preset", "harbour"], "harbor");
    refused(&["--preset", "harbor", "--host", "h.example", "--set", "host=g.example"], "given twice");
    refused(&["--preset", "harbor", "--set", "project"], "expected FIELD=VALUE");
}

#[test]
fn what_needs_nothing_and_what_stays_open_is_said() {
    let scene = scene("open");
    fs::write(scene.folder.join("manifests/a.yaml"), pod("a", &[format!("{}/open/web:1", scene.one)])).unwrap();
    fs::remove_file(scene.folder.join("manifests/b.yaml")).unwrap();
    let output = scene.run(&["init", "manifests"]);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(0), String::new()), "{}", text(&output.stderr));
    assert_eq!(
        text(&output.stderr),
        "every image can be pulled without credentials, so there is nothing to configure\n"
    );
    // A shell made the file before that; it stands for no configuration.
    fs::write(scene.folder.join("pullthrough.yaml"), "").unwrap();
    assert_eq!(scene.run(&["check", "manifests"]).status.code(), Some(0));

    // A port that nothing listens on.
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let images = [format!("{}/closed/api:1", scene.one), format!("{closed}/acme/x:1")];
    fs::write(scene.folder.join("manifests/a.yaml"), pod("a", &images)).unwrap();
    let output = scene.run(&["init", "manifests", "--preset", "template", "--host", "mirror.example"]);
    let (config, said) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{said}{config}");
    assert!(config.contains(&format!("    # - \"{closed}/acme/x\" (")), "{config}");
    assert!(said.contains(&format!("`{closed}/acme/x` is in none of the lists: ")), "{said}");
    assert!(!said.contains("error["), "{said}");
}

/// Tags of one repository that differ are told apart.
#[test]
fn a_name_stands_for_its_tags_unless_they_differ() {
    let host = registry::registry(|line, host, tokens| {
        let has_token = line.to_ascii_lowercase().contains("authorization");
        if has_token && line.contains("/manifests/secret") {
            return reply(
                403,
                "Docker-Distribution-Api-Version: registry/2.0\r\nContent-Type: application/json\r\n",
                "",
            );
        }
        with_tokens(line, host, tokens, 0)
    });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("init/tags");
    fs::create_dir_all(&folder).unwrap();
    let input =
        pod("a", &[format!("{host}/acme/web:secret"), format!("{host}/acme/web:1"), format!("{host}/acme/api:1")]);
    let mut command = program();
    command.current_dir(&folder).args(["init", "--preset", "template", "--host", "mirror.example"]);
    let output = run(&mut command, &input);
    let config = text(&output.stdout);
    assert!(
        config.contains(&format!("    private:\n    - \"{host}/acme/web:secret\"\n")),
        "{config}{}",
        text(&output.stderr)
    );
    assert!(
        config.contains(&format!("    public:\n    - \"{host}/acme/api\"\n    - \"{host}/acme/web:1\"\n")),
        "{config}"
    );
}
