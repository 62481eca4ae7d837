//! Why a request brought no answer, from the errors of the layers below.

use std::error::Error;
use std::io::{self, ErrorKind};

use rustls::{Error as TlsError, InvalidMessage};

use super::open_files::is_out_of_files;
use super::resolve::NoAddress;
use crate::access::session::Failure;

/// The failure that an error stands for. `has_route` is asked only when it matters.
pub(super) fn of(error: &reqwest::Error, has_route: fn() -> bool) -> Failure {
    let found = causes(error).find_map(known);
    match found {
        Some(Failure::NameNotResolved | Failure::NoNetwork) if !has_route() => Failure::NoNetwork,
        Some(Failure::NoNetwork) => Failure::ConnectionFailed,
        Some(failure) => failure,
        None if error.is_timeout() && error.is_connect() => Failure::ConnectTimedOut,
        None if error.is_timeout() => Failure::TimedOut,
        None if error.is_connect() => Failure::ConnectionFailed,
        None => Failure::Broken,
    }
}

/// Whether there was an answer that was not HTTP. The type is private to the client library; a test holds its text.
pub(super) fn is_garbled(error: &reqwest::Error) -> bool {
    causes(error).any(|cause| cause.to_string().starts_with("invalid HTTP"))
}

/// What one error of the chain says by itself.
fn known(cause: &(dyn Error + 'static)) -> Option<Failure> {
    if let Some(no_address) = cause.downcast_ref::<NoAddress>() {
        return Some(match no_address {
            NoAddress::NotFound => Failure::NameNotResolved,
            NoAddress::Forbidden => Failure::AddressForbidden,
            NoAddress::OutOfFiles => Failure::TooManyOpenFiles,
        });
    }
    if let Some(tls) = cause.downcast_ref::<TlsError>() {
        let not_spoken = matches!(tls, TlsError::InvalidMessage(InvalidMessage::InvalidContentType));
        return Some(if not_spoken { Failure::TlsNotSpoken } else { Failure::TlsFailed });
    }
    // The type is private to the client library; a test holds its text.
    if cause.to_string().starts_with("tunnel error") {
        return Some(Failure::ForwardProxy);
    }
    let cause = cause.downcast_ref::<io::Error>()?;
    if is_out_of_files(cause) {
        return Some(Failure::TooManyOpenFiles);
    }
    match cause.kind() {
        // Whether it is the machine or the host that has no way is to be asked.
        ErrorKind::NetworkUnreachable => Some(Failure::NoNetwork),
        ErrorKind::ConnectionRefused | ErrorKind::HostUnreachable => Some(Failure::ConnectionFailed),
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Some(Failure::Broken),
        _ => None,
    }
}

/// An error and its causes, including those inside I/O errors, which `source` skips.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.map_or_else(|| error.source(), |inner| Some(inner as &(dyn Error + 'static)))
    })
}
