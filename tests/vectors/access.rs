//! Challenges and token endpoints, as other clients' tests have them.

use std::net::IpAddr;

use pullthrough::access::addresses::{AddressClass, AddressPolicy};
use pullthrough::access::challenge::Challenge;
use serde_json::Value;
use url::{Host, Url};

use crate::{rows, text, vectors};

/// Whether a challenge has the scheme and exactly the parameters of a row.
fn is(found: &Challenge, row: &Value) -> bool {
    let parameters: Vec<_> = found.parameters().map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
    let expected = row.get("params").or_else(|| row.get("parameters"));
    let same = expected.is_none_or(|expected| *expected == Value::Object(parameters.into_iter().collect()));
    found.scheme() == row["scheme"] && same
}

#[test]
fn www_authenticate() {
    let file = vectors("www-authenticate");
    for (table, expected) in [("regclient", 11), ("containers_image", 3), ("distribution", 1)] {
        for row in rows(&file, table, expected) {
            let found = Challenge::parse_all([text(row, "/in/header")]);
            match row["out"]["challenges"].as_array() {
                Some(challenges) => {
                    assert_eq!(found.len(), challenges.len(), "{row}");
                    assert!(found.iter().zip(challenges).all(|(found, row)| is(found, row)), "{row}");
                }
                // Where regclient refuses the header, what can be read of it still tells that it is Basic.
                None => assert_eq!(found.iter().map(Challenge::scheme).collect::<Vec<_>>(), ["basic"], "{row}"),
            }
        }
    }
}

#[test]
fn go_containerregistry_ping() {
    let file = vectors("go-containerregistry-transport");
    for row in rows(&file, "ping", 6) {
        // The status decides whether there is a challenge at all; that is the session's part.
        if row["in"]["status"] != 401 {
            continue;
        }
        let values = row["in"]["www_authenticate"].as_array().unwrap();
        let found = Challenge::parse_all(values.iter().map(|value| value.as_str().unwrap()));
        assert_eq!(found.len(), values.len(), "{row}");
        assert!(found.iter().any(|found| is(found, &row["out"])), "{row}");
    }
}

/// The realm rules. We differ in one row, on purpose: a registry on this machine may have its token server on another
/// port of it.
#[test]
fn go_containerregistry_realm_url_validation() {
    let file = vectors("go-containerregistry-transport");
    let mut different = Vec::new();
    for row in rows(&file, "realm_url_validation", 18) {
        let realm = Url::parse(text(row, "/in/realm")).unwrap();
        let host = match text(row, "/in/registryHost") {
            "" => "registry.example.com",
            host => host,
        };
        let scheme = if row["in"]["insecure"] == true { "http" } else { "https" };
        let registry = Url::parse(&format!("{scheme}://{host}/")).unwrap();
        let literal: Option<IpAddr> = match realm.host().unwrap() {
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
            Host::Domain(_) => None,
        };
        let reach = AddressPolicy::default().realm(&realm, &registry);
        // A registry that is named and not numbered counts as public here.
        let dialed = reach.is_some_and(|reach| literal.is_none_or(|it| reach.permits(it, Some(AddressClass::Public))));
        if row["out"]["refused"] != !dialed {
            different.push(row["case"].clone());
        }
    }
    assert_eq!(different, ["same loopback host but different port still blocked"]);
}

/// Which addresses each registry name leads to: the port that its scheme has by default.
#[test]
fn go_containerregistry_canonical_address() {
    let file = vectors("go-containerregistry-transport");
    let mut checked = 0;
    for row in rows(&file, "canonical_address", 13) {
        // Addresses without brackets and with an empty port are no registries in a reference.
        let Ok(url) = Url::parse(&format!("{}://{}/", text(row, "/in/scheme"), text(row, "/in/address"))) else {
            continue;
        };
        assert_eq!(pullthrough::access::addresses::host_and_port(&url), text(row, "/out/want"), "{row}");
        checked += 1;
    }
    assert_eq!(checked, 10);
}
