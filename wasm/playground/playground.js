// The page: two editors, and the result for their texts.

import { EXAMPLES } from "./examples.js";
import { linesOf, note, show } from "./highlight.js";
import { items, rows, summary } from "./results.js";
import { LONG_LINK, fromFragment, keep, kept, lineNumbers, toFragment } from "./state.js";

/** Milliseconds without typing before the function runs. */
const PAUSE = 120;

const at = (id) => document.getElementById(id);
const [manifests, config, output, example] = ["manifests", "config", "output", "example"].map(at);
const worker = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
let timer;
let latest = 0;
/** The output's text, for the clipboard. */
let text = "";
/** Whether the output is to be scrolled to the first change: after a new text, not while somebody types. */
let fresh = true;

const texts = () => ({ manifests: manifests.value, config: config.value });

function update() {
  for (const editor of [manifests, config]) number(editor);
  keep(sessionStorage, texts());
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
  const change = fresh ? output.querySelector(".changed") : null;
  if (change !== null) output.scrollTop = change.offsetTop - output.offsetTop - output.clientHeight / 3;
  fresh = false;
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

/** Screen readers announce the status, so it is only set when it changes. */
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

/** The numbers beside an editor, which scroll with it. */
function number(editor) {
  const numbers = editor.previousElementSibling;
  const wanted = lineNumbers(editor.value);
  if (numbers.textContent !== wanted) numbers.textContent = wanted;
  numbers.scrollTop = editor.scrollTop;
}

function load(texts) {
  manifests.value = texts.manifests;
  config.value = texts.config;
  fresh = true;
  update();
}

const chosen = () => EXAMPLES.find(({ name }) => name === example.value) ?? EXAMPLES[0];

/** The texts of the link that was opened, else those of before the reload, else the first example. */
async function open() {
  const linked = await fromFragment(location.hash);
  // A reload then keeps what is typed from here on.
  if (linked !== undefined) history.replaceState(null, "", location.pathname + location.search);
  load(linked ?? kept(sessionStorage) ?? chosen());
}

for (const editor of [manifests, config]) {
  editor.addEventListener("input", update);
  editor.addEventListener("scroll", () => number(editor));
}
addEventListener("hashchange", async () => {
  if ((await fromFragment(location.hash)) !== undefined) open();
});
example.addEventListener("change", () => load(chosen()));
at("share").addEventListener("click", async () => {
  const link = location.origin + location.pathname + (await toFragment(texts()));
  const copied = await navigator.clipboard.writeText(link).then(() => true, () => false);
  const long = link.length > LONG_LINK ? `; it has ${link.length} characters, and some programs cut long links` : "";
  say(copied ? `link copied: the texts are in the link itself${long}` : "the browser did not allow copying");
});
at("replaced").addEventListener("change", ({ target }) => output.classList.toggle("with-replaced", target.checked));
at("copy").addEventListener("click", async () => {
  const copied = await navigator.clipboard.writeText(text).then(() => true, () => false);
  say(copied ? "copied" : "the browser did not allow copying; select the text instead");
});
example.append(...EXAMPLES.map(({ name }) => new Option(name)));
open();
