//! The reader's spans against those of libyaml.

use pullthrough::yaml::parse::{self, Split};
use pullthrough::yaml::{Error, View};
use serde_json::Value;

use super::{corpus, entries};

tests![
    images_stand_where_libyaml_sees_them,
    what_is_no_yaml_is_refused_with_its_line,
    the_items_of_a_list_read_alone_stand_where_they_stand_in_the_whole,
];

/// Every scalar below a key `image`, with the bytes of its token, as text.
fn images(text: &str) -> Result<Vec<(usize, usize, String)>, Error> {
    fn walk(view: &View<'_>, found: &mut Vec<(usize, usize, String)>) {
        for (key, value) in view.entries() {
            if key.scalar() == Some("image")
                && let Some(scalar) = value.scalar()
            {
                found.push((value.span().start, value.span().end, scalar.to_owned()));
            }
            walk(&value, found);
        }
        view.items().unwrap().iter().for_each(|item| walk(item, found));
    }
    let mut found = Vec::new();
    parse::objects::<Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            walk(&tree.view(), &mut found);
            Ok(())
        },
    )?;
    Ok(found)
}

fn images_stand_where_libyaml_sees_them() {
    let Some(folder) = corpus() else { return };
    let known: Value = serde_json::from_str(&std::fs::read_to_string(folder.join("images.json")).unwrap()).unwrap();
    let mut checked = 0;
    let Some(entries) = entries() else { return };
    for (file, entry, text) in entries {
        if entry.get("parse_error").is_some() || entry["why"].as_str().unwrap().starts_with("invalid YAML") {
            continue;
        }
        let found = images(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for image in known[&file].as_array().into_iter().flatten() {
            let (start, end) =
                (image["byte_start"].as_u64().unwrap() as usize, image["byte_end"].as_u64().unwrap() as usize);
            let value = image["value"].as_str().unwrap();
            if image["style"].as_str().is_some_and(|style| style.contains("literal") || style.contains("folded")) {
                assert!(found.iter().any(|(.., text)| text == value), "{file}: {image}");
            } else if !value.is_empty() {
                assert!(found.contains(&(start, end, value.to_owned())), "{file}: {image}");
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 142, "images that were compared");
}

fn what_is_no_yaml_is_refused_with_its_line() {
    let lines = [
        ("longhorn+longhorn/dev/scale-test/statefulset.yaml", 4),
        ("linkerd+linkerd2/cli/cmd/testdata/inject_gettest_deployment.bad.input.yml", 36),
        ("kserve+kserve/docs/samples/v1beta1/custom/torchserve/gpu.yaml", 8),
    ];
    let Some(entries) = entries() else { return };
    for (file, _, text) in entries {
        let error = parse::outline(&text, &[], |_| ()).err();
        let expected = lines.iter().find(|(name, _)| *name == file).map(|(_, line)| *line);
        assert_eq!(error.as_ref().map(|error| error.line), expected, "{file}: {error:?}");
    }
}

fn the_items_of_a_list_read_alone_stand_where_they_stand_in_the_whole() {
    let Some(entries) = entries() else { return };
    for (file, _, text) in entries {
        let Ok(whole) = images(&text) else { continue };
        let list = as_resource_list(&text);
        let in_list = images(&list).unwrap_or_else(|error| panic!("{file}: {error}"));
        let values =
            |images: &[(usize, usize, String)]| images.iter().map(|(.., text)| text.clone()).collect::<Vec<_>>();
        assert_eq!(values(&whole), values(&in_list), "{file}");
    }
}

/// The documents of a stream as the items of a ResourceList, each line indented.
pub(super) fn as_resource_list(text: &str) -> String {
    let mut list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n".to_owned();
    let mut first = true;
    for line in text.trim_start_matches('\u{feff}').split_inclusive('\n') {
        let bare = line.trim_end();
        if bare == "---" || bare == "..." || line.starts_with("--- #") {
            first = true;
            continue;
        }
        if bare.is_empty() || (first && bare.starts_with('#')) {
            list.push_str(line);
            continue;
        }
        list.push_str(if first { "- " } else { "  " });
        list.push_str(line);
        first = false;
    }
    list
}
