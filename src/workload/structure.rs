//! Images by structure: containers are what they are wherever they stand, in kinds that the table does not know as well.
//!
//! - A mapping with a list `containers` or `initContainers` whose items have an `image` is a pod spec, as kustomize's image transformer has it
//!   (kubernetes-sigs/kustomize `api/filters/imagetag/legacy.go`). Other lists of containers are called so: `extraContainers`, `sidecars`.
//! - A mapping called `container`, `…Container` or `script` with an `image` is a container, and so is one with an `image` beside fields that
//!   only a container has.
//! - A mapping with `apiVersion` and `kind` is an object in the object, which the table is asked about.
//!
//! Such an image names the pull Secret only where the schema surely knows the key; else an object that a strict decoder took before would be
//! refused afterwards.

use crate::krm::ObjectRef;
use crate::yaml::{Fault, View};

use super::deep::DEPTH;
use super::image_field::ImageField;
use super::kinds;
use super::pull_secrets::{Form, PullSecrets};
use super::reader::{Reader, service_account};

/// Fields of a container (core/v1), two of which beside an `image` say that it is one.
const CONTAINER: [&str; 8] =
    ["command", "args", "env", "envFrom", "ports", "resources", "volumeMounts", "imagePullPolicy"];
/// Fields of a PodSpec that custom resources rarely copy. `serviceAccountName`, `nodeSelector` and `tolerations` prove nothing.
const POD: [&str; 5] =
    ["restartPolicy", "dnsPolicy", "terminationGracePeriodSeconds", "hostNetwork", "automountServiceAccountToken"];

/// Where a mapping stands: what is known about it from what is around it.
#[derive(Clone, Copy)]
struct Context<'a> {
    /// The key of the mapping; of an item, that of its list.
    name: &'a str,
    /// The key of the mapping around it.
    outer: &'a str,
    scope: Scope,
    /// The object that it is in, by its place in [`Walk::objects`].
    object: usize,
    depth: usize,
}

/// An object, or one in it.
#[derive(Default)]
struct Object {
    namespace: Option<String>,
    /// The group of images whose Secrets have no field.
    loose: Option<usize>,
    /// Whether containers count only in lists of them: what a chart makes of its values is its own matter.
    has_values: bool,
}

/// Whose pull Secrets an image takes that has none of its own.
#[derive(Clone, Copy)]
enum Scope {
    /// None: there is no field for them.
    None,
    /// Those of a group.
    Group(usize),
    /// Those of a mapping around it that has a field for them, by its place in [`Walk::holders`].
    Holder(usize),
}

struct Walk<'a, 'w, 'r> {
    reader: &'w mut Reader<'a, 'r>,
    holders: Vec<(View<'a>, Option<usize>)>,
    objects: Vec<Object>,
}

/// Adds the images that structure tells, and those of objects in the object.
///
/// # Errors
/// A fault of the object that keeps images from being found.
pub(super) fn read<'a>(reader: &mut Reader<'a, '_>, root: &View<'a>, object: &ObjectRef) -> Result<(), Fault> {
    let marks = root.tree().marks("structure", is_of_interest);
    let own = Object { has_values: is_rendered_elsewhere(object), ..Object::default() };
    let mut walk = Walk { reader, holders: Vec::new(), objects: vec![own] };
    let start = Context { name: "", outer: "", scope: Scope::None, object: 0, depth: 0 };
    let mut open = vec![(root.clone(), start)];
    while let Some((view, context)) = open.pop() {
        if !view.is_marked(&marks)? {
            continue;
        }
        if context.depth > DEPTH {
            return Err(Fault::TooManyAliases { at: view.start() });
        }
        // The last one is taken first.
        let depth = context.depth + 1;
        if view.is_sequence() {
            open.extend(view.items()?.into_iter().rev().map(|item| (item, Context { depth, ..context })));
        } else if let Some((fields, inner)) = walk.mapping(&view, context)? {
            let below = fields.into_iter().rev().filter(|(_, value)| value.is_mapping() || value.is_sequence());
            open.extend(below.map(|(name, value)| (value, Context { name, outer: context.name, depth, ..inner })));
        }
    }
    Ok(())
}

/// The keys that make a mapping worth a visit.
fn is_of_interest(key: &str) -> bool {
    is_container_list(key) || key == "image" || key == "apiVersion"
}

fn is_container_list(key: &str) -> bool {
    key.ends_with("ontainers") || matches!(key, "sidecars" | "sideCars")
}

/// Objects with the values of a chart, in which an image may be a part of what the chart makes of it.
fn is_rendered_elsewhere(object: &ObjectRef) -> bool {
    match object.group() {
        "helm.toolkit.fluxcd.io" | "helm.cattle.io" => true,
        "kots.io" => object.kind == "HelmChart",
        "argoproj.io" => matches!(object.kind.as_str(), "Application" | "ApplicationSet"),
        _ => false,
    }
}

type Fields<'a> = Vec<(&'a str, View<'a>)>;

fn field<'f, 'a>(fields: &'f Fields<'a>, key: &str) -> Option<&'f View<'a>> {
    fields.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
}

impl<'a> Walk<'a, '_, '_> {
    /// Reads the images of a mapping. What is left to walk through, and with what; `None`: nothing.
    fn mapping(
        &mut self,
        view: &View<'a>,
        mut context: Context<'a>,
    ) -> Result<Option<(Fields<'a>, Context<'a>)>, Fault> {
        let place = self.reader.places.get(view.path()).copied();
        if place.is_some_and(|place| place.is_closed) {
            return Ok(None);
        }
        let mut fields = view.fields()?;
        let inner = if context.depth == 0 { None } else { object(&fields, view)? };
        if let Some(inner) = &inner {
            if kinds::is_never_looked_at(inner) {
                self.reader.leave(view);
                return Ok(None);
            }
            self.reader.known(view, inner, inner.namespace.as_deref())?;
            let has_values = is_rendered_elsewhere(inner);
            self.objects.push(Object { namespace: inner.namespace.clone(), has_values, loose: None });
            context = Context { scope: Scope::None, object: self.objects.len() - 1, ..context };
        }
        if inner.is_some() {
            fields.iter().filter(|(name, _)| *name == "status").for_each(|(_, status)| self.reader.leave(status));
        }
        if context.depth == 0 || inner.is_some() {
            fields.retain(|(name, _)| !matches!(*name, "status" | "metadata"));
        }
        if matches!(context.name, "managedFields" | "openAPIV3Schema") {
            return Ok(None);
        }
        let place = place.or_else(|| self.reader.places.get(view.path()).copied());
        if let Some(place) = place {
            context.scope = Scope::Group(place.group);
            if place.is_pod {
                fields.retain(|(name, _)| !matches!(*name, "containers" | "initContainers" | "ephemeralContainers"));
            }
        } else if is_names_field(field(&fields, "imagePullSecrets")) || is_name_field(field(&fields, "imagePullSecret"))
        {
            self.holders.push((view.clone(), None));
            context.scope = Scope::Holder(self.holders.len() - 1);
        }
        self.containers(view, &mut fields, context, place.is_some())?;
        self.single(view, &fields, context)?;
        Ok(Some((fields, context)))
    }

    /// The lists of containers in a mapping, which are taken out of what is left to walk through.
    fn containers(
        &mut self,
        view: &View<'a>,
        fields: &mut Fields<'a>,
        context: Context<'a>,
        is_place: bool,
    ) -> Result<(), Fault> {
        let mut lists = Vec::new();
        let mut is_pod = false;
        for (name, value) in fields.iter().filter(|(name, value)| is_container_list(name) && value.is_sequence()) {
            let items = value.items()?;
            // Of other lists it is the name alone that says what they are.
            let is_of_pod = matches!(*name, "containers" | "initContainers");
            let mut has_images = false;
            for item in &items {
                has_images |= item.get("image")?.is_some_and(|image| is_of_pod || image.scalar().is_some());
            }
            if has_images {
                is_pod |= is_of_pod;
                lists.push((*name, items));
            }
        }
        if lists.is_empty() {
            return Ok(());
        }
        let group = if is_pod && !is_place { self.pod(view, fields, context)? } else { None };
        let mut images = Vec::new();
        if is_pod {
            self.reader.pod(view, &mut images)?;
        }
        for container in lists.iter().flat_map(|(_, items)| items) {
            self.reader.image(container, "image", &mut images)?;
        }
        fields.retain(|(name, _)| !lists.iter().any(|(list, _)| list == name));
        self.add(view, images, group, context)
    }

    /// The group of a pod spec that surely may name pull Secrets. `None`: it may not.
    fn pod(&mut self, view: &View<'a>, fields: &Fields<'a>, context: Context<'a>) -> Result<Option<usize>, Fault> {
        let key = field(fields, "imagePullSecrets");
        let is_template = context.name == "spec" && context.outer.to_ascii_lowercase().ends_with("template");
        let surely = fields.iter().filter(|(name, _)| POD.contains(name)).count() >= 2;
        if !(is_names_field(key) || (key.is_none() && (is_template || surely))) {
            return Ok(None);
        }
        let form = form(key)?;
        let secrets = PullSecrets::find(view, &[] as &[&str], "imagePullSecrets", form, "containers")?;
        let has_account = ["serviceAccountName", "serviceAccount"].iter().any(|name| field(fields, name).is_some());
        // Without a name it is the operator that gives the pods an account.
        let account = if has_account { Some(service_account(view)?) } else { None };
        Ok(Some(self.reader.push(view, secrets.into_iter().collect(), account, self.namespace(context))))
    }

    /// An image that stands by itself.
    fn single(&mut self, view: &View<'a>, fields: &Fields<'a>, context: Context<'a>) -> Result<(), Fault> {
        if self.objects.get(context.object).is_some_and(|object| object.has_values) {
            return Ok(());
        }
        let has = |key: &str| field(fields, key).is_some();
        let mut images = Vec::new();
        if field(fields, "image").is_some_and(|image| image.scalar().is_some()) {
            let is_called_so = matches!(context.name, "container" | "script") || context.name.ends_with("Container");
            let is_like_one = CONTAINER.iter().filter(|key| has(key)).count() >= 2;
            if (is_called_so || is_like_one) && !has("repository") && !has("registry") {
                self.reader.image(view, "image", &mut images)?;
            }
        }
        self.add(view, images, None, context)
    }

    /// Puts images into their group: their own, that of what is around them, or that of all without a field for Secrets.
    fn add(
        &mut self,
        view: &View<'a>,
        mut images: Vec<ImageField>,
        group: Option<usize>,
        context: Context<'a>,
    ) -> Result<(), Fault> {
        let has_unread = std::mem::take(&mut self.reader.has_unread);
        if images.is_empty() && !has_unread {
            return Ok(());
        }
        let group = match (group, context.scope) {
            (Some(group), _) | (None, Scope::Group(group)) => group,
            (None, Scope::Holder(position)) => self.holder(position, context)?,
            (None, Scope::None) => self.loose(view, context),
        };
        if let Some(group) = self.reader.groups.get_mut(group) {
            group.images.append(&mut images);
            group.has_unread |= has_unread;
        }
        Ok(())
    }

    fn namespace(&self, context: Context<'a>) -> Option<String> {
        self.objects.get(context.object).and_then(|object| object.namespace.clone())
    }

    /// The group of images whose Secrets have no field.
    fn loose(&mut self, view: &View<'a>, context: Context<'a>) -> usize {
        if let Some(known) = self.objects.get(context.object).and_then(|object| object.loose) {
            return known;
        }
        let group = self.reader.push(view, Vec::new(), None, self.namespace(context));
        if let Some(object) = self.objects.get_mut(context.object) {
            object.loose = Some(group);
        }
        group
    }

    /// The group of a mapping that has a field for pull Secrets.
    fn holder(&mut self, position: usize, context: Context<'a>) -> Result<usize, Fault> {
        let Some((view, known)) = self.holders.get(position).cloned() else {
            return Ok(self.reader.groups.len());
        };
        if let Some(group) = known {
            return Ok(group);
        }
        let secrets = if let Some(list) = view.get("imagePullSecrets")?.filter(|list| is_names_field(Some(list))) {
            PullSecrets::find(&view, &[] as &[&str], "imagePullSecrets", form(Some(&list))?, "")?
        } else {
            let form = match view.get("imagePullSecret")? {
                Some(name) if name.is_mapping() => Form::Object,
                _ => Form::Name,
            };
            PullSecrets::find(&view, &[] as &[&str], "imagePullSecret", form, "")?
        };
        let group = self.reader.push(&view, secrets.into_iter().collect(), None, self.namespace(context));
        if let Some((_, known)) = self.holders.get_mut(position) {
            *known = Some(group);
        }
        Ok(group)
    }
}

/// Whether this is a list that names Secrets, or could.
fn is_names_field(list: Option<&View<'_>>) -> bool {
    list.is_some_and(View::is_sequence)
}

/// Whether this names one Secret.
fn is_name_field(name: Option<&View<'_>>) -> bool {
    name.is_some_and(|name| name.is_mapping() || name.text().is_some())
}

/// How a list names Secrets: an empty one as in a pod spec.
fn form(list: Option<&View<'_>>) -> Result<Form, Fault> {
    let items = list.map_or(Ok(Vec::new()), View::items)?;
    Ok(if items.first().is_some_and(|item| item.text().is_some()) { Form::Names } else { Form::Objects })
}

/// What a mapping in an object is called when it is an object itself, with fields of its own.
fn object(fields: &Fields<'_>, view: &View<'_>) -> Result<Option<ObjectRef>, Fault> {
    let text = |key: &str| field(fields, key).and_then(View::text);
    let (Some(api_version), Some(kind)) = (text("apiVersion"), text("kind")) else { return Ok(None) };
    // A reference to an object has names only.
    if !fields.iter().any(|(_, value)| value.is_mapping() || value.is_sequence()) {
        return Ok(None);
    }
    let namespace = view.at(&["metadata", "namespace"])?.and_then(|name| name.text()).filter(|name| !name.is_empty());
    let name = view.at(&["metadata", "name"])?.and_then(|name| name.text()).unwrap_or_default();
    Ok(Some(ObjectRef {
        api_version: api_version.to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
    }))
}
