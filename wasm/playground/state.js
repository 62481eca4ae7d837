// The texts of the editors, kept for a reload and put into links.

/** Where a tab keeps them: gone with the tab, because somebody may paste a license. */
const KEY = "pullthrough-playground";

/** How a link's fragment begins. Browsers don't send fragments to servers. */
const PREFIX = "#text=";

/** Longer links are cut off by some programs. */
export const LONG_LINK = 8000;

/** The fragment of a link that holds the texts. */
export async function toFragment({ manifests, config }) {
  const bytes = new TextEncoder().encode(JSON.stringify([manifests, config]));
  return PREFIX + toBase64(await through(new CompressionStream("deflate-raw"), bytes));
}

/** The texts in a fragment, or undefined if there are none. */
export async function fromFragment(fragment) {
  if (!fragment.startsWith(PREFIX)) return undefined;
  try {
    const bytes = await through(new DecompressionStream("deflate-raw"), fromBase64(fragment.slice(PREFIX.length)));
    return texts(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch {
    return undefined;
  }
}

/** Keeps the texts for a reload of this tab. A browser that keeps nothing is no obstacle. */
export function keep(storage, { manifests, config }) {
  try {
    storage.setItem(KEY, JSON.stringify([manifests, config]));
  } catch {
    // The texts are too long, or storage is off.
  }
}

/** What was kept, or undefined. */
export function kept(storage) {
  try {
    return texts(JSON.parse(storage.getItem(KEY)));
  } catch {
    return undefined;
  }
}

/** The numbers of a text's lines, one per line. */
export function lineNumbers(text) {
  const lines = text.split("\n").length;
  return Array.from({ length: lines }, (_, index) => index + 1).join("\n");
}

function texts(value) {
  if (!Array.isArray(value) || value.length !== 2 || !value.every((text) => typeof text === "string")) return undefined;
  return { manifests: value[0], config: value[1] };
}

async function through(stream, bytes) {
  const writer = stream.writable.getWriter();
  // A stream that fails says so where it is read.
  writer.write(bytes).catch(() => {});
  writer.close().catch(() => {});
  return new Uint8Array(await new Response(stream.readable).arrayBuffer());
}

function toBase64(bytes) {
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function fromBase64(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (char) => char.charCodeAt(0));
}
