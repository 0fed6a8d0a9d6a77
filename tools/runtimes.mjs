// Other programs that run JavaScript outside of a browser, as packages beside the tests of bundlers.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where each of them is, on each platform that has one. */
const places = {
  "Node 22": ["node-22-linux-x64/bin/node", "node-22-darwin-arm64/bin/node", "node-22-win-x64/bin/node.exe"],
  Bun: [
    "@oven/bun-linux-x64-baseline/bin/bun",
    "@oven/bun-darwin-aarch64/bin/bun",
    "@oven/bun-windows-x64-baseline/bin/bun.exe",
  ],
  Deno: ["@deno/linux-x64-glibc/deno", "@deno/darwin-arm64/deno", "@deno/win32-x64/deno.exe"],
};

/** @typedef {keyof typeof places} Runtime */

/** @type {readonly Runtime[]} */
export const runtimes = /** @type {Runtime[]} */ (Object.keys(places));

/**
 * The program of a runtime.
 * @param {Runtime} name
 */
export function runtime(name) {
  const files = places[name].map((place) =>
    fileURLToPath(new URL(`../test/bundlers/node_modules/${place}`, import.meta.url)),
  );
  const found = files.find((file) => existsSync(file));
  if (!found) throw new Error(`${name} is not installed for this platform: none of ${files.join(", ")}`);
  return found;
}
