import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const at = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

/** The tests that must notice a change of `src/core`: those of Node, without the slow ones. */
export default defineConfig({
  resolve: {
    alias: [
      { find: /^awaitframe$/, replacement: at("src/index.ts") },
      { find: /^awaitframe\/(\w+)$/, replacement: at("src/$1/index.ts") },
    ],
  },
  test: {
    include: ["test/{core,events,drivers,testing}/**/*.test.ts"],
    exclude: ["test/core/{leaks,compiler-message}.test.ts"],
  },
});
