// Runs the function beside the page, so that typing never waits for it.

import { check, process } from "./pullthrough/browser.js";

self.addEventListener("message", async ({ data: { id, manifests, config } }) => {
  const options = { config: config.trim() === "" ? undefined : config, configName: "configuration" };
  try {
    const outcome = await process(manifests, options);
    // What can't be read has no images to look at.
    const images = outcome.exitCode === 2 ? [] : await check(manifests, options).then((seen) => seen.images, () => []);
    self.postMessage({ id, outcome, images });
  } catch (error) {
    self.postMessage({ id, fault: error.message });
  }
});
