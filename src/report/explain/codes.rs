//! Why each result code comes, and what to do about it.

use crate::krm::Code;

/// What leads to a result with this code, and what to do.
#[must_use]
pub fn remedy(code: Code) -> &'static str {
    match code {
        Code::Rewritten => {
            "The registry does not give the image to anonymous clients, or the configuration says so. The proxy pulls it with the customer's account, and \
             the pods get the pull Secret. There is nothing to do."
        }
        Code::Moved => {
            "The image was written with a default host of the proxy, such as proxy.replicated.com, and the configuration or the license names a custom \
             one. There is nothing to do."
        }
        Code::Unwound => {
            "The image was on a proxy that `formerly` names, and its own registry serves it to everyone. There is nothing to do; to keep it on a proxy, set \
             access.proxyPublic: true."
        }
        Code::Pinned => "`spec.pin` is true, so the tag got the digest that it stands for now. There is nothing to do.",
        Code::Public => {
            "Its registry, an ImageLock or images.public says that everyone can pull it, so it stays where it is. To send public images through the \
             proxy too, set access.proxyPublic: true."
        }
        Code::OnProxy => {
            "The image is already on one of the configured proxies, as after an earlier run, or because its author wrote it so. It stays, and its pods get \
             the pull Secret."
        }
        Code::InPlace => {
            "The host is one of `inPlace`, or a proxy's own host outside of its layout. The image stays, and its pods get the pull Secret."
        }
        Code::Ignored => {
            "A pattern in images.ignore matches it. Narrow the pattern if the image should go through the proxy."
        }
        Code::Excluded => {
            "KOTS does not touch the images in excludedImages, or objects with kots.io/exclude or kots.io/when. To have an image of excludedImages \
             rewritten all the same, declare it in images.private."
        }
        Code::AdditionalImage => {
            "An operator or a template starts the image, so no manifest holds it and nothing can be rewritten. Write the name that the message gives \
             where the image is started."
        }
        Code::Placeholder => {
            "A template, variable or parameter stands where the image, or its tag, will be. Run pullthrough where it is filled in; if only the tag is open, \
             declare the name in images.public or images.private; or annotate the object with pullthrough.dev/skip: \"true\"."
        }
        Code::InvalidReference => {
            "A kubelet would refuse the value too, so the field stays as it is. Correct the value; if the field never holds an image, exclude the object \
             with pullthrough.dev/skip: \"true\"."
        }
        Code::ImageNotRead => {
            "The value looks like an image and is known to be private, but stands in a field that neither Kubernetes nor the table of custom resources \
             has as an image. Add the entry of images.fields that the message gives, or decide with images.unread."
        }
        Code::NeverPulled => {
            "With imagePullPolicy: Never the kubelet pulls nothing, so a proxy is of no use. There is nothing to do."
        }
        Code::RenderedElsewhere => {
            "A HelmRelease, HelmChart or Application names a chart, and its images exist only after that is rendered. Run pullthrough where it is: as a \
             post-renderer, or with Flux as the message says."
        }
        Code::NameElsewhere => {
            "Another file selects or updates the image by its old name: the `images` of a kustomization, or an image updater of Argo CD or Flux. After the rewrite \
             it matches nothing. Write the new name there."
        }
        Code::PolicyPattern => {
            "Admission policies match images by name. After the rewrite the policy no longer covers the image, or rejects it. Add the new name to the \
             policy."
        }
        Code::Skipped => {
            "Its author annotated the object with pullthrough.dev/skip: \"true\", or it is local configuration, which is never applied. Remove the annotation if \
             its images should be rewritten. With --strict it fails the guard."
        }
        Code::Undecided => {
            "No declaration, lock or registry says whether anonymous clients can pull the image, and the registry may not be asked (access.probe: false, \
             or no network). Declare it in images.public or images.private, or give an ImageLock (`pullthrough lock`)."
        }
        Code::NotFound => {
            "The registry answers that it has no such repository or tag. Check the name. access.onNotFound decides whether this is an error, and `private` in \
             images says that the image exists and is hidden."
        }
        Code::RateLimited => {
            "The registry answered 429 until the budget was spent. Try again later, raise access.budget, or keep the answers in an ImageLock. \
             access.onRateLimited decides what happens meanwhile."
        }
        Code::Unreachable => {
            "The registry was not reached, or something else answered in its place: DNS, a firewall, a TLS certificate, a gateway's page. Run with -v to see \
             each request. Declare the image, or keep the answer in an ImageLock. access.onUnreachable decides what happens meanwhile."
        }
        Code::NoProxy => {
            "The image needs credentials, and no entry of `proxies` serves its registry or matches it. Add a proxy for that registry, widen a `match`, or \
             declare the image. access.onUnmatched: keep leaves such images as they are."
        }
        Code::InvalidTarget => {
            "The name on the proxy would be longer than 255 characters or have a character that a path can't have, such as the colon of a port. Give the \
             registry an alias (`aliases`)."
        }
        Code::Collision => {
            "The layout of the proxy drops the registry, so images of two registries would be one. Give each upstream registry a proxy of its own, or use a \
             template with {registry}."
        }
        Code::SharedAnchor => {
            "A YAML anchor shows the field in other places too, and changing it would change them. Write the value out in the places where they differ."
        }
        Code::DuplicateKey => "Parsers disagree about which of two equal keys counts. Remove one of them.",
        Code::TooManyAliases => {
            "Aliases of aliases make the object larger than any real one. Write them out; if the file is not yours, do not trust it."
        }
        Code::KnownPrivate => {
            "KOTS records an image as private whenever its check fails, so this may be wrong. Ask the registries once with `pullthrough lock` and use the \
             lock, or declare the image."
        }
        Code::SecretCreated => {
            "Pods name the pull Secret, and a credential for it was found. There is nothing to do; pullSecret.create: never leaves making the Secret to you."
        }
        Code::SecretUpdated => {
            "The Secret of that name among the items is pullthrough's own, or has room for its hosts. There is nothing to do."
        }
        Code::SecretNotOurs => {
            "An object of the pull Secret's name exists that is of another type, immutable, or not readable. Choose another pullSecret.name, or remove the object."
        }
        Code::SecretInPackage => {
            "kpt writes what a function returns back to files, and the credential came from outside of them. Set pullSecret.create: never and make the \
             Secret elsewhere, or always if the package may hold it."
        }
        Code::SecretUnseen => {
            "Selectors hide objects from the function, so an earlier pull Secret may exist beside the new one. Remove the selectors, or set \
             pullSecret.create: never."
        }
        Code::SecretNotAttached => {
            "The object has no field to name pull Secrets in, or pullthrough does not know it. Add `pullSecrets` to its entry of images.fields, or give its \
             ServiceAccount the Secret."
        }
        Code::SecretAfterHook => {
            "The pods of a hook or an early sync wave start before the Secret exists. Annotate the Secret with the same phase and an earlier wave \
             (pullSecret.annotations), or create it beforehand."
        }
        Code::ServiceAccountElsewhere => {
            "Kubernetes copies the pull Secrets of a ServiceAccount only into pods that name none. Name them in pullSecret.extra, or add the ServiceAccount to \
             the input, and they are kept."
        }
        Code::NoCredential => {
            "A pull Secret is to be made, and no license, docker config or account for the proxy's host was given. Give one of those that the message names, \
             or set pullSecret.create: never if the Secret is made elsewhere."
        }
        Code::NoRoom => {
            "A single JSON object can't hold a second one. Give a `kind: List`, or set pullSecret.create: never."
        }
        Code::OwnObject => {
            "pullthrough's own objects are removed from a stream, and this one shares its lines or anchors with others. Put it into a document of its own, or \
             pass it with --config or --lock."
        }
        Code::LicenseExpired => "Replicated's proxy refuses an expired license. Ask the vendor for a new one.",
        Code::LicenseInvalid => {
            "The license lacks a field or has one of the wrong type. Download it again, and do not edit it."
        }
        Code::ReplicatedObject => {
            "License, Application and the like configure KOTS, and a cluster without KOTS does not know their kinds. Annotate them as local configuration, or set \
             spec.replicatedObjects to keep or drop."
        }
        Code::DomainsDisagree => {
            "License, Application and Installation name different custom domains, so it is not clear where the license may be sent. Set \
             proxies[].replicated.host."
        }
        Code::AllNamespaces => {
            "A manifest belongs to one namespace, so the Secret can't be put into all of them. List the namespaces in pullSecret.namespaces."
        }
        Code::LockUnused => {
            "The lock has answers about images that are not in this input. That is harmless; `pullthrough lock --prune` removes them."
        }
        Code::FieldUnused => {
            "The entry matches no object, or the path leads nowhere in it. Check kind, group, name and path against the manifest; the message names what may \
             have been meant."
        }
        Code::PatternUnused => {
            "A slip in images.private would leave a private image behind. Correct the pattern, or remove it if the application does not have the image."
        }
        Code::LockContradiction => {
            "Two entries, or the lock and a declaration, say different things about one image. Remove one of them, or run `pullthrough lock` again."
        }
        Code::NoObjects => {
            "The input is a values file, a Compose file or an error text, or the command that should have made it failed. An empty result would make an \
             orchestrator delete everything. Check that command."
        }
        Code::NotBuilt => {
            "A kustomization, chart or values file only describes manifests. Build it (`kustomize build`, `helm template`) and give pullthrough the output."
        }
        Code::PassedOver => {
            "Links that lead out of the folder, devices and broken links are not followed. Name the file itself if it is meant."
        }
        Code::Unreadable => {
            "Kubernetes reads tags such as !!binary and may see an image where the guard can't. Write the value as plain text, without the tag."
        }
        Code::SecretOpensNothing => {
            "A pod would pull with a Secret of the wrong type, without data, or without an account for the image's host. Let pullthrough make the \
             Secret (pullSecret.create: auto), or correct it."
        }
        Code::NotRendered => {
            "The guard found what the function would have changed. The orchestrator skipped the function (kustomize without --enable-alpha-plugins \
             --enable-exec, for example), or it runs before the object is added."
        }
        Code::NotExpressible => {
            "kustomize's `images` and patches can't say every change. Use the function itself where the message says so, or change the manifest by hand."
        }
        Code::VerifyFailed => {
            "`spec.verify` asked the proxy as the cluster will, and was refused. Check that the account is valid and includes the image, and that the proxy has \
             credentials for the upstream registry."
        }
        Code::NotPinned => {
            "`spec.pin` needs a digest, and neither the lock nor the registry nor the proxy gave one. Keep it in an ImageLock, or set pin: false."
        }
        Code::InvalidInput => {
            "Some parser in the chain would refuse the text or read it differently. Correct the line that the message names; an unrendered template has to be \
             rendered first."
        }
        Code::Config => {
            "The message names the field, its line, and what was expected. `pullthrough explain FIELD` describes each field."
        }
        Code::Internal => {
            "pullthrough would have written a broken manifest, and wrote nothing. Please report it together with the input."
        }
    }
}
