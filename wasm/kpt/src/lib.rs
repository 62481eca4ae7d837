//! pullthrough as a WASM module that kpt loads.
//!
//! kpt runs modules that the Go compiler made for `GOOS=js`: they are not WASI, they get neither arguments nor variables nor files nor a
//! network, and they speak to their host in Go's own binary interface. [`abi`] is that interface, [`protocol`] what kpt asks through it, and
//! [`reply`] the function. Only the first is unsafe, and only the last can be built for other machines than WASM's.

#[cfg(target_arch = "wasm32")]
mod abi;
#[cfg(target_arch = "wasm32")]
mod protocol;
pub mod reply;
