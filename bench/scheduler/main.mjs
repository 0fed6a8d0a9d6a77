// `npm run bench [-- --quick] [-- --out=<folder>]`: how fast the scheduler is, beside raw generators and its peers.
// Prints tables. A whole run takes about ten minutes and renews the results in this folder; a quick one takes less than
// one, and keeps nothing unless it is told where.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { argv, stderr, stdout, version, versions } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { buildKit } from "./kit.mjs";
import { measureAll } from "./measures.mjs";
import { plot } from "./plot.mjs";
import { markdown } from "./report.mjs";

const here = fileURLToPath(new URL(".", import.meta.url));
const { values } = parseArgs({
  args: argv.slice(2),
  options: { quick: { type: "boolean", default: false }, out: { type: "string" } },
});

/** @type {import("./rounds.mjs").Effort} */
const effort = values.quick
  ? { processes: 1, rounds: 7, slice: 8, warmUp: 60, warmUpFrames: 10 }
  : { processes: 5, rounds: 25, slice: 10, warmUp: 400, warmUpFrames: 50 };

installPeers();
const folder = mkdtempSync(join(tmpdir(), "awaitframe-bench-"));
try {
  const kit = await buildKit(folder);
  const results = await measureAll(kit, effort, (what) => stderr.write(`${what} ...\n`));
  const run = { machine: machine(), peers: peers(), quick: values.quick, effort, ...results };
  const table = markdown(run);
  stdout.write(`\n${table}`);
  const out = values.out ?? (values.quick ? null : here);
  if (out !== null) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, "results.json"), `${JSON.stringify(run, rounded, 2)}\n`);
    writeFileSync(join(out, "results.md"), table);
    writeFileSync(join(out, "results.svg"), plot(run));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
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
    node: version,
    v8: versions.v8,
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
