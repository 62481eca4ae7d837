//! pullthrough for JavaScript.
//!
//! One [`Run`] is one call of the function. Its JavaScript side (`wasm/js/ts`) sends what [`Run::step`] says and returns the outcome; what is
//! asked, of whom and how often is decided by the session, as in the native program. Nothing in here waits, and nothing is kept between two
//! runs.
//!
//! What crosses the border is JSON, made of the types in [`border`], and the input's text.

mod border;
mod call;
mod outcome;
mod run;

pub use run::Run;
