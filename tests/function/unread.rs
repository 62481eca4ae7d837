//! Images that nothing reads: each object here has one that is private, and the entry that the warning shows makes it an image field.

use pullthrough::access::{Access, Cause, Evidence, Verdict};
use pullthrough::access::{Verdicts, Verifications};
use pullthrough::environment::Environment;
use pullthrough::function::inspect::Inspection;
use pullthrough::function::{Analysis, Output, Request};
use pullthrough::krm::{Code, Finding, Severity};
use pullthrough::report::check;

tests![
    the_entry_that_a_warning_shows_makes_it_go_and_the_image_change,
    the_user_says_how_much_it_matters,
    what_is_no_missed_image_is_passed_over,
    equal_fields_are_one_warning_with_the_number_of_places,
    an_anchor_is_said_once_where_it_is_written,
    registries_are_asked_about_unread_images_only_where_they_are_asked_anyway,
    only_a_private_verdict_speaks,
    a_lock_says_what_is_private,
    where_no_entry_can_say_it_the_new_name_is_shown,
    check_has_a_row_and_a_count,
    the_guard_fails_on_what_would_need_a_proxy,
];

fn config(fields: &str) -> String {
    format!(
        "apiVersion: pullthrough.dev/v1alpha1
kind: PullThrough
metadata: {{name: acme}}
spec:
  proxies: [{{replicated: {{app: acme, host: images.acme.example}}}}]
  images:
    private: [\"ghcr.io/acme/**\", \"docker.io/acme/**\"]
    public: [\"docker.io/library/**\"]
    fields: [{fields}]
  access: {{probe: false}}
  pullSecret: {{create: never}}
"
    )
}

/// The output of a run, and its warnings about images that nothing reads.
fn run(input: &str, fields: &str) -> (String, Vec<Finding>) {
    let config = config(fields);
    let request = Request { config: Some(("config.yaml", &config)), ..Request::default() };
    let found =
        Analysis::read(input, request, &Environment::bare(0)).unwrap_or_else(|answer| panic!("{fields}: {answer:?}"));
    let answer = found.answer(&Verdicts::new(), &Verifications::new());
    let Output::Done(edits) = &answer.output else { panic!("{fields}: {answer:?}\n{input}") };
    let unread = answer.findings.into_iter().filter(|finding| finding.code == Code::ImageNotRead).collect();
    (edits.apply(), unread)
}

/// Objects below `spec` of a kind that no table has.
fn widget(spec: &str) -> String {
    format!(
        "apiVersion: example.com/v1\nkind: Widget\nmetadata: {{name: w}}\nspec:\n  {}\n",
        spec.replace('\n', "\n  ")
    )
}

fn deployment(pod: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: d}}\nspec:\n  template:\n    {}\n",
        pod.replace('\n', "\n    ")
    )
}

fn config_map(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata:\n  {}\n", data.replace('\n', "\n  "))
}

/// Inputs, and how many warnings each gives.
fn inputs() -> Vec<(String, usize)> {
    vec![
        (widget("image: ghcr.io/acme/a:1"), 1),
        (widget("image: acme/a"), 1),
        (widget("sidecarImage: ghcr.io/acme/a:1\ndocker_image: ghcr.io/acme/b:1"), 2),
        (widget("image: ghcr.io/acme/a@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), 1),
        (widget("nodes:\n- {image: ghcr.io/acme/a:1}\n- {image: ghcr.io/acme/b:1}"), 1),
        (widget("image: {repository: ghcr.io/acme/a, tag: '1'}"), 1),
        (widget("image: {repository: ghcr.io/acme/a}"), 1),
        (widget("image: {registry: ghcr.io, repository: acme/a, tag: 1}"), 1),
        (widget("image: {registry: ghcr.io, repository: acme/a, digest: ''}"), 1),
        (widget("repository: ghcr.io/acme\nimage: a\nversion: v1"), 1),
        (widget("registry: ghcr.io\nimage: acme/a\ntag: v1"), 1),
        (widget("image: ghcr.io/acme/a\ntag: v1"), 1),
        (widget("repository: https://git.example/a.git\nimage: ghcr.io/acme/a:1"), 1),
        (widget("'a/b': {image: ghcr.io/acme/a:1}"), 1),
        (widget("image: ghcr.io/acme/a:1\nimagePullSecrets: [{name: own}]"), 1),
        (widget("image: ghcr.io/acme/a:1\nimagePullSecrets: [own]"), 1),
        (widget("image: {repository: ghcr.io/acme/a, tag: '1', pullSecrets: []}"), 1),
        (widget("image: ghcr.io/acme/a:1\nimagePullSecret: {name: own}"), 1),
        (widget("image: ghcr.io/acme/a:1\nimagePullSecret: own"), 1),
        (widget("nodes: [{image: ghcr.io/acme/a:1, pullSecrets: [{name: own}]}]"), 1),
        (widget("package: ghcr.io/acme/a:1"), 1),
        (widget("params: [{name: bundle, value: ghcr.io/acme/a:1}, {name: other, value: no}]"), 1),
        (widget("parameters: [{name: image, default: ghcr.io/acme/a}]"), 1),
        (deployment("metadata: {annotations: {sidecar.example/image: ghcr.io/acme/a}}"), 1),
        (
            deployment("spec: {containers: [{image: nginx, env: [{name: RELATED_IMAGE_A, value: ghcr.io/acme/a:1}]}]}"),
            1,
        ),
        (deployment("spec: {containers: [{image: nginx, env: [{name: A, value: ghcr.io/acme/a:1}]}]}"), 1),
        (deployment("spec: {containers: [{image: nginx, args: [--solver-image=ghcr.io/acme/a:1, --other=x]}]}"), 1),
        (deployment("spec: {containers: [{image: nginx, command: [run, --image, ghcr.io/acme/a:1, daemon]}]}"), 1),
        (
            deployment(
                "spec: {containers: [{image: nginx, env: [{name: A, value: \"1=ghcr.io/acme/a:1\\n2=acme/b:1\\n\"}]}]}",
            ),
            1,
        ),
        (widget("url: oci://ghcr.io/acme/chart"), 1),
        (widget("images: [ghcr.io/acme/a:1, 'acme/b:1']"), 1),
        (widget("list: ghcr.io/acme/a:1,ghcr.io/acme/b:1"), 1),
        (widget("list: |\n  # ours\n  ghcr.io/acme/a:1\n  ghcr.io/acme/b:1"), 1),
        (widget("images: [{name: web, newName: ghcr.io/acme/a}]"), 1),
        (widget("kustomize: {images: [web=ghcr.io/acme/a:1]}"), 1),
        (widget("images: [web=ghcr.io/acme/a:1]"), 1),
        (config_map("image: ghcr.io/acme/a:1"), 1),
        (config_map("versions: |\n  3.8.0=ghcr.io/acme/a:1\n  3.9.0=ghcr.io/acme/b:1"), 1),
        (config_map("pod.yaml: |\n  spec:\n    containers:\n    - image: ghcr.io/acme/a:1\n      name: a"), 1),
    ]
}

fn the_entry_that_a_warning_shows_makes_it_go_and_the_image_change() {
    for (input, count) in inputs() {
        let (output, warnings) = run(&input, "");
        assert_eq!(output, input);
        let messages: Vec<&str> = warnings.iter().map(|warning| &*warning.message).collect();
        assert_eq!(messages.len(), count, "{input}: {messages:#?}");
        let entries = messages.iter().map(|message| message.split_once("add to images.fields: ").expect(message).1);
        let entries: Vec<&str> = entries.collect();
        let (output, left) = run(&input, &entries.join(", "));
        assert!(left.is_empty(), "{entries:?}: {left:#?}");
        assert_eq!(output.matches("proxy/acme/").count(), input.matches("acme").count(), "{entries:?}: {output}");
    }
}

fn where_no_entry_can_say_it_the_new_name_is_shown() {
    for input in [
        widget("nodes: [[{image: ghcr.io/acme/a:1}]]"),
        widget("text: pull ghcr.io/acme/a:1 first"),
        widget("text: '{\"image\": \"ghcr.io/acme/a:1\"}'"),
        deployment("spec: {containers: [{image: nginx, args: [run, ghcr.io/acme/a:1]}]}"),
    ] {
        let (_, warnings) = run(&input, "");
        let messages: Vec<&str> = warnings.iter().map(|warning| &*warning.message).collect();
        let [message] = messages.as_slice() else { panic!("{input}: {messages:#?}") };
        assert!(
            message.ends_with("write `images.acme.example/proxy/acme/ghcr.io/acme/a:1` there by hand"),
            "{message}"
        );
    }
}

/// What is said about an input with another word for `images.unread`: the severities, and the exit code.
fn said(input: &str, unread: &str) -> (Vec<Severity>, u8) {
    let config = config("").replace("fields: []", &format!("unread: {unread}"));
    let request = Request { config: Some(("config.yaml", &config)), ..Request::default() };
    let found = Analysis::read(input, request, &Environment::bare(0)).unwrap();
    let answer = found.answer(&Verdicts::new(), &Verifications::new());
    let unread = answer.findings.iter().filter(|finding| finding.code == Code::ImageNotRead);
    (unread.map(|finding| finding.severity).collect(), answer.exit)
}

fn the_user_says_how_much_it_matters() {
    let input = widget("image: ghcr.io/acme/a:1");
    assert_eq!(said(&input, "warn"), (vec![Severity::Warning], 0));
    assert_eq!(said(&input, "fail"), (vec![Severity::Error], 1));
    assert_eq!(said(&input, "ignore"), (vec![], 0));
    assert_eq!(said(&input, "rewrite"), (vec![], 0));
    let mention = widget("package: ghcr.io/acme/a:1");
    assert_eq!(said(&mention, "rewrite"), (vec![Severity::Warning], 0));
}

fn what_is_no_missed_image_is_passed_over() {
    let silent = [
        widget("image: nginx"),
        widget("image: quay.io/other/a:1"),
        widget("image: ''"),
        widget("image:"),
        widget("image: 7"),
        widget("image: images.acme.example/proxy/acme/ghcr.io/acme/a:1"),
        widget("image: acme/logo.png"),
        widget("image: ghcr.io/acme/a:1\nimagePullPolicy: Never"),
        widget("rbd: {image: acme/a, pool: p}"),
        widget("openAPIV3Schema: {default: {image: ghcr.io/acme/a:1}}"),
        widget("text: acme/a"),
        widget("text: https://ghcr.io/acme/a"),
        widget("text: ghcr.io/acme/*"),
        widget("images: [{name: ghcr.io/acme/a, newTag: v2}]"),
        widget("kustomize: {images: ['ghcr.io/acme/a:1']}"),
        widget("text: ghcr.io/acme"),
        widget("x: 1\nstatus: {}") .replace("  status: {}", "status: {image: ghcr.io/acme/a:1}"),
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {image: ghcr.io/acme/a:1}\n".into(),
        "apiVersion: kyverno.io/v1\nkind: Policy\nmetadata: {name: s}\nspec: {image: ghcr.io/acme/a:1}\n".into(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: s\n  annotations: {pullthrough.dev/skip: 'true'}\ndata: {image: ghcr.io/acme/a:1}\n".into(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: s\n  annotations: {config.kubernetes.io/local-config: 'true'}\ndata: {image: ghcr.io/acme/a:1}\n".into(),
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: s\n  annotations: {kubectl.kubernetes.io/last-applied-configuration: '{\"image\":\"ghcr.io/acme/a:1\"}'}\n".into(),
    ];
    for input in silent {
        let (_, warnings) = run(&input, "");
        assert!(warnings.is_empty(), "{input}: {warnings:#?}");
    }
}

fn equal_fields_are_one_warning_with_the_number_of_places() {
    let input =
        [widget("image: ghcr.io/acme/a:1"), widget("image: ghcr.io/acme/b:1"), widget("image: nginx")].join("---\n");
    let (_, warnings) = run(&input, "");
    let [warning] = warnings.as_slice() else { panic!("{warnings:#?}") };
    assert!(warning.message.contains("as in 1 more place"), "{}", warning.message);
    assert_eq!(warning.line, Some(5));
}

fn an_anchor_is_said_once_where_it_is_written() {
    let (_, warnings) = run(&widget("base: &base {image: ghcr.io/acme/a:1}\nfirst: {<<: *base}\nsecond: *base"), "");
    let places: Vec<Option<&str>> = warnings.iter().map(|warning| warning.field.as_deref()).collect();
    assert_eq!(places, [Some("spec.base.image")]);
}

/// What is asked about an input with nothing declared, by its questions.
fn asked(input: &str, images: &str) -> Vec<String> {
    with_probing(input, images, |found| found.queries().keys().map(ToString::to_string).collect())
}

/// What is said about an unread image when the registry has this to say about it.
fn said_of(access: Access) -> Vec<Severity> {
    with_probing(&widget("image: ghcr.io/other/a:1"), "{}", |found| {
        let verdict = Verdict::probed(access, Evidence::of(Cause::TokenRefused));
        let verdicts = found.queries().into_keys().map(|question| (question, verdict.clone())).collect();
        let answer = found.answer(&verdicts, &Verifications::new());
        assert_eq!(answer.exit, 0);
        answer.findings.into_iter().map(|finding| finding.severity).collect()
    })
}

fn with_probing<T>(input: &str, images: &str, then: impl FnOnce(Analysis<'_>) -> T) -> T {
    let config = format!(
        "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {{name: acme}}\n\
         spec: {{proxies: [{{replicated: {{app: acme, host: images.acme.example}}}}], images: {images}}}\n"
    );
    let request = Request { config: Some(("config.yaml", &config)), ..Request::default() };
    then(Analysis::read(input, request, &Environment::bare(0)).unwrap_or_else(|answer| panic!("{answer:?}")))
}

fn registries_are_asked_about_unread_images_only_where_they_are_asked_anyway() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: quay.io/acme/pod:1}]}\n";
    let field = widget("image: ghcr.io/acme/a:1\ntext: ghcr.io/acme/b:1");
    let both = format!("{pod}---\n{field}");
    assert_eq!(asked(&both, "{}"), ["ghcr.io/acme/a:1", "quay.io/acme/pod:1"]);
    assert_eq!(asked(&both, "{public: [quay.io/**]}"), [""; 0]);
    assert_eq!(asked(&both, "{unread: ignore}"), ["quay.io/acme/pod:1"]);
    assert_eq!(asked(&field, "{}"), ["ghcr.io/acme/a:1"]);
    assert_eq!(asked(&field, "{public: [ghcr.io/**]}"), [""; 0]);
    let lock = "apiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: l}\nimages:\n\
                - {image: quay.io/acme/pod:1, access: public}\n";
    assert_eq!(asked(&format!("{lock}---\n{both}"), "{}"), [""; 0]);
    // Nothing on Docker Hub is private there.
    assert_eq!(asked(&widget("image: nginx\nnodeImage: docker.io/a/b/c"), "{}"), [""; 0]);
}

fn only_a_private_verdict_speaks() {
    for access in Access::ALL {
        let expected = if access == Access::Private { vec![Severity::Warning] } else { Vec::new() };
        assert_eq!(said_of(access), expected, "{access}");
    }
}

fn a_lock_says_what_is_private() {
    let entry = |image: &str, access: &str| {
        format!(
            "apiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {{name: l}}\nimages: [{{image: '{image}', access: {access}}}]\n"
        )
    };
    let mention = widget("text: run acme/a:1 first");
    for (lock, count) in [
        (entry("docker.io/acme/a:1", "private"), 1),
        (entry("docker.io/acme/a:1", "public"), 0),
        (entry("docker.io/acme/b:1", "private"), 0),
    ] {
        // Wherever the lock stands.
        for input in [format!("{lock}---\n{mention}"), format!("{mention}---\n{lock}")] {
            let said =
                with_probing(&input, "{}", |found| found.answer(&Verdicts::new(), &Verifications::new()).findings);
            let unread = said.iter().filter(|finding| finding.code == Code::ImageNotRead).count();
            assert_eq!(unread, count, "{input}");
        }
    }
}

/// What `check` finds of an input, or the guard.
fn inspected(input: &str, images: &str, is_rendered: bool) -> Inspection {
    let config = config("").replace("fields: []", images);
    let request = Request { config: Some(("config.yaml", &config)), ..Request::default() };
    let read = if is_rendered { Analysis::read_rendered } else { Analysis::read };
    let found = read(input, request, &Environment::bare(0)).unwrap_or_else(|answer| panic!("{answer:?}"));
    found.inspect(&Verdicts::new(), &Verifications::new())
}

fn check_has_a_row_and_a_count() {
    let input =
        [widget("image: ghcr.io/acme/a:1"), widget("image: ghcr.io/acme/a:1"), widget("image: nginx")].join("---\n");
    let inspection = inspected(&input, "unread: warn", false);
    let [row] = inspection.images.as_slice() else { panic!("{:#?}", inspection.images) };
    assert_eq!((row.image.as_str(), row.code, row.places.len()), ("ghcr.io/acme/a:1", Code::ImageNotRead, 2));
    let table = check::table(&inspection, pullthrough::report::Style::PLAIN);
    assert!(table.contains("1 image: 0 public, 0 to rewrite, 1 not read; 0 errors, 2 warnings"), "{table}");
    let inspection = inspected(&input, "unread: ignore", false);
    let is_about_patterns = |finding: &Finding| finding.code == Code::PatternUnused;
    assert!(inspection.images.is_empty() && inspection.findings.iter().all(is_about_patterns), "{inspection:#?}");
}

fn the_guard_fails_on_what_would_need_a_proxy() {
    let missed = widget("image: ghcr.io/acme/a:1");
    let local = missed.replace("{name: w}", "{name: w, annotations: {config.kubernetes.io/local-config: 'true'}}");
    let skipped = missed.replace("{name: w}", "{name: w, annotations: {pullthrough.dev/skip: 'true'}}");
    for (input, images, fails) in [
        (&missed, "unread: warn", true),
        (&missed, "unread: rewrite", true),
        (&missed, "unread: ignore", false),
        // Nothing drops it from final output.
        (&local, "unread: warn", true),
        (&skipped, "unread: warn", false),
        (&widget("image: quay.io/other/a:1"), "unread: warn", false),
    ] {
        let inspection = inspected(input, images, true);
        assert_eq!(inspection.fails(false), fails, "{images}: {input}{:#?}", inspection.findings);
    }
}
