//! A tiny image, made here, so that no test downloads one.

use crate::process::run;
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// An image in a folder, in the OCI image layout.
pub(crate) struct Image {
    folder: PathBuf,
    /// The digest of its manifest.
    pub(crate) digest: String,
}

impl Image {
    /// Makes an image in this folder that holds no file, with a label that makes it different from those with another label.
    pub(crate) fn new(folder: &Path, label: &str) -> Image {
        // A tar archive that ends at once.
        let layer = blob(folder, "application/vnd.oci.image.layer.v1.tar", &[0; 1024]);
        let config = json!({
            "architecture": "amd64",
            "os": "linux",
            "config": {"Labels": {"label": label}},
            "rootfs": {"type": "layers", "diff_ids": [&layer["digest"]]},
        });
        let config = blob(folder, "application/vnd.oci.image.config.v1+json", config.to_string().as_bytes());
        let manifest_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({"schemaVersion": 2, "mediaType": manifest_type, "config": config, "layers": [layer]});
        let manifest = blob(folder, manifest_type, manifest.to_string().as_bytes());
        let index = json!({"schemaVersion": 2, "manifests": [&manifest]});
        write(&folder.join("index.json"), index.to_string().as_bytes());
        write(&folder.join("oci-layout"), br#"{"imageLayoutVersion":"1.0.0"}"#);
        let digest = manifest["digest"].as_str().expect("blob() writes it").to_owned();
        Image { folder: folder.to_owned(), digest }
    }

    /// How skopeo calls it.
    pub(crate) fn location(&self) -> String {
        format!("oci:{}", self.folder.display())
    }
}

/// Stores a blob and gives its descriptor.
pub(crate) fn blob(folder: &Path, media_type: &str, bytes: &[u8]) -> serde_json::Value {
    let blobs = folder.join("blobs/sha256");
    fs::create_dir_all(&blobs).expect("the folder is ours");
    let path = blobs.join("new");
    write(&path, bytes);
    let sum = run(Command::new("sha256sum").arg(&path), "").success();
    let hex = sum.split(' ').next().expect("a line has a first word");
    fs::rename(&path, blobs.join(hex)).expect("the folder is ours");
    json!({"mediaType": media_type, "digest": format!("sha256:{hex}"), "size": bytes.len()})
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).expect("the folder is ours");
}
