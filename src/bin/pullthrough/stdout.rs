//! Standard output, when there is one.

use super::Failure;

/// Whether there is a standard output to write to.
///
/// # Errors
/// When it is closed, as after `>&-`: what is written there would be lost, and an orchestrator would take nothing for the output.
pub(crate) fn check() -> Result<(), Failure> {
    if is_closed() {
        return Err(Failure(
            "standard output is closed; give it a file or a pipe (or > /dev/null, to drop the output)".into(),
        ));
    }
    Ok(())
}

/// Rust's runtime opens `/dev/null` in the place of a standard stream that is closed, for reading and writing (rust-lang/rust:
/// `library/std/src/sys/pal/unix/mod.rs`, `sanitize_standard_fds`). A shell opens it for writing alone.
#[cfg(target_os = "linux")]
fn is_closed() -> bool {
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let same_device = || {
        let (output, null) = (std::fs::metadata("/proc/self/fd/1")?, std::fs::metadata("/dev/null")?);
        Ok::<_, std::io::Error>(output.file_type().is_char_device() && output.rdev() == null.rdev())
    };
    let flags = || {
        let info = std::fs::read_to_string("/proc/self/fdinfo/1").ok()?;
        let flags = info.lines().find_map(|line| line.strip_prefix("flags:"))?;
        u32::from_str_radix(flags.trim(), 8).ok()
    };
    const ACCESS: u32 = 0o3;
    const READ_AND_WRITE: u32 = 0o2;
    // Without /proc nothing can be told.
    same_device().unwrap_or(false) && flags().is_some_and(|flags| flags & ACCESS == READ_AND_WRITE)
}

#[cfg(not(target_os = "linux"))]
fn is_closed() -> bool {
    false
}
