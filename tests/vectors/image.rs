//! Image references against the tables of distribution, which they follow, and of others, which differ here and there.

use pullthrough::image::{DOCKER_HUB, Digest, Reference};
use serde_json::Value;

use super::{rows, text, vectors};

/// An input that another program reads differently, and why it is read here as it is.
type Difference<'a> = (&'a str, &'static str);

/// Holds every row to `agrees`, but for the known differences. One that has gone fails as one that is new does.
fn hold(rows: &[Value], input: &str, known: &[Difference<'_>], agrees: impl Fn(&str, &Value) -> bool) {
    let mut found: Vec<&str> =
        rows.iter().filter(|row| !agrees(text(row, input), &row["out"])).map(|row| text(row, input)).collect();
    found.sort_unstable();
    found.dedup();
    let mut expected: Vec<&str> = known.iter().map(|(input, _)| *input).collect();
    expected.sort_unstable();
    assert_eq!(found, expected, "left: what differs; right: what is known to");
}

fn read(text: &str) -> Option<Reference> {
    Reference::parse(text).ok()
}

fn digest(reference: &Reference) -> &str {
    reference.digest().map_or("", Digest::as_str)
}

/// With `:latest` added, or the tag dropped for a digest, as Docker and several others show references.
fn one_identifier(reference: &Reference) -> String {
    let mark = reference.digest().map_or(':', |_| '@');
    format!("{}{mark}{}", reference.name(), reference.manifest_reference().unwrap_or_default())
}

/// The tag, `latest` when there is neither tag nor digest.
fn tag_or_latest(reference: &Reference) -> &str {
    match (reference.tag(), reference.digest()) {
        (None, None) => "latest",
        (tag, _) => tag.unwrap_or_default(),
    }
}

/// Whether registry and name are these, where the table knows no default registry and takes any first segment for one.
fn same_name(reference: &Reference, domain: &str, name: &str) -> bool {
    match reference.domain() {
        DOCKER_HUB => reference.name_as_written() == name,
        found => found == domain && reference.keyring_name() == name,
    }
}

#[test]
fn distribution_normalize() {
    let file = vectors("distribution-reference-normalize");
    for (table, count) in [("familiar_name_validity", 41), ("remote_name_validity", 21)] {
        hold(rows(&file, table, count), "/in/input", &[], |input, out| read(input).is_some() == out["ok"]);
    }
    for spelling in ["/in/FamiliarName", "/in/FullName", "/in/AmbiguousName"] {
        for row in rows(&file, "repository_info", 20) {
            let input = text(row, spelling);
            if !input.is_empty() {
                let reference = read(input).unwrap();
                assert_eq!(reference.domain(), text(row, "/out/Domain"), "{input}");
                assert_eq!(reference.repository(), text(row, "/out/RemoteName"), "{input}");
                assert_eq!(reference.name(), text(row, "/in/FullName"), "{input}");
            }
        }
    }
    hold(rows(&file, "tag_and_digest", 1), "/in/input", &[], |input, out| {
        read(input).unwrap().normalized() == out["string"]
    });
    for row in rows(&file, "invalid_components", 3) {
        let part = |mark, name| row["in"][name].as_str().map_or(String::new(), |it| format!("{mark}{it}"));
        let input = format!("{}{}{}", part("", "name"), part(":", "tag"), part("@", "digest"));
        assert_eq!(read(&input), None, "{input}");
    }
    hold(
        rows(&file, "any_reference", 14),
        "/in/input",
        &[(
            "sha256:dbcc1c35ac38df41fd2f5e4130b32ffdb93ebae8b3dbe638c23575912276fc9c",
            "no kubelet reads it as a digest: ParseNormalizedNamed makes it the repository sha256 with a tag",
        )],
        |input, out| match read(input) {
            Some(reference) => out["kind"] == "named" && reference.normalized() == out["string"],
            None => out["kind"] == "digest-only",
        },
    );
    hold(rows(&file, "split_hostname", 11), "/in/input", &[], |input, out| {
        let reference = read(input).unwrap();
        reference.domain() == out["domain"] && reference.repository() == out["path"]
    });
    hold(rows(&file, "docker_ref", 11), "/in/input", &[], |input, out| {
        one_identifier(&read(input).unwrap()) == out["expected"]
    });
}

#[test]
fn distribution_parse() {
    let file = vectors("distribution-reference-parse");
    let sha512 = format!("validname@sha512:{}", "f".repeat(128));
    hold(
        rows(&file, "parse", 48),
        "/in/input",
        &[(&sha512, "the table's program has no SHA-512; kubelet and containerd have it")],
        |input, out| match read(input) {
            Some(reference) => {
                out["err"].is_null()
                    && same_name(&reference, text(out, "/domain"), text(out, "/repository"))
                    && reference.tag().unwrap_or_default() == out["tag"]
                    && digest(&reference) == out["digest"]
            }
            None => out["err"].is_string(),
        },
    );
    hold(rows(&file, "with_name_failure", 7), "/in/input", &[], |input, _| {
        read(input).is_none_or(|reference| !reference.suffix().is_empty())
    });
    hold(rows(&file, "domain_and_path", 6), "/in/input", &[], |input, out| {
        let reference = read(input).unwrap();
        match reference.domain() {
            DOCKER_HUB => out["domain"] == "" && reference.repository() == out["path"],
            domain => domain == out["domain"] && reference.repository() == out["path"],
        }
    });
    hold(rows(&file, "serialization", 4), "/in/input", &[], |input, out| match read(input) {
        Some(reference) => {
            reference.name() == out["name"]
                && reference.tag().unwrap_or_default() == out["tag"]
                && digest(&reference) == out["digest"]
        }
        None => out["err"].is_string(),
    });
    let short = "sha256:1234567890098765432112345667890098765";
    let unchecked = "WithDigest does not check what it is given; Parse refuses this length";
    let with_tag = format!("test.com:8000/foo:TAG5@{short}");
    let with_digest = [
        format!("test.com/foo@{short}"),
        format!("foo@{short}"),
        format!("test.com:8000/foo@{short}"),
        format!("test.com:8000/foo:latest@{short}"),
    ];
    let composed = |table, count, known: &[Difference<'_>]| {
        for row in rows(&file, table, count) {
            let combined = text(row, "/out/combined");
            match read(combined) {
                Some(reference) => {
                    assert_eq!(reference.name_as_written(), text(row, "/in/name"));
                    assert_eq!(reference.tag(), row["in"]["tag"].as_str());
                }
                None => assert!(known.iter().any(|(it, _)| *it == combined), "{combined}"),
            }
        }
        assert!(known.iter().all(|(it, _)| read(it).is_none()));
    };
    composed("with_tag", 5, &[(&with_tag, unchecked)]);
    composed("with_digest", 4, &with_digest.each_ref().map(|it| (it.as_str(), unchecked)));
    hold(rows(&file, "parse_named", 8), "/in/input", &[], |input, out| {
        let reference = read(input).unwrap();
        (reference.normalized() == input) == out["err"].is_null()
    });
}

#[test]
fn distribution_regexp() {
    let file = vectors("distribution-reference-regexp");
    hold(
        rows(&file, "domain", 30),
        "/in/input",
        &[("a", "alone it fits, but before a path it is an organization of Docker Hub")],
        |input, out| {
            let found = read(&format!("{input}/x")).is_some_and(|it| it.domain() == input);
            found == out["match"]
        },
    );
    let segments = format!("{}a", "a/".repeat(128));
    hold(
        rows(&file, "full_name", 63),
        "/in/input",
        &[(&segments, "the expression has no limit of length; ParseNormalizedNamed has")],
        |input, out| match read(input).filter(|it| it.suffix().is_empty()) {
            Some(reference) => {
                // One row has no captures.
                let domain = out["subs"][0].as_str().unwrap_or(reference.domain());
                out["match"] == true && same_name(&reference, domain, input)
            }
            None => out["match"] == false,
        },
    );
    hold(rows(&file, "reference", 12), "/in/input", &[], |input, out| match read(input) {
        Some(reference) => {
            reference.name_as_written() == out["subs"][0]
                && reference.tag().unwrap_or_default() == out["subs"][1]
                && digest(&reference) == out["subs"][2]
        }
        None => out["match"] == false,
    });
    hold(rows(&file, "identifier", 5), "/in/input", &[], |input, out| {
        let refused = Reference::parse(input).is_err_and(|error| error.to_string().contains("64 hex digits"));
        refused == out["match"]
    });
}

#[test]
fn kubelet() {
    let file = vectors("kubernetes-parsers");
    hold(rows(&file, "parse_image_name", 13), "/in/image", &[], |input, out| match read(input) {
        Some(reference) => {
            reference.keyring_name() == out["repo"]
                && tag_or_latest(&reference) == out["tag"]
                && digest(&reference) == out["digest"]
        }
        None => out["error_contains"].is_string(),
    });
}

/// Computed with distribution itself on every text of the other tables, of the corpus and of a list of edges.
#[test]
fn distribution_on_every_text() {
    let file = vectors("oracle-image-references");
    hold(rows(&file, "image_reference_oracle", 464), "/in/image", &[], |input, out| {
        let out = &out["distribution"];
        let Some(reference) = read(input) else {
            return out["error"].is_string();
        };
        let name = match text(out, "/domain") {
            "" => text(out, "/path").to_owned(),
            domain => format!("{domain}/{}", text(out, "/path")),
        };
        reference.domain() == out["domain"]
            && reference.keyring_name() == name
            && reference.tag() == out["tag"].as_str()
            && reference.digest().map(Digest::as_str) == out["digest"].as_str()
            && format!("{name}{}", reference.suffix()) == out["string"]
    });
}

#[test]
fn go_containerregistry() {
    let file = vectors("go-containerregistry-name");
    for (table, count) in [("digest_validity", 18), ("tag_validity", 14), ("repository_validity", 16)] {
        hold(rows(&file, table, count), "/in/input", &[], |input, out| read(input).is_some() == out["weak"]);
    }
    hold(
        rows(&file, "registry_validity", 10),
        "/in/input",
        &[("", "it means the default registry there; before a slash it is a mistake")],
        |input, out| {
            let found = read(&format!("{input}/a/b"));
            found.is_some_and(|it| it.domain() == input || input == "index.docker.io") == out["weak"]
        },
    );
    for row in rows(&file, "registry_default", 4) {
        // The other rows set another default registry, which Kubernetes has no notion of.
        if row["in"]["default_registry"].is_null() {
            assert_eq!(text(row, "/out/name"), "index.docker.io");
            let input = [text(row, "/in/input"), "a/b"].join("/");
            assert_eq!(read(input.trim_start_matches('/')).unwrap().registry(), DOCKER_HUB);
        }
    }
    hold(
        rows(&file, "reference_default", 5),
        "/in/input",
        &[
            ("crossplane/provider-gcp", "another default registry"),
            ("crossplane/provider-gcp:v0.14.0", "another default registry"),
            ("ubuntu", "another default registry"),
        ],
        |input, out| one_identifier(&read(input).unwrap()) == out["name"],
    );
    hold(rows(&file, "tag_and_digest", 1), "/in/input", &[], |input, out| {
        let reference = read(input).unwrap();
        reference.manifest_reference() == out["identifier"].as_str()
            && one_identifier(&reference) == out["name"]
            && reference.as_written() == out["string"]
    });
    hold(rows(&file, "components", 1), "/in/input", &[], |input, out| {
        let reference = read(input).unwrap();
        reference.registry() == out["registry"]
            && reference.repository() == out["repository"]
            && digest(&reference) == out["digest"]
    });
}

#[test]
fn regclient() {
    let file = vectors("regclient-ref");
    let layout = "a folder or archive; kubelet pulls from registries only";
    let trailing_dot = "distribution has no empty label in a host";
    let address = "distribution does not look into the brackets";
    let digest = "sha256:15f840677a5e245d9ea199eb9b026b1539208a5183621dced7b469f6aa678115";
    let folder = format!("ocidir://path/2/dir@{digest}");
    let archive = format!("ocifile://path/to/file.tgz@{digest}");
    hold(
        rows(&file, "new", 48),
        "/in/ref",
        &[
            ("ocifile://path/to/file.tgz", layout),
            ("ocifile://path/to/file.tgz:v1.2.3", layout),
            (&archive, layout),
            ("ocidir://path/to/dir", layout),
            ("ocidir://path/to/DIR:v1.2.3", layout),
            (&folder, layout),
            ("ocidir://path/2/~dir~/+rules_oci+/examples:latest", layout),
            ("example./g/roup/image:a", trailing_dot),
            ("example.:5000/g/roup/image:a", trailing_dot),
            ("[1::2::3]/project/image:tag", address),
            ("localhost:5000", "without a slash it is Docker Hub's library/localhost, tag 5000"),
        ],
        |input, out| match read(input) {
            Some(reference) => {
                reference.registry() == out["registry"]
                    && reference.repository() == out["repository"]
                    && tag_or_latest(&reference) == out["tag"]
                    && self::digest(&reference) == out["digest"]
            }
            None => out["error"].is_string(),
        },
    );
    let dir = format!("ocidir://path/2/dir@{digest}");
    hold(
        rows(&file, "new_host", 25),
        "/in/host",
        &[
            ("ocifile://path", layout),
            ("ocifile://path/to/file.tgz:v1.2.3", layout),
            (&archive, layout),
            ("ocidir://path/to/dir", layout),
            ("ocidir://path/to/DIR:v1.2.3", layout),
            (&dir, layout),
            ("example.", trailing_dot),
            ("[1::2::3]:5000", address),
        ],
        |input, out| match read(&format!("{input}/a/b")) {
            Some(reference) => reference.registry() == out["registry"],
            None => out["error"].is_string(),
        },
    );
}

#[test]
fn spegel() {
    let file = vectors("spegel-image");
    let digested =
        "quay.io/jetstack/cert-manager-webhook@sha256:13fd9eaadb4e491ef0e1d82de60cb199f5ad2ea5a3f8e0c19fdf31d91175b9cb";
    hold(
        rows(&file, "parse_errors", 6),
        "/in/s",
        &[
            (digested, "its error is that a second digest, which it is given, is another"),
            ("ghcr.io/spegel-org/spegel", "it serves content by digest and so needs one"),
            ("library/ubuntu:latest", "containerd gives it references that are normalized already"),
        ],
        |input, _| read(input).is_none(),
    );
    hold(rows(&file, "parse_defaults", 6), "/in/input", &[], |input, out| {
        let reference = read(input).unwrap();
        let latest = match reference.suffix() {
            "" => ":latest",
            _ => "",
        };
        format!("{}{latest}", reference.normalized()) == out["expected"]
    });
    for row in rows(&file, "parse_strict", 4) {
        for registry in row["in"]["registries"].as_array().unwrap() {
            let registry = registry.as_str().unwrap();
            let reference = read(&format!("{registry}/{}", text(row, "/in/image"))).unwrap();
            assert_eq!(reference.registry(), registry);
            assert_eq!(reference.repository(), text(row, "/out/repository"));
            assert_eq!(reference.tag().unwrap_or_default(), text(row, "/out/tag"));
            // It takes a digest from elsewhere when the text has none.
            assert!(["", text(row, "/out/digest")].contains(&digest(&reference)));
        }
    }
}

#[test]
fn zarf() {
    let file = vectors("zarf-transform-image");
    hold(
        rows(&file, "parse_image_ref", 12),
        "/in/image",
        &[(
            "oci://10.43.130.183:5000/stefanprodan/manifests/podinfo",
            "the scheme is for Helm charts and Flux; a kubelet refuses it",
        )],
        |input, out| match read(input) {
            Some(reference) => {
                reference.registry() == out["host"]
                    && reference.repository() == out["path"]
                    && tag_or_latest(&reference) == out["tag"]
                    && digest(&reference) == out["digest"]
            }
            None => out["error"] == true,
        },
    );
}

#[test]
fn kyverno() {
    let file = vectors("kyverno-image");
    let library = "it adds no library/, without which Docker Hub has no such repository";
    hold(rows(&file, "reference", 6), "/in/input", &[("nginx", library), ("nginx:v10.3", library)], |input, out| {
        one_identifier(&read(input).unwrap()) == out["expectedReference"]
    });
}

#[test]
fn kustomize() {
    let file = vectors("kustomize-image");
    let unchecked = "it only cuts texts; no digest is as short";
    hold(
        rows(&file, "split", 7),
        "/in/value",
        &[
            ("nginx@sha256:12345", unchecked),
            ("nginx:1.2.3@sha256:12345", unchecked),
            ("foo.com:443/nginx:1.2.3@sha256:12345", unchecked),
        ],
        |input, out| {
            read(input).is_some_and(|reference| {
                reference.name_as_written() == out["name"]
                    && reference.tag().unwrap_or_default() == out["tag"]
                    && digest(&reference) == out["digest"]
            })
        },
    );
}

#[test]
fn harbor_container_webhook() {
    let file = vectors("harbor-container-webhook");
    hold(rows(&file, "registry_from_image", 11), "/in/imageRef", &[], |input, out| {
        read(input).unwrap().registry() == out["expectedRegistry"]
    });
}
