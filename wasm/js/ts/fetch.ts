/** Sends requests with `fetch`. */

import { failureOf } from "./failure.js";
import { BODY_LIMIT, type Sight, type Transport, type TransportAnswer, type TransportRequest } from "./transport.js";

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** `fetch` as Node and Deno have it: every header and every redirect is seen. */
export const SERVER: Sight = { allHeaders: true, redirects: true };
/** `fetch` as a page has it: CORS hides challenges, and a redirect is followed or not shown. */
export const PAGE: Sight = { allHeaders: false, redirects: false };

/** A transport that sends with this function. */
export function fetchTransport(sight: Sight, fetch: Fetch = globalThis.fetch): Transport {
  return {
    sight,
    async send(request, signal) {
      let response;
      try {
        response = await fetch(request.url, init(request, signal));
      } catch (error) {
        // A page is not told why: no network, no such host and an answer without CORS headers look alike.
        return { failure: sight.allHeaders ? failureOf(error) : "hidden" };
      }
      if (response.type === "opaqueredirect" || response.type === "opaque") return { failure: "hidden" };
      return await received(response);
    },
  };
}

function init(request: TransportRequest, signal: AbortSignal): RequestInit {
  return {
    method: request.method,
    headers: request.headers,
    redirect: "manual",
    // Neither cookies nor what a browser keeps for that host: the answer must not depend on who asks.
    credentials: "omit",
    cache: "no-store",
    referrerPolicy: "no-referrer",
    signal,
  };
}

async function received(response: Response): Promise<TransportAnswer> {
  const body = new Uint8Array(BODY_LIMIT);
  let length = 0;
  let truncated = false;
  const reader = response.body?.getReader();
  while (reader !== undefined && !truncated) {
    const chunk = await reader.read();
    if (chunk.done) break;
    const room = body.length - length;
    body.set(chunk.value.subarray(0, room), length);
    length += Math.min(chunk.value.length, room);
    truncated = chunk.value.length > room;
  }
  if (truncated) void reader?.cancel().catch(() => {});
  return { status: response.status, headers: response.headers, body: body.subarray(0, length), truncated };
}
