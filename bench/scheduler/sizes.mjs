import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const kit = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

/** What one needs of each to run coroutines that wait for frames. */
const imports = {
  awaitframe: `export { Loop, nextFrame, sleep } from "awaitframe";`,
  "motion (callbacks)": `export { createRenderBatcher } from "motion-dom";`,
  "Babylon.js": `import "@babylonjs/core/Misc/observableCoroutine.js";
    export { Observable } from "@babylonjs/core/Misc/observable.js";`,
  Effect: `import { Effect } from "effect";
    const { fnUntraced, runFork, yieldNow } = Effect;
    export { fnUntraced, runFork, yieldNow };`,
  effection: `export { action, run } from "effection";`,
  "redux-saga": `export { runSaga } from "redux-saga";
    export { cps } from "redux-saga/effects";`,
};

/**
 * The size of each as a bundler leaves it: tree-shaken, minified, gzipped.
 *
 * @returns {Promise<Record<string, number>>} bytes
 */
export async function gzipSizes() {
  /** @type {Record<string, number>} */
  const sizes = {};
  for (const [name, source] of Object.entries(imports)) sizes[name] = await gzipSize(source);
  return sizes;
}

/** @param {string} source */
async function gzipSize(source) {
  const build = await rolldown({
    // In this folder, where the peers are installed.
    input: fileURLToPath(new URL("entry.mjs", import.meta.url)),
    platform: "browser",
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    logLevel: "silent",
    plugins: [
      {
        name: "entry",
        resolveId: (id) => (id === "awaitframe" ? kit : id.endsWith("entry.mjs") ? id : undefined),
        load: (id) => (id.endsWith("entry.mjs") ? source : undefined),
      },
    ],
  });
  const { output } = await build.generate({ format: "es", minify: true });
  await build.close();
  const code = output.map((file) => (file.type === "chunk" ? file.code : "")).join("\n");
  return gzipSync(code, { level: 9 }).length;
}
