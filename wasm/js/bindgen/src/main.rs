//! Makes the JavaScript glue of a WebAssembly module: `pullthrough-bindgen MODULE.wasm FOLDER`.
//!
//! It is what `wasm-bindgen --target web` does. As a member of the workspace it is pinned by the same lock file as the macro in the module,
//! whose version it must have, and nobody has to install anything.

use std::ffi::OsString;
use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let [module, folder] = arguments.as_slice() else {
        return refuse("expected a module and a folder: pullthrough-bindgen MODULE.wasm FOLDER");
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).out_name("pullthrough").typescript(true).omit_default_module_path(true);
    bindgen.remove_name_section(true).remove_producers_section(true);
    match bindgen.web(true).and_then(|bindgen| bindgen.generate(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => refuse(&format!("{error:#}")),
    }
}

#[expect(clippy::print_stderr, reason = "it is a program")]
fn refuse(why: &str) -> ExitCode {
    eprintln!("pullthrough-bindgen: {why}");
    ExitCode::FAILURE
}
