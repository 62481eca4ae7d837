/** What a call of the function can be given beside the manifests. */

import type { Transport } from "./transport.js";

export interface Options {
  /** The configuration, in place of a ResourceList's functionConfig: what the program takes with `--config`. */
  config?: string | undefined;
  /** What messages call the configuration. Default: `config`. */
  configName?: string | undefined;
  /** ImageLocks, the text of one or of several: what the program takes with `--lock`. `PULLTHROUGH_LOCK` of `env` is not read. */
  lock?: string | readonly string[] | undefined;
  /** The credentials. The package takes none from anywhere else. */
  credentials?: Credentials | undefined;
  /** The program's `PULLTHROUGH_` variables, such as `process.env`, in place of `credentials` and `publicOnly`. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Reads the files that `PULLTHROUGH_DOCKERCONFIG` and `PULLTHROUGH_LICENSE_FILE` of `env` name. */
  readFile?: ((path: string) => string) | undefined;
  /**
   * How registries are asked; `false`: nobody is, and only what is declared, locked or known counts.
   * Default: `fetch` in Node and Deno, `false` in a browser.
   */
  transport?: Transport | false | undefined;
  /**
   * Whether literal private and loopback addresses are never contacted. What a name leads to can't be checked with `fetch`:
   * a server that renders manifests of strangers needs a transport that does, or the native program.
   */
  publicOnly?: boolean | undefined;
  /** The time, which decides whether a license has expired. Default: now. */
  now?: Date | undefined;
  /** Ends the asking; the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** As the program takes them from variables, which messages name. */
export interface Credentials {
  /** A docker config, as an object or as JSON (`PULLTHROUGH_DOCKERCONFIGJSON`). */
  dockerConfig?: string | object | undefined;
  /** The text of a Replicated license (`PULLTHROUGH_LICENSE_FILE`). */
  license?: string | undefined;
  /** A license's ID (`PULLTHROUGH_LICENSE_ID`). */
  licenseId?: string | undefined;
  /** The user of an account for `hosts` (`PULLTHROUGH_USERNAME`). */
  username?: string | undefined;
  /** Its password (`PULLTHROUGH_PASSWORD`). */
  password?: string | undefined;
  /** Where license and account may be sent, besides the hosts that a license names itself (`PULLTHROUGH_HOSTS`). */
  hosts?: readonly string[] | undefined;
}

export interface CheckOptions extends Options {
  /** The input is the final output of an orchestrator: whatever the function would still change is an error. */
  rendered?: boolean | undefined;
}
