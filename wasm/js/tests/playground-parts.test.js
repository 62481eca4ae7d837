// The parts of the playground that need neither a browser nor the module.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, it } from "node:test";
import { EXAMPLES } from "../../playground/examples.js";
import { linesOf } from "../../playground/highlight.js";
import { fromFragment, keep, kept, lineNumbers, toFragment } from "../../playground/state.js";

const folder = new URL("../../playground/", import.meta.url);

describe("the playground's links", () => {
  it("hold the texts in the fragment, and give them back", async () => {
    for (const texts of [
      { manifests: EXAMPLES[0].manifests, config: EXAMPLES[0].config },
      { manifests: "", config: "" },
      { manifests: "grüße: 漢字 🚢\r\n\ttab\u2028", config: "a: 'b'\n" },
      { manifests: "x".repeat(500_000), config: "y" },
    ]) {
      const fragment = await toFragment(texts);
      assert.match(fragment, /^#text=[A-Za-z0-9_-]+$/);
      assert.deepEqual(await fromFragment(fragment), texts);
    }
  });

  it("are short enough to be sent", async () => {
    for (const { name, manifests, config } of EXAMPLES) assert.ok((await toFragment({ manifests, config })).length < 2000, name);
  });

  it("that are broken are ignored", async () => {
    const whole = await toFragment({ manifests: "a", config: "b" });
    for (const fragment of ["", "#", "#output", "#text=", "#text=!!", "#text=AAAA", whole.slice(0, -3)]) {
      assert.equal(await fromFragment(fragment), undefined, fragment);
    }
  });

  it("hold two texts and nothing else", async () => {
    const bytes = new Blob([JSON.stringify([1, { a: 2 }])]).stream().pipeThrough(new CompressionStream("deflate-raw"));
    const encoded = Buffer.from(await new Response(bytes).arrayBuffer()).toString("base64url");
    assert.equal(await fromFragment(`#text=${encoded}`), undefined);
  });
});

describe("what a tab keeps", () => {
  const storage = () => {
    const items = new Map();
    return { getItem: (key) => items.get(key) ?? null, setItem: (key, value) => items.set(key, value) };
  };

  it("is there after a reload", () => {
    const tab = storage();
    assert.equal(kept(tab), undefined);
    keep(tab, { manifests: "a", config: "b" });
    assert.deepEqual(kept(tab), { manifests: "a", config: "b" });
  });

  it("may be nothing", () => {
    const full = { getItem: () => "{", setItem: () => assert.fail("full") };
    keep(full, { manifests: "a", config: "b" });
    assert.equal(kept(full), undefined);
  });
});

describe("the playground", () => {
  it("numbers lines", () => {
    assert.equal(lineNumbers(""), "1");
    assert.equal(lineNumbers("a\nb\n"), "1\n2\n3");
  });

  it("opens with an example that is rewritten", () => {
    const { manifests, config } = EXAMPLES[0];
    const image = /ghcr\.io\/acme\/web:1\.4\.2/.exec(manifests);
    assert.match(config, /private: \["ghcr\.io\/acme\/\*\*"\]/);
    assert.ok(manifests.slice(0, image.index).split("\n").length <= 12, "it is on the first screen");
    const { lines } = linesOf(manifests, [{ start: image.index, end: image.index + image[0].length, text: "new" }]);
    assert.deepEqual(lines.filter(({ mark }) => mark !== " ").map(({ mark }) => mark), ["~"]);
  });

  it("loads nothing from elsewhere, and names files that are there", () => {
    const page = readFileSync(new URL("index.html", folder), "utf8");
    const files = readdirSync(folder);
    for (const [, file] of page.matchAll(/(?:src|href)="([^"#]+)"/g)) {
      assert.ok(files.includes(file) || /^https:\/\/github\.com\/pullthrough\/pullthrough\/blob\/main\/docs\//.test(file), file);
    }
    assert.doesNotMatch(page, /(?:src|<link[^>]*href)="https?:/);
  });

  it("links to pages that are there", () => {
    const page = readFileSync(new URL("index.html", folder), "utf8") + readFileSync(new URL("results.js", folder), "utf8");
    const pages = [...page.matchAll(/github\.com\/pullthrough\/pullthrough\/blob\/main\/(docs\/[a-z-]+\.md)/gi)].map(([, file]) => file);
    assert.ok(pages.length >= 3, pages.join());
    for (const file of pages) readFileSync(new URL(`../../${file}`, folder));
  });
});
