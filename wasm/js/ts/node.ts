/** The package in Node and Deno: registries are asked with `fetch`. */

import { readFile } from "node:fs/promises";
import { api } from "./api.js";
import { type Fetch, fetchTransport as fetchTransportOf, SERVER } from "./fetch.js";
import init, { Run } from "./glue/pullthrough.js";
import type { Transport } from "./transport.js";

export * from "./exports.js";

/** Sends with this function, which has to show every header and every redirect: that of a client with a forward proxy, say. */
export function fetchTransport(fetch?: Fetch): Transport {
  const identified: Fetch = (url, init) =>
    (fetch ?? globalThis.fetch)(url, { ...init, headers: { "user-agent": "pullthrough", ...(init.headers as object) } });
  return fetchTransportOf(SERVER, identified);
}

export const { process, processResourceList, check } = api(async () => {
  await init({ module_or_path: await readFile(new URL("./glue/pullthrough_bg.wasm", import.meta.url)) });
  return { Run };
}, fetchTransport());
