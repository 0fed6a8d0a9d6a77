// `npm run bench:readback [-- --quick] [-- --browser=firefox] [-- --out=<folder>]`: what it takes to read back from the
// GPU in every frame, by the kit, by hand, and by its peers. Prints tables. A whole run takes about seven minutes and
// renews the results in this folder; a quick one takes less than two, and keeps nothing unless it is told where.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { argv, exit, stderr, stdout } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer } from "vite";
import { openChromium, openFirefox } from "./browsers.mjs";
import { measureAll } from "./measures.mjs";
import { plot } from "./plot.mjs";
import { markdown } from "./report.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const browsers = { chromium: openChromium, firefox: openFirefox };
const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    quick: { type: "boolean", default: false },
    out: { type: "string" },
    browser: { type: "string", default: "chromium" },
  },
});
const open = browsers[/** @type {keyof typeof browsers} */ (values.browser)];
if (!open) {
  console.error("npm run bench:readback -- [--quick] [--browser=chromium|firefox] [--out=<folder>]");
  exit(2);
}

/** @type {import("./measures.mjs").Effort} */
const effort = values.quick
  ? { rounds: 1, frames: 30, throughputRounds: 1, throughputFrames: 50, boundFrames: 25 }
  : { rounds: 6, frames: 50, throughputRounds: 6, throughputFrames: 75, boundFrames: 60 };

installPeers();
const server = await createServer({
  root: here,
  configFile: false,
  logLevel: "warn",
  resolve: { alias: { awaitframe: join(here, "../../src/index.ts") } },
  // Found only when a page asks for them, they would make it load again.
  optimizeDeps: { entries: ["page.ts"] },
  server: { host: "localhost", port: 0, hmr: false, watch: null, fs: { allow: [join(here, "../..")] } },
});
await server.listen();
const tab = await open(server.resolvedUrls?.local[0] ?? "", (error) => {
  console.error(error);
  exit(1);
});
try {
  const results = await measureAll(tab, effort, (what) => stderr.write(`${what} ...\n`));
  const run = {
    machine: { ...machine(), browser: tab.version },
    peers: peers(),
    quick: values.quick,
    effort,
    ...results,
  };
  const table = markdown(run);
  stdout.write(`\n${table}`);
  const out = values.out ?? (values.quick ? null : here);
  if (out !== null) {
    const name = values.browser === "chromium" ? "results" : `results-${values.browser}`;
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, `${name}.json`), `${JSON.stringify(run, rounded, 2)}\n`);
    writeFileSync(join(out, `${name}.md`), table);
    writeFileSync(join(out, `${name}.svg`), plot(run));
  }
} finally {
  await tab.close();
  await server.close();
}

/** The peers are dependencies of this folder alone: the project itself needs none of them. */
function installPeers() {
  if (existsSync(join(here, "node_modules"))) return;
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  execFileSync(npm, ["ci", "--no-audit", "--no-fund"], { cwd: here, stdio: "inherit" });
}

function machine() {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? "unknown processor";
  return {
    processor: `${model}, ${processors.length} cores`,
    platform: `${process.platform} ${process.arch}`,
    date: new Date().toISOString().slice(0, 10),
  };
}

/** @returns {Record<string, string>} the version of each peer */
function peers() {
  const names = Object.keys(JSON.parse(readFileSync(join(here, "package.json"), "utf8")).dependencies);
  return Object.fromEntries(
    names.map((name) => {
      const text = readFileSync(join(here, "node_modules", name, "package.json"), "utf8");
      return [name, JSON.parse(text).version];
    }),
  );
}

/**
 * Four digits are more than a measurement holds.
 * @param {string} _key
 * @param {unknown} value
 */
function rounded(_key, value) {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(4)) : value;
}
