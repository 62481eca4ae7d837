// The playground as a person meets it: with a mouse, with a keyboard, with a screen reader, and without a network.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { after, before, beforeEach, describe, it } from "node:test";
import { launch, skip } from "./support/browser.js";
import { files } from "./support/files.js";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = fileURLToPath(new URL("../../dist/screenshots", import.meta.url));

describe("the playground", { skip }, () => {
  let server, browser, page, requests, complaints;

  before(async () => {
    mkdirSync(pictures, { recursive: true });
    server = await files(new URL("../../dist/playground/", import.meta.url));
    browser = await launch({ viewport: { width: 1360, height: 860 } });
    page = await browser.context.newPage();
    page.on("request", (request) => requests.push(request.url()));
    for (const event of ["pageerror", "console"]) page.on(event, (what) => complaints.push(String(what.text?.() ?? what)));
  });
  after(async () => {
    await browser?.close();
    await server?.close();
  });
  beforeEach(async () => {
    [requests, complaints] = [[], []];
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 1360, height: 860 });
    // What a test typed would be kept for the next one.
    await page.goto(server.origin);
    await page.evaluate(() => sessionStorage.clear());
    await page.goto("about:blank");
    [requests, complaints] = [[], []];
    await page.goto(server.origin);
    await page.waitForSelector("body[data-shown]");
  });

  const status = () => page.textContent("#status");
  const output = () => page.$eval("#output", (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("del").forEach((old) => old.remove());
    return [...copy.children].map((line) => line.textContent.replace("\u200b", "")).join("\n");
  });
  /** Puts a text into an editor, and waits until what becomes of it is shown. */
  async function type(editor, text) {
    const shown = await page.getAttribute("body", "data-shown");
    await page.fill(editor, text);
    await page.waitForFunction((shown) => document.body.dataset.shown !== shown, shown);
  }
  async function choose(example) {
    const shown = await page.getAttribute("body", "data-shown");
    await page.selectOption("#example", { label: example });
    await page.waitForFunction((shown) => document.body.dataset.shown !== shown, shown);
  }
  async function violations() {
    await page.evaluate(axe);
    const found = await page.evaluate(() => globalThis.axe.run());
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  }

  it("shows what becomes of the example, and asks nobody but its file server", async () => {
    assert.equal(await status(), "2 images rewritten");
    assert.match(await output(), /image: "images\.acme\.example\/proxy\/acme\/ghcr\.io\/acme\/web:1\.4\.2"/);
    assert.deepEqual(requests.filter((url) => !url.startsWith(server.origin)), []);
    assert.deepEqual(complaints, []);
    await page.screenshot({ path: `${pictures}/light.png` });
  });

  it("works on while the network is gone", async () => {
    await browser.context.setOffline(true);
    try {
      await type("#manifests", "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec:\n  containers:\n  - {name: a, image: ghcr.io/acme/a:1}\n");
      assert.equal(await status(), "1 image rewritten");
    } finally {
      await browser.context.setOffline(false);
    }
  });

  it("marks what is new in more than color", async () => {
    const marks = await page.$$eval("#output > div", (lines) => lines.map((line) => [line.dataset.mark, line.textContent]));
    const of = (mark) => marks.filter(([found]) => found === mark).map(([, text]) => text.trim());
    assert.deepEqual(of("+"), ["imagePullSecrets:", "- name: acme-registry", "imagePullSecrets:", "- name: acme-registry"]);
    assert.equal(of("~").length, 2);
    const inserted = await page.$$eval("#output ins", (pieces) => pieces.map((piece) => getComputedStyle(piece).textDecorationLine));
    assert.ok(inserted.length > 0 && inserted.every((line) => line === "underline"));
    assert.equal(await page.isVisible("#output del"), false);
    await page.check("#replaced");
    assert.equal(await page.isVisible("#output del"), true);
    assert.equal(await page.textContent("#output del"), '"ghcr.io/acme/web:1.4.2"');
  });

  it("updates while somebody types, and shows nothing that is out of date", async () => {
    await page.focus("#manifests");
    await page.keyboard.press("Control+A");
    const text = "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec: {containers: [{name: a, image: ghcr.io/acme/typed:1}]}";
    await page.keyboard.type(text, { delay: 4 });
    await page.waitForFunction(() => document.querySelector("#output").textContent.includes("typed:1"));
    assert.equal(await status(), "1 image rewritten");
  });

  it("shows a mistake in its place, and goes there", async () => {
    await choose("A mistake in the configuration");
    assert.match(await status(), /^nothing was changed, \d errors?$/);
    assert.match(await page.textContent("#report"), /configuration:7:[\s\S]*\^\^\^\^\^\^\^\^/);
    await page.screenshot({ path: `${pictures}/mistake.png` });
    await page.click("#results button");
    const [focused, selected] = await page.evaluate(() => {
      const editor = document.activeElement;
      return [editor.id, editor.value.slice(editor.selectionStart, editor.selectionEnd)];
    });
    assert.equal(focused, "config");
    assert.match(selected, /upstrean: docker\.io/);
  });

  it("says of manifests that are no YAML where they stop being it", async () => {
    await type("#manifests", "a: [\n");
    assert.match(await page.textContent("#results"), /not valid YAML: line 1, column 4/);
    assert.equal(await page.isDisabled("#copy"), true);
  });

  it("uses the answers of an ImageLock", async () => {
    await choose("Answers recorded in an ImageLock");
    const table = await page.$$eval("#images tbody tr", (rows) => rows.map((row) => [...row.cells].map((cell) => cell.textContent)));
    const access = Object.fromEntries(table.map(([image, access]) => [image, access]));
    assert.deepEqual(access, {
      busybox: "public",
      "grafana/grafana:12.1.0": "private",
      "quay.io/prometheus/node-exporter:v1.9.0": "public",
    });
  });

  it("shows what is typed as text", async () => {
    await type("#manifests", 'apiVersion: v1\nkind: Widget\nmetadata: {name: a}\n<img src=x onerror="document.title=1">: <script>\n');
    assert.match(await output(), /<img src=x/);
    assert.equal(await page.$("#output img"), null);
  });

  it("can be used with the keyboard alone", async () => {
    const reached = [];
    await page.evaluate(() => document.body.focus());
    for (let step = 0; step < 12; step += 1) {
      await page.keyboard.press("Tab");
      const name = await page.evaluate(() => {
        const element = document.activeElement;
        return element.id || element.className || element.tagName.toLowerCase();
      });
      if (reached.includes(name)) break;
      reached.push(name);
    }
    const expected = ["skip", "docs", "fields", "example", "share", "manifests", "config", "replaced", "copy", "output", "scroll"];
    assert.deepEqual(reached.slice(0, expected.length), expected);
  });

  it("tells a screen reader what is what", async () => {
    for (const [role, name] of [
      ["textbox", "YAML"],
      ["textbox", "Configuration"],
      ["button", "Copy link"],
      ["link", "Documentation"],
      ["combobox", "Example"],
      ["region", "Changed manifests"],
      ["region", "Results"],
      ["checkbox", "show replaced text"],
      ["table", "Images"],
    ]) {
      assert.equal(await page.getByRole(role, { name, exact: true }).count(), 1, `${role} ${name}`);
    }
    assert.equal(await page.getByRole("status").textContent(), "2 images rewritten");
  });

  for (const colorScheme of ["light", "dark"]) {
    it(`breaks no rule of axe in ${colorScheme} colors`, async () => {
      await page.emulateMedia({ colorScheme });
      await page.check("#replaced");
      await page.screenshot({ path: `${pictures}/${colorScheme}-replaced.png` });
      assert.deepEqual(await violations(), []);
      await choose("A mistake in the configuration");
      assert.deepEqual(await violations(), []);
    });
  }

  it("keeps the texts across a reload", async () => {
    const text = "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec: {containers: [{name: a, image: ghcr.io/acme/kept:1}]}\n";
    await type("#manifests", text);
    await page.reload();
    await page.waitForSelector("body[data-shown]");
    assert.equal(await page.inputValue("#manifests"), text);
    assert.match(await output(), /images\.acme\.example\/proxy\/acme\/ghcr\.io\/acme\/kept:1/);
  });

  it("puts the texts into a link that another tab opens", async () => {
    const origin = server.origin;
    await browser.context.grantPermissions(["clipboard-read", "clipboard-write"], { origin });
    const text = "kind: Pod\napiVersion: v1\nmetadata: {name: a}\nspec: {containers: [{name: a, image: ghcr.io/acme/linked:1}]}\n";
    await type("#manifests", text);
    await page.click("#share");
    await page.waitForFunction(() => document.querySelector("#status").textContent.startsWith("link copied"));
    const link = await page.evaluate(() => navigator.clipboard.readText());
    const tab = await browser.context.newPage();
    const asked = [];
    tab.on("request", (request) => asked.push(request.url()));
    await tab.goto(link);
    await tab.waitForSelector("body[data-shown]");
    assert.equal(await tab.inputValue("#manifests"), text);
    assert.ok(asked.every((url) => !url.includes("linked") && !url.includes("text=")), "servers don't get the text");
    await tab.close();
  });

  it("numbers the lines of the editors", async () => {
    await type("#manifests", "# one\n# two\n");
    assert.equal(await page.textContent(".numbers >> nth=0"), "1\n2\n3");
  });

  it("fits a narrow window", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const [width, inner] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    assert.equal(width, inner);
    await page.screenshot({ path: `${pictures}/narrow.png`, fullPage: true });
  });
});
