/** What comes of a call. */

export type Severity = "error" | "warning" | "info";
export type Access = "public" | "private" | "not-found" | "rate-limited" | "unreachable";

/** The end of a run of the function, also of one that failed. */
export interface Outcome {
  /** 0; 1: the run failed; 2: the configuration or the input can't be used. */
  exitCode: 0 | 1 | 2;
  /** What the program writes: the manifests; of a ResourceList of a run that failed, that with its results; else `null`. */
  output: string | null;
  /** What makes the output of the input: disjoint, in their order. */
  edits: Edit[];
  /** What there is to say, as in the results of a ResourceList. */
  results: Result[];
  /** The same for people, as the program writes it to standard error: errors and warnings. */
  report: string;
}

/** A part of the input, from `start` up to `end` as in `slice`, and the text that stands there in the output. */
export interface Edit {
  start: number;
  end: number;
  text: string;
}

/** An entry of a ResourceList's results. */
export interface Result {
  message: string;
  severity: Severity;
  resourceRef?: { apiVersion: string; kind: string; namespace?: string; name: string };
  field?: { path: string; currentValue?: string; proposedValue?: string };
  file?: { path: string; index?: number };
  /** The line of the input, counted from 1; not of a ResourceList, which nobody sees. */
  line?: number;
  /** `code` is the stable name of what happened. */
  tags: { code: string; [name: string]: string };
}

/** What `pullthrough check -o json` prints. */
export interface Inspection {
  version: 1;
  images: Image[];
  findings: Finding[];
}

/** A distinct text of an image. */
export interface Image {
  image: string;
  access: Access | null;
  evidence: string | null;
  source: "declared" | "locked" | "known" | "probed" | null;
  digest: string | null;
  /** The new text; `null`: it stays. */
  becomes: string | null;
  needsSecret: boolean;
  severity: Severity;
  code: string;
  message: string;
  places: {
    file: string | null;
    line: number;
    object: { apiVersion: string; kind: string; namespace: string | null; name: string };
    field: string;
  }[];
}

export interface Finding {
  severity: Severity;
  code: string;
  message: string;
  file: string | null;
  line: number | null;
  object: string | null;
  field: string | null;
}

/**
 * A run that failed. Its message is the report.
 *
 * Whoever logs the error gets no manifests with it: `output` holds the input's Secrets, and is not enumerable.
 */
export class PullthroughError extends Error {
  override readonly name = "PullthroughError";
  readonly exitCode: 1 | 2;
  /** A ResourceList with the reasons in its results; `null` of anything else. */
  declare readonly output: string | null;
  readonly results: Result[];

  constructor(outcome: Outcome) {
    super(outcome.report.trimEnd());
    this.exitCode = outcome.exitCode === 2 ? 2 : 1;
    Object.defineProperty(this, "output", { value: outcome.output });
    this.results = outcome.results;
  }
}

/** The text after these edits. */
export function apply(text: string, edits: readonly Edit[]): string {
  let output = "";
  let at = 0;
  for (const edit of edits) {
    output += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return output + text.slice(at);
}
