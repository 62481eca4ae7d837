// The functions of the package, without a network.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { apply, check, process as run, processResourceList, PullthroughError } from "../../dist/js/node.js";
import { config, OPEN_PROXY, pods, PROXY, resourceList } from "./support/manifests.js";

const PRIVATE = config({ proxies: [OPEN_PROXY], images: { private: ["ghcr.io/acme/**"], public: ["quay.io/**"] }, access: { probe: false } });

describe("processResourceList", () => {
  it("gives a ResourceList back with its images rewritten and its results", async () => {
    const input = resourceList(["ghcr.io/acme/api:1"], PRIVATE);
    const output = await processResourceList(input);
    assert.match(output, /image: "mirror\.example\/ghcr\.io\/acme\/api:1"\n/);
    assert.match(output, /^results:\n- message: /m);
  });

  it("takes a stream and the configuration beside it", async () => {
    const input = `# kept\n${pods(["ghcr.io/acme/api:1"])}`;
    assert.equal(
      await processResourceList(input, { config: PRIVATE }),
      input.replace("ghcr.io/acme/api:1", "mirror.example/ghcr.io/acme/api:1"),
    );
  });

  it("does what the README's example does", async () => {
    const file = (name) => readFileSync(new URL(`../../../examples/quickstart/${name}`, import.meta.url), "utf8");
    const output = await processResourceList(file("resourcelist.yaml"), { transport: false });
    assert.match(output, /proxy\/acme\/ghcr\.io\/acme\/web:1\.4\.2/);
  });

  it("rejects a failed run with the reasons, and with the list for whoever wants to hand that on", async () => {
    const unmatched = config({ proxies: [{ ...OPEN_PROXY, match: ["quay.io/**"] }], images: { private: ["**"] } });
    const error = await processResourceList(resourceList(["ghcr.io/acme/api:1"], unmatched)).catch((error) => error);
    assert.ok(error instanceof PullthroughError, error);
    assert.equal(error.exitCode, 1);
    assert.equal(error.results[0].tags.code, "no-proxy");
    assert.match(error.message, /^error\[no-proxy\] Pod p0 spec\.containers\[0\]\.image: /);
    assert.match(error.output, /image: "ghcr\.io\/acme\/api:1"\n/);
    assert.match(error.output, /^results:/m);
  });

  it("writes nothing of a stream that failed", async () => {
    const error = await processResourceList("a: [", { config: PRIVATE }).catch((error) => error);
    assert.ok(error instanceof PullthroughError);
    assert.deepEqual([error.exitCode, error.output], [1, null]);
  });

  it("shows where a configuration is wrong", async () => {
    const wrong = "apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata: {name: a}\nspec:\n  proxis: []\n";
    const error = await processResourceList(pods(["a"]), { config: wrong, configName: "my.yaml" }).catch((error) => error);
    assert.equal(error.exitCode, 2);
    assert.match(error.message, /my\.yaml:5:3/);
    assert.match(error.message, /\^\^\^\^\^\^/);
  });

  it("wants a string", async () => {
    await assert.rejects(processResourceList(undefined), TypeError);
    await assert.rejects(processResourceList(pods(["a"]), { config: {} }), TypeError);
    await assert.rejects(processResourceList(pods(["a"]), { now: new Date(NaN) }), TypeError);
    const wrong = [
      { configName: 1, config: "a" },
      { publicOnly: "yes" },
      { credentials: { username: 1 } },
      { credentials: { license: Buffer.from("a") } },
      { credentials: { dockerConfig: 1 } },
      { credentials: { hosts: "a" } },
      { env: { PULLTHROUGH_LICENSE_ID: 1 } },
      { env: { PULLTHROUGH_LICENSE_FILE: "/a" }, readFile: () => Buffer.from("a") },
      { env: { PULLTHROUGH_LICENSE_FILE: "/a" }, readFile: async () => "a" },
      { env: { PULLTHROUGH_LICENSE_FILE: "/a" }, readFile: () => undefined },
    ];
    for (const options of wrong) await assert.rejects(processResourceList(pods(["a"]), options), TypeError);
  });
});

describe("process", () => {
  it("tells what it did in edits that count as JavaScript does", async () => {
    const input = `# 🐳 é\n${pods(["ghcr.io/acme/api:1", "quay.io/x/y:2"])}`;
    const outcome = await run(input, { config: PRIVATE, transport: false });
    assert.equal(outcome.exitCode, 0);
    assert.equal(apply(input, outcome.edits), outcome.output);
    assert.deepEqual(
      outcome.edits.map((edit) => [input.slice(edit.start, edit.end), edit.text]),
      [['"ghcr.io/acme/api:1"', '"mirror.example/ghcr.io/acme/api:1"']],
    );
  });

  it("has the results of a list that are in the list, information included", async () => {
    const outcome = await run(resourceList(["ghcr.io/acme/api:1"], PRIVATE));
    const [result] = outcome.results;
    assert.equal(outcome.report, "");
    assert.deepEqual(
      { severity: result.severity, code: result.tags.code, field: result.field, object: result.resourceRef },
      {
        severity: "info",
        code: "rewritten",
        field: {
          path: "spec.containers[0].image",
          currentValue: "ghcr.io/acme/api:1",
          proposedValue: "mirror.example/ghcr.io/acme/api:1",
        },
        object: { apiVersion: "v1", kind: "Pod", name: "p0" },
      },
    );
    assert.equal("line" in result, false);
  });

  it("names lines of a stream", async () => {
    const outcome = await run(pods(["ghcr.io/acme/api:1"]), { config: PRIVATE });
    assert.equal(outcome.results[0].line, 8);
  });

  it("gives a run that failed back as an outcome", async () => {
    const outcome = await run(pods(["ghcr.io/acme/api:1"]), { config: config({ proxies: [PROXY], images: { private: ["**"] } }) });
    assert.deepEqual([outcome.exitCode, outcome.output, outcome.edits], [1, null, []]);
    assert.match(outcome.report, /^error\[no-credential\]/m);
  });

  it("asks nobody without a transport, and says so of what it does not know", async () => {
    const outcome = await run(pods(["ghcr.io/acme/api:1"]), { config: config({ proxies: [OPEN_PROXY] }), transport: false });
    assert.equal(outcome.exitCode, 1);
    assert.match(outcome.report, /ghcr\.io\/acme\/api:1/);
  });

  it("takes locks in place of a registry's answers", async () => {
    const lockOf = (image, access) =>
      `apiVersion: pullthrough.dev/v1alpha1\nkind: ImageLock\nmetadata: {name: a}\nimages: [{image: "${image}", access: ${access}}]\n`;
    const open = config({ proxies: [OPEN_PROXY] });
    const transport = { sight: { allHeaders: true, redirects: true }, send: () => assert.fail("a complete lock asks nobody") };
    const lock = [lockOf("ghcr.io/acme/api:1", "private"), lockOf("quay.io/x/y:2", "public")];
    const outcome = await run(pods(["ghcr.io/acme/api:1", "quay.io/x/y:2"]), { config: open, lock, transport });
    assert.equal(outcome.exitCode, 0, outcome.report);
    assert.match(outcome.output, /mirror\.example\/ghcr\.io\/acme\/api:1[^]*"quay\.io\/x\/y:2"/);
    const contradiction = await run(pods(["ghcr.io/acme/api:1"]), { config: open, lock: [lock[0], lockOf("ghcr.io/acme/api:1", "public")], transport });
    assert.match(contradiction.report, /lock-contradiction\] lock\[1\]: .* of lock\[0\]/);
    const other = await run(pods(["ghcr.io/acme/api:1"]), { config: open, lock: open, transport });
    assert.equal(other.exitCode, 2);
    assert.match(other.report, /lock: line 1: found PullThrough acme/);
    await assert.rejects(run("", { lock: 1 }), TypeError);
    await assert.rejects(run("", { lock: [1] }), TypeError);
  });

  it("runs many calls at a time", async () => {
    const calls = Array.from({ length: 20 }, (_, index) => run(pods([`ghcr.io/acme/a${index}:1`]), { config: PRIVATE }));
    const outcomes = await Promise.all(calls);
    outcomes.forEach((outcome, index) => assert.match(outcome.output, new RegExp(`acme/a${index}:1`)));
  });

  it("survives what is no YAML, and depth", async () => {
    for (const input of ["", "\0", "[".repeat(100_000), "a: ".repeat(50_000), "- ".repeat(50_000), "\ud800", "&a [*a]"]) {
      const outcome = await run(input, { config: PRIVATE });
      assert.equal(typeof outcome.report, "string", JSON.stringify(input.slice(0, 20)));
    }
    assert.equal((await run(pods(["ghcr.io/acme/api:1"]), { config: PRIVATE })).exitCode, 0);
  });
});

describe("check", () => {
  it("shows every image and what becomes of it", async () => {
    const { version, images } = await check(pods(["ghcr.io/acme/api:1"]), { config: PRIVATE });
    assert.equal(version, 1);
    assert.deepEqual(
      images.map(({ image, access, source, becomes }) => ({ image, access, source, becomes })),
      [{ image: "ghcr.io/acme/api:1", access: "private", source: "declared", becomes: "mirror.example/ghcr.io/acme/api:1" }],
    );
  });

  it("is the guard with `rendered`", async () => {
    const { findings } = await check(pods(["ghcr.io/acme/api:1"]), { config: PRIVATE, rendered: true });
    assert.equal(findings[0].code, "not-rendered");
  });

  it("rejects what it can't read", async () => {
    await assert.rejects(check("a: [", { config: PRIVATE }), PullthroughError);
  });
});
