// The tarball, as somebody has it who installed it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";

const dist = fileURLToPath(new URL("../../dist/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "pullthrough-npm-"));
const installed = join(folder, "node_modules/pullthrough");

describe("the npm package", () => {
  before(() => {
    const [tarball] = readdirSync(dist).filter((name) => name.endsWith(".tgz"));
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", join(dist, tarball), "-C", installed, "--strip-components=1"]);
    writeFileSync(join(folder, "package.json"), '{"type": "module"}');
  });
  after(() => rmSync(folder, { recursive: true }));

  it("holds what it needs and nothing of the checkout", () => {
    const files = readdirSync(installed, { recursive: true }).map(String);
    for (const name of ["LICENSE", "README.md", "node.js", "node.d.ts", "browser.js", "browser.d.ts", "glue/pullthrough_bg.wasm"]) {
      assert.ok(files.includes(name), `${name} is missing`);
    }
    assert.deepEqual(files.filter((name) => /\.(ts|rs|sh|lock)$/.test(name) && !name.endsWith(".d.ts")), []);
    const { scripts, devDependencies, dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    assert.deepEqual([scripts, devDependencies, dependencies], [undefined, undefined, undefined]);
  });

  it("runs the examples of its README", () => {
    const examples = [...readFileSync(join(installed, "README.md"), "utf8").matchAll(/^```js\n([\s\S]*?)^```/gm)];
    assert.ok(examples.length >= 2);
    for (const [index, [, code]] of examples.entries()) {
      const file = join(folder, `example-${index}.js`);
      writeFileSync(file, code);
      const quickstart = fileURLToPath(new URL("../../../examples/quickstart/resourcelist.yaml", import.meta.url));
      cpSync(quickstart, join(folder, "resourcelist.yaml"));
      const printed = execFileSync(process.execPath, [file], { cwd: folder, encoding: "utf8" });
      assert.notEqual(printed, "", code);
    }
  });

  it("has types that a strict program can use", () => {
    const program = `
import { check, fetchTransport, process, processResourceList, PullthroughError, type Options, type Transport } from "pullthrough";
const deaf: Transport = { sight: { allHeaders: true, redirects: true }, send: async () => ({ failure: "no-network" }) };
const options: Options = { config: "a: b", credentials: { dockerConfig: { auths: {} }, hosts: ["a"] }, transport: deaf, publicOnly: true };
const output: string = await processResourceList("", options);
const outcome = await process("", { transport: false, signal: AbortSignal.timeout(1) });
const code: 0 | 1 | 2 = outcome.exitCode;
const first: string | undefined = outcome.results[0]?.tags.code;
const access = (await check("", { transport: fetchTransport(fetch), rendered: true })).images[0]?.access;
if (access === "public" || output === null) throw new PullthroughError(outcome);
// @ts-expect-error: there is no such option
void process("", { probe: false });
export { code, first };
`;
    writeFileSync(join(folder, "program.ts"), program);
    const own = createRequire(import.meta.url);
    const tsc = join(dirname(own.resolve("typescript/package.json")), "bin/tsc");
    const strict = ["--noEmit", "--strict", "--module", "NodeNext", "--target", "ES2022", "--lib", "ES2023,DOM", "--exactOptionalPropertyTypes"];
    try {
      execFileSync(process.execPath, [tsc, ...strict, "program.ts"], { cwd: folder, encoding: "utf8" });
    } catch (error) {
      assert.fail(error.stdout);
    }
  });
});
