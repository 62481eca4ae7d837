// A registry on the loopback interface that answers as a script says, and keeps what it was asked.

import { createServer } from "node:http";

/** The headers of a manifest that is there. */
export const MANIFEST = {
  "content-type": "application/vnd.oci.image.index.v1+json",
  "docker-content-digest": `sha256:${"a".repeat(64)}`,
  "docker-distribution-api-version": "registry/2.0",
};

/**
 * Starts one. `script` maps a repository, or a path that is no manifest's, to a function from the request to `{status, headers, body}`;
 * null breaks the connection.
 */
export async function registry(script) {
  const requests = [];
  const server = createServer((request, response) => {
    const path = request.url.split("?")[0];
    const repository = /^\/v2\/(.+)\/manifests\/[^/]+$/.exec(path)?.[1];
    requests.push({ method: request.method, url: request.url, headers: request.headers });
    const count = requests.filter((seen) => seen.url.split("?")[0] === path).length;
    const answer = (script[repository ?? path] ?? (() => refusal(404, "NAME_UNKNOWN")))({ request, host, path, count });
    if (answer === null) return request.socket.destroy();
    const { status, headers = {}, body = "" } = answer;
    response.writeHead(status, headers);
    response.end(request.method === "HEAD" ? undefined : body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${server.address().port}`;
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { host, requests, close };
}

/** A refusal as registries give it, with the sign that it is one. */
export function refusal(status, code = "DENIED") {
  return { status, headers: { "content-type": "application/json" }, body: JSON.stringify({ errors: [{ code }] }) };
}

/** A port on which nothing listens. */
export async function closedPort() {
  const { host, close } = await registry({});
  await close();
  return host;
}

/** A challenge for a token of this registry. */
export function challenge(host, { realm = `http://${host}/token`, scope } = {}) {
  const scopes = scope === undefined ? "" : `,scope="${scope}"`;
  return { "www-authenticate": `Bearer realm="${realm}",service="${host}"${scopes}` };
}
