//! The interface between a Go program for `GOOS=js` and its host, as far as kpt's modules need it (Go: misc/wasm/wasm_exec.js and
//! src/runtime/rt0_js_wasm.s; prep/wasmexec for wasmtime).
//!
//! A call passes the address of a frame, which holds arguments and results in 8-byte slots. The frame and the buffer for texts are statics,
//! because kpt's wasmtime host sees only the memory that was there at the start. All imports come from the module `go`: every release of kpt
//! has it under that name, and only newer ones as `gojs`.
#![allow(unsafe_code, reason = "a foreign interface of addresses; nothing outside of this file is unsafe")]

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

use crate::reply::{INPUT_LIMIT, OUTPUT_LIMIT};

#[link(wasm_import_module = "go")]
unsafe extern "C" {
    #[link_name = "runtime.resetMemoryDataView"]
    fn reset_memory_data_view(frame: u32);
    #[link_name = "runtime.walltime"]
    fn walltime(frame: u32);
    #[link_name = "runtime.wasmWrite"]
    fn wasm_write(frame: u32);
    #[link_name = "syscall/js.stringVal"]
    fn string_val(frame: u32);
    #[link_name = "syscall/js.valueCall"]
    fn value_call(frame: u32);
    #[link_name = "syscall/js.valueGet"]
    fn value_get(frame: u32);
    #[link_name = "syscall/js.valueIndex"]
    fn value_index(frame: u32);
    #[link_name = "syscall/js.valueLoadString"]
    fn value_load_string(frame: u32);
    #[link_name = "syscall/js.valuePrepareString"]
    fn value_prepare_string(frame: u32);
    #[link_name = "syscall/js.valueSet"]
    fn value_set(frame: u32);
}

/// The host starts the program. It has written arguments and variables to the addresses from 4096 on, where the stack ends; there is nothing
/// in them for us.
#[unsafe(no_mangle)]
extern "C" fn run(_argc: i32, _argv: i32) {
    crate::protocol::run();
}

/// The host calls one of the program's functions.
#[unsafe(no_mangle)]
extern "C" fn resume() {
    crate::protocol::resume();
}

/// Where the frame is. The host asks for it again after each call that may have moved a Go program's stack.
#[unsafe(no_mangle)]
extern "C" fn getsp() -> u32 {
    FRAME.address()
}

/// A value of the host: a number, or the number of an object in a NaN (Go: src/syscall/js/js.go, `ref`).
///
/// It is never given back: a module answers one call, and wasmexec's `finalizeRef` drops the wrong value.
#[derive(Clone, Copy)]
pub(crate) struct Ref(u64);

impl Ref {
    pub(crate) const NULL: Self = Self(0x7FF8_0000_0000_0002);
    /// `globalThis`.
    pub(crate) const GLOBAL: Self = Self(0x7FF8_0001_0000_0005);
    /// The object that the host made for this program.
    pub(crate) const GO: Self = Self(0x7FF8_0001_0000_0006);

    /// A number; 0 has another form, which is not needed here.
    pub(crate) fn number(number: f64) -> Self {
        Self(number.to_bits())
    }

    /// The number that it is; NaN of everything else.
    pub(crate) fn as_number(self) -> f64 {
        f64::from_bits(self.0)
    }

    fn is_object(self) -> bool {
        self.0 >> 32 == 0x7FF8_0001
    }
}

/// Why a text of the host can't be read.
pub(crate) enum Unreadable {
    /// It has this many bytes.
    TooLarge(u64),
    /// Only wasmexec's strings can be that.
    NotUtf8,
}

/// Finds out which host this is: only Node.js has `process.versions`.
///
/// To be called first, before anything is allocated.
pub(crate) fn look_at_host() {
    NODE.store(get(get(Ref::GLOBAL, "process"), "versions").is_object(), Relaxed);
    PAGES.store(core::arch::wasm32::memory_size(0), Relaxed);
}

/// Whether the host is Node.js, not wasmtime.
pub(crate) fn is_node() -> bool {
    NODE.load(Relaxed)
}

/// `object[key]`.
pub(crate) fn get(object: Ref, key: &'static str) -> Ref {
    let (at, length) = place(key);
    call_host(value_get, &[object.0, at, length, Ref::NULL.0]);
    Ref(FRAME.get(4))
}

/// `object[key] = value`.
pub(crate) fn set(object: Ref, key: &'static str, value: Ref) {
    let (at, length) = place(key);
    call_host(value_set, &[object.0, at, length, value.0]);
}

/// `list[index]`.
pub(crate) fn index(list: Ref, index: u64) -> Ref {
    call_host(value_index, &[list.0, index, Ref::NULL.0]);
    Ref(FRAME.get(3))
}

/// `object[method](argument)`; nothing when it throws.
pub(crate) fn call(object: Ref, method: &'static str, argument: Ref) -> Option<Ref> {
    let (at, length) = place(method);
    ARGUMENT.set(0, argument.0);
    // The last two are the result and whether there is one: a host that fails may leave them as they are.
    call_host(value_call, &[object.0, at, length, ARGUMENT.address().into(), 1, 1, Ref::NULL.0, 0]);
    (FRAME.get(8) & 0xFF == 1).then(|| Ref(FRAME.get(7)))
}

/// A string of the host.
///
/// What does not fit the buffer is cut off: the caller keeps the text below [`OUTPUT_LIMIT`].
pub(crate) fn string(text: &str) -> Ref {
    call_host(string_val, &[EXCHANGE.address().into(), EXCHANGE.fill(text.as_bytes()), Ref::NULL.0]);
    Ref(FRAME.get(3))
}

/// The text of a string of the host.
pub(crate) fn text(string: Ref) -> Result<String, Unreadable> {
    call_host(value_prepare_string, &[string.0, Ref::NULL.0, 0]);
    let (bytes, length) = (FRAME.get(2), FRAME.get(3));
    let fitting = usize::try_from(length).ok().filter(|length| *length <= INPUT_LIMIT);
    let Some(fitting) = fitting else { return Err(Unreadable::TooLarge(length)) };
    call_host(value_load_string, &[bytes, EXCHANGE.address().into(), length, length]);
    String::from_utf8(EXCHANGE.copy(fitting)).map_err(|_| Unreadable::NotUtf8)
}

/// Writes to standard error. Only of use under Node.js: on wasmtime it would get into kpt's standard output.
pub(crate) fn write_stderr(text: &str) {
    if !text.is_empty() {
        call_host(wasm_write, &[2, EXCHANGE.address().into(), EXCHANGE.fill(text.as_bytes())]);
    }
}

/// Seconds since 1970.
pub(crate) fn wall_time() -> i64 {
    call_host(walltime, &[0, 0]);
    FRAME.get(1).cast_signed()
}

static NODE: AtomicBool = AtomicBool::new(false);

/// How many pages the memory had when the host last looked at it.
static PAGES: AtomicUsize = AtomicUsize::new(0);

static FRAME: Slots<10> = Slots(UnsafeCell::new([0; 10]));
static ARGUMENT: Slots<2> = Slots(UnsafeCell::new([0; 2]));
static EXCHANGE: Exchange = Exchange(UnsafeCell::new([0; OUTPUT_LIMIT + 8]));

fn place(text: &'static str) -> (u64, u64) {
    (text.as_ptr().addr() as u64, text.len() as u64)
}

/// Puts the arguments into the frame, from its second slot on, and calls.
fn call_host(import: unsafe extern "C" fn(u32), arguments: &[u64]) {
    let pages = core::arch::wasm32::memory_size(0);
    if PAGES.swap(pages, Relaxed) != pages && is_node() {
        // A memory that grew is another ArrayBuffer. wasmtime's host has no such call, and logs one as an error.
        // SAFETY: as below; it reads no slot.
        unsafe { reset_memory_data_view(FRAME.address()) };
    }
    for (slot, argument) in (1..).zip(arguments) {
        FRAME.set(slot, *argument);
    }
    // SAFETY: the imports have this type in every host. They write to the frame and to the buffer whose address is in it, neither of which is
    // borrowed while they run, and call nothing of this module.
    unsafe { import(FRAME.address()) };
}

/// 8-byte slots at a fixed address. The last is never used: wasmexec refuses what ends where memory ends.
#[repr(C, align(16))]
struct Slots<const N: usize>(UnsafeCell<[u64; N]>);

// SAFETY: there is one thread.
unsafe impl<const N: usize> Sync for Slots<N> {}

impl<const N: usize> Slots<N> {
    fn address(&self) -> u32 {
        self.0.get().expose_provenance() as u32
    }

    fn get(&self, slot: usize) -> u64 {
        // SAFETY: nothing holds a reference to the slots, and there is one thread.
        unsafe { *self.0.get() }.get(slot).copied().unwrap_or_default()
    }

    fn set(&self, slot: usize, value: u64) {
        // SAFETY: the reference ends here, nothing else holds one, and there is one thread.
        let slots = unsafe { &mut *self.0.get() };
        if let Some(slot) = slots.get_mut(slot) {
            *slot = value;
        }
    }
}

/// The buffer through which all texts go.
#[repr(C, align(16))]
struct Exchange(UnsafeCell<[u8; OUTPUT_LIMIT + 8]>);

// SAFETY: there is one thread.
unsafe impl Sync for Exchange {}

impl Exchange {
    fn address(&self) -> u32 {
        self.0.get().expose_provenance() as u32
    }

    /// Puts bytes into it, and says how many.
    fn fill(&self, bytes: &[u8]) -> u64 {
        // SAFETY: the reference ends here, nothing else holds one, and there is one thread.
        let buffer = unsafe { &mut *self.0.get() };
        let length = bytes.len().min(OUTPUT_LIMIT);
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), bytes.get(..length)) {
            to.copy_from_slice(from);
        }
        length as u64
    }

    /// The first `length` bytes.
    fn copy(&self, length: usize) -> Vec<u8> {
        // SAFETY: the reference ends here, nothing else holds one, and there is one thread.
        let buffer = unsafe { &*self.0.get() };
        buffer.get(..length).unwrap_or_default().to_vec()
    }
}
