/** The package in a page or a worker: nobody is asked, unless a call passes a transport in. */

import { api } from "./api.js";
import { type Fetch, fetchTransport as fetchTransportOf, PAGE } from "./fetch.js";
import init, { Run } from "./glue/pullthrough.js";
import type { Transport } from "./transport.js";

export * from "./exports.js";

/**
 * Sends with `fetch` as a page has it. Most registries let no page see their challenges, or anything at all: what can't be seen is
 * `unreachable`, never guessed.
 */
export function fetchTransport(fetch?: Fetch): Transport {
  return fetchTransportOf(PAGE, fetch);
}

export const { process, processResourceList, check } = api(async () => {
  await init({ module_or_path: new URL("./glue/pullthrough_bg.wasm", import.meta.url) });
  return { Run };
}, undefined);
