//! Configurations that pages show are read with the reader that the function has.

use pullthrough::config::Config;
use pullthrough::yaml::parse::{self, Split};

use crate::page::Page;

/// A block that begins with `spec:`, or whose kind is ours, is a configuration that works.
#[test]
fn every_configuration_is_right() {
    let mut shown = 0;
    for page in Page::all() {
        for block in page.blocks() {
            let is_ours =
                block.text.starts_with("spec:\n") || block.text.lines().any(|line| line == "kind: PullThrough");
            if ["yaml", "yml"].contains(&block.language) && is_ours {
                shown += 1;
                if let Err(problems) = read(&block.text) {
                    panic!("{}:{}: {problems}\n{}", page.name, block.line, block.text);
                }
            }
        }
    }
    assert!(shown > 10, "only {shown} configurations");
}

fn read(text: &str) -> Result<(), String> {
    let mut read = Ok(());
    let parsed = parse::objects::<parse::Error>(
        text,
        |_| Split::Whole,
        |_, tree| {
            read = match Config::read(&tree.view()) {
                Ok(Some(_)) => Ok(()),
                Ok(None) => Err("it says nothing".to_owned()),
                Err(problems) => Err(format!("{problems:?}")),
            };
            Ok(())
        },
    );
    parsed.map_err(|error| error.to_string()).and(read)
}

#[test]
fn wrong_configurations_are_noticed() {
    assert_eq!(read("spec:\n  pin: true\n"), Ok(()));
    assert!(read("spec:\n  pins: true\n").unwrap_err().contains("pins"));
    assert!(read("spec:\n  pin: [\n").is_err());
}
