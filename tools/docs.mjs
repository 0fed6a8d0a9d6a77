// `npm run docs` serves the guide while it is written; `npm run build:docs` builds it into the built gallery.
// What comes after `--` goes to VitePress, say `--port 8080`. DOCS_BASE=/somewhere/docs/ says where it will be served,
// when the gallery is not at the root of its server.

import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { argv, execPath, platform } from "node:process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../docs", import.meta.url));

if (argv[1] === fileURLToPath(import.meta.url)) {
  const [command = "dev", ...args] = argv.slice(2);
  makeReference();
  vitepress(command, args);
}

/** Builds the guide with its reference into a folder. @param {string} outDir */
export function buildDocs(outDir) {
  makeReference();
  vitepress("build", ["--outDir", outDir]);
}

/** What the guide needs beside the project's own packages: installed when it is missing or older than its list. */
export function installDocs() {
  const installed = join(folder, "node_modules/.package-lock.json");
  const wanted = statSync(join(folder, "package-lock.json")).mtimeMs;
  if (existsSync(installed) && statSync(installed).mtimeMs >= wanted) return;
  execFileSync("npm", ["ci"], { cwd: folder, stdio: "inherit", shell: platform === "win32" });
}

/** The pages of the API, from the docstrings. */
function makeReference() {
  installDocs();
  node("typedoc/bin/typedoc", ["--logLevel", "Error"]);
}

/** @param {string} command @param {string[]} args */
function vitepress(command, args) {
  node("vitepress/bin/vitepress.js", [command, ...args]);
}

/** @param {string} program @param {string[]} args */
function node(program, args) {
  execFileSync(execPath, [join(folder, "node_modules", program), ...args], { cwd: folder, stdio: "inherit" });
}
