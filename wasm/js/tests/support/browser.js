// Headless Chromium, with a profile that is gone afterwards.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const executablePath = process.env.PULLTHROUGH_CHROMIUM ?? "/usr/bin/chromium";

/** Why tests in a browser are skipped, or false. On CI a skipped test would look like a passed one. */
export const skip = existsSync(executablePath) || process.env.PULLTHROUGH_E2E === "require"
  ? false
  : `${executablePath} is not there: install Debian's package chromium, or name one in PULLTHROUGH_CHROMIUM`;

const ARGUMENTS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Starts it. */
export async function launch(options = {}) {
  const profile = await mkdtemp(join(tmpdir(), "pullthrough-chromium-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath, args: ARGUMENTS, ...options });
  return {
    context,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
