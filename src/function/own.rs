//! Our own objects in a stream: nothing behind it would keep them from the cluster, which has no such kinds.

use std::sync::Arc;

use crate::access::lock::KIND as IMAGE_LOCK;
use crate::config::{GROUP, KIND as PULLTHROUGH};
use crate::krm::{Code, File, Finding, ObjectRef, Resource, Severity};
use crate::yaml::{Edit, Span, lines};

/// An ImageLock, or a configuration.
#[derive(Debug)]
pub(super) struct OwnObject {
    object: Arc<ObjectRef>,
    file: Option<File>,
    line: usize,
    /// Its lines. `None` where it shares them with something else.
    lines: Option<Span>,
}

impl OwnObject {
    /// Its name, of a configuration.
    pub(super) fn configuration(&self) -> Option<&ObjectRef> {
        (self.object.kind == PULLTHROUGH).then_some(&*self.object)
    }

    /// `None` of an object that is not ours.
    pub(super) fn read(resource: &Resource<'_>) -> Option<Self> {
        let (view, object) = (&resource.view, &resource.object);
        [IMAGE_LOCK, PULLTHROUGH].iter().any(|kind| object.is(GROUP, kind)).then(|| Self {
            object: Arc::clone(object),
            file: resource.file.clone(),
            line: view.tree().line(view.start()),
            lines: lines::object_lines(view),
        })
    }
}

/// The edits that take them out.
///
/// # Errors
/// One of them shares its lines with other text.
pub(super) fn taken_out(own: &[OwnObject]) -> Result<Vec<Edit>, Box<Finding>> {
    let taken_out = own.iter().map(|own| match own.lines {
        Some(span) => Ok(Edit { span, text: String::new() }),
        None => {
            let message = format!(
                "{} would reach the cluster, which has no such kind, and shares its lines with other text; give it with {} instead",
                own.object,
                if own.object.kind == IMAGE_LOCK { "--lock FILE" } else { "--config FILE" }
            );
            let finding = Finding::new(Severity::Error, Code::OwnObject, message).about(&own.object, own.file.as_ref());
            Err(Box::new(Finding { line: Some(own.line), ..finding }))
        }
    });
    taken_out.collect()
}
