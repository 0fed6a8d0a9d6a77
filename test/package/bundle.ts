import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { rolldown } from "rolldown";

const index = fileURLToPath(new URL("../../src/index.ts", import.meta.url));

export interface BundleOptions {
  /** Only these folders of src are bundled, and what the index exports of them. */
  layers?: string[] | undefined;
  keepSideEffects?: boolean;
}

/** The code that a user's bundler makes of `source`, minified, and its size in bytes, gzipped. */
export async function bundle(
  source: string,
  { layers, keepSideEffects = false }: BundleOptions = {},
): Promise<{ code: string; gzip: number }> {
  const build = await rolldown({
    input: "\0user",
    treeshake: { moduleSideEffects: keepSideEffects },
    external: layers ? (id: string) => layerOf(id) !== undefined && !layers.includes(layerOf(id)!) : [],
    plugins: [
      {
        name: "user",
        resolveId: (id) => (id === "awaitframe" ? index : id === "\0user" ? id : undefined),
        load: (id) => (id === "\0user" ? source : undefined),
      },
    ],
  });
  const { output } = await build.generate({ format: "es", minify: true });
  await build.close();
  const code = output.map((file) => (file.type === "chunk" ? file.code : "")).join("\n");
  return { code, gzip: gzipSync(code, { level: 9 }).length };
}

function layerOf(id: string): string | undefined {
  return /^(?:.*\/src|\.)\/(\w+)\/[^/]+\.ts$/.exec(id.replaceAll("\\", "/"))?.[1];
}
