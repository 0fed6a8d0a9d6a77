// `npm run headless -- <demo>`: runs a demo without a display or a GPU, writes <demo>.png and prints how it went.
// A demo for Node needs no browser either: `npm run headless -- offscreen --frames 60`.
//
// A demo's page tells about itself in `globalThis.awaitframeDemo`, which demos/common/report.ts sets up.

import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { argv, env, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import playwright from "playwright";
import { chromium, softwareVulkan } from "./browser.mjs";
import { demos, nodeDemos, serveGallery } from "./gallery.mjs";

/**
 * @typedef {object} Report
 * @property {number} frames drawn so far
 * @property {number[]} intervals between frames, in ms
 * @property {{ label: string, frames: number, value: string }[]} readbacks with their latency in frames
 * @property {() => Promise<void> | void} [drive] uses the demo as a person would
 */

const usage = `npm run headless -- <demo> [--seconds 4] [--size 800x600] [--scale 1]
npm run headless -- <demo for Node> [its own options]
The demos are: ${demos().join(" ")}; for Node: ${nodeDemos().join(" ")}`;

const [, , first = "", ...others] = argv;
if (nodeDemos().includes(first)) exit(await runInNode(first, others));

const { demo, seconds, size, scale } = options();
exit((await run()) ? 0 : 1);

function options() {
  try {
    const { values, positionals } = parseArgs({
      args: argv.slice(2),
      allowPositionals: true,
      options: {
        seconds: { type: "string", default: "4" },
        size: { type: "string", default: "800x600" },
        scale: { type: "string", default: "1" },
      },
    });
    const [name = "", ...rest] = positionals;
    if (!demos().includes(name) || rest.length > 0) {
      throw new Error(name ? `There is no demo "${positionals.join(" ")}".` : "Which demo?");
    }
    const [width, height] = values.size.split("x").map(Number);
    return {
      demo: name,
      seconds: positive("--seconds", Number(values.seconds)),
      size: { width: positive("--size", width), height: positive("--size", height) },
      scale: positive("--scale", Number(values.scale)),
    };
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    return exit(2);
  }
}

/** @param {string} name @param {number | undefined} value @returns {number} */
function positive(name, value) {
  if (value === undefined || !(value > 0) || value === Infinity)
    throw new Error(`${name} has no such value.`);
  return value;
}

/**
 * @param {string} name @param {string[]} args
 * @returns {Promise<number>} its exit code
 */
async function runInNode(name, args) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  // Node runs the built package.
  const built = spawnSync(execPath, [join(root, "tools/build.mjs")], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (built.status !== 0) return built.status ?? 1;
  const program = join(root, "demos", name, "main.mjs");
  const options = { stdio: /** @type {const} */ ("inherit"), env: { ...env, ...(await softwareVulkan()) } };
  return spawnSync(execPath, [program, ...args], options).status ?? 1;
}

/** @returns {Promise<boolean>} whether the demo drew, and the page had nothing to complain of */
async function run() {
  const gallery = await serveGallery();
  const browser = await playwright.chromium.launch(await chromium());
  try {
    const page = await browser.newPage({ viewport: size, deviceScaleFactor: scale });
    let errors = 0;
    /** @param {string} text */
    const complain = (text) => {
      errors++;
      console.error(`error in the page: ${text}`);
    };
    page.on("pageerror", (error) => complain(error.stack ?? error.message));
    page.on("console", (message) => {
      if (message.type() === "error") complain(`${message.text()} ${message.location().url}`);
    });

    await page.goto(new URL(`${demo}/`, gallery.url).href);
    const start = performance.now();
    await page.waitForTimeout(Math.min(1, seconds / 2) * 1000);
    await page.evaluate(async () => {
      const { awaitframeDemo } = /** @type {{ awaitframeDemo?: Report }} */ (globalThis);
      await awaitframeDemo?.drive?.();
    });
    await page.waitForTimeout(Math.max(0, start + seconds * 1000 - performance.now()));

    const elapsed = (performance.now() - start) / 1000;
    const report = await page.evaluate(() => {
      const { awaitframeDemo } = /** @type {{ awaitframeDemo?: Report }} */ (globalThis);
      if (!awaitframeDemo) return undefined;
      const { frames, intervals, readbacks } = awaitframeDemo;
      return { frames, intervals, readbacks };
    });
    const file = resolve(`${demo}.png`);
    await page.screenshot({ path: file });
    const drew = report !== undefined && report.frames > 0;
    if (drew) print(report, elapsed);
    else
      console.error(`The demo drew nothing. Its page says:\n\n${await page.locator("body").innerText()}\n`);
    console.log(`picture         ${file}`);
    return errors === 0 && drew;
  } finally {
    await browser.close();
    await gallery.close();
  }
}

/** @param {Report} report @param {number} elapsed */
function print({ frames, intervals, readbacks }, elapsed) {
  const sorted = intervals.toSorted((a, b) => a - b);
  /** @param {number} part */
  const quantile = (part) => `${(sorted[Math.floor((sorted.length - 1) * part)] ?? NaN).toFixed(1)} ms`;
  console.log(`demo            ${demo}`);
  console.log(`frames drawn    ${frames} in ${elapsed.toFixed(1)} s`);
  console.log(`frame interval  median ${quantile(0.5)}, p99 ${quantile(0.99)}`);
  if (readbacks.length === 0) console.log("readbacks       none");
  for (const { label, frames: latency, value } of readbacks) {
    console.log(`readback        ${label}: ${value}, after ${latency} ${latency === 1 ? "frame" : "frames"}`);
  }
}
