//! Everything that KOTS does with images and pull Secrets, row by row as in section 1 of `facts/kots-and-replicated.md`: whether the function
//! does the same or something better, why, and which tests show it.
//!
//! The page about Replicated is made from this table, so it is kept true here: every row of the facts has one, and every test that one
//! names is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use pullthrough::access::{Access, Verdict};
use pullthrough::access::{Verdicts, Verifications};
use pullthrough::environment::Environment;
use pullthrough::function::{Analysis, Request};
use pullthrough::krm::Code;

tests![
    every_row_of_the_facts_is_here,
    every_test_that_a_row_names_is_there,
    what_no_registry_answered_is_for_the_configuration,
];

/// Who is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// The same comes out.
    Same,
    /// Something else comes out, for the reason in the row.
    Better,
    /// It has no meaning without a cluster or without KOTS's console, for the reason in the row.
    NotOurs,
}

use Answer::{Better, NotOurs, Same};

/// A row: its name in the facts, the answer, what KOTS does, what the function does, and the tests that show it: folders in `cases/`, or a
/// file and a test in it.
type Row = (&'static str, Answer, &'static str, &'static str, &'static [&'static str]);

const ROWS: [Row; 45] = [
    // 1.1 Finding images
    (
        "Where images are looked for",
        Better,
        "containers and initContainers of Pods, of spec.template.spec and of CronJobs",
        "the same places in every kind, and lists, PodTemplates and the custom resources that are known",
        &[
            "field-every-controller",
            "field-cron-job",
            "template-in-a-template-of-another-kind",
            "field-kinds-of-custom-resources",
        ],
    ),
    (
        "Not looked at",
        Better,
        "no ephemeral containers, image volumes, items of lists, PodTemplates, fields of custom resources or variables",
        "all of these; images.fields names any other place",
        &[
            "field-every-container-of-a-pod",
            "field-list-kinds-nested",
            "field-list-items-without-kind",
            "field-pod-template",
            "field-spec-path",
            "field-spec-env-by-name",
        ],
    ),
    (
        "Replicated's newer extractor",
        Same,
        "ephemeral containers of Pods, additionalImages without excludedImages, nothing for an empty image",
        "the same, and ephemeral containers of templates as well",
        &[
            "field-every-container-of-a-pod",
            "kots-additional-images",
            "kots-excluded-images",
            "container-without-image",
        ],
    ),
    (
        "Extra images",
        Better,
        "additionalImages and images of collectors are copied, templates and what is in the local registry already left out; only images of manifests are rewritten",
        "check and lock ask about additionalImages, a result says what each is called on the proxy; collectors are rewritten",
        &[
            "kots-additional-images",
            "kots-additional-images-all-results",
            "kots-collectors",
            "tests/vectors/collectors.rs images_from_kots_kinds",
            "tests/cli/main.rs check_and_lock_ask_about_additional_images",
        ],
    ),
    (
        "Excluded images",
        Better,
        "not read by KOTS, so that `auto`, which Istio fills in, becomes an image on the proxy",
        "left alone and never asked about, unless the configuration declares them",
        &["kots-excluded-images", "kots-excluded-images-that-are-declared"],
    ),
    (
        "Objects dropped from output",
        Better,
        "its own kinds and objects with kots.io/exclude or kots.io/when are never applied",
        "replicatedObjects: drop takes the same away, but for Backups and app.k8s.io Applications, which have other readers; without it they stay, with a warning or an error for a license",
        &[
            "replicated-objects-drop",
            "replicated-objects-drop-all-items",
            "replicated-objects-warn",
            "replicated-objects-license-in-a-stream",
            "kots-exclude-and-when",
            "kots-exclude-and-when-drop",
        ],
    ),
    (
        "HelmChart v1beta2 (current recommended)",
        Better,
        "no rewriting at all: the vendor writes proxy names and the pull Secret into values",
        "what `helm template` or a post-renderer gets is treated as raw manifests are",
        &[
            "helm-template-as-raw-manifests",
            "helm-hook-needs-the-secret",
            "helm-enterprise-pull-secret-is-the-pull-secret",
        ],
    ),
    // 1.2 Deciding private or public
    (
        "Documented rule",
        Same,
        "401 is private, success is public",
        "the same for what is the image's own answer",
        &[
            "tests/session/personalities.rs every_registry_is_understood",
            "tests/e2e/pull.rs an_image_that_everybody_can_pull_stays_where_it_is",
        ],
    ),
    (
        "Real rule",
        Better,
        "every failure is private: 404, 429, 500, names that are not resolved, time-outs",
        "five kinds of access, and three options for those that are neither public nor private; `proxy` for all three is KOTS's rule",
        &[
            "tests/function/kots.rs what_no_registry_answered_is_for_the_configuration",
            "tests/session/peers.rs kots_no_error_is_private",
            "tests/session/personalities.rs every_registry_is_understood",
        ],
    ),
    (
        "Exceptions",
        Better,
        "a missing architecture is public; an EOF or a reference that can't be read stops the installation",
        "a manifest list is an answer whatever is in it; a broken connection is tried again and then unreachable; a field without a reference is left, with a warning",
        &["untouched-invalid-references", "tests/session/failures.rs what_may_pass_is_tried_again"],
    ),
    (
        "Unreachable => private",
        Better,
        "always: where registries are blocked, the proxy is what can be reached",
        "access.onUnreachable: proxy says so; the default is an error with the evidence, so that a short failure becomes no wrong image",
        &["tests/function/kots.rs what_no_registry_answered_is_for_the_configuration"],
    ),
    (
        "History: old 401-like set",
        Same,
        "403 of Google's and `denied` of GitHub's registry were private, and a 429 stopped the installation",
        "403 and `denied` are private; a 429 is waited for and then rate-limited",
        &[
            "tests/session/personalities.rs every_registry_is_understood",
            "tests/session/limited.rs a_host_that_only_refuses_is_asked_by_one_at_a_time_and_the_others_go_on",
        ],
    ),
    (
        "Library behaviour that leaks in",
        Better,
        "accounts and mirrors of the machine count; one ping for each image, no deadline for all",
        "always asked without credentials, HEAD instead of GET, one challenge for each host, one budget for all",
        &[
            "tests/session/requests.rs tokens_cost_one_challenge_per_host_and_one_request_per_repository",
            "tests/session/failures.rs the_budget_is_one_for_all",
            "tests/session/peers.rs nobody_is_asked_with_get_for_a_manifest",
        ],
    ),
    (
        "Docker Hub credentials",
        Better,
        "a Docker Hub account makes the vendor's private images look public, and they are not proxied",
        "no account is used for the question; an account for Docker Hub is an extra Secret of the pods",
        &["extra-secrets"],
    ),
    (
        "proxyPublicImages / airgap",
        Same,
        "every image is private, and nothing is asked",
        "Application.proxyPublicImages and access.proxyPublic; what is on Replicated's hosts already stays there",
        &["kots-proxy-public-images", "kots-proxy-public-images-no-proxy", "proxy-public-images-too"],
    ),
    (
        "Cache",
        Better,
        "knownImages, by the text of the image, until the next release, wrong answers included",
        "knownImages that say public count; those that say private only where nobody can be asked, with a warning. A lock keeps answers by normalized reference, failures never",
        &["known-images-public", "known-images-private-warns", "lock-decides"],
    ),
    (
        "Concurrency",
        Same,
        "ten images at a time",
        "eight requests for each host at a time, hosts side by side",
        &[
            "tests/session/requests.rs a_host_has_so_many_requests_at_a_time",
            "tests/session/requests.rs hosts_are_asked_side_by_side",
        ],
    ),
    (
        "Dev switch",
        Better,
        "a variable turns off TLS for all registries",
        "access.plainHTTP names hosts; certificates are always checked",
        &["tests/session/failures.rs this_machine_is_asked_over_http_when_https_does_not_work"],
    ),
    // 1.3 Rewriting
    (
        "Three hosts",
        Same,
        "proxy, registry, and the default registry that a custom one stands for",
        "the same three, and the default proxy that a custom one stands for",
        &["tests/vectors/replicated.rs registry_proxy_info", "kots-domains-installation-first"],
    ),
    (
        "Host precedence",
        Better,
        "Embedded Cluster's variables, Installation, Application, staging by the license's endpoint, default",
        "configuration, Installation, Application, the license's channel, the license, staging, default; a disagreement is a warning; no variable names a host",
        &[
            "kots-domains-configuration-beats-all",
            "kots-domains-installation-first",
            "kots-domains-application-next",
            "kots-domains-license-next",
            "license-channel-domain",
            "license-channel-domain-of-its-own-channel",
            "kots-staging",
            "tests/vectors/replicated.rs registry_proxy_info_from_license_endpoint",
        ],
    ),
    (
        "Not private",
        Same,
        "untouched",
        "untouched",
        &["kots-collectors", "results-all", "attach-not-needed-when-nothing-is-on-a-proxy"],
    ),
    (
        "Host == Registry",
        Same,
        "Replicated's own registry is left in place, and the object gets the Secret",
        "the same",
        &["proxy-in-place-hosts", "kots-proxy-public-images", "tests/vectors/proxy.rs kots_rewritten_private_images"],
    ),
    (
        "Host == Upstream (custom registry domain set)",
        Same,
        "the default registry's host becomes the custom one",
        "the same, and the default proxy's host becomes the custom one too",
        &["proxy-registry-host-custom-domain", "kots-domains-application-next", "proxy-paths-of-replicated"],
    ),
    (
        "Any other private image",
        Same,
        "PROXY/proxy/APP/ and the image as it is written",
        "the same",
        &["tests/vectors/proxy.rs kots_proxied_names", "tests/vectors/in_place.rs end_to_end_golden"],
    ),
    (
        "Already proxied",
        Better,
        "only what is on the current proxy host; what is on the default one is proxied a second time",
        "/proxy/, /library/, /anonymous/ and /anon/ on custom and default hosts stay, or go to the custom host",
        &["proxy-already-on-it", "proxy-paths-of-replicated", "tests/vectors/proxy.rs kots_edge_cases"],
    ),
    (
        "Port / digest stripping",
        Better,
        "a host with a port stays in the path, which no runtime takes",
        "an alias stands for it, or the image is refused with the words to write",
        &[
            "proxy-port-needs-an-alias",
            "proxy-port-with-an-alias",
            "tests/vectors/proxy.rs kots_invalid_names_are_refused",
        ],
    ),
    (
        "Tag and digest",
        Same,
        "a rewritten manifest keeps both; template functions keep the digest alone and add `latest`",
        "both are kept everywhere, and nothing is added",
        &["proxy-tag-and-digest-kept", "kots-collectors", "tests/vectors/in_place.rs end_to_end_golden"],
    ),
    (
        "Alt names",
        Better,
        "four spellings of Docker Hub in kustomize's words; index.docker.io and registry-1.docker.io are missed",
        "references are compared in their normalized form, so that every spelling is one",
        &["proxy-every-spelling-of-docker-hub", "hosts-in-any-case", "helm-template-as-raw-manifests"],
    ),
    (
        "Local (customer) registry",
        Better,
        "HOST/NAMESPACE/last segment; of two images of one name the second overwrites the first, and a digest drops the tag",
        "localRegistry with flatten: the same names, both suffixes, and two images of one name are refused",
        &[
            "local-registry-flattens",
            "local-registry-collision",
            "local-registry-no-collision-of-one-image",
            "tests/vectors/proxy.rs kots_local_registry",
        ],
    ),
    (
        "EC v3 BYO registry (new)",
        Better,
        "paths are kept, the proxy's prefix is taken off first; `nginx` and `docker.io/library/nginx` land on two names",
        "localRegistry without flatten; one image has one name; formerly takes the prefix off",
        &["local-registry-keeps-paths", "tests/vectors/proxy.rs replicated_documentation"],
    ),
    (
        "EC v3 functions",
        Same,
        "names on the proxy without a question, and noProxy leaves an image alone",
        "images.private and except, or images.ignore, say both without a question",
        &["tests/vectors/proxy.rs embedded_cluster_functions", "ignored-images", "kots-proxy-public-images-no-proxy"],
    ),
    (
        "Template functions",
        NotOurs,
        "repl{{ LocalImageName … }} and others are filled in when a release is rendered",
        "what is not filled in yet is left alone; what it stands for, the function writes where the image is",
        &["kots-templates-not-filled-in", "untouched-placeholders"],
    ),
    // 1.4 Pull secret
    (
        "App secret",
        Better,
        "APP-registry, with annotations for Helm's hooks and KOTS's phases, and labels in Embedded Cluster",
        "the same name and content; annotations and labels are options, because Argo CD takes Helm's for its own",
        &[
            "kots-secret-annotations-and-labels",
            "secret-labels-and-annotations",
            "tests/vectors/in_place.rs end_to_end_golden",
        ],
    ),
    (
        "Second secret",
        NotOurs,
        "kotsadm-replicated-registry, the same again",
        "not made: it is for KOTS's console, and doubles the places of a license ID",
        &["tests/vectors/in_place.rs end_to_end_golden"],
    ),
    (
        "Per-chart secret",
        Better,
        "one for each HelmChart, named after it",
        "one for each namespace; a chart that is rendered apart can have its own name in pullSecret.name",
        &["secret-per-namespace", "tests/vectors/in_place.rs end_to_end_golden"],
    ),
    (
        "JSON",
        Better,
        "auths for the effective hosts only, `auth` alone, sorted; host alone, with its port",
        "the same form, for the effective and the default hosts, so that what is not rewritten can be pulled as well",
        &[
            "license-custom-domain",
            "tests/vectors/proxy.rs kots_pull_secrets",
            "tests/vectors/replicated.rs registry_hosts_order",
        ],
    ),
    (
        "Credentials",
        Same,
        "user LICENSE_ID, password the license's ID",
        "the same; a Helm release's own docker config is taken as it is",
        &[
            "tests/vectors/replicated.rs license_docker_cfg",
            "helm-global-dockerconfigjson",
            "helm-enterprise-pull-secret-is-a-credential",
            "license-v1beta2",
        ],
    ),
    (
        "Who gets `imagePullSecrets`",
        Better,
        "every object with an image, public ones included, and never a ServiceAccount",
        "pods whose images need it; for: all is KOTS's rule, attach: serviceAccounts the other place",
        &["attach-not-needed-when-nothing-is-on-a-proxy", "for-all", "accounts-are-edited"],
    ),
    (
        "Merge result",
        Better,
        "put before those that are there; in custom resources instead of them",
        "appended, never replaced, none twice",
        &["attach-list-has-entries", "attach-list-has-ours", "field-prometheus"],
    ),
    (
        "Docker Hub secret",
        Same,
        "a copy of kotsadm-dockerhub, named in every object with an image",
        "pullSecret.extra names further Secrets in every pod spec with an image",
        &["extra-secrets"],
    ),
    (
        "additionalNamespaces",
        Better,
        "made while it runs; `*` by watching the cluster",
        "a Secret in each of them and in every namespace whose pods name it; `*` is a warning with what to write instead",
        &["kots-additional-namespaces", "secret-for-more-namespaces", "secret-per-namespace"],
    ),
    (
        "Other transforms on output",
        NotOurs,
        "a label and an annotation of KOTS on everything",
        "nothing that has no reason to change is changed",
        &["tests/vectors/in_place.rs end_to_end_golden"],
    ),
    (
        "Collectors",
        Better,
        "the image is rewritten, without its digest, and the credentials are written into the collector",
        "the image keeps its digest and the collector names the Secret; a warning says for which collectors troubleshoot wants a ServiceAccount to name it as well",
        &[
            "kots-collectors",
            "kots-collectors-secret-in-use",
            "kots-collectors-that-are-dropped",
            "tests/vectors/collectors.rs troubleshoot_collectors",
        ],
    ),
    (
        "No license",
        Better,
        "no rewriting, and a Secret without accounts",
        "an error that names every place that a license could come from, unless nothing needs it or create: never says that the Secret is made elsewhere",
        &[
            "no-credential-for-replicated",
            "no-credential-needed-when-no-proxy-is-used",
            "license-without-id",
            "helm-enterprise-pull-secret-of-the-release-before",
        ],
    ),
    (
        "GitOps",
        Better,
        "the Secret goes to git in plain text, or as a SealedSecret where the cluster's certificate is known",
        "create: never leaves it to External Secrets or Sealed Secrets; what would put a credential from outside into a package is refused",
        &[
            "secret-in-package",
            "secret-in-package-from-the-license-in-it",
            "helm-enterprise-pull-secret-of-the-release-before",
        ],
    ),
];

const FACTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/facts/kots-and-replicated.md");

fn every_row_of_the_facts_is_here() {
    let ours: Vec<&str> = ROWS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(ours.iter().collect::<BTreeSet<_>>().len(), ROWS.len(), "a row is here twice");
    let Ok(facts) = fs::read_to_string(FACTS) else { return super::harness::ignore(format!("{FACTS} is absent")) };
    let section = facts.split("\n## ").find(|section| section.starts_with("1. ")).unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Feature "));
    let theirs: Vec<&str> = rows.map(|row| row.split('|').nth(1).unwrap().trim()).collect();
    assert_eq!(ours, theirs);
}

fn every_test_that_a_row_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (name, answer, kots, ours, tests) in ROWS {
        assert!(!tests.is_empty() && !kots.is_empty() && !ours.is_empty(), "{name}: {answer:?}");
        for test in tests {
            let is_there = match test.split_once(' ') {
                None => root.join("tests/function/cases").join(test).is_dir(),
                Some((file, test)) => {
                    fs::read_to_string(root.join(file)).is_ok_and(|text| text.contains(&format!("\nfn {test}(")))
                }
            };
            assert!(is_there, "{name}: there is no {test}");
        }
    }
}

/// The faults of KOTS that section 4 of the facts names first: one verdict for everything that went wrong.
fn what_no_registry_answered_is_for_the_configuration() {
    const PROXIED: &str = "proxy.replicated.com/proxy/acme/quay.io/acme/web:1";
    let kots = "{onNotFound: proxy, onRateLimited: proxy, onUnreachable: proxy}";
    // Access, what KOTS makes of it, and what the default makes of it.
    for (access, by_kots, by_default) in [
        (Access::Public, None, Ok(None)),
        (Access::Private, Some(PROXIED), Ok(Some(PROXIED))),
        (Access::NotFound, Some(PROXIED), Ok(None)),
        (Access::RateLimited, Some(PROXIED), Err(Code::RateLimited)),
        (Access::Unreachable, Some(PROXIED), Err(Code::Unreachable)),
    ] {
        assert_eq!(becomes(access, kots), Ok(by_kots.map(str::to_owned)), "{access:?}");
        assert_eq!(becomes(access, "{}"), by_default.map(|text| text.map(str::to_owned)), "{access:?}");
    }
}

/// What an image of that access becomes, or the code of what stands in the way.
fn becomes(access: Access, policy: &str) -> Result<Option<String>, Code> {
    let input = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{image: quay.io/acme/web:1}]}\n";
    let config = format!(
        "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: a}}\nspec: {{proxies: [{{replicated: {{app: acme}}}}], access: {policy}}}\n"
    );
    let found = Analysis::read_rendered(
        input,
        Request { config: Some(("config", &config)), ..Request::default() },
        &Environment::bare(0),
    )
    .unwrap();
    let verdicts: Verdicts = found.queries().into_keys().map(|question| (question, Verdict::known(access))).collect();
    let mut images = found.inspect(&verdicts, &Verifications::new()).images;
    let image = images.remove(0);
    match image.severity {
        pullthrough::krm::Severity::Error => Err(image.code),
        _ => Ok(image.becomes),
    }
}
