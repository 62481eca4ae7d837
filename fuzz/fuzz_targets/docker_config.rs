//! Any text: a docker config that is read is written so that it is read again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pullthrough::credentials::DockerConfig;

fuzz_target!(|text: &str| {
    if let Ok(config) = DockerConfig::parse(text) {
        let _ = (config.keys_for("registry.corp.example/a/b"), config.entry_for_host("docker.io"), config.has_helpers());
        let written = config.to_json();
        let again = DockerConfig::parse(&written).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(again.to_json(), written);
    }
});
