//! Which account kubelet would use: its own tables, those computed from its rules, and
//! go-containerregistry's port of them.

use pullthrough::credentials::{Basic, DockerConfig};
use serde_json::{Map, Value, json};

use crate::{rows, text, vectors};

/// A docker config with these keys, in this order.
fn config<'k>(keys: impl IntoIterator<Item = &'k str>) -> DockerConfig {
    let mut config = DockerConfig::default();
    for key in keys {
        config.set(key, &Basic::new("user", key).unwrap());
    }
    config
}

fn texts(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

fn answers(key: &str, image: &str) -> bool {
    config([key]).keys_for(image) == [key]
}

#[test]
fn kubelets_own_tables() {
    let file = vectors("kubernetes-credentialprovider");
    let tables = [
        ("urls_match", 15, "/in/glob", "/in/target"),
        ("keyring_hit", 16, "/in/key", "/in/image"),
        ("keyring_miss", 6, "/in/key", "/in/image"),
        ("docker_hub", 4, "/in/key", "/in/image"),
    ];
    for (table, count, key, image) in tables {
        for row in rows(&file, table, count) {
            let expected = row["out"]["match"].as_bool().unwrap();
            assert_eq!(answers(text(row, key), text(row, image)), expected, "{table}: {row}");
        }
    }
    for row in rows(&file, "is_default_registry", 8) {
        let expected = row["out"]["default"].as_bool().unwrap();
        let found = answers("https://index.docker.io/v1/", text(row, "/in/image"));
        assert_eq!(found, expected, "{row}");
    }
}

#[test]
fn kubelets_order() {
    let file = vectors("kubernetes-credentialprovider");
    let two = config(["bar.example.com/pong", "bar.example.com"]);
    let names = Map::from_iter([
        ("bar.example.com/pong".to_owned(), json!("grace")),
        ("bar.example.com".to_owned(), json!("ada")),
        ("https://quay.io/v1/".to_owned(), json!("rex")),
    ]);
    let one = config(["https://quay.io/v1/"]);
    for (table, count, config) in [("lookup_order", 7, two), ("issue_3797", 3, one)] {
        for row in rows(&file, table, count) {
            let found = config.keys_for(text(row, "/in/image"));
            let found: Vec<&str> = found.iter().map(|key| names[*key].as_str().unwrap()).collect();
            assert_eq!(found, texts(&row["out"]["credentials"]), "{row}");
        }
    }
}

#[test]
fn kubelets_rules_on_many_keys_and_images() {
    let file = vectors("oracle-kubelet-keyring");
    for row in rows(&file, "one_key", 454) {
        let expected = row["out"]["match"].as_bool().unwrap();
        let found = answers(text(row, "/in/key"), text(row, "/out/lookup_name"));
        assert_eq!(found, expected, "{row}");
    }
    for row in rows(&file, "all_keys_order", 14) {
        let config = config(texts(&row["in"]["keys"]));
        let found = config.keys_for(text(row, "/out/lookup_name"));
        assert_eq!(found, texts(&row["out"]["matched_keys_in_order"]), "{row}");
    }
}

#[test]
fn go_containerregistrys_port_of_them() {
    let file = vectors("go-containerregistry-authn");
    for row in rows(&file, "kubernetes_dockerconfigjson_match", 45) {
        let config = config(texts(&row["in"]["auths_keys"]));
        let found = config.keys_for(text(row, "/in/target")).first().copied();
        assert_eq!(found, row["out"]["matched_key"].as_str(), "{row}");
    }
}

#[test]
fn entries_as_kubelet_decodes_them() {
    let file = vectors("kubernetes-credentialprovider");
    let check = |entry: &str, row: &Value| {
        let config = DockerConfig::parse(&format!(r#"{{"auths":{{"a.io":{entry}}}}}"#));
        let expected = match row["out"]["error"].as_bool() {
            Some(true) => None,
            _ => Some(Basic::new(text(row, "/out/username"), text(row, "/out/password")).unwrap()),
        };
        let found = config.ok().and_then(|config| config.entry_for_host("a.io")?.1.basic());
        assert_eq!(found, expected, "{row}");
    };
    for row in rows(&file, "entry_decode", 5) {
        check(text(row, "/in/json"), row);
    }
    for row in rows(&file, "auth_field_decode", 6) {
        check(&json!({"auth": row["in"]["auth"]}).to_string(), row);
    }
}

#[test]
fn files_as_kubelet_decodes_them() {
    let file = vectors("kubernetes-credentialprovider");
    for row in rows(&file, "file_decode", 4) {
        let config = DockerConfig::parse(text(row, "/in/json"));
        if row["out"]["error"].is_string() {
            assert!(config.is_err(), "{row}");
            continue;
        }
        let config = config.unwrap();
        for key in texts(&row["out"]["keys"]) {
            let host = key.trim_start_matches("http://");
            assert_eq!(config.entry_for_host(host).map(|(key, _)| key), Some(key), "{row}");
        }
    }
}
