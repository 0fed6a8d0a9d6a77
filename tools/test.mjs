// `npm test [-- leg...]`: every check of the project, one leg after the other (they compete for the same
// processor and GPU), then how each went, and as the last line `N passed, N failed`.

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, execPath, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { chromium, firefox, softwareVulkan } from "./browser.mjs";
import { installDocs } from "./docs.mjs";
import { install } from "./install.mjs";
import { runtime } from "./runtimes.mjs";

/**
 * How many tests of a leg passed and failed. A check that is no Vitest test, a linter's run say, counts as one.
 * @typedef {{ passed: number, failed: number }} Count
 */

/** @type {Record<string, () => Promise<Count>>} */
const legs = {
  lint: () => commands(["oxlint/bin/oxlint"], ["oxfmt/bin/oxfmt", "--check"]),
  types: () => commands(["typescript/bin/tsc"], ["typescript/bin/tsc", "-p", "tsconfig.build.json"]),
  layers: () => vitest("layers"),
  unit: () => vitest("unit"),
  // What needs no GPU, once more in the JavaScript engine of Safari.
  jsc: () => (install("test/bundlers"), vitest("jsc", [runtime("Bun"), "--bun"])),
  // The same tests on three implementations of WebGPU.
  chromium: async () => (await chromium(), vitest("chromium")),
  firefox: async () => (await firefox(), vitest("firefox")),
  dawn: async () => (await softwareVulkan(), vitest("dawn")),
  demos: async () => (await chromium(), vitest("demos")),
  docs: async () => (await softwareVulkan(), vitest("docs")),
  package: () => vitest("package"),
  bundlers: async () => (await chromium(), install("test/bundlers"), vitest("bundlers")),
  guide: async () => (await chromium(), installDocs(), vitest("guide")),
};

const root = fileURLToPath(new URL("..", import.meta.url));
const asked = argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(legs, name));
if (unknown.length > 0) {
  console.error(`No leg ${unknown.join(", ")}. The legs are: ${Object.keys(legs).join(" ")}`);
  exit(2);
}

const rows = [];
for (const name of asked.length > 0 ? asked : Object.keys(legs)) {
  console.log(`\n=== ${name} ===`);
  const start = performance.now();
  const count = await run(name);
  rows.push({ name, ...count, seconds: (performance.now() - start) / 1000 });
}

console.log("\nleg         passed  failed     time");
for (const { name, passed, failed, seconds } of rows) {
  console.log(
    `${name.padEnd(10)}${String(passed).padStart(8)}${String(failed).padStart(8)}${seconds.toFixed(1).padStart(8)} s`,
  );
}
const passed = rows.reduce((sum, row) => sum + row.passed, 0);
const failed = rows.reduce((sum, row) => sum + row.failed, 0);
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * A leg that cannot run has failed.
 * @param {string} name
 * @returns {Promise<Count>}
 */
async function run(name) {
  try {
    return (await legs[name]?.()) ?? { passed: 0, failed: 1 };
  } catch (error) {
    console.log(`The leg ${name} cannot run: ${error instanceof Error ? error.message : error}`);
    return { passed: 0, failed: 1 };
  }
}

/**
 * @param {string[][]} list each a program of a development dependency, and its arguments
 * @returns {Promise<Count>}
 */
async function commands(...list) {
  const count = { passed: 0, failed: 0 };
  for (const command of list) {
    const [program = "", ...args] = command;
    const ended = await node(program, args);
    if (ended === 0) count.passed++;
    else count.failed++;
    console.log(`${ended === 0 ? "passed" : `failed (${ended})`}: ${command.join(" ")}`);
  }
  return count;
}

/**
 * Runs one of the projects in vite.config.ts.
 * @param {string} project
 * @param {string[]} by the program that runs it, and its arguments
 * @returns {Promise<Count>}
 */
async function vitest(project, by = [execPath]) {
  const folder = mkdtempSync(join(tmpdir(), "awaitframe-"));
  try {
    const report = join(folder, "report.json");
    const args = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
    const ended = await node("vitest/vitest.mjs", ["run", `--project=${project}`, ...args], by);
    return counted(JSON.parse(readFileSync(report, "utf8")), ended);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * A skipped test proves nothing, so it counts as failed; so do a file that could not be loaded, a leg
 * without tests, and an error that Vitest pins on no test.
 * @param {{ numTotalTests: number, numPassedTests: number, testResults: { status: string, assertionResults: { status: string }[] }[] }} report
 * @param {number | string} ended
 * @returns {Count}
 */
function counted(report, ended) {
  const passed = report.numPassedTests;
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && !file.assertionResults.some((test) => test.status === "failed"),
  ).length;
  const notRun = report.testResults
    .flatMap((file) => file.assertionResults)
    .filter((test) => test.status !== "passed" && test.status !== "failed").length;
  let failed = report.numTotalTests - passed + broken;
  if (notRun > 0) console.log(`${notRun} tests were skipped: they count as failed.`);
  if (report.numTotalTests === 0) console.log("There are no tests: that counts as a failure.");
  if (failed === 0 && (ended !== 0 || passed === 0)) failed = 1;
  return { passed, failed };
}

/**
 * @param {string} file a program in node_modules
 * @param {string[]} args
 * @param {string[]} by what runs it, with arguments of its own
 * @returns {Promise<number | string>} the exit code, or the signal that ended it
 */
function node(file, args, [program = execPath, ...first] = []) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, join(root, "node_modules", file), ...args], {
      cwd: root,
      stdio: "inherit",
    });
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? signal ?? "killed"));
  });
}
