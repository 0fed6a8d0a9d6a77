#!/usr/bin/env node
// `npm create awaitframe my-scene`: a new Vite project with one scene, picking, hot reload and the inspector.

import { cpSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { argv, cwd, exit } from "node:process";
import { fileURLToPath } from "node:url";

const [, , target = "my-scene"] = argv;
const folder = resolve(cwd(), target);
if (existsSync(folder) && readdirSync(folder).length > 0) {
  console.error(`${folder} is there already, and not empty: choose another name.`);
  exit(1);
}

cpSync(fileURLToPath(new URL("template", import.meta.url)), folder, { recursive: true });
// Under its own name, npm would leave it out of the package.
renameSync(join(folder, "_gitignore"), join(folder, ".gitignore"));
const file = join(folder, "package.json");
const name = basename(folder)
  .toLowerCase()
  .replaceAll(/[^a-z0-9._-]+/g, "-");
writeFileSync(file, readFileSync(file, "utf8").replace("my-scene", name));

console.log(`A scene is in ${folder}. Now:

  cd ${target}
  npm install
  npm run dev
`);
