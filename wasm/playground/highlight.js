// The output as lines, in which what an edit put in and took out can be told from what was kept.

/** At most this many lines are shown, so that the page stays fast. */
export const LINES_SHOWN = 5000;

/**
 * Lines of the text after the edits. A line is a list of pieces `{kind: "kept" | "new" | "old", text}`; its mark is `+` when all of it is
 * new, `~` when part of it is, and a blank when it was kept. Where a line was taken out whole, its text is at the start of the next one.
 */
export function linesOf(text, edits, limit = LINES_SHOWN) {
  const lines = [];
  let line = [];
  const add = (kind, text) => {
    if (text !== "") line.push({ kind, text });
  };
  const put = (kind, text) => {
    const parts = text.split("\n");
    for (const [index, part] of parts.entries()) {
      if (index > 0) {
        lines.push(finished(line));
        line = [];
      }
      if (lines.length >= limit) return;
      add(kind, part);
    }
  };
  let at = 0;
  for (const edit of edits) {
    put("kept", text.slice(at, edit.start));
    if (lines.length >= limit) return { lines, complete: false };
    add("old", text.slice(edit.start, edit.end).replace(/\n$/, "").replaceAll("\n", "⏎"));
    put("new", edit.text);
    at = edit.end;
  }
  put("kept", text.slice(at));
  if (lines.length >= limit) return { lines, complete: false };
  if (line.length > 0) lines.push(finished(line));
  return { lines, complete: true };
}

function finished(pieces) {
  const kinds = new Set(pieces.map((piece) => piece.kind));
  const mark = kinds.size === 1 && kinds.has("new") ? "+" : kinds.has("new") || kinds.has("old") ? "~" : " ";
  return { mark, pieces };
}

const ELEMENTS = { new: "ins", old: "del" };

/** Shows the lines in an element. */
export function show(element, { lines, complete }) {
  const rows = lines.map(({ mark, pieces }) => {
    const row = document.createElement("div");
    row.dataset.mark = mark;
    if (mark !== " ") row.className = "changed";
    for (const { kind, text } of pieces) {
      // New indentation is not marked: it would only distract.
      const [indentation] = mark === "+" ? /^ */.exec(text) : [""];
      const piece = kind in ELEMENTS ? document.createElement(ELEMENTS[kind]) : document.createTextNode("");
      piece.textContent = text.slice(indentation.length);
      row.append(indentation, piece);
    }
    // An empty line has its height too.
    if (pieces.length === 0) row.append("\u200b");
    return row;
  });
  if (!complete) rows.push(note(`The first ${lines.length} lines; Copy takes all.`));
  element.replaceChildren(...rows);
}

/** Says something in place of lines. */
export function note(text) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  return paragraph;
}
