// Where credentials come from, and where they never show.

import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, it } from "node:test";
import { process as run, processResourceList } from "../../dist/js/node.js";
import { config, pods, PROXY, resourceList } from "./support/manifests.js";

const SECRET = "hunter2hunter2";
const CONFIG = config({ proxies: [PROXY], images: { private: ["**"] }, access: { probe: false } });
const AUTH = Buffer.from(`robot:${SECRET}`).toString("base64");
const DOCKER_CONFIG = { auths: { "mirror.example": { auth: AUTH } } };

/** The docker config of the Secret in the output. */
function dockerConfig(output) {
  const data = /\.dockerconfigjson: "?([A-Za-z0-9+/=]+)/.exec(output)?.[1];
  return JSON.parse(Buffer.from(data ?? "", "base64").toString());
}

async function secretOf(options) {
  return dockerConfig(await processResourceList(pods(["ghcr.io/acme/api:1"]), { config: CONFIG, ...options }));
}

describe("credentials", () => {
  it("come from a docker config, as an object or as text", async () => {
    for (const given of [DOCKER_CONFIG, JSON.stringify(DOCKER_CONFIG)]) {
      assert.equal((await secretOf({ credentials: { dockerConfig: given } })).auths["mirror.example"].auth, AUTH);
    }
  });

  it("come from an account with its hosts", async () => {
    const credentials = { username: "robot", password: SECRET, hosts: ["mirror.example"] };
    assert.equal((await secretOf({ credentials })).auths["mirror.example"].auth, AUTH);
  });

  it("come from variables that are passed in, and the files that they name", async () => {
    const env = { PULLTHROUGH_DOCKERCONFIG: "/somewhere/config.json", HOME: "/root" };
    const readFile = (path) => (path === "/somewhere/config.json" ? JSON.stringify(DOCKER_CONFIG) : assert.fail(path));
    assert.equal((await secretOf({ env, readFile })).auths["mirror.example"].auth, AUTH);
  });

  it("say which file can't be read, and by which variable", async () => {
    const env = { PULLTHROUGH_DOCKERCONFIG: "/somewhere" };
    const readFile = () => {
      throw new Error("no such file");
    };
    const failing = async (options) => (await run(pods(["a"]), { config: CONFIG, ...options })).report;
    assert.match(await failing({ env, readFile }), /PULLTHROUGH_DOCKERCONFIG: can't read the file `\/somewhere`: no such file/);
    assert.match(await failing({ env }), /PULLTHROUGH_DOCKERCONFIG: .*: pass `readFile` for it/);
  });

  it("are not taken from the process", async () => {
    process.env.PULLTHROUGH_DOCKERCONFIGJSON = JSON.stringify(DOCKER_CONFIG);
    try {
      const outcome = await run(pods(["ghcr.io/acme/api:1"]), { config: CONFIG });
      assert.match(outcome.report, /error\[no-credential\]/);
    } finally {
      delete process.env.PULLTHROUGH_DOCKERCONFIGJSON;
    }
  });

  it("are not given twice", async () => {
    await assert.rejects(secretOf({ env: {}, credentials: {} }), TypeError);
  });

  it("show in no message, result or error", async () => {
    const account = { username: "robot", password: SECRET };
    const wrong = [
      { credentials: { ...account, hosts: ["elsewhere.example"] } },
      { credentials: { ...account, hosts: [`https://${SECRET}/`] } },
      { credentials: account },
      { credentials: { password: SECRET } },
      { credentials: { dockerConfig: `{"auths": {"mirror.example": {"auth": "${SECRET}"` } },
      { credentials: { dockerConfig: { auths: { "mirror.example": { auth: SECRET } } } } },
      { credentials: { license: `kind: License\nspec: {licenseID: ${SECRET}, x: [` } },
      { credentials: { licenseId: `${SECRET} ${SECRET}` } },
      { env: { PULLTHROUGH_DOCKERCONFIGJSON: SECRET } },
    ];
    for (const options of wrong) {
      const outcome = await run(pods(["ghcr.io/acme/api:1"]), { config: CONFIG, ...options });
      assert.notEqual(outcome.exitCode, 0, inspect(options));
      assert.equal(inspect(outcome, { depth: 9 }).includes(SECRET), false, inspect(options));
      const error = await processResourceList(pods(["ghcr.io/acme/api:1"]), { config: CONFIG, ...options }).catch((error) => error);
      assert.equal(inspect(error, { depth: 9 }).includes(SECRET), false, inspect(options));
    }
  });

  it("of the input do not show where somebody logs the error", async () => {
    const secret = `- apiVersion: v1\n  kind: Secret\n  metadata: {name: s}\n  stringData: {password: ${SECRET}}\n`;
    const error = await processResourceList(resourceList(["ghcr.io/acme/api:1"], CONFIG) + secret).catch((error) => error);
    assert.equal(error.name, "PullthroughError");
    assert.equal(error.output.includes(SECRET), true);
    assert.equal(`${inspect(error, { depth: 9 })} ${JSON.stringify(error)}`.includes(SECRET), false);
  });
});
