import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import playwright from "playwright";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { chromium } from "../../tools/browser.mjs";
import { runtime, runtimes } from "../../tools/runtimes.mjs";
import { run, userProject, type UserProject } from "../support/packed.ts";

/** A small program, and what it says wherever it runs. */
const program = `import { Loop, nextFrame, sleep } from "awaitframe";

const loop = new Loop();
const counted = loop.run(function* () {
  let frames = 0;
  yield* sleep(1);
  for (; frames < 3; frames++) yield* nextFrame();
  return frames;
});
counted.then((frames) => {
  if (globalThis.document) document.title = frames + " frames";
  else console.log(frames + " frames");
});
`;
const budget = packageJson.sizeBudgets.find(({ import: names }) => names === "{ Loop, nextFrame, sleep }")!;

const root = fileURLToPath(new URL("../..", import.meta.url));
/** A package that is only here, not in the project's own list. */
const installed = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url));

let user: UserProject;
let entry = "";

beforeAll(() => {
  user = userProject();
  writeFileSync(join(user.folder, "package.json"), JSON.stringify({ name: "user", type: "module" }));
  entry = join(user.folder, "main.js");
  writeFileSync(entry, program);
});
afterAll(() => user?.remove());

/** Their command lines: each writes one minified file. */
const bundlers: Record<string, (file: string) => string[]> = {
  vite: (file) => {
    const command = ["build", "--config", viteConfig(file), "--logLevel", "error"];
    return [join(root, "node_modules/vite/bin/vite.js"), ...command];
  },
  rollup: (file) => {
    const resolve = installed("@rollup/plugin-node-resolve/dist/cjs/index.js");
    const terser = `${installed("@rollup/plugin-terser/dist/cjs/index.js")}={module:true}`;
    return [
      installed("@rollup/wasm-node/dist/bin/rollup"),
      entry,
      "-p",
      resolve,
      "-p",
      terser,
      "-f",
      "es",
      "-o",
      file,
    ];
  },
  webpack: (file) => {
    const output = ["--output-path", user.folder, "--output-filename", basename(file), "--output-module"];
    const input = ["build", "--entry", entry, "--mode", "production", "--target", "es2022"];
    return [installed("webpack-cli/bin/cli.js"), ...input, ...output];
  },
  esbuild: (file) => {
    // Its command is no program of Node's on every system.
    const options = { entryPoints: [entry], outfile: file, bundle: true, minify: true, format: "esm" };
    const script = `import { build } from ${JSON.stringify(installed("esbuild/lib/main.js"))};`;
    return ["--input-type=module", "--eval", `${script} await build(${JSON.stringify(options)});`];
  },
};

/** A program's entry, as Vite would find it in a page. */
function viteConfig(file: string): string {
  const config = join(user.folder, "vite.config.mjs");
  const output = { entryFileNames: basename(file) };
  const build = {
    target: "es2023",
    outDir: ".",
    emptyOutDir: false,
    rolldownOptions: { input: entry, output },
  };
  writeFileSync(config, `export default ${JSON.stringify({ build })};`);
  return config;
}

describe.each(Object.keys(bundlers))("%s", (name) => {
  test("makes a program that works, and takes only what is used into it", () => {
    const file = join(user.folder, `${name}.js`);
    run(execPath, bundlers[name]!(file), user.folder);
    const code = readFileSync(file, "utf8");
    expect(run(execPath, [file], user.folder)).toBe("3 frames\n");
    expect(code).not.toMatch(/mapAsync|DeviceLost|addEventListener\(.uncapturederror/);
    const bytes = gzipSync(code, { level: 9 }).length;
    console.log(`${name}: ${bytes} bytes`);
    // The budget is that of one minifier; the others are close to it.
    expect(bytes).toBeLessThanOrEqual(budget.maxBytes * 1.05);
  });
});

describe.each(["the Node of the tests", ...runtimes] as const)("%s", (name) => {
  test("runs the package as it is, and ends by itself", () => {
    const program = name === "the Node of the tests" ? execPath : runtime(name);
    expect(run(program, name === "Deno" ? ["run", entry] : [entry], user.folder)).toBe("3 frames\n");
  });
});

describe("a page without a bundler", () => {
  let server: Server;
  beforeAll(async () => {
    const page = `<!doctype html><title>waits</title>
<script type="importmap">{ "imports": { "awaitframe": "./node_modules/awaitframe/dist/index.js" } }</script>
<script type="module" src="./main.js"></script>`;
    server = createServer((request, response) => {
      const path = join(user.folder, decodeURI(request.url!));
      if (request.url === "/") response.writeHead(200, { "content-type": "text/html" }).end(page);
      else if (!existsSync(path)) response.writeHead(404).end();
      else response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(path));
    });
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  });
  afterAll(() => server?.close());

  test("imports the package by an import map", async () => {
    const browser = await playwright.chromium.launch(await chromium());
    try {
      const page = await browser.newPage();
      const errors: string[] = [];
      page.on("pageerror", (error) => errors.push(error.message));
      await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/`);
      await expect.poll(() => page.title(), { timeout: 30_000 }).toBe("3 frames");
      expect(errors).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
