/** Options as the module wants them. */

import type { Call } from "./border.js";
import type { Credentials, Options } from "./options.js";
import type { Transport } from "./transport.js";

/** Variables whose value is the path of a file. */
const PATHS = ["PULLTHROUGH_DOCKERCONFIG", "PULLTHROUGH_LICENSE_FILE"];
/** The name of a license that was given as text. */
const LICENSE = "credentials.license";

/**
 * The call that these options make.
 *
 * @throws TypeError for options that contradict each other. No value is in its message.
 */
export function callOf(options: Options, transport: Transport | undefined): Call {
  if (options.env !== undefined && (options.credentials !== undefined || options.publicOnly !== undefined)) {
    throw new TypeError("`env` stands in place of `credentials` and `publicOnly`; pass one or the other");
  }
  mustBe("string", "config", options.config);
  mustBe("string", "configName", options.configName);
  mustBe("boolean", "publicOnly", options.publicOnly);
  const { variables, files } = options.env !== undefined ? fromEnv(options) : fromCredentials(options.credentials ?? {});
  const now = (options.now ?? new Date()).getTime();
  if (Number.isNaN(now)) throw new TypeError("`now` must be a valid Date");
  return {
    config: options.config === undefined ? null : [options.configName ?? "config", options.config],
    locks: locksOf(options.lock),
    variables,
    files,
    now: Math.floor(now / 1000),
    publicOnly: options.publicOnly ?? isOn(variables["PULLTHROUGH_PUBLIC_ONLY"]),
    sight: transport === undefined ? null : { allHeaders: transport.sight.allHeaders, redirects: transport.sight.redirects },
  };
}

/** The locks with the names that messages call them by. */
function locksOf(lock: Options["lock"]): Call["locks"] {
  if (lock === undefined) return [];
  if (typeof lock === "string") return [["lock", lock]];
  if (!Array.isArray(lock)) throw new TypeError("`lock` must be a string or a list of strings");
  return lock.map((text: unknown, index) => {
    if (typeof text !== "string") throw new TypeError(`\`lock[${index}]\` must be a string`);
    return [`lock[${index}]`, text];
  });
}

type World = Pick<Call, "variables" | "files">;

/** The variables of this function and no others, and the files that they name. */
function fromEnv(options: Options): World {
  const entries = Object.entries(options.env ?? {}).filter(
    (entry): entry is [string, string] => entry[0].startsWith("PULLTHROUGH_") && entry[1] !== undefined,
  );
  const files: World["files"] = {};
  for (const [name, path] of entries) {
    mustBe("string", `env.${name}`, path);
    if (!PATHS.includes(name) || path.trim() === "" || options.readFile === undefined) continue;
    let text;
    try {
      text = options.readFile(path);
    } catch (error) {
      files[path] = { unreadable: error instanceof Error ? error.message : "it threw" };
      continue;
    }
    mustBe("string", "readFile", text ?? null, "must return a string, such as `readFileSync(path, \"utf8\")`");
    files[path] = { text };
  }
  return { variables: Object.fromEntries(entries), files };
}

function fromCredentials(given: Credentials): World {
  for (const name of ["license", "licenseId", "username", "password"] as const) mustBe("string", `credentials.${name}`, given[name]);
  if (given.hosts !== undefined && !Array.isArray(given.hosts)) throw new TypeError("`credentials.hosts` must be a list of strings");
  const dockerConfig = typeof given.dockerConfig === "object" ? JSON.stringify(given.dockerConfig) : given.dockerConfig;
  mustBe("string", "credentials.dockerConfig", dockerConfig, "must be a docker config, as an object or as JSON");
  const variables = {
    PULLTHROUGH_DOCKERCONFIGJSON: dockerConfig,
    PULLTHROUGH_LICENSE_FILE: given.license === undefined ? undefined : LICENSE,
    PULLTHROUGH_LICENSE_ID: given.licenseId,
    PULLTHROUGH_USERNAME: given.username,
    PULLTHROUGH_PASSWORD: given.password,
    PULLTHROUGH_HOSTS: given.hosts?.join(","),
  };
  const set = Object.entries(variables).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    variables: Object.fromEntries(set),
    files: given.license === undefined ? {} : { [LICENSE]: { text: given.license } },
  };
}

/** No value is in the message, as it may be a secret. */
function mustBe(type: "string" | "boolean", name: string, value: unknown, rule = `must be a ${type}`): void {
  if (value !== undefined && typeof value !== type) throw new TypeError(`\`${name}\` ${rule}`);
}

/** As the program reads it: any word but a plain no counts. */
function isOn(value = ""): boolean {
  return !["", "0", "false", "no", "off"].includes(value.trim().toLowerCase());
}
