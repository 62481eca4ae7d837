//! What kpt asks of a module, and how a module fails.
//!
//! kpt runs a module under Node.js or, where it was built with cgo, under wasmtime (kpt: pkg/lib/fnruntime/{nodejs,wasmtime}.go). Both call
//! `processResourceList` with the ResourceList, and `processResourceListErrors` when what came back is none. They differ in what they take for
//! a failure: under Node.js that is the exit code, and a ResourceList with results comes along; under wasmtime it is whatever is no
//! ResourceList, and the errors are all that is shown of it.

use std::cell::RefCell;

use crate::abi::{self, Ref, Unreadable};
use crate::reply::{Reply, reply};

const PROCESS: f64 = 1.0;
const ERRORS: f64 = 2.0;

thread_local! {
    /// Why there is no ResourceList, until it is asked for.
    static ERROR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// What stands in place of a ResourceList. On wasmtime, kpt quotes it in its own message.
const NO_RESULT: &str = "nothing";

/// Gives the host the two functions that it calls.
pub(crate) fn run() {
    abi::look_at_host();
    for (name, id) in [("processResourceList", PROCESS), ("processResourceListErrors", ERRORS)] {
        if let Some(function) = abi::call(Ref::GO, "_makeFuncWrapper", Ref::number(id)) {
            abi::set(Ref::GLOBAL, name, function);
        }
    }
}

/// Answers the call that is waiting.
pub(crate) fn resume() {
    let event = abi::get(Ref::GO, "_pendingEvent");
    abi::set(Ref::GO, "_pendingEvent", Ref::NULL);
    let text = if abi::get(event, "id").as_number() == PROCESS {
        process(abi::index(abi::get(event, "args"), 0))
    } else {
        ERROR.take()
    };
    abi::set(event, "result", abi::string(&text));
}

fn process(list: Ref) -> String {
    let Reply { output, said, exit } = match abi::text(list) {
        Ok(text) => reply(&text, abi::wall_time()),
        Err(Unreadable::TooLarge(length)) => Reply::too_large(length),
        Err(Unreadable::NotUtf8) => Reply::failed("the input is not UTF-8; save it as UTF-8"),
    };
    if abi::is_node() {
        abi::write_stderr(&said);
        if exit != 0 {
            abi::set(abi::get(Ref::GLOBAL, "process"), "exitCode", Ref::number(f64::from(exit)));
        }
        // The errors would be standard output, which a failed program leaves empty.
        return output.unwrap_or_else(|| NO_RESULT.to_owned());
    }
    match output {
        Some(output) if exit == 0 => output,
        _ => {
            ERROR.set(said);
            NO_RESULT.to_owned()
        }
    }
}
