// The native program, whose word the package must agree with.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../../../target", import.meta.url));

/** `PULLTHROUGH_BIN`, or else what `cargo build` leaves. Without it a test that compares proves nothing, and fails. */
export const program = process.env.PULLTHROUGH_BIN ?? `${target}/debug/pullthrough`;

if (!existsSync(program)) throw new Error(`${program} is not there; cargo build makes it, or name one in PULLTHROUGH_BIN`);

/** Runs it on an input, with these variables and no others. */
export function native(args, input, env = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, stdio: ["pipe", "pipe", "pipe"] });
    const collected = { stdout: "", stderr: "" };
    for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => (collected[name] += text));
    child.on("error", reject).on("close", (code) => resolve({ code, ...collected }));
    child.stdin.end(input);
  });
}
