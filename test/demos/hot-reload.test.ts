import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import playwright, { type Browser, type Page } from "playwright";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createServer, type ViteDevServer } from "vite";
import { chromium } from "../../tools/browser.mjs";
import { demos } from "../../tools/gallery.mjs";
import { colourAt, moreFrames, screenshotPath } from "./gallery-pages.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
/** A copy of the demos, to be edited. */
const copy = mkdtempSync(join(tmpdir(), "awaitframe-hot-"));
const source = (demo: string) => join(copy, "demos", demo, "main.ts");
const shader = (demo: string) => join(copy, "shaders", `${demo}.wgsl`);

const hot = demos().filter((demo) =>
  readFileSync(join(root, "demos", demo, "main.ts"), "utf8").includes("import.meta.hot?.accept()"),
);

declare global {
  // Counted in the page: how often it was loaded, and what it asked the GPU for.
  var counts: { pages: number; devices: number };
}

let server: ViteDevServer;
let browser: Browser;
let url = "";

beforeAll(async () => {
  for (const folder of ["demos", "shaders"])
    cpSync(join(root, folder), join(copy, folder), { recursive: true });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  server = await createServer({
    configFile: join(root, "vite.config.ts"),
    mode: "gallery",
    root: join(copy, "demos"),
    cacheDir: join(copy, ".vite"),
    logLevel: "error",
    // Found late, a dependency would reload the page in the middle of a test.
    optimizeDeps: { include: ["gl-matrix"] },
    server: { host: "localhost", port: 0, fs: { strict: false } },
  });
  await server.listen();
  url = server.resolvedUrls!.local[0]!;
  const { executablePath, args } = await chromium();
  browser = await playwright.chromium.launch({ executablePath, args });
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(copy, { recursive: true, force: true });
});

let page: Page;
let complaints: string[];

async function open(demo: string): Promise<void> {
  page = await browser.newPage({ viewport: { width: 800, height: 600 } });
  page.setDefaultTimeout(60_000);
  complaints = [];
  page.on("console", (message) => {
    if (!message.text().startsWith("[vite]")) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  await page.addInitScript(() => {
    const counts = { pages: 0, devices: 0 };
    Object.assign(globalThis, { counts });
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = function (...args) {
      counts.devices++;
      return requestDevice.apply(this, args);
    };
  });
  await page.goto(new URL(`${demo}/`, url).href);
  await moreFrames(page);
  // Gone, should the page be loaded anew.
  await page.evaluate(() => counts.pages++);
}

/** Still the same page, on the same device. */
async function expectToLive(): Promise<void> {
  await moreFrames(page);
  expect(await page.evaluate(() => counts)).toEqual({ pages: 1, devices: 1 });
}

/** Edits a file as a person with an editor does, and waits until the page has the new text. */
async function edit(file: string, change: (text: string) => string): Promise<void> {
  const text = readFileSync(file, "utf8");
  const changed = change(text);
  expect(changed).not.toBe(text);
  const updated = page.waitForEvent("console", (message) => /hot updated: .*main\.ts/.test(message.text()));
  writeFileSync(file, changed);
  await updated;
}

/** A colour of the canvas, at a place from 0 to 1. */
async function colour(x: number, y: number): Promise<number[]> {
  const box = (await page.locator(".stage canvas").boundingBox())!;
  return colourAt(page, box.x + box.width * x, box.y + box.height * y);
}
const middle = () => colour(0.5, 0.5);
const corner = () => colour(0.02, 0.05);
const [red, green] = [
  [255, 0, 0],
  [0, 255, 0],
];

afterEach(() => page?.close());

test("an edit of the code replaces the coroutine; page, loop and device live on", async () => {
  await open("cube");
  await edit(source("cube"), (text) =>
    text.replace("clearValue: [0.043, 0.051, 0.07, 1]", "clearValue: [1, 0, 0, 1]"),
  );
  await expect.poll(corner).toEqual(red);
  await expectToLive();
  expect(complaints).toEqual([]);
});

test("an edit of the shader is seen at once; one that doesn't compile is told, and the old one stays", async () => {
  await open("cube");
  const file = shader("cube");
  await edit(file, (text) =>
    text.replace(/(fn fragment.*\n)/, "$1  if (true) { return vec4f(0, 1, 0, 1); }\n"),
  );
  await expect.poll(middle).toEqual(green);

  await edit(file, (text) => text.replace("return vec4f(0, 1, 0, 1)", "return oops"));
  const alert = page.getByRole("alert");
  await alert.waitFor();
  const line =
    readFileSync(file, "utf8")
      .split("\n")
      .findIndex((line) => line.includes("oops")) + 1;
  expect(await alert.textContent()).toMatch(
    new RegExp(`shader module "cube.wgsl" doesn't compile:\\s+${line}:22: .*oops`),
  );
  await page.screenshot({ path: screenshotPath("hot-reload-error") });
  await expectToLive();
  expect(await middle()).toEqual(green);
  expect(complaints.join("\n")).toContain("ShaderError");

  await edit(file, (text) => text.replace("return oops", "return vec4f(1, 0, 0, 1)"));
  await expect.poll(middle).toEqual(red);
  expect(await alert.count()).toBe(0);
  await expectToLive();
});

test("a mistake in the code is told, and the old code stays", async () => {
  await open("cube");
  await edit(source("cube"), (text) => text.replace("report.frame(frame);", "report.frames(frame);"));
  const alert = page.getByRole("alert");
  await alert.waitFor();
  expect(await alert.textContent()).toContain("report.frames is not a function");
  await expectToLive();
  await edit(source("cube"), (text) => text.replace("report.frames(frame);", "report.frame(frame);"));
  await alert.waitFor({ state: "detached" });
  await expectToLive();
});

test.each(hot)("%s: its code and its shader can be edited while it runs", async (demo) => {
  await open(demo);
  await edit(source(demo), (text) => `${text}// edited\n`);
  await expectToLive();
  await edit(shader(demo), (text) => `${text}// edited\n`);
  await expectToLive();
  expect(complaints).toEqual([]);
});
