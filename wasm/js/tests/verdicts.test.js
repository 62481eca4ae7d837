// The package asks as the native program does, and comes to the same verdicts: both are put before the same registries.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:https";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { check } from "../../dist/js/node.js";
import { config, OPEN_PROXY, pods } from "./support/manifests.js";
import { native } from "./support/program.js";
import { challenge, closedPort, MANIFEST, refusal, registry } from "./support/registry.js";

const folder = mkdtempSync(join(tmpdir(), "pullthrough-js-"));
after(() => rmSync(folder, { recursive: true }));

const served = { status: 200, headers: MANIFEST };
/** A repository that is for whoever has a token. */
const withToken = ({ request, host }) => (request.headers.authorization ? served : { status: 401, headers: challenge(host) });
const token = () => ({ status: 200, body: JSON.stringify({ token: "anonymous" }) });

/**
 * What each repository, or path, of a registry answers, and what its images are found to be. Each scene is a host of its own, for trouble is
 * a host's.
 */
const SCENES = {
  "tokens for everybody": {
    script: {
      "/token": ({ request }) => (request.url.includes("closed") ? refusal(403) : token()),
      "acme/open": withToken,
      "acme/private": ({ host }) => ({ status: 401, headers: challenge(host) }),
      "acme/closed": ({ host }) => ({ status: 401, headers: challenge(host) }),
      "acme/forbidden": ({ request, host }) =>
        request.headers.authorization ? refusal(403) : { status: 401, headers: challenge(host) },
      "acme/missing": ({ request, host }) =>
        request.headers.authorization ? refusal(404, "MANIFEST_UNKNOWN") : { status: 401, headers: challenge(host) },
    },
    access: {
      "acme/open": "public",
      "acme/private": "private",
      "acme/closed": "private",
      "acme/forbidden": "private",
      "acme/missing": "not-found",
    },
  },
  "nothing to show": {
    script: { "acme/open": () => served, "acme/head": ({ request }) => (request.method === "HEAD" ? { status: 405 } : served) },
    access: { "acme/open": "public", "acme/head": "public", "acme/missing": "not-found" },
  },
  "redirects": {
    script: {
      "acme/moved": ({ host, path }) => ({ status: 307, headers: { location: `http://${host}${path.replace("moved", "there")}` } }),
      "acme/there": () => served,
      "acme/circle": ({ host, path }) => ({ status: 302, headers: { location: `http://${host}${path}` } }),
      "acme/metadata": () => ({ status: 307, headers: { location: "http://169.254.169.254/v2/" } }),
      "acme/nowhere": () => ({ status: 307 }),
    },
    access: {
      "acme/moved": "public",
      "acme/circle": "unreachable",
      "acme/metadata": "unreachable",
      "acme/nowhere": "unreachable",
    },
  },
  "a token endpoint that redirects": {
    script: { "/token": () => ({ status: 302, headers: { location: "/elsewhere" } }), "/elsewhere": token, "acme/api": withToken },
    access: { "acme/api": undefined },
  },
  "a token endpoint that fails": {
    script: { "/token": () => ({ status: 500 }), "acme/api": withToken },
    access: { "acme/api": "unreachable" },
  },
  "a token endpoint that limits": {
    script: { "/token": () => ({ status: 429, headers: { "retry-after": "3600" } }), "acme/api": withToken },
    access: { "acme/api": "rate-limited" },
  },
  "a token endpoint on a metadata service": {
    script: { "acme/api": ({ host }) => ({ status: 401, headers: challenge(host, { realm: "http://169.254.169.254/token" }) }) },
    access: { "acme/api": "unreachable" },
  },
  "a token that is too large": {
    script: { "/token": () => ({ status: 200, body: `{"token": "${"t".repeat(1 << 20)}"}` }), "acme/api": withToken },
    access: { "acme/api": "unreachable" },
  },
  "accounts only": {
    script: { "acme/api": () => ({ status: 401, headers: { "www-authenticate": 'Basic realm="Artifactory"' } }) },
    access: { "acme/api": "private" },
  },
  "two challenges": {
    script: {
      "/token": token,
      "acme/api": ({ request, host }) =>
        request.headers.authorization
          ? served
          : { status: 401, headers: { "www-authenticate": ['Basic realm="here"', challenge(host)["www-authenticate"]] } },
    },
    access: { "acme/api": "public" },
  },
  "a challenge at the front door only": {
    script: {
      "/token": token,
      "/v2/": ({ host }) => ({ status: 401, headers: challenge(host) }),
      "acme/api": ({ request }) => (request.headers.authorization ? served : { status: 401 }),
    },
    access: { "acme/api": "public" },
  },
  "slow down once": {
    script: { "acme/api": ({ count }) => (count === 1 ? { status: 429, headers: { "retry-after": "1" } } : served) },
    access: { "acme/api": "public" },
  },
  "no more today": {
    script: { "acme/api": () => ({ status: 429, headers: { "retry-after": "3600" } }) },
    // The limit is that repository's: others are answered.
    access: { "acme/api": "rate-limited", "acme/other": "not-found" },
  },
  "a server that fails": { script: { "acme/api": () => ({ status: 503 }) }, access: { "acme/api": "unreachable" } },
  "a portal": {
    script: { "acme/api": () => ({ status: 200, headers: { "content-type": "text/html" }, body: "<html>" }) },
    access: { "acme/api": "unreachable" },
  },
  "a health endpoint": {
    script: { "acme/api": () => ({ status: 200, headers: { "content-type": "text/plain" }, body: "ok" }) },
    access: { "acme/api": "unreachable" },
  },
  "a manifest without a type": {
    script: { "acme/api": () => ({ status: 200, body: '{"schemaVersion":2,"layers":[]}' }) },
    access: { "acme/api": "public" },
  },
  "an error instead of a manifest": {
    script: { "acme/api": ({ request }) => (request.method === "HEAD" ? { status: 405 } : refusal(200, "UNAUTHORIZED")) },
    access: { "acme/api": "unreachable" },
  },
  "a firewall": {
    script: { "acme/api": () => ({ status: 403, headers: { "content-type": "text/plain" }, body: "error code: 1020" }) },
    access: { "acme/api": "unreachable" },
  },
  "a ban at the token endpoint": {
    script: { "/token": () => ({ status: 403, headers: { "retry-after": "3600" }, body: "Forbidden" }), "acme/api": withToken },
    access: { "acme/api": "rate-limited" },
  },
  "a default backend": {
    script: {
      "/v2/": () => ({ status: 404, headers: { "content-type": "text/plain" } }),
      "acme/api": () => ({ status: 404, headers: { "content-type": "text/plain" }, body: "default backend - 404" }),
    },
    access: { "acme/api": "unreachable" },
  },
  "HEAD that is always 404": {
    script: { "acme/api": ({ request }) => (request.method === "HEAD" ? { status: 404 } : served) },
    access: { "acme/api": "public" },
  },
  "challenges that name no token endpoint": {
    script: {
      "acme/none": () => ({ status: 401, headers: { "www-authenticate": "Bearer abc==" } }),
      "acme/open": ({ host }) => ({ status: 401, headers: { "www-authenticate": `Bearer realm="http://${host}/token` } }),
      "acme/text": () => ({ status: 401, headers: { "www-authenticate": 'Bearer realm="My Registry"' } }),
    },
    access: { "acme/none": "unreachable", "acme/open": "unreachable", "acme/text": "unreachable" },
  },
  "a realm for each repository key": {
    script: {
      "/a/token": () => ({ status: 200, body: '{"token": "a"}' }),
      "/b/token": () => ({ status: 200, body: '{"token": "b"}' }),
      "a/api": ({ request, host }) =>
        request.headers.authorization === "Bearer a" ? served : { status: 401, headers: challenge(host, { realm: `http://${host}/a/token` }) },
      "b/api": ({ request, host }) =>
        request.headers.authorization === "Bearer b" ? served : { status: 401, headers: challenge(host, { realm: `http://${host}/b/token` }) },
    },
    access: { "a/api": "public", "b/api": "public" },
  },
  "a connection that breaks": { script: { "acme/api": () => null }, access: { "acme/api": "unreachable" } },
  "a connection that breaks once": {
    script: { "acme/api": ({ count }) => (count === 1 ? null : served) },
    access: { "acme/api": "public" },
  },
};

/** How many configurations were written. */
let configs = 0;

/** What the native program and the package say of these images, and what each asked; `reset` makes the registries forget. */
async function both(images, access = {}, { spec = {}, env = {}, reset = () => [] } = {}) {
  const input = pods(images);
  const text = config({ proxies: [OPEN_PROXY], access, ...spec });
  const path = join(folder, `${(configs += 1)}.yaml`);
  writeFileSync(path, text);
  const program = await native(["check", "-o", "json", "--config", path], input, env);
  assert.ok(program.code < 2, program.stderr);
  const asked = { native: reset() };
  const own = await check(input, { config: text, configName: path, env });
  asked.own = reset();
  return { native: JSON.parse(program.stdout), own, asked };
}

/** Requests as method, path and what was shown, in an order that does not depend on time. */
function summary(requests) {
  return requests.map(({ method, url, headers }) => [method, url, headers.authorization ?? "-", headers.accept].join(" ")).sort();
}

describe("verdicts", { concurrency: 4 }, () => {
  for (const [name, { script, access }] of Object.entries(SCENES)) {
    it(`of ${name}`, async () => {
      const server = await registry(script);
      try {
        const images = Object.keys(access).map((repository) => `${server.host}/${repository}:1`);
        const said = await both(images, { budget: "10s" }, { reset: () => server.requests.splice(0) });
        assert.deepEqual(said.own, said.native);
        assert.deepEqual(summary(said.asked.own), summary(said.asked.native));
        for (const [repository, expected] of Object.entries(access).filter(([, expected]) => expected)) {
          const image = said.own.images.find(({ image }) => image === `${server.host}/${repository}:1`);
          assert.equal(image.access, expected, `${repository}: ${image.evidence}`);
        }
      } finally {
        await server.close();
      }
    });
  }

  it("of hosts that are not there", async () => {
    const images = [`${await closedPort()}/acme/api:1`, "registry.invalid/acme/api:1"];
    const said = await both(images, { budget: "5s" });
    assert.deepEqual(said.own, said.native);
    assert.deepEqual(said.own.images.map((image) => image.access), ["unreachable", "unreachable"]);
  });

  it("of addresses that nobody contacts", async () => {
    const said = await both(["169.254.169.254/acme/api:1", "0.0.0.0/acme/api:1", "[fe80::1]:5000/acme/api:1"]);
    assert.deepEqual(said.own, said.native);
    for (const image of said.own.images) assert.match(image.evidence, /must not be contacted/);
  });

  it("of this machine with PULLTHROUGH_PUBLIC_ONLY", async () => {
    const server = await registry({ "acme/api": () => served });
    const said = await both([`${server.host}/acme/api:1`, "localhost:1/acme/api:1"], {}, { env: { PULLTHROUGH_PUBLIC_ONLY: "1" } });
    await server.close();
    assert.deepEqual(said.own, said.native);
    assert.deepEqual(server.requests, []);
  });

  it("of a registry that takes its time", async () => {
    const sockets = [];
    const server = net.createServer((socket) => sockets.push(socket));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const said = await both([`127.0.0.1:${server.address().port}/acme/api:1`], { budget: "1s" });
    sockets.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(said.own, said.native);
    assert.equal(said.own.images[0].access, "unreachable");
  });

  it("of many images on one host, eight at a time", async () => {
    let open = 0;
    let most = 0;
    const script = new Proxy({}, { get: () => () => served });
    const server = await registry(script);
    const images = Array.from({ length: 40 }, (_, index) => `${server.host}/acme/a${index}:1`);
    const fetch = globalThis.fetch;
    globalThis.fetch = async (url, init) => {
      const counts = Number(url.includes(server.host));
      most = Math.max(most, (open += counts));
      return fetch(url, init).finally(() => (open -= counts));
    };
    try {
      const said = await both(images, {}, { reset: () => server.requests.splice(0) });
      assert.deepEqual(said.own, said.native);
      assert.deepEqual(summary(said.asked.own), summary(said.asked.native));
      assert.equal(most, 8);
    } finally {
      globalThis.fetch = fetch;
      await server.close();
    }
  });

  it("of a proxy that is shown the credential, with `verify`", async () => {
    const shown = `Basic ${Buffer.from("robot:right").toString("base64")}`;
    const guarded = ({ request }) =>
      request.headers.authorization === shown ? served : { status: 401, headers: { "www-authenticate": 'Basic realm="proxy"' } };
    const server = await registry({ "quay.io/acme/api": guarded });
    const spec = {
      proxies: [{ template: { host: server.host, pattern: "{host}/{registry}/{repository}" } }],
      images: { private: ["**"] },
      verify: true,
    };
    try {
      for (const [password, codes] of [["right", []], ["wrong", ["verify-failed"]]]) {
        const env = { PULLTHROUGH_USERNAME: "robot", PULLTHROUGH_PASSWORD: password, PULLTHROUGH_HOSTS: server.host };
        const said = await both(["quay.io/acme/api:1"], {}, { spec, env, reset: () => server.requests.splice(0) });
        assert.deepEqual(said.own, said.native);
        assert.deepEqual(summary(said.asked.own), summary(said.asked.native));
        assert.ok(said.asked.own.length > 0);
        const errors = said.own.images.filter(({ severity }) => severity === "error").map(({ code }) => code);
        assert.deepEqual(errors, codes);
      }
    } finally {
      await server.close();
    }
  });
});

describe("verdicts over TLS", () => {
  let server, host;

  before(async () => {
    const files = ["key.pem", "certificate.pem"].map((name) => join(folder, name));
    const subject = ["-subj", "/CN=nobody", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "1", "-nodes"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"];
    execFileSync("openssl", ["req", "-x509", ...curve, "-keyout", files[0], "-out", files[1], ...subject], { stdio: "pipe" });
    const [key, cert] = files.map((file) => readFileSync(file));
    server = createServer({ key, cert }, (_, response) => response.writeHead(200, MANIFEST).end());
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    host = `127.0.0.1:${server.address().port}`;
  });
  after(() => new Promise((resolve) => server.close(resolve)));

  it("of a certificate that nobody vouches for", async () => {
    const said = await both([`${host}/acme/api:1`]);
    assert.deepEqual(said.own, said.native);
    assert.match(said.own.images[0].evidence, /TLS|certificate/);
  });
});
