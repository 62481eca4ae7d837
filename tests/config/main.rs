//! The functionConfig: every field good and bad, and the files of `fn-config`.
#![cfg(test)]

mod files;

use insta::assert_snapshot;
use pullthrough::config::{Config, Problems};
use pullthrough::yaml::parse::{self, Split};
use pullthrough::yaml::{self, View};

/// What `f` makes of the first document in `text`.
fn with_view<T>(text: &str, f: impl Fn(&View<'_>) -> T) -> T {
    let mut made = None;
    parse::objects(
        text,
        |_| Split::Whole,
        |_, tree| {
            made.get_or_insert(f(&tree.view()));
            Ok::<(), parse::Error>(())
        },
    )
    .unwrap();
    made.expect("a document")
}

fn read(text: &str) -> Result<Option<Config>, Problems> {
    with_view(text, Config::read)
}

/// The problems of a configuration, a line each.
fn problems(text: &str) -> String {
    let Err(Problems(problems)) = read(text) else { return "no problems".to_owned() };
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{}: {}: {}", yaml::line(text, problem.span.start), problem.path, problem.message))
        .collect();
    lines.join("\n")
}

/// The configuration with this `spec`, which stands on the lines below the first.
fn spec(spec: &str) -> String {
    format!("spec: {spec}")
}

fn config(text: &str) -> Config {
    read(text).unwrap().unwrap()
}

#[test]
fn nothing_in_it() {
    for text in [
        "metadata: {name: function-input}\ndata: {}\nkind: ConfigMap\napiVersion: v1\n",
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n",
        "apiVersion: v1\nkind: ConfigMap\ndata:\n",
    ] {
        assert_eq!(read(text), Ok(None), "{text}");
    }
    let own = config("apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {name: x}\n");
    assert!(own.proxies_are_implied, "it is a configuration, and says nothing about proxies: {own:?}");
}

#[test]
fn defaults() {
    let config = config("kind: Anything\nmetadata: {name: acme}\nspec: {}\n");
    assert_eq!(config, Config { name: Some("acme".to_owned()), ..Config::for_license() });
    assert_snapshot!(format!("{:#?}", config.access), @r#"
    AccessPolicy {
        probe: true,
        proxy_public: false,
        on_not_found: Keep,
        on_rate_limited: Fail,
        on_unreachable: Fail,
        on_unmatched: Fail,
        budget: 20s,
        plain_http: [],
        trusted_realms: [],
    }
    "#);
}

#[test]
fn the_short_form_says_the_same() {
    let short = config(
        "data: {preset: harbor, host: h.corp.example, project: hub, upstream: docker.io, private: \"docker.io/a/**,docker.io/b/**\", \
         pin: \"true\", pullSecret: acme, namespaces: \"a, b\", onNotFound: proxy, inPlace: r.corp.example}",
    );
    let long = config(
        "spec: {proxies: [{harbor: {host: h.corp.example, project: hub, upstream: docker.io}, inPlace: [r.corp.example]}], \
         images: {private: [docker.io/a/**, docker.io/b/**]}, pin: true, pullSecret: {name: acme, namespaces: [a, b]}, \
         access: {onNotFound: proxy}}",
    );
    assert_eq!(short, long);
    assert_eq!(config("data: {app: acme}"), config("spec: {proxies: [{replicated: {app: acme}}]}"));
    assert_eq!(config("kind: ImageProxy\nmetadata: {name: function-input}\ndata: {app: acme}").name, None);
}

#[test]
fn merge_keys_are_followed() {
    let text = "
spec:
  proxies:
  - harbor: &hub {host: h.corp.example, project: hub, upstream: docker.io}
  - harbor: {<<: *hub, project: quay, upstream: quay.io}
";
    assert_eq!(config(text).proxies.len(), 2);
    assert_snapshot!(problems("
x: &x {a: 1, prob: true}
spec:
  access: {<<: *x, probe: maybe}
"), @r#"
    2: x: unknown top-level field `x`: the configuration goes into `spec`, or in its short form into `data`
    2: spec.access.a: unknown field `a`: expected one of `probe`, `proxyPublic`, `onNotFound`, `onRateLimited`, `onUnreachable`, `onUnmatched`, `budget`, `plainHTTP`, `trustedRealms`
    2: spec.access.prob: unknown field `prob`, did you mean `probe`? expected one of `probe`, `proxyPublic`, `onNotFound`, `onRateLimited`, `onUnreachable`, `onUnmatched`, `budget`, `plainHTTP`, `trustedRealms`
    4: spec.access.probe: expected `true` or `false`, found a string
    "#);
}

#[test]
fn the_object_around_it() {
    assert_snapshot!(problems("apiVersion: pullthrough.dev/v1\nkind: PullThrough\nspec: {}"), @r#"1: apiVersion: unknown version `pullthrough.dev/v1`: expected `pullthrough.dev/v1alpha1`"#);
    assert_snapshot!(problems("apiVersion: pullthrough.dev/v1alpha1\nkind: Pullthrough\nspec: {}"), @r#"2: kind: `Pullthrough` is not a configuration: expected `kind: PullThrough` in the group pullthrough.dev"#);
    assert_snapshot!(problems("apiVersion: pullthrough.dev/v1alpha1\nspec: {}"), @r#"1: kind: `kind` is missing; write `kind: PullThrough`"#);
    assert_snapshot!(problems("spec: {pin: 1}\ndata: {app: acme}"), @r#"2: data: `data` is the short form of `spec`, and both are present: remove one of the two"#);
    assert_snapshot!(problems("kind: X\nproxies: []\nspecs: {}"), @r#"
    2: proxies: unknown top-level field: `proxies` belongs in `spec`: `spec.proxies`
    3: specs: unknown top-level field `specs`: the configuration goes into `spec`, or in its short form into `data`
    "#);
    assert_snapshot!(problems("spec: {}\nspec: {}"), @r#"2: spec: this key appears twice; remove one of the two"#);
    assert_snapshot!(problems("spec:\n"), @r#"1: spec: expected a mapping, found nothing; write `{}` if none of its fields is needed, or remove the key"#);
    assert_snapshot!(problems("spec: [a]\n"), @r#"1: spec: expected a mapping, found a list"#);
    assert_snapshot!(problems("[a]\n"), @r#"1: : expected an object such as `kind: PullThrough`, found a list"#);
    assert_eq!(problems("apiVersion: other.example/v1\nkind: Free\nspec: {}"), "no problems");
}

#[test]
fn all_problems_are_told_at_once() {
    assert_snapshot!(problems(&spec("
  proxys: []
  proxies:
  - harbor: {host: h.corp.example, project: hub}
    matches: [docker.io/**]
    match: [nginx, docker.io/**, Foo]
  - harbr: {}
    inPlace: registry.corp.example
  access:
    probe: on
    proxyPublic: \"true\"
    budget: 20
    onNotFound: ignore
    on-unreachable: fail
  pin: 1
  pin: true
  results:
")), @r#"
    2: spec.proxys: unknown field `proxys`, did you mean `proxies`? expected one of `proxies`, `images`, `access`, `pullSecret`, `replicatedObjects`, `pin`, `verify`, `results`
    4: spec.proxies[0].harbor: `upstream` is required here but missing; add it
    5: spec.proxies[0].matches: unknown field `matches`, did you mean `match`? expected one of `match`, `except`, `formerly`, `credentials`, `inPlace`, `aliases`, `replicated`, `harbor`, `ecr`, `gar`, `artifactory`, `nexus`, `quay`, `zot`, `distribution`, `acr`, `gitlab`, `cloudsmith`, `localRegistry`, `template`
    6: spec.proxies[0].match[0]: `nginx` can't match any image: it does not begin with a registry; write `docker.io/library/nginx` for Docker Hub, or `**/nginx` for every registry
    6: spec.proxies[0].match[2]: `Foo` can't match any image: it has no repository after the registry; write `Foo/**`
    7: spec.proxies[1].harbr: unknown field `harbr`, did you mean `harbor`? expected one of `match`, `except`, `formerly`, `credentials`, `inPlace`, `aliases`, `replicated`, `harbor`, `ecr`, `gar`, `artifactory`, `nexus`, `quay`, `zot`, `distribution`, `acr`, `gitlab`, `cloudsmith`, `localRegistry`, `template`
    8: spec.proxies[1].inPlace: expected a list, found a string; begin each entry with `- `
    10: spec.access.probe: expected `true` or `false`, found a string
    11: spec.access.proxyPublic: expected `true` or `false`, found a string; remove the quotes
    12: spec.access.budget: `20` is not a duration: expected a whole number above 0 and a unit (`ms`, `s` or `m`), as in `20s`
    13: spec.access.onNotFound: unknown value `ignore`: expected one of `fail`, `keep`, `proxy`
    14: spec.access.on-unreachable: unknown field `on-unreachable`, did you mean `onUnreachable`? expected one of `probe`, `proxyPublic`, `onNotFound`, `onRateLimited`, `onUnreachable`, `onUnmatched`, `budget`, `plainHTTP`, `trustedRealms`
    15: spec.pin: expected `true` or `false`, found `1`
    16: spec.pin: this key appears twice; remove one of the two
    17: spec.results: expected one of `changed`, `all`, found nothing; write a value or remove the key
    "#);
}

#[test]
fn types_are_not_converted() {
    assert_snapshot!(problems(&spec("
  images: {public: docker.io/**, private: [1.5, true, null, [a]], ignore: }
  pullSecret: {name: 1e3, labels: {a: 1, b: , c: [x]}, namespaces: {}, for: true, create: }
  verify: yes
  proxies:
  - nexus: {host: 1, layout: ports, port: 70000, upstream: ~}
  - artifactory: {host: a.corp.example, layout: port, port: 1e3, upstream: docker.io}
  - just a string
  - zot: {host: z.corp.example, upstream: docker.io, stripPrefix: 1}
")), @r#"
    2: spec.images.public: expected a list, found a string; begin each entry with `- `
    2: spec.images.private[0]: expected a string, found a number; put it in quotes
    2: spec.images.private[1]: expected a string, found a boolean; put it in quotes
    2: spec.images.private[2]: expected a string, found nothing; write a value or remove the key
    2: spec.images.private[3]: expected a string, found a list
    2: spec.images.ignore: expected a list, found nothing; write `[]` or remove the key
    3: spec.pullSecret.name: expected a string, found a number; put it in quotes
    3: spec.pullSecret.labels.a: expected a string, found a number; put it in quotes
    3: spec.pullSecret.labels.b: expected a string, found nothing; write a value or remove the key
    3: spec.pullSecret.labels.c: expected a string, found a list
    3: spec.pullSecret.namespaces: expected a list, found a mapping; begin each entry with `- `
    3: spec.pullSecret.for: expected one of `needed`, `all`, found a boolean
    3: spec.pullSecret.create: expected one of `auto`, `always`, `never`, found nothing; write a value or remove the key
    4: spec.verify: expected `true` or `false`, found a string
    6: spec.proxies[0].nexus.host: expected a string, found a number; put it in quotes
    6: spec.proxies[0].nexus.layout: unknown value `ports`, did you mean `port`? expected one of `path`, `subdomain`, `port`
    6: spec.proxies[0].nexus.port: expected a whole number from 0 to 65535, found `70000`
    6: spec.proxies[0].nexus.upstream: expected a string, found nothing; write a value or remove the key
    7: spec.proxies[1].artifactory.port: expected a whole number from 0 to 65535, found `1e3`
    8: spec.proxies[2]: expected a mapping, found a string
    9: spec.proxies[3].zot.stripPrefix: expected `true` or `false`, found `1`
    "#);
}

#[test]
fn proxies() {
    assert_snapshot!(problems(&spec("
  proxies: []
")), @r#"2: spec.proxies: the list has no proxy: expected at least one, as in `- replicated: {}`"#);
    assert_snapshot!(problems(&spec("
  proxies:
  - {}
  - harbor: {host: h.corp.example, project: hub, upstream: docker.io}
    replicated: {app: acme}
  - harbor: {host: https://user:hunter2@h.corp.example/v2, project: hub, upstream: docker.io}
  - replicated: {host: proxy.corp/example}
  - ecr: {upstream: docker.io}
  - template: {host: m.corp.example, pattern: \"{host}/{repository}\"}
  - gitlab: {host: g.corp.example, group: acme}
    formerly: [{gitlab: {host: g.corp.example, group: acme}}, {}, {gitlab: {host: g, group: acme}}]
    credentials: {}
  - quay: {host: q.corp.example, organization: hub, upstream: docker.io}
    credentials: {anonymous: {}, secretRef: {name: a}}
  - gitlab: {host: g.corp.example, group: acme}
  - replicated: {}
  - replicated: {}
    match: [ghcr.io/**]
")), @r#"
    3: spec.proxies[0]: no preset is set: expected exactly one of replicated, harbor, ecr, gar, artifactory, nexus, quay, zot, distribution, acr, gitlab, cloudsmith, localRegistry, template
    4: spec.proxies[1]: replicated and harbor are set: expected exactly one preset, and another entry for each other one
    6: spec.proxies[2].harbor.host: `https://…@h.corp.example/v2` has a scheme: write `…@h.corp.example`
    7: spec.proxies[3].replicated.host: `proxy.corp/example` has a path: write the host alone, `proxy.corp`
    8: spec.proxies[4].ecr.account: `account` is missing: expected `account` and `region`, or `host`
    9: spec.proxies[5].template.upstream: `upstream` is missing: the pattern drops the registry, so expected the one registry behind the proxy, or {registry} in the pattern
    11: spec.proxies[6].formerly[1]: no preset is set: expected exactly one of replicated, harbor, ecr, gar, artifactory, nexus, quay, zot, distribution, acr, gitlab, cloudsmith, localRegistry, template
    11: spec.proxies[6].formerly[2].gitlab.host: Kubernetes would not recognize `g` as a host at the beginning of an image: expected one with a dot or a port, such as `registry.example.com` or `registry:5000`
    12: spec.proxies[6].credentials: neither is set: expected exactly one of `anonymous` and `secretRef`
    14: spec.proxies[7].credentials: both are set: expected exactly one of `anonymous` and `secretRef`
    15: spec.proxies[8]: an earlier proxy is the same and takes every image that this one could: give the earlier one a `match`, or remove this one
    17: spec.proxies[10]: an earlier proxy is the same and takes every image that this one could: give the earlier one a `match`, or remove this one
    "#);
    assert_snapshot!(problems(&spec("
  proxies:
  - gitlab: {host: g.corp.example, group: acme}
    credentials: {secretRef: {name: A_b, namespace: a.b, key: x}}
    inPlace: [harbor, https://h.corp.example, h.corp.example/x, registry:5000]
    aliases: {\"registry.corp:5000\": corp, registry: a, \"r.corp:1\": A/b, \"r.corp:2\": 5}
    except: [\"docker.io/?\"]
  - gitlab: {host: g.corp.example, group: acme}
    credentials: {secretRef: {}, anonymous: {x: 1}}
")), @r#"
    4: spec.proxies[0].credentials.secretRef.name: `A_b` is not a valid object name: expected a-z, 0-9, `-` and `.`, a letter or digit at both ends, at most 253 characters
    4: spec.proxies[0].credentials.secretRef.namespace: `a.b` is not a valid namespace name: expected a-z, 0-9 and `-`, a letter or digit at both ends, at most 63 characters
    4: spec.proxies[0].credentials.secretRef.key: unknown field `key`: expected one of `name`, `namespace`
    5: spec.proxies[0].inPlace[0]: Kubernetes would not recognize `harbor` as a host at the beginning of an image: expected one with a dot or a port, such as `registry.example.com` or `registry:5000`
    5: spec.proxies[0].inPlace[1]: `https://h.corp.example` has a scheme: write `h.corp.example`
    5: spec.proxies[0].inPlace[2]: `h.corp.example/x` has a path: write the host alone, `h.corp.example`
    6: spec.proxies[0].aliases: Kubernetes would not recognize `registry` as a host at the beginning of an image: expected one with a dot or a port, such as `registry.example.com` or `registry:5000`
    6: spec.proxies[0].aliases["r.corp:1"]: `A/b` is not a valid segment of an image name: expected a-z and 0-9, with `.`, `_` or `-` between them
    6: spec.proxies[0].aliases["r.corp:2"]: expected a string, found a number; put it in quotes
    7: spec.proxies[0].except[0]: `docker.io/?` can't match any image: `?` is not a wildcard; write `*` for any text inside a segment, or one pattern for each choice
    9: spec.proxies[1].credentials.secretRef: `name` is required here but missing; add it
    9: spec.proxies[1].credentials.anonymous.x: unknown field `x`: expected no fields here
    "#);
}

#[test]
fn hosts_and_aliases_go_with_the_preset() {
    assert_snapshot!(problems(&spec("
  proxies:
  - gitlab: {host: g.corp.example, group: acme}
    inPlace: [r.corp.example, G.corp.example, docker.io]
  - replicated: {}
    aliases: {\"a.corp:5000\": corp, \"b.corp:5000\": corp}
")), @r#"
    4: spec.proxies[0].inPlace[1]: `g.corp.example` is the proxy itself: expected another host
    4: spec.proxies[0].inPlace[2]: `docker.io` is Docker Hub itself: expected the host of the proxy
    6: spec.proxies[1].aliases: `a.corp:5000` and `b.corp:5000` have the same name `corp`: expected a name for each
    "#);
}

#[test]
fn images() {
    assert_snapshot!(problems(&spec("
  images:
    public: [ghcr.io/acme/**, nginx]
    private: [quay.io/**]
    ignores: []
    fields:
    - {kind: A, path: /spec/image}
    - {kind: B, path: spec/image, pullsecrets: {}}
    - {kind: B, path: spec/image, pullSecrets: {form: strings}}
    - {kind: C, tag: \"spec/containers[0]/tag\"}
")), @r#"
    3: spec.images.public[1]: `nginx` can't match any image: it does not begin with a registry; write `docker.io/library/nginx` for Docker Hub, or `**/nginx` for every registry
    5: spec.images.ignores: unknown field `ignores`, did you mean `ignore`? expected one of `public`, `private`, `ignore`, `unread`, `fields`
    7: spec.images.fields[0].path: `/spec/image` has an empty name; write one slash between two names, and none at the ends
    8: spec.images.fields[1].pullsecrets: unknown field `pullsecrets`, did you mean `pullSecrets`? expected one of `group`, `version`, `kind`, `namespace`, `name`, `podSpec`, `path`, `prefix`, `split`, `registry`, `repository`, `image`, `tag`, `digest`, `pullSecrets`
    9: spec.images.fields[2].pullSecrets: `path` is required here but missing; add it
    9: spec.images.fields[2].pullSecrets.form: unknown value `strings`: expected one of `objects`, `names`, `object`, `name`
    10: spec.images.fields[3].tag: `spec/containers[0]/tag` selects an item by its number, which changes; write `[]`, or `[name=glob]` for some of the items
    "#);
    assert_snapshot!(problems(&spec("
  images:
    public: [ghcr.io/acme/**]
    private: [quay.io/**, ghcr.io/acme/**]
    fields:
    - {kind: A}
    - {kind: B, path: spec/image, repository: spec/repository}
    - {kind: C, path: spec/image, tag: spec/tag}
    - {kind: D, tag: spec/tag}
    - {kind: E, repository: \"spec/images[]/name\", tag: \"spec/tags[]/name\", registry: spec/registry}
    - {kind: F, path: spec/image, pullSecrets: {path: \"spec/imagePullSecrets[]\"}}
")), @r#"
    4: spec.images.private[1]: `ghcr.io/acme/**` is declared public as well: remove it from one of the two lists
    6: spec.images.fields[0]: no field is given: expected `path`, `podSpec`, or `repository` if the reference is split into several fields
    7: spec.images.fields[1].repository: `repository` can't be combined with `path`: remove one of the two
    8: spec.images.fields[2].tag: `tag` can't be combined with `path`: remove one of the two
    9: spec.images.fields[3]: `tag` is a part of a reference: expected `repository` beside it
    10: spec.images.fields[4].tag: `spec/tags[]/name` is in another list than `spec/images[]/name`, so it is unclear which items belong together: expected the same list
    11: spec.images.fields[5].pullSecrets.path: `spec/imagePullSecrets[]` points to the items: expected the path of the field itself, `spec/imagePullSecrets`
    "#);
}

#[test]
fn access_and_pull_secret() {
    assert_snapshot!(problems(&spec("
  access:
    budget: 1h
    plainHTTP: [registry, http://registry:5000]
    trustedRealms: [keycloak, https://keycloak, a b]
    onRateLimited: Fail
    onUnmatched: proxy
  pullSecret:
    name: Acme_Registry
    create: no
    attach: serviceaccounts
    namespaces: [\"*\", a.b, ok]
    extra: [a/b]
")), @r#"
    3: spec.access.budget: `1h` is not a duration: expected a whole number above 0 and a unit (`ms`, `s` or `m`), as in `20s`
    4: spec.access.plainHTTP[0]: Kubernetes would not recognize `registry` as a host at the beginning of an image: expected one with a dot or a port, such as `registry.example.com` or `registry:5000`
    4: spec.access.plainHTTP[1]: `http://registry:5000` has a scheme: write `registry:5000`
    5: spec.access.trustedRealms[1]: `https://keycloak` has a scheme: write `keycloak`
    5: spec.access.trustedRealms[2]: Kubernetes would not recognize `a b` as a host at the beginning of an image: expected one with a dot or a port, such as `registry.example.com` or `registry:5000`
    6: spec.access.onRateLimited: unknown value `Fail`, did you mean `fail`? expected one of `fail`, `keep`, `proxy`
    7: spec.access.onUnmatched: unknown value `proxy`: expected one of `fail`, `keep`
    9: spec.pullSecret.name: `Acme_Registry` is not a valid object name: expected a-z, 0-9, `-` and `.`, a letter or digit at both ends, at most 253 characters
    10: spec.pullSecret.create: unknown value `no`: expected one of `auto`, `always`, `never`
    11: spec.pullSecret.attach: unknown value `serviceaccounts`, did you mean `serviceAccounts`? expected one of `pods`, `serviceAccounts`
    12: spec.pullSecret.namespaces[0]: `*` means every namespace, which manifests can't express: expected names of namespaces
    12: spec.pullSecret.namespaces[1]: `a.b` is not a valid namespace name: expected a-z, 0-9 and `-`, a letter or digit at both ends, at most 63 characters
    13: spec.pullSecret.extra[0]: `a/b` is not a valid object name: expected a-z, 0-9, `-` and `.`, a letter or digit at both ends, at most 253 characters
    "#);
    assert_snapshot!(problems(&spec("
  pullSecret: {create: never, labels: {a: b}, annotations: {c: d}, namespaces: [e]}
")), @r#"
    2: spec.pullSecret.labels: with `create: never` there is no Secret to give these labels to: remove one of the two
    2: spec.pullSecret.annotations: with `create: never` there is no Secret to give these annotations to: remove one of the two
    2: spec.pullSecret.namespaces: with `create: never` there is no Secret to give these namespaces to: remove one of the two
    "#);
}

#[test]
fn the_short_form() {
    assert_snapshot!(problems("
data:
  preset: harbor
  host: https://h.corp.example
  project: hub
  upstream: docker.io
  private: docker.io/a/**, nginx, Foo/**
  match: docker.io/**
  labels: a=b
  probe: false
  pin: yes
  budget: \"10\"
  app: acme
  password: hunter2
"), @r#"
    7: data.private: `nginx` can't match any image: it does not begin with a registry; write `docker.io/library/nginx` for Docker Hub, or `**/nginx` for every registry
    8: data.match: the short form in `data` has one proxy, for every image that its preset serves, with the credentials that are found: write a `spec` with `proxies` instead
    9: data.labels: the short form in `data` holds strings only: write a `spec` instead
    10: data.probe: expected a string, found a boolean; put it in quotes
    11: data.pin: expected `true` or `false`, found `yes`
    12: data.budget: `10` is not a duration: expected a whole number above 0 and a unit (`ms`, `s` or `m`), as in `20s`
    13: data.app: unknown field `app`: expected one of `preset`, `inPlace`, `pullSecret`, `create`, `attach`, `for`, `namespaces`, `extra`, `replicatedObjects`, `pin`, `verify`, `results`, `public`, `private`, `ignore`, `unread`, `probe`, `proxyPublic`, `onNotFound`, `onRateLimited`, `onUnreachable`, `onUnmatched`, `budget`, `plainHTTP`, `trustedRealms`, `host`, `project`, `upstream`
    14: data.password: unknown field `password`: expected one of `preset`, `inPlace`, `pullSecret`, `create`, `attach`, `for`, `namespaces`, `extra`, `replicatedObjects`, `pin`, `verify`, `results`, `public`, `private`, `ignore`, `unread`, `probe`, `proxyPublic`, `onNotFound`, `onRateLimited`, `onUnreachable`, `onUnmatched`, `budget`, `plainHTTP`, `trustedRealms`, `host`, `project`, `upstream`
    "#);
    assert_snapshot!(problems("
data:
  preset: harbor
  host: https://h.corp.example
  project: hub
  upstream: docker.io
  public: ghcr.io/a/**
  private: quay.io/**, ghcr.io/a/**
"), @r#"
    4: data.host: `https://h.corp.example` has a scheme: write `h.corp.example`
    8: data.private: `ghcr.io/a/**` is declared public as well: remove it from one of the two lists
    "#);
    assert_snapshot!(problems("data: {preset: habor}"), @r#"1: data.preset: unknown preset `habor`, did you mean `harbor`? expected one of `replicated`, `harbor`, `ecr`, `gar`, `artifactory`, `nexus`, `quay`, `zot`, `distribution`, `acr`, `gitlab`, `cloudsmith`, `localRegistry`, `template`"#);
    assert_snapshot!(problems("data: {preset: harbor, host: h.corp.example}"), @r#"1: data: `project` is required here but missing; add it"#);
    assert_snapshot!(problems("data: [a]"), @r#"1: data: expected a mapping, found a list; `data` holds strings only: write a `spec` instead"#);
    assert_snapshot!(problems("data: {preset: nexus, host: n.corp.example, upstream: docker.io, layout: port, port: x}"), @r#"1: data.port: expected a whole number from 0 to 65535, found `x`"#);
}

#[test]
fn a_value_is_never_shown_whole() {
    let secret = "dckr_pat_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ";
    let path = "dckr_pat_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ/";
    let password = "https://robot:hunter2@harbor.corp.example";
    for (field, value) in [
        ("proxies: [{harbor: {host: @, project: hub, upstream: docker.io}}]", secret),
        ("proxies: [{harbor: {host: @, project: hub, upstream: docker.io}}]", password),
        ("proxies: [{replicated: {app: @}}]", secret),
        ("proxies: [{template: {host: a.example, pattern: @}}]", secret),
        ("proxies: [{replicated: {}, inPlace: [@]}]", secret),
        ("proxies: [{replicated: {}, aliases: {a.b: @}}]", secret),
        ("images: {private: [@]}", secret),
        ("images: {private: [@]}", password),
        ("images: {fields: [{path: @}]}", path),
        ("access: {budget: @}", secret),
        ("access: {onNotFound: @}", secret),
        ("access: {probe: @}", secret),
        ("pullSecret: {name: @}", secret),
        ("pullSecret: {namespaces: [@]}", secret),
        ("pullSecret: {@: 1}", secret),
        ("licenseID: @", secret),
    ] {
        let text = spec(&format!("{{{}}}", field.replace('@', &format!("\"{value}\""))));
        let told = problems(&text);
        assert!(!told.contains("no problems"), "{text}");
        let message = told.replace(value, "");
        assert!(!message.contains("WXYZ") && !message.contains("hunter2"), "{text}: {told}");
    }
}

#[test]
fn a_field_at_the_wrong_level_says_where_it_belongs() {
    let level = |text: &str| problems(&format!("spec:\n{text}"));
    for (text, says) in [
        ("  aliases: {}", "`aliases` belongs in an entry of `proxies`, beside the preset: `spec.proxies[].aliases`"),
        ("  harbor: {}", "`harbor` is a preset and belongs in an entry of `proxies`: `spec.proxies[].harbor`"),
        ("  private: []", "`private` belongs in `spec.images`: `spec.images.private`"),
        ("  budget: 1s", "`budget` belongs in `spec.access`: `spec.access.budget`"),
        (
            "  proxies: [{replicated: {app: a}}, {replicated: {app: b, aliases: {}}}]",
            "beside the preset: `spec.proxies[1].aliases`",
        ),
        ("  proxies: [{replicated: {app: a}, verify: true}]", "`verify` belongs in `spec`: `spec.verify`"),
        ("  pullSecret: {probe: false}", "`probe` belongs in `spec.access`: `spec.access.probe`"),
        ("  access: {prob: false}", "did you mean `probe`?"),
    ] {
        let problems = level(text);
        assert!(problems.lines().count() == 1 && problems.contains(says), "{problems}");
    }
    let top = problems("kind: X\nproxies: []\nprobe: false\n");
    assert!(top.contains("`proxies` belongs in `spec`") && top.contains("`spec.access.probe`"), "{top}");
}

/// Everything else follows from it, so that it is the only problem.
#[test]
fn children_that_are_not_indented_are_one_problem() {
    for (text, says) in [
        (
            "spec:\n  proxies:\n  - harbor:\n    host: h.corp\n    project: x\n    upstream: ghcr.io\n",
            "3: spec.proxies[0].harbor: `harbor` is empty, and `host`, `project` and `upstream` are beside it: indent them by two more spaces",
        ),
        (
            "spec:\n  proxies:\n  - replicated:\n    app: acme\n",
            "`replicated` is empty, and `app` is beside it: indent it",
        ),
        (
            "spec:\nproxies:\n- replicated: {app: acme}\npin: true\n",
            "1: spec: `spec` is empty, and `proxies` and `pin` are",
        ),
        (
            "spec:\n  access:\n  probe: false\n  budget: 1s\n",
            "2: spec.access: `access` is empty, and `probe` and `budget`",
        ),
    ] {
        let problems = problems(text);
        assert!(problems.lines().count() == 1 && problems.contains(says), "{problems}");
    }
    let empty = problems("spec:\n  proxies:\n  - harbor:\n    match: []\n");
    assert!(!empty.contains("indent"), "a field of the entry is where it belongs: {empty}");
}

#[test]
fn a_manifest_in_place_of_a_configuration_is_named() {
    for (head, what) in [
        ("apiVersion: apps/v1\nkind: Deployment", "a Deployment (apps/v1)"),
        ("apiVersion: v1\nkind: List", "a List (v1)"),
        ("apiVersion: config.kubernetes.io/v1\nkind: ResourceList", "a ResourceList (config.kubernetes.io/v1)"),
        ("apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization", "a Kustomization (kustomize"),
        ("apiVersion: example.com/v1\nkind: Widget", "a Widget (example.com/v1)"),
    ] {
        let problems = problems(&format!("{head}\nspec: {{replicas: 1, template: {{}}}}\n"));
        let says = format!("2: : this is {what}");
        assert!(problems.lines().count() == 1 && problems.starts_with(&says), "{problems}");
    }
    for own in [
        "apiVersion: example.com/v1\nkind: Widget\nspec: {pin: true}",
        "apiVersion: v1\nkind: ConfigMap\ndata: {app: acme}",
        "apiVersion: example.com/v1\nkind: Widget\ndata: {app: acme}",
    ] {
        assert_eq!(problems(own), "no problems");
    }
}

#[test]
fn a_list_that_is_written_as_a_mapping_says_how_entries_begin() {
    let problems = problems("spec:\n  proxies:\n    replicated: {app: acme}\n");
    assert_eq!(problems, "3: spec.proxies: expected a list, found a mapping; begin each entry with `- `");
}
