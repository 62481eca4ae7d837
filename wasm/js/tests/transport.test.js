// What a transport may do, and how a conversation ends.

import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { check, fetchTransport, process as run } from "../../dist/js/node.js";
import { failureOf } from "../../dist/js/failure.js";
import { config, OPEN_PROXY, pods } from "./support/manifests.js";

const CONFIG = config({ proxies: [OPEN_PROXY], access: { budget: "300ms" } });
const IMAGE = ["registry.example/acme/api:1"];
const SIGHT = { allHeaders: true, redirects: true };

/** Access and evidence of one image, asked by this `send`. */
async function ask(send, options = {}) {
  const { images } = await check(pods(IMAGE), { config: CONFIG, transport: { sight: SIGHT, send }, ...options });
  return `${images[0].access}: ${images[0].evidence}`;
}

/** Never answers; `ended` holds the signals of those that were given up. */
function silent(ended) {
  return (_, signal) => new Promise(() => signal.addEventListener("abort", () => ended.push(signal)));
}

describe("a transport", () => {
  it("is given what to send and nothing else", async () => {
    const requests = [];
    await ask(async (request) => (requests.push(request), { failure: "no-network" }));
    assert.equal(requests.length, 1);
    assert.deepEqual(Object.keys(requests[0]).sort(), ["headers", "method", "url"]);
    assert.equal(requests[0].url, "https://registry.example/v2/acme/api/manifests/1");
    assert.deepEqual(Object.keys(requests[0].headers), ["accept"]);
  });

  it("that throws has a connection that broke", async () => {
    const thrown = () => {
      throw new Error("hunter2");
    };
    assert.equal(await ask(thrown), "unreachable: the connection to https://registry.example was lost");
    assert.equal(await ask(async () => thrown()), "unreachable: the connection to https://registry.example was lost");
  });

  it("that never answers is given up when the budget is spent", async () => {
    const ended = [];
    const began = performance.now();
    assert.match(await ask(silent(ended)), /^unreachable: /);
    assert.ok(performance.now() - began < 2000);
    assert.equal(ended.length, 1);
  });

  it("is asked no more when the caller gives up", async () => {
    const ended = [];
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error("enough")), 20);
    await assert.rejects(ask(silent(ended), { signal: controller.signal }), { message: "enough" });
    assert.equal(ended.length, 1);
    await assert.rejects(ask(silent(ended), { signal: AbortSignal.abort(new Error("before")) }), { message: "before" });
    assert.equal(ended.length, 1);
  });

  it("is not asked with `access.probe: false`", async () => {
    const quiet = config({ proxies: [OPEN_PROXY], access: { probe: false, onUnreachable: "keep" } });
    const send = () => assert.fail("it was asked");
    await run(pods(IMAGE), { config: quiet, transport: { sight: SIGHT, send } });
  });
});

describe("fetchTransport", () => {
  it("sends without cookies, without a referrer, and follows nothing", async () => {
    let seen;
    const fetch = async (url, init) => ((seen ??= { url, ...init }), new Response(null, { status: 404 }));
    await check(pods(IMAGE), { config: CONFIG, transport: fetchTransport(fetch) });
    const { signal, headers, ...rest } = seen;
    assert.ok(signal instanceof AbortSignal);
    assert.equal(headers["user-agent"], "pullthrough");
    assert.deepEqual(rest, {
      url: "https://registry.example/v2/acme/api/manifests/1",
      method: "HEAD",
      redirect: "manual",
      credentials: "omit",
      cache: "no-store",
      referrerPolicy: "no-referrer",
    });
  });

  it("reads no more of a body than anybody needs", async () => {
    let sent = 0;
    const endless = new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array((sent += 16384) && 16384)) });
    const transport = fetchTransport(async () => new Response(endless, { status: 401 }));
    const answer = await transport.send({ method: "GET", url: "https://a.example/", headers: {} }, AbortSignal.timeout(1000));
    assert.deepEqual([answer.status, answer.body.length, answer.truncated], [401, 65536, true]);
    assert.ok(sent < 200_000, `${sent} bytes were read`);
  });
});

describe("what a failure is taken for", () => {
  const failed = (code, message = "") => new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) });
  for (const [error, failure] of [
    [failed("ENOTFOUND"), "name-not-resolved"],
    [failed("EAI_AGAIN"), "name-not-resolved"],
    [failed("ECONNREFUSED"), "connection-failed"],
    [new TypeError("fetch failed", { cause: new AggregateError([Object.assign(new Error(""), { code: "ECONNREFUSED" })]) }), "connection-failed"],
    [failed("UND_ERR_CONNECT_TIMEOUT"), "connect-timed-out"],
    [failed("UND_ERR_HEADERS_TIMEOUT"), "timed-out"],
    [failed("DEPTH_ZERO_SELF_SIGNED_CERT"), "tls-failed"],
    [failed("ERR_TLS_CERT_ALTNAME_INVALID"), "tls-failed"],
    [failed("ERR_SSL_WRONG_VERSION_NUMBER"), "tls-not-spoken"],
    [failed("UND_ERR_SOCKET", "other side closed"), "broken"],
    [failed("ECONNRESET"), "broken"],
    ["no error at all", "broken"],
  ]) {
    it(`${error.cause?.code ?? error}: ${failure}`, () => assert.equal(failureOf(error), failure));
  }
});
