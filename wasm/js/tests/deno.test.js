// The package in Deno. The program is a Deno program; this looks at what it prints.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { challenge, closedPort, MANIFEST, registry } from "./support/registry.js";

const deno = createRequire(import.meta.url).resolve("deno/bin.cjs");
const program = fileURLToPath(new URL("support/deno.js", import.meta.url));

/** The access of each image, and why, as a program in Deno finds it. */
function ask(images, permissions) {
  const args = [deno, "run", "--no-remote", "--no-npm", "--no-prompt", "--allow-read", ...permissions, program, ...images];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, NO_COLOR: "1" } });
    const said = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (said[name] += text));
    child.on("error", reject).on("close", (code) => (code === 0 ? resolve(JSON.parse(said.stdout)) : reject(new Error(said.stderr))));
  });
}

describe("in Deno", () => {
  it("comes to the verdicts that Node comes to", async () => {
    const server = await registry({
      "/token": () => ({ status: 200, body: '{"token": "anonymous"}' }),
      "acme/open": ({ request, host }) =>
        request.headers.authorization ? { status: 200, headers: MANIFEST } : { status: 401, headers: challenge(host) },
      "acme/private": ({ host }) => ({ status: 401, headers: challenge(host) }),
      "acme/moved": ({ host, path }) => ({ status: 307, headers: { location: `http://${host}${path.replace("moved", "open")}` } }),
      "acme/broken": () => null,
    });
    try {
      const nobody = await closedPort();
      const names = ["open", "private", "moved", "missing", "broken"];
      const images = [...names.map((name) => `${server.host}/acme/${name}:1`), `${nobody}/acme/api:1`, "registry.invalid/acme/api:1"];
      const evidence = await ask(images, ["--allow-net"]);
      assert.deepEqual(evidence, {
        [images[0]]: `public: 200 from http://${server.host}/v2/acme/open/manifests/1`,
        [images[1]]: `private: 401 from http://${server.host}/v2/acme/private/manifests/1`,
        [images[2]]: `public: 200 from http://${server.host}/v2/acme/moved/manifests/1`,
        [images[3]]: `not-found: 404 from http://${server.host}/v2/acme/missing/manifests/1`,
        [images[4]]: `unreachable: the connection to http://${server.host} was lost`,
        [images[5]]: `unreachable: could not connect to http://${nobody}`,
        [images[6]]: "unreachable: the host name of https://registry.invalid did not resolve",
      });
    } finally {
      await server.close();
    }
  });

  it("says that it has no network where Deno lets it have none", async () => {
    assert.deepEqual(await ask(["ghcr.io/acme/api:1"], []), { "ghcr.io/acme/api:1": "unreachable: no network" });
  });
});
