// The package in a page: it asks nobody of its own accord, and takes nothing that it can't see for an answer.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { launch, skip } from "./support/browser.js";
import { files } from "./support/files.js";
import { config, OPEN_PROXY, pods } from "./support/manifests.js";
import { challenge, MANIFEST, registry } from "./support/registry.js";

/** An answer that a page may see, preflight and all; of its headers only those that CORS lists. */
const visible = (answer) => (about) => {
  const cors = { "access-control-allow-origin": "*", "access-control-allow-headers": "accept, authorization" };
  if (about.request.method === "OPTIONS") return { status: 204, headers: cors };
  const { status, headers = {} } = answer(about);
  return { status, headers: { ...cors, ...headers } };
};

describe("in a page", { skip }, () => {
  let server, browser, page;

  before(async () => {
    server = await files(new URL("../../dist/js/", import.meta.url));
    browser = await launch();
    page = await browser.context.newPage();
    await page.goto(`${server.origin}/package.json`);
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });

  // What a page is not told is also that a host speaks no TLS, so plain http has to be said.
  const spec = (hosts = []) => ({ proxies: [OPEN_PROXY], access: { budget: "5s", plainHTTP: hosts } });
  /** Access and evidence of each image, with the transport that `how` makes of the package. */
  const ask = (images, how = "() => undefined") =>
    page.evaluate(
      async ({ manifests, config, how }) => {
        const own = await import("/browser.js");
        const options = { config, transport: eval(how)(own) };
        const { images } = await own.check(manifests, options);
        return images.map(({ access, evidence }) => [access, evidence]);
      },
      { manifests: pods(images), config: config(spec(images.map((image) => image.split("/")[0]).filter((host) => host.startsWith("127.")))), how },
    );

  it("rewrites what is declared", async () => {
    const output = await page.evaluate(
      async ({ manifests, config }) => (await import("/browser.js")).processResourceList(manifests, { config }),
      { manifests: pods(["ghcr.io/acme/api:1"]), config: config({ ...spec(), images: { private: ["**"] } }) },
    );
    assert.match(output, /"mirror\.example\/ghcr\.io\/acme\/api:1"/);
  });

  it("asks nobody unless it is told how", async () => {
    const seen = await registry({});
    const [[access]] = await ask([`${seen.host}/acme/api:1`]);
    await seen.close();
    assert.notEqual(access, "public");
    assert.notEqual(access, "private");
    assert.deepEqual(seen.requests, []);
  });

  it("takes no hidden answer for one", async () => {
    const seen = await registry({
      "acme/silent": () => ({ status: 401 }),
      "acme/challenge": visible(({ host }) => ({ status: 401, headers: challenge(host) })),
      "acme/moved": visible(() => ({ status: 307, headers: { location: "/v2/acme/open/manifests/1" } })),
      "acme/open": visible(() => ({ status: 200, headers: MANIFEST })),
    });
    const names = ["challenge", "moved", "open", "silent"];
    const verdicts = await ask(names.map((name) => `${seen.host}/acme/${name}:1`), "(own) => own.fetchTransport()");
    await seen.close();
    const origin = `http://${seen.host}`;
    assert.deepEqual(verdicts, [
      ["unreachable", `${origin}/v2/acme/challenge/manifests/1 can't be read from here`],
      ["unreachable", `${origin} can't be read from here`],
      ["public", `200 from ${origin}/v2/acme/open/manifests/1`],
      ["unreachable", `${origin} can't be read from here`],
    ]);
  });

  it("asks by the transport that the page passes in", async () => {
    const how = `() => ({
      sight: { allHeaders: true, redirects: true },
      send: async ({ url, headers }) =>
        url.includes("/token")
          ? { status: 200, headers: [], body: new TextEncoder().encode('{"token": "t"}'), truncated: false }
          : headers.authorization === "Bearer t"
            ? { status: 403, headers: [["content-type", "application/json"]], body: new Uint8Array(), truncated: false }
            : { status: 401, headers: [["www-authenticate", 'Bearer realm="https://registry.example/token"']], body: new Uint8Array(), truncated: false },
    })`;
    assert.deepEqual(await ask(["registry.example/acme/api:1"], how), [
      ["private", "403 from https://registry.example/v2/acme/api/manifests/1"],
    ]);
  });
});
