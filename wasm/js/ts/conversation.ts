/** Does what a run says until every question is answered. */

import type { Run, Step } from "./border.js";
import type { Failure, Transport, TransportAnswer, TransportRequest } from "./transport.js";

/** For one request in all, as in the native client. */
const REQUEST_TIMEOUT = 8_000;

/**
 * Holds the conversation of a run. It ends with it: whatever is still under way is given up.
 *
 * Bounds, order, retries and the deadline are the session's; here requests are sent and their answers handed back.
 */
export async function converse(run: Run, transport: Transport, signal: AbortSignal | undefined): Promise<void> {
  const now = clock();
  const arrived: [id: number, answer: TransportAnswer][] = [];
  const underWay = new Set<AbortController>();
  let wake = () => {};
  const rouse = () => wake();
  signal?.addEventListener("abort", rouse);
  try {
    for (;;) {
      signal?.throwIfAborted();
      for (const [id, answer] of arrived.splice(0)) handBack(run, id, answer, now());
      const step = JSON.parse(run.step(now())) as Step;
      if ("done" in step) return;
      if ("send" in step) {
        const { id, method, url, accept, authorization } = step.send;
        const headers = authorization === undefined ? { accept } : { accept, authorization };
        void send(transport, { method, url, headers }, underWay).then((answer) => {
          arrived.push([id, answer]);
          wake();
        });
      } else if (arrived.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, step.wait);
          wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        wake = () => {};
      }
    }
  } finally {
    signal?.removeEventListener("abort", rouse);
    for (const request of underWay) request.abort();
  }
}

function handBack(run: Run, id: number, answer: TransportAnswer, now: number): void {
  if ("failure" in answer) return run.failed(id, answer.failure, now);
  const headers = [...answer.headers].flat();
  run.answered(id, answer.status, headers, answer.body, answer.truncated, now);
}

/** Never rejects: every end of a request is an answer. */
async function send(
  transport: Transport,
  request: TransportRequest,
  underWay: Set<AbortController>,
): Promise<TransportAnswer> {
  const controller = new AbortController();
  underWay.add(controller);
  const late: { failure: Failure } = { failure: "timed-out" };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<TransportAnswer>((resolve) => {
    timer = setTimeout(() => {
      resolve(late);
      controller.abort();
    }, REQUEST_TIMEOUT);
  });
  try {
    return await Promise.race([transport.send(request, controller.signal), timeout]);
  } catch {
    return { failure: "broken" };
  } finally {
    clearTimeout(timer);
    underWay.delete(controller);
  }
}

/** Milliseconds since now, which never go back. */
function clock(): () => number {
  const start = performance.now();
  return () => performance.now() - start;
}
