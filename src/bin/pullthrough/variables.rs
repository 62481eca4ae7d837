//! Variables that are set and are probably misspelled ones of ours.

use std::ffi::OsString;

use pullthrough::environment::VARIABLES;
use pullthrough::yaml::de::nearest;

/// What all of our variables begin with.
const PREFIX: &str = "PULLTHROUGH_";

/// Each name that begins like ours, is not one of ours and is near to one of ours, with that one; sorted. Values are not looked at: what is
/// meant as a credential may be in them.
pub(crate) fn misspelled(names: impl Iterator<Item = OsString>) -> Vec<(String, &'static str)> {
    let known: Vec<&str> = VARIABLES.iter().filter_map(|(name, _)| name.strip_prefix(PREFIX)).collect();
    let mut found: Vec<(String, &'static str)> = names
        .filter_map(|name| name.into_string().ok())
        .filter_map(|name| {
            let own = name.strip_prefix(PREFIX).filter(|own| !known.contains(own))?;
            let meant = nearest(own, &known)?;
            let (meant, _) = VARIABLES.iter().find(|(name, _)| name.strip_prefix(PREFIX) == Some(meant))?;
            Some((name, *meant))
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_variable_that_was_meant() {
        for (set, meant) in [
            ("PULLTHROUGH_LICENCE_FILE", Some("PULLTHROUGH_LICENSE_FILE")),
            ("PULLTHROUGH_LICENCE_ID", Some("PULLTHROUGH_LICENSE_ID")),
            ("PULLTHROUGH_DOCKER_CONFIG", Some("PULLTHROUGH_DOCKERCONFIG")),
            ("PULLTHROUGH_USER_NAME", Some("PULLTHROUGH_USERNAME")),
            ("PULLTHROUGH_HOST", Some("PULLTHROUGH_HOSTS")),
            ("PULLTHROUGH_HOSTS", None),
            ("PULLTHROUGH_COMMIT", None),
            ("PULLTHROUGH_CACHE_FOLDER", None),
            ("LICENCE_FILE", None),
        ] {
            let found = misspelled([OsString::from(set)].into_iter());
            assert_eq!(found.first().map(|(_, meant)| *meant), meant, "{set}");
        }
    }
}
