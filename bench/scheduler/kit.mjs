import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const index = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

/**
 * Builds the kit from its source into one module, not minified, so that a profile is readable.
 *
 * @param {string} folder
 * @returns {Promise<string>} the module
 */
export async function buildKit(folder) {
  const file = join(folder, "awaitframe.mjs");
  const build = await rolldown({ input: index, transform: { target: "es2023" } });
  await build.write({ file, format: "es", minify: false });
  await build.close();
  return file;
}
