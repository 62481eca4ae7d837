/** How requests reach registries, and what a page that has better means than `fetch` can pass in. */

/**
 * Sends requests as they are: it follows no redirect, retries nothing, decides nothing, and adds no credential of its own.
 */
export interface Transport {
  /** What it can see. Whoever claims too much gets wrong verdicts. */
  readonly sight: Sight;
  /**
   * Sends a request. `signal` ends it, when time is up or nobody waits for it any more. What is thrown counts as a connection that broke.
   */
  send(request: TransportRequest, signal: AbortSignal): Promise<TransportAnswer>;
}

export interface Sight {
  /** Every header of an answer, `WWW-Authenticate` above all; `false`: those that CORS shows to a page. */
  readonly allHeaders: boolean;
  /** Redirects come back as answers; `false`: they are followed or hidden before anybody can look. */
  readonly redirects: boolean;
}

export interface TransportRequest {
  readonly method: "HEAD" | "GET";
  readonly url: string;
  /** `accept`, and where the session has one to show, `authorization`. */
  readonly headers: Readonly<Record<string, string>>;
}

export type TransportAnswer = TransportResponse | { readonly failure: Failure };

export interface TransportResponse {
  readonly status: number;
  readonly headers: Iterable<readonly [name: string, value: string]>;
  /** Of the body, up to 64 KiB. */
  readonly body: Uint8Array;
  /** Whether there was more. */
  readonly truncated: boolean;
}

/** Why there is no answer. */
export type Failure =
  | "no-network"
  | "name-not-resolved"
  | "connection-failed"
  | "connect-timed-out"
  | "timed-out"
  | "broken"
  | "tls-failed"
  | "tls-not-spoken"
  | "forward-proxy"
  | "address-forbidden"
  /** There may have been an answer, which the platform does not show. */
  | "hidden";

/** The most of a body that anybody reads. */
export const BODY_LIMIT = 64 * 1024;
