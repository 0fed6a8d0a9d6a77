import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, type Rollup } from "vite";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { openPages, type Pages } from "./gallery-pages.ts";

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));

let pages: Pages;
beforeAll(async () => {
  pages = await openPages();
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

/** A script, with the kit in it, as a bundler would make it for a user. */
async function bundled(code: string): Promise<string> {
  const entry = "\0example.ts";
  const result = await build({
    configFile: false,
    logLevel: "warn",
    resolve: { alias: { awaitframe: path("src/index.ts") } },
    plugins: [
      {
        name: "example",
        resolveId: (id) => (id === entry ? id : undefined),
        load: (id) => (id === entry ? { code, moduleType: "ts" } : undefined),
      },
    ],
    build: { write: false, rolldownOptions: { input: entry } },
  });
  const [{ output }] = [result].flat() as Rollup.RollupOutput[] as [Rollup.RollupOutput];
  return output[0].code;
}

test("the first example of the README draws, frame after frame, and the console stays empty", async () => {
  const [, code] = /^```ts\n(.*?)^```/ms.exec(readFileSync(path("README.md"), "utf8")) ?? [];
  expect(code).toContain("nextFrame");
  const script = await bundled(code as string);
  const body = `<!doctype html><link rel="icon" href="data:,"><canvas></canvas><script type="module">${script}</script>`;
  const { page, complaints } = await pages.open("readme/", {}, async (page) => {
    await page.route("**/readme/", (route) => route.fulfill({ contentType: "text/html", body }));
  });
  const seen = new Set<string>();
  await expect
    .poll(
      async () => {
        seen.add((await page.locator("canvas").screenshot()).toString("base64"));
        return seen.size;
      },
      { timeout: 60_000, interval: 200 },
    )
    .toBeGreaterThan(3);
  expect(complaints).toEqual([]);
});
