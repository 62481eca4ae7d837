/** What crosses the border to the module, as JSON. `wasm/js/src/border.rs` has the same types. */

import type { Edit, Result } from "./outcome.js";
import type { Failure, Sight } from "./transport.js";

/** The module's class of one call. */
export interface Run {
  step(now: number): string;
  answered(id: number, status: number, headers: string[], body: Uint8Array, truncated: boolean, now: number): void;
  failed(id: number, failure: Failure, now: number): void;
  finish(): string;
  inspect(): string;
  free(): void;
}

export interface Module {
  readonly Run: new (text: string, call: string) => Run;
}

/** What a call brings beside the input. */
export interface Call {
  config: [name: string, text: string] | null;
  locks: [name: string, text: string][];
  variables: Record<string, string>;
  files: Record<string, { text: string } | { unreadable: string }>;
  now: number;
  rendered?: boolean;
  publicOnly: boolean;
  sight: Sight | null;
}

/** What to do next. */
export type Step =
  | { send: { id: number; method: "HEAD" | "GET"; url: string; accept: string; authorization?: string } }
  | { wait: number }
  | { done: null };

/** The end of a run. */
export interface Ending {
  exitCode: 0 | 1 | 2;
  edits: Edit[] | null;
  results: Result[];
  report: string;
}
