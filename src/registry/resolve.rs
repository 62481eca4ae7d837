//! Looks names up, and lets through only the addresses that may be dialed.
//!
//! The rule holds on what the connection is made to: a name that leads elsewhere the second time changes nothing.

use std::collections::HashMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::open_files::is_out_of_files;
use super::settings::Lookup;
use crate::access::addresses::{AddressClass, EgressLimit};

/// How long a look-up may take where no network is: a name can still be the machine's own, which is in a file. musl, in the container image,
/// would wait for name servers that it could not even ask for as long as for slow ones (src/network/res_msend.c).
const WITHOUT_NETWORK: Duration = Duration::from_millis(200);

/// In which zone each host was found: the one that needs least trust, of all addresses it ever had.
#[derive(Clone, Default)]
pub(super) struct Zones(Arc<Mutex<HashMap<String, AddressClass>>>);

impl Zones {
    /// The zone of a host, if its name was ever looked up here.
    pub(super) fn of(&self, name: &str) -> Option<AddressClass> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()
    }

    fn note(&self, name: &str, addresses: &[IpAddr]) {
        let Some(zone) = addresses.iter().map(|&address| AddressClass::of(address)).min() else { return };
        let mut zones = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = zones.entry(name.to_owned()).or_insert(zone);
        *known = zone.min(*known);
    }
}

/// Looks names up for requests that may reach up to one zone.
pub(super) struct Resolver {
    pub(super) lookup: Lookup,
    pub(super) zones: Zones,
    pub(super) limit: AddressClass,
    /// The forward proxies, which may be anywhere.
    pub(super) exempt: Arc<[String]>,
    /// Whether this machine has a way to any network.
    pub(super) has_route: fn() -> bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let name = name.as_str().to_owned();
        let (lookup, zones) = (Arc::clone(&self.lookup), self.zones.clone());
        let has_route = self.has_route;
        let reach = if self.exempt.contains(&name) { None } else { Some(EgressLimit::UpTo(self.limit)) };
        Box::pin(async move {
            let looked_up = name.clone();
            let found = tokio::task::spawn_blocking(move || lookup(&looked_up));
            let found = if has_route() {
                found.await
            } else {
                tokio::time::timeout(WITHOUT_NETWORK, found).await.map_err(|_| NoAddress::NotFound)?
            };
            let mut addresses = match found {
                Ok(Ok(addresses)) => addresses,
                Ok(Err(error)) if is_out_of_files(&error) => return Err(NoAddress::OutOfFiles.into()),
                _ => return Err(NoAddress::NotFound.into()),
            };
            if addresses.is_empty() {
                return Err(NoAddress::NotFound.into());
            }
            if let Some(reach) = reach {
                zones.note(&name, &addresses);
                addresses.retain(|&address| reach.permits(address, None));
            }
            if addresses.is_empty() {
                return Err(NoAddress::Forbidden.into());
            }
            let addresses: Addrs = Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0)));
            Ok(addresses)
        })
    }
}

/// Why there is no address to dial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoAddress {
    /// The name was not resolved.
    NotFound,
    /// It leads only to addresses that may not be dialed.
    Forbidden,
    /// No registry could be asked: this process has too many open files.
    OutOfFiles,
}

impl fmt::Display for NoAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotFound => "the name was not resolved",
            Self::OutOfFiles => "too many open files",
            Self::Forbidden => "the host name resolves to addresses that must not be contacted",
        })
    }
}

impl std::error::Error for NoAddress {}
