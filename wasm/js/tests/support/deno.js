// A Deno program: what the package finds about the images in its arguments.

import { check } from "../../../dist/js/node.js";
import { config, OPEN_PROXY, pods } from "./manifests.js";

const { images } = await check(pods(Deno.args), { config: config({ proxies: [OPEN_PROXY], access: { budget: "5s" } }) });
console.log(JSON.stringify(Object.fromEntries(images.map(({ image, access, evidence }) => [image, `${access}: ${evidence}`]))));
