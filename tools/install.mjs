// Some folders have a package of their own, so that `npm ci` of the project stays small.

import { execFileSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { platform } from "node:process";
import { fileURLToPath } from "node:url";

/**
 * Installs what such a folder needs, when it is missing or older than its list.
 * @param {string} path of the folder, from the project's root
 */
export function install(path) {
  const folder = fileURLToPath(new URL(`../${path}`, import.meta.url));
  const installed = join(folder, "node_modules/.package-lock.json");
  const wanted = statSync(join(folder, "package-lock.json")).mtimeMs;
  if (existsSync(installed) && statSync(installed).mtimeMs >= wanted) return;
  execFileSync("npm", ["ci"], { cwd: folder, stdio: "inherit", shell: platform === "win32" });
}
