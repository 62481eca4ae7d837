// The cases of tests/function, byte for byte as the program has them. Nobody is asked in them.

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, it } from "node:test";
import { process as run } from "../../dist/js/node.js";

const CASES = fileURLToPath(new URL("../../../tests/function/cases/", import.meta.url));

/** A file of a case as text, nothing without the file. A byte order mark stays. */
function text(folder, name) {
  const path = join(folder, name);
  return existsSync(path) ? readFileSync(path).toString("utf8") : "";
}

/** The variables of a case. */
function variables(folder) {
  const lines = text(folder, "env").split("\n").filter((line) => line.includes("="));
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

describe("the cases of the function", () => {
  const names = readdirSync(CASES).sort();

  for (const name of names) {
    const folder = join(CASES, name);
    const input = readFileSync(join(folder, "input.yaml"));
    // A string has no place for other bytes.
    const skip = input.equals(Buffer.from(input.toString("utf8"))) ? false : "the input is no text";
    it(name, { skip }, async () => {
      const readFile = (path) => {
        if (!existsSync(join(folder, path))) throw new Error("No such file or directory (os error 2)");
        return text(folder, path);
      };
      const config = existsSync(join(folder, "config.yaml")) ? text(folder, "config.yaml") : undefined;
      const outcome = await run(input.toString("utf8"), { config, configName: "config.yaml", env: variables(folder), readFile, transport: false });
      assert.deepEqual(
        { output: outcome.output ?? "", report: outcome.report, exitCode: outcome.exitCode },
        { output: text(folder, "output.yaml"), report: text(folder, "stderr.txt"), exitCode: Number(text(folder, "exit").trim()) },
      );
    });
  }

  it("are all there", () => assert.ok(names.length > 300, `only ${names.length} cases`));
});
