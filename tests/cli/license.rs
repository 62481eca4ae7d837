//! A license means the same wherever it is: among the items, in a file that a variable names, or in a variable.

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{program, refused, run, text};

const CONFIG: &str = "\
apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {name: shop}
spec:
  proxies: [{replicated: PROXY}]
  images: {private: ['ghcr.io/acme/**']}
  pullSecret: {create: never}
";
const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec: {containers: [{image: ghcr.io/acme/web:1}]}
";
const LICENSE: &str = "\
apiVersion: kots.io/v1beta2
kind: License
metadata:
  name: customer
  annotations: {config.kubernetes.io/local-config: 'true'}
spec:
  appSlug: acme
  licenseID: 2vExAmPlE
  channelID: c1
  channels:
  - {channelID: c1, channelName: Stable, replicatedProxyDomain: images.acme.example}
  - {channelID: c2, channelName: Beta, replicatedProxyDomain: beta.acme.example}
  entitlements: {expires_at: {value: EXPIRY}}
";

#[test]
fn every_source_gives_the_same_result() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("license");
    fs::create_dir_all(&folder).unwrap();
    for (proxy, expiry, image, code) in [
        ("{app: acme}", "''", "images.acme.example/proxy/acme/ghcr.io/acme/web:1", None),
        ("{}", "''", "images.acme.example/proxy/acme/ghcr.io/acme/web:1", None),
        ("{channel: Beta}", "''", "beta.acme.example/proxy/acme/ghcr.io/acme/web:1", None),
        (
            "{app: acme}",
            "'2020-01-01T00:00:00Z'",
            "images.acme.example/proxy/acme/ghcr.io/acme/web:1",
            Some("license-expired"),
        ),
        ("{app: acme}", "'01.01.2020'", "images.acme.example/proxy/acme/ghcr.io/acme/web:1", Some("license-invalid")),
    ] {
        let (config, license) = (CONFIG.replace("PROXY", proxy), LICENSE.replace("EXPIRY", expiry));
        fs::write(folder.join("config.yaml"), config).unwrap();
        fs::write(folder.join("license.yaml"), &license).unwrap();
        let encoded = STANDARD.encode(&license);
        let item = format!("{license}---\n{POD}");
        for (variable, value, input) in [
            (None, "", item.as_str()),
            (Some("PULLTHROUGH_LICENSE_FILE"), "license.yaml", POD),
            (Some("PULLTHROUGH_LICENSE"), &license, POD),
            (Some("PULLTHROUGH_LICENSE"), &encoded, POD),
        ] {
            let mut command = program();
            command.current_dir(&folder).args(["--config", "config.yaml"]);
            if let Some(variable) = variable {
                command.env(variable, value);
            }
            let output = run(&mut command, input);
            let (stdout, said) = (text(&output.stdout), text(&output.stderr));
            assert_eq!(output.status.code(), Some(0), "{variable:?} {said}");
            assert!(stdout.contains(&format!("image: {image}")), "{variable:?} {stdout}");
            let codes: Vec<&str> = said.lines().filter_map(|line| line.split(['[', ']']).nth(1)).collect();
            assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{variable:?} {said}");
        }
    }
}

#[test]
fn a_license_file_that_holds_something_else_is_an_error_that_quotes_nothing() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("license-other");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("two.yaml"), format!("{LICENSE}---\n{LICENSE}")).unwrap();
    for (variable, value, says) in [
        ("PULLTHROUGH_LICENSE_FILE", "two.yaml", "PULLTHROUGH_LICENSE_FILE: it has 2 documents"),
        ("PULLTHROUGH_LICENSE_FILE", LICENSE, "PULLTHROUGH_LICENSE_FILE: expected a path, found a license"),
        ("PULLTHROUGH_LICENSE", "two.yaml", "PULLTHROUGH_LICENSE: expected a License as YAML"),
        ("PULLTHROUGH_LICENSE", "2vExAmPlE", "a license ID into PULLTHROUGH_LICENSE_ID"),
        ("PULLTHROUGH_LICENSE_ID", LICENSE, "a whole license goes into PULLTHROUGH_LICENSE,"),
    ] {
        let output = run(program().current_dir(&folder).env(variable, value), POD);
        refused(&output, 2, says);
        assert!(!text(&output.stderr).contains("2vExAmPlE"), "{}", text(&output.stderr));
    }
}
