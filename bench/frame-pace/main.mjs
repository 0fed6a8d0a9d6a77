// `npm run bench:pace`: what readbacks do to the pace of frames. The same page draws in every frame, in turn with and
// without a readback on its way at all times; the ratios are taken within one run.

import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import playwright from "playwright";
import { createServer } from "vite";
import { chromium } from "../../tools/browser.mjs";

/** @typedef {import("./page.ts").Round} Round */

const at = (/** @type {string} */ path) => fileURLToPath(new URL(path, import.meta.url));

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    rounds: { type: "string", default: "8" },
    frames: { type: "string", default: "120" },
    bytes: { type: "string", default: String(1 << 20) },
  },
});
const [rounds, frames, bytes] = [values.rounds, values.frames, values.bytes].map(Number);
if (!(rounds && frames && bytes)) {
  console.error("npm run bench:pace -- [--rounds 8] [--frames 120] [--bytes 1048576]");
  exit(2);
}

const server = await createServer({
  root: at("."),
  configFile: false,
  logLevel: "warn",
  resolve: { alias: { awaitframe: at("../../src/index.ts") } },
  server: { host: "localhost", port: 0, hmr: false, watch: null, fs: { allow: [at("../..")] } },
});
await server.listen();
const browser = await playwright.chromium.launch(await chromium());
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => {
    throw error;
  });
  await page.goto(server.resolvedUrls?.local[0] ?? "");
  await page.waitForFunction(() => globalThis.framePace);
  const measure = (/** @type {number} */ size) =>
    page.evaluate(([count, size]) => globalThis.framePace?.(count ?? 0, size ?? 0), [frames, size]);

  /** @type {Record<"without" | "with", Round[]>} */
  const results = { without: [], with: [] };
  for (let round = 0; round < rounds; round++) {
    // What comes first in a round takes turns, so that a machine that slows down slows both.
    const order =
      round % 2 ? /** @type {const} */ (["with", "without"]) : /** @type {const} */ (["without", "with"]);
    for (const kind of order) {
      const result = await measure(kind === "with" ? bytes : 0);
      if (result) results[kind].push(result);
    }
  }
  print(results);
} finally {
  await browser.close();
  await server.close();
}

/** @param {Record<"without" | "with", Round[]>} results */
function print(results) {
  const quantiles = (/** @type {Round[]} */ list) => {
    const sorted = list.flatMap(({ intervals }) => intervals).toSorted((a, b) => a - b);
    return [0.5, 0.99].map((part) => sorted[Math.floor((sorted.length - 1) * part)] ?? NaN);
  };
  const without = quantiles(results.without);
  const readback = quantiles(results.with);
  const ms = (/** @type {number | undefined} */ value) => `${(value ?? NaN).toFixed(2)} ms`.padStart(12);
  const count = results.with.reduce((sum, round) => sum + round.readbacks, 0);
  const idle = results.with.reduce((sum, round) => sum + round.idleFrames, 0);
  const latency = results.with.reduce((sum, round) => sum + round.latency, 0) / results.with.length;
  console.log(
    `${rounds} rounds of ${frames} frames each, ${bytes} bytes read back in each frame of the second kind`,
  );
  console.log(`                         median         p99`);
  console.log(`without readbacks  ${without.map(ms).join("")}`);
  console.log(`with readbacks     ${readback.map(ms).join("")}`);
  console.log(
    `ratio              ${readback.map((value, i) => (value / (without[i] ?? NaN)).toFixed(3).padStart(12)).join("")}`,
  );
  console.log(
    `${count} readbacks, each after ${latency.toFixed(1)} frames on average; ${idle} frames without one on its way`,
  );
}
