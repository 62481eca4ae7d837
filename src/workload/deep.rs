//! Images at any depth below a place of the table: kinds whose templates hold templates.

use crate::yaml::{Fault, View};

use super::ImageField;
use super::reader::Reader;
use super::row::{Images, Place};

/// Deeper than any object goes by itself (the parser's limit is 255 levels of each style); only aliases lead further.
pub(super) const DEPTH: usize = 600;

/// Reads the images that the place names by the last steps on the way to them.
///
/// # Errors
/// A fault of the object that keeps images from being found.
pub(super) fn read<'a>(
    reader: &mut Reader<'a, '_>,
    at: &View<'a>,
    place: &'static Place,
    images: &mut Vec<ImageField>,
) -> Result<(), Fault> {
    let tails = || {
        place.images.iter().filter_map(|images| match images {
            Images::Deep(holder, key) => Some((holder, *key)),
            _ => None,
        })
    };
    if tails().next().is_none() {
        return Ok(());
    }
    let interest = tails().map(|(_, tail)| tail).collect::<Vec<_>>().join(" ");
    let marks = at.tree().marks(&interest, |key| tails().any(|(_, tail)| tail == key));
    let mut open = vec![(at.clone(), 0)];
    while let Some((view, depth)) = open.pop() {
        if !view.is_marked(&marks)? {
            continue;
        }
        if depth > DEPTH {
            return Err(Fault::TooManyAliases { at: view.start() });
        }
        // The last one is taken first.
        if view.is_sequence() {
            open.extend(view.items()?.into_iter().rev().map(|item| (item, depth + 1)));
        } else {
            for (holder, key) in tails() {
                for holder in holder.find(&view)? {
                    reader.image(&holder, key, images)?;
                }
            }
            let fields =
                view.fields()?.into_iter().rev().filter(|(_, value)| value.is_mapping() || value.is_sequence());
            open.extend(fields.map(|(_, value)| (value, depth + 1)));
        }
    }
    Ok(())
}
