//! How the operating system tells a process that it has too many open files.

use std::io;

/// Whether an error says that this process, or the machine, has no more files to open: EMFILE or ENFILE, which are 24 and 23 on all Unixes,
/// and WSAEMFILE. The standard library has no name for it.
pub(super) fn is_out_of_files(error: &io::Error) -> bool {
    let codes: &[i32] = if cfg!(windows) { &[10_024] } else { &[23, 24] };
    error.raw_os_error().is_some_and(|code| codes.contains(&code))
}
