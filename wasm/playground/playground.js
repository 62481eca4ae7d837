// The page: two editors, and what the function makes of them.

import { EXAMPLES } from "./examples.js";
import { linesOf, note, show } from "./highlight.js";
import { items, rows, summary } from "./results.js";

/** Whoever types on is not interrupted. */
const PAUSE = 120;

const at = (id) => document.getElementById(id);
const [manifests, config, output, example] = ["manifests", "config", "output", "example"].map(at);
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
let timer;
let latest = 0;
/** The output's text, for the clipboard. */
let text = "";

function update() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    latest += 1;
    worker.postMessage({ id: latest, manifests: manifests.value, config: config.value });
  }, PAUSE);
}

worker.addEventListener("message", ({ data }) => {
  // Something newer is on its way.
  if (data.id !== latest) return;
  if (data.fault !== undefined) return fail(data.fault);
  const { outcome, images } = data;
  const failed = outcome.exitCode !== 0;
  text = failed ? "" : outcome.output;
  if (failed) output.replaceChildren(note("Nothing is written: see the results."));
  else show(output, linesOf(manifests.value, outcome.edits));
  // With a caret where the configuration is wrong; everything else the results say better.
  at("report").hidden = outcome.exitCode !== 2;
  at("report").textContent = outcome.exitCode === 2 ? outcome.report : "";
  at("results").replaceChildren(...items(outcome.results, goTo));
  at("images").hidden = images.length === 0;
  at("images").tBodies[0].replaceChildren(...rows(images));
  say(summary(outcome, images));
  at("copy").disabled = failed;
  document.body.dataset.shown = data.id;
});

worker.addEventListener("error", () => fail("The function can't be loaded. Serve this folder over HTTP; `python3 -m http.server` will do."));

function fail(message) {
  text = "";
  output.replaceChildren(note(message));
  say(message);
}

/** Told to who listens only when it changes. */
function say(message) {
  if (at("status").textContent !== message) at("status").textContent = message;
}

/** Puts the cursor on a line of an editor. */
function goTo(name, line) {
  const editor = at(name);
  const lines = editor.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((length, line) => length + line.length + 1, 0);
  editor.focus();
  editor.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  editor.scrollTop = (line - 4) * parseFloat(getComputedStyle(editor).lineHeight);
}

function load() {
  const chosen = EXAMPLES.find(({ name }) => name === example.value) ?? EXAMPLES[0];
  manifests.value = chosen.manifests;
  config.value = chosen.config;
  update();
}

manifests.addEventListener("input", update);
config.addEventListener("input", update);
example.addEventListener("change", load);
at("replaced").addEventListener("change", ({ target }) => output.classList.toggle("with-replaced", target.checked));
at("copy").addEventListener("click", async () => {
  const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
  say(copied ? "copied" : "the browser lets nothing be copied; select the text instead");
});
example.append(...EXAMPLES.map(({ name }) => new Option(name)));
load();
