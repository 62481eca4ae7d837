//! `pullthrough explain`: what a result code means, and what a field of the configuration does.

mod codes;
mod fields;

pub use codes::remedy;

use serde_json::Value;

use crate::krm::Code;
use crate::yaml::de::nearest;

/// The page about a result code or a field, such as `no-proxy`, `spec.access.onNotFound` or `onNotFound`. The fields' texts are those of the JSON
/// `schema`.
///
/// # Errors
/// A sentence with the nearest name, when there is no such code or field.
pub fn explain(name: &str, schema: &Value) -> Result<String, String> {
    if let Some(code) = Code::ALL.iter().find(|code| code.name() == name) {
        return Ok(format!("{code}: {}\n\n{}\n", code.description(), remedy(*code)));
    }
    let fields = fields::all(schema);
    let wanted = fields::normalized(name);
    let found: Vec<&fields::Field> = fields.iter().filter(|field| field.is_called(&wanted)).collect();
    if !found.is_empty() {
        return Ok(found.iter().map(|field| field.page()).collect::<Vec<_>>().join("\n"));
    }
    let leaves = fields.iter().map(fields::Field::leaf);
    let names: Vec<&str> = Code::ALL
        .iter()
        .map(|code| code.name())
        .chain(fields.iter().map(|field| field.path.as_str()))
        .chain(leaves)
        .collect();
    let meant = nearest(name, &names).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(format!("there is no result code and no field called `{name}`{meant}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Value {
        serde_json::from_str(include_str!("../../../fn-config/schema.json")).unwrap()
    }

    #[test]
    fn every_code_is_explained() {
        for code in Code::ALL {
            let page = explain(code.name(), &schema()).unwrap();
            assert!(page.starts_with(&format!("{code}: ")), "{page}");
            assert!(remedy(*code).len() > 40 && remedy(*code).ends_with('.'), "{code}");
        }
    }

    #[test]
    fn a_field_is_found_by_its_path_or_its_name() {
        let whole = explain("spec.access.onNotFound", &schema()).unwrap();
        assert!(whole.starts_with("spec.access.onNotFound\n") && whole.contains("`keep`"), "{whole}");
        assert_eq!(explain("access.onNotFound", &schema()).unwrap(), whole);
        assert!(explain("onNotFound", &schema()).unwrap().contains(&whole));
        assert!(
            explain("spec.proxies[0].harbor.project", &schema())
                .unwrap()
                .starts_with("spec.proxies[].harbor.project\n")
        );
        // Several fields have this name.
        assert!(explain("host", &schema()).unwrap().matches("\nspec.proxies[]").count() > 3);
    }

    #[test]
    fn a_slip_is_answered_with_what_was_meant() {
        for (name, meant) in [("no-proxi", "no-proxy"), ("onNotFund", "onNotFound"), ("acess", "access")] {
            let error = explain(name, &schema()).unwrap_err();
            assert!(error.contains(&format!("did you mean `{meant}`?")), "{error}");
        }
        assert!(!explain("xyzzy-plugh-quux", &schema()).unwrap_err().contains("did you mean"));
    }
}
