/** Why `fetch` brought no answer, from what Node and Deno throw. */

import type { Failure } from "./transport.js";

/** The first that matches counts. Node names a code; Deno has words only, which the tests hold. */
const KNOWN: readonly (readonly [RegExp, Failure])[] = [
  // Deno without `--allow-net` for that host.
  [/NotCapable|PermissionDenied|Requires net access/, "no-network"],
  [/ENOTFOUND|EAI_|ENODATA|dns error/, "name-not-resolved"],
  [/ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|Connection refused|(?:Network|Host|No route).{0,12}(?:unreachable|to host)/, "connection-failed"],
  [/ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT/, "connect-timed-out"],
  [/UND_ERR_HEADERS_TIMEOUT|UND_ERR_BODY_TIMEOUT|TimeoutError/, "timed-out"],
  [/ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG|EPROTO|InvalidContentType/, "tls-not-spoken"],
  [/CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_|peer certificate|fatal alert/, "tls-failed"],
  [/tunnel error|Proxy response/, "forward-proxy"],
];

/** The failure that an error stands for. */
export function failureOf(error: unknown): Failure {
  const words = causes(error).join(" ");
  return KNOWN.find(([pattern]) => pattern.test(words))?.[1] ?? "broken";
}

/** The names, codes and messages of an error and of what caused it: several errors where several addresses were tried. */
function causes(error: unknown, depth = 0): string[] {
  if (!(error instanceof Error) || depth > 4) return [];
  const code = "code" in error && typeof error.code === "string" ? [error.code] : [];
  const tried: unknown[] = error instanceof AggregateError ? error.errors : [];
  return [error.name, ...code, error.message, ...[error.cause, ...tried].flatMap((cause) => causes(cause, depth + 1))];
}
