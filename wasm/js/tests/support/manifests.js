// Manifests and configurations for tests.

/** A Pod for each image, as a stream. */
export function pods(images) {
  return images
    .map((image, index) => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: p${index}\nspec:\n  containers:\n  - name: c\n    image: "${image}"\n`)
    .join("---\n");
}

/** The same as a ResourceList with this functionConfig. */
export function resourceList(images, config) {
  const indent = (text, by) => text.replace(/^(?=.)/gm, " ".repeat(by));
  const items = pods(images).split("---\n").map((pod) => `- ${indent(pod, 2).slice(2)}`).join("");
  return `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig:\n${indent(config, 2)}items:\n${items}`;
}

/** A configuration with this `spec` in flow style. */
export function config(spec) {
  return `apiVersion: pullthrough.dev/v1alpha1\nkind: PullThrough\nmetadata:\n  name: acme\nspec: ${JSON.stringify(spec)}\n`;
}

/** A proxy on which everything may land, that needs an account. */
export const PROXY = { template: { host: "mirror.example", pattern: "{host}/{registry}/{repository}" } };
/** One that everybody may use. */
export const OPEN_PROXY = { ...PROXY, credentials: { anonymous: {} } };
