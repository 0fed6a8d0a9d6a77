import { readFileSync } from "node:fs";
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
        load(id) {
          if (id === "\0user") return source;
          return layers && id === index ? exportsOf(layers) : undefined;
        },
      },
    ],
  });
  const { output } = await build.generate({ format: "es", minify: true });
  await build.close();
  const code = output.map((file) => (file.type === "chunk" ? file.code : "")).join("\n");
  return { code, gzip: gzipSync(code, { level: 9 }).length };
}

/** The index without what it exports of other layers: the names of those are not what is measured. */
function exportsOf(layers: readonly string[]): string {
  return readFileSync(index, "utf8").replaceAll(/^export [^;]* from "\.\/(\w+)\/[^"]*";$/gm, (line, layer) =>
    layers.includes(layer) ? line : "",
  );
}

function layerOf(id: string): string | undefined {
  return /^(?:.*\/src|\.)\/(\w+)\/[^/]+\.ts$/.exec(id.replaceAll("\\", "/"))?.[1];
}
