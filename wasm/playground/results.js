// Results and images, as lists and tables.

/** Explains the codes of results. */
const REFERENCE = "https://github.com/pullthrough/pullthrough/blob/main/docs/reference.md";

const SEVERITIES = { error: "✖ error", warning: "▲ warning", info: "● info" };

/** The results as items. `go(result)` is called for one whose line is wanted. */
export function items(results, go) {
  return results.map((result) => {
    const severity = element("span", "severity", SEVERITIES[result.severity]);
    const message = element("p", "", ...spelled(result.message), " ", codeOf(result));
    const item = element("li", result.severity, severity, message);
    const place = placeOf(result, go);
    if (place.length > 0) item.append(element("span", "place", ...place));
    return item;
  });
}

/** The result's code, as a link to its meaning. */
function codeOf({ tags: { code } }) {
  const link = element("a", "code-name", element("code", "", code));
  link.href = `${REFERENCE}#${code}`;
  return link;
}

/** What a message has between backticks is code. */
function spelled(message) {
  return message.split("`").map((part, index, parts) =>
    index % 2 === 0 || index === parts.length - 1 ? part : element("code", "", part),
  );
}

function placeOf({ resourceRef: object, field, file, line, tags }, go) {
  const name = object && [object.namespace, object.name].filter(Boolean).join("/");
  const words = [file?.path, object && `${object.kind} ${name}`, field?.path].filter(Boolean).join(" · ");
  if (line === undefined) return words === "" ? [] : [words];
  const button = element("button", "", `line ${line}`);
  button.type = "button";
  button.setAttribute("aria-label", `go to line ${line} of the ${editorOf(tags.code)}`);
  button.addEventListener("click", () => go(editorOf(tags.code), line));
  return words === "" ? [button] : [`${words} · `, button];
}

/** The editor that a result's line is in. */
function editorOf(code) {
  return code === "config" ? "config" : "manifests";
}

/** A row for each image. */
export function rows(images) {
  return images.map(({ image, access, evidence, becomes, message }) => {
    const cells = [image, access ?? "–", becomes ?? "stays", evidence ?? message];
    return element("tr", "", ...cells.map((cell) => element("td", "", cell)));
  });
}

/** One sentence that sums it up. */
export function summary(outcome, images) {
  const count = (severity) => outcome.results.filter((result) => result.severity === severity).length;
  const counted = (number, what) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const [errors, warnings] = [count("error"), count("warning")];
  const changed = images.filter((image) => image.becomes !== null).length;
  const parts =
    outcome.exitCode === 0
      ? [changed === 0 ? "no image changed" : `${counted(changed, "image")} rewritten`]
      : ["nothing was changed", counted(errors, "error")];
  if (warnings > 0) parts.push(counted(warnings, "warning"));
  return parts.join(", ");
}

function element(name, className, ...children) {
  const made = document.createElement(name);
  if (className !== "") made.className = className;
  made.append(...children);
  return made;
}
