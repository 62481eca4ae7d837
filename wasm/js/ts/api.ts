/** The functions of the package, over a module and a way to ask. */

import type { Ending, Module, Run } from "./border.js";
import { callOf } from "./call.js";
import { converse } from "./conversation.js";
import type { CheckOptions, Options } from "./options.js";
import { apply, type Inspection, type Outcome, PullthroughError } from "./outcome.js";
import type { Transport } from "./transport.js";

export interface Api {
  /**
   * Runs the function on a ResourceList or on a stream of manifests and gives its output.
   *
   * @throws PullthroughError when the run fails. TypeError for arguments that are of the wrong kind.
   */
  processResourceList(yaml: string, options?: Options): Promise<string>;
  /** The same with everything that there is to say; a run that fails is an outcome as well. */
  process(yaml: string, options?: Options): Promise<Outcome>;
  /**
   * What `pullthrough check -o json` prints: every image, what is known of it and what becomes of it. Nothing is changed.
   *
   * @throws PullthroughError when the input or the configuration can't be used.
   */
  check(yaml: string, options?: CheckOptions): Promise<Inspection>;
}

/** The functions of the package where the module is had like this and, unless a call says otherwise, registries are asked like that. */
export function api(load: () => Promise<Module>, usual: Transport | undefined): Api {
  let loading: Promise<Module> | undefined;

  async function run<T>(yaml: string, options: CheckOptions, end: (run: Run) => T): Promise<T> {
    if (typeof yaml !== "string") throw new TypeError("the manifests must be a string");
    const transport = options.transport === undefined ? usual : options.transport || undefined;
    const call = JSON.stringify({ ...callOf(options, transport), rendered: options.rendered ?? false });
    loading ??= load();
    const module = await loading.catch((error: unknown) => {
      // The next call tries again.
      loading = undefined;
      throw error;
    });
    options.signal?.throwIfAborted();
    const run = new module.Run(yaml, call);
    let faulty = false;
    try {
      if (transport !== undefined) await converse(run, transport, options.signal);
      return end(run);
    } catch (error) {
      faulty = error instanceof WebAssembly.RuntimeError;
      // The engine's words are about the module's inside.
      throw faulty ? new Error("internal error in pullthrough; nothing was written. Please report this with the input") : error;
    } finally {
      // A run that trapped is still in the middle of something, and can't be given back.
      if (!faulty) run.free();
    }
  }

  function outcome(yaml: string, ending: Ending): Outcome {
    const { exitCode, edits, results, report } = ending;
    return { exitCode, output: edits && apply(yaml, edits), edits: edits ?? [], results, report };
  }

  async function process(yaml: string, options: Options = {}): Promise<Outcome> {
    return run(yaml, options, (run) => outcome(yaml, JSON.parse(run.finish()) as Ending));
  }

  return {
    process,

    async processResourceList(yaml, options) {
      const ended = await process(yaml, options);
      if (ended.exitCode !== 0 || ended.output === null) throw new PullthroughError(ended);
      return ended.output;
    },

    async check(yaml, options = {}) {
      const inspection = await run(
        yaml,
        options,
        (run) => JSON.parse(run.inspect()) as Inspection | { refused: Ending },
      );
      if ("refused" in inspection) throw new PullthroughError(outcome(yaml, inspection.refused));
      return inspection;
    },
  };
}
