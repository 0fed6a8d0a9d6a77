import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import playwright, { type Browser } from "playwright";
import { createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromium } from "../../tools/browser.mjs";
import { demos } from "../../tools/gallery.mjs";
import { copiedFiles } from "./copied-files.ts";
import { countColours } from "./gallery-pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** Somebody's project, with all demos copied into it, each in a folder of its own. */
const project = mkdtempSync(join(tmpdir(), "awaitframe-copied-"));

const tsconfig = {
  compilerOptions: {
    target: "ES2024",
    lib: ["ESNext", "DOM", "DOM.Iterable"],
    module: "ESNext",
    moduleResolution: "bundler",
    allowImportingTsExtensions: true,
    types: ["vite/client", "@webgpu/types"],
    strict: true,
    noUnusedLocals: true,
    skipLibCheck: true,
    noEmit: true,
    paths: { awaitframe: [join(root, "src/index.ts")], "awaitframe/*": [join(root, "src/*/index.ts")] },
  },
  include: ["*/*.ts"],
};

let server: ViteDevServer;
let browser: Browser;

beforeAll(async () => {
  symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
  writeFileSync(join(project, "tsconfig.json"), JSON.stringify(tsconfig));
  for (const demo of demos()) {
    mkdirSync(join(project, demo));
    for (const [name, text] of copiedFiles(demo)) writeFileSync(join(project, demo, name), text);
  }
  server = await createServer({
    configFile: false,
    root: project,
    cacheDir: join(project, ".vite"),
    logLevel: "error",
    resolve: {
      alias: [
        { find: /^awaitframe$/, replacement: join(root, "src/index.ts") },
        { find: /^awaitframe\/(.*)$/, replacement: join(root, "src/$1/index.ts") },
      ],
    },
    optimizeDeps: { include: ["gl-matrix"] },
    server: { host: "localhost", port: 0, fs: { strict: false } },
  });
  await server.listen();
  const { executablePath, args } = await chromium();
  browser = await playwright.chromium.launch({ executablePath, args });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(project, { recursive: true, force: true });
});

test("copied, every demo has all its files, and none of the gallery's", () => {
  for (const demo of demos()) {
    const files = new Map(copiedFiles(demo));
    for (const [name, text] of files) {
      const wanted = [...text.matchAll(/(?:from|import\(|href=|src=|URL\() ?"(\.[^"?]*)/g)].map(
        ([, path]) => path!,
      );
      expect(
        wanted.filter((path) => !files.has(path.replace("./", ""))),
        `${demo}/${name}`,
      ).toEqual([]);
    }
  }
});

test("copied, every demo passes the compiler, with nothing left over", () => {
  const compiler = join(root, "node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(execPath, [compiler, "-p", project], { encoding: "utf8" });
  expect(stdout).toBe("");
});

test.each(["cube", "picking", "loading"])("copied, %s runs", async (demo) => {
  const page = await browser.newPage({ viewport: { width: 640, height: 480 } });
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (!message.text().startsWith("[vite]")) complaints.push(message.text());
  });
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(response.url());
  });
  await page.goto(new URL(`${demo}/`, server.resolvedUrls!.local[0]!).href);
  await expect
    .poll(async () => countColours(page, await page.locator(".stage").screenshot()), { timeout: 30_000 })
    .toBeGreaterThan(50);
  expect(complaints).toEqual([]);
  await page.close();
});
