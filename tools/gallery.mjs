// The gallery, built and served: for what runs the demos without a person looking.

import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

/** The names of the demos: the folders of `demos` that hold a page. */
export function demos() {
  const folder = join(root, "demos");
  if (!existsSync(folder)) return [];
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, "index.html")));
}

/** The names of the demos that run in Node, without a page: the folders of `demos` that hold a `main.mjs`. */
export function nodeDemos() {
  const folder = join(root, "demos");
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, "main.mjs")));
}

/**
 * Builds the gallery into a folder of its own and serves it at a free port of this machine.
 * A demo is at `new URL("cube/", url)`.
 * @returns {Promise<{ url: string, close: () => Promise<void> }>}
 */
export async function serveGallery() {
  const outDir = mkdtempSync(join(tmpdir(), "awaitframe-gallery-"));
  /** @type {import("vite").InlineConfig} */
  const config = {
    root: join(root, "demos"),
    configFile: join(root, "vite.config.ts"),
    mode: "gallery",
    logLevel: "warn",
    build: { outDir },
  };
  const remove = () => rmSync(outDir, { recursive: true, force: true });
  try {
    await build(config);
    const server = await preview({ ...config, preview: { host: "localhost", port: 0 } });
    const address = server.httpServer.address();
    if (address === null || typeof address === "string") throw new Error("The gallery's server has no port.");
    return {
      url: `http://localhost:${address.port}/`,
      close: async () => {
        await server.close();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
