import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import playwright, { type Browser, type Page } from "playwright";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createServer, preview } from "vite";
import packageJson from "../../package.json" with { type: "json" };
import starter from "../../starter/package.json" with { type: "json" };
import template from "../../starter/template/package.json" with { type: "json" };
import { chromium } from "../../tools/browser.mjs";
import { screenshotPath } from "../guide/screenshot-path.ts";
import { run, userProject, type UserProject } from "../support/packed.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
let user: UserProject;
let project = "";
let browser: Browser;
let page: Page;
let complaints: string[];

beforeAll(async () => {
  user = userProject();
  run(execPath, [join(root, "starter/index.mjs"), "First Scene"], user.folder);
  project = join(user.folder, "First Scene");
  // What `npm install` would fetch: the packed package, and the project's own copies of the rest.
  const modules = join(project, "node_modules");
  mkdirSync(modules);
  cpSync(join(user.folder, "node_modules/awaitframe"), join(modules, "awaitframe"), { recursive: true });
  for (const name of Object.keys(template.devDependencies)) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(join(root, "node_modules", name), join(modules, name), "junction");
  }
  browser = await playwright.chromium.launch(await chromium());
});
afterAll(async () => {
  await browser?.close();
  user?.remove();
});

beforeEach(async () => {
  page = await browser.newPage({ viewport: { width: 1000, height: 600 } });
  page.setDefaultTimeout(60_000);
  complaints = [];
  page.on("console", (message) => {
    if (!message.text().startsWith("[vite]")) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return () => page.close();
});

/** Clicks along a line across the ring until a block is hit. */
async function pick(): Promise<void> {
  await page.locator("output").evaluate((output) => (output.textContent = ""));
  await expect
    .poll(
      async () => {
        for (let y = 240; y < 520; y += 20) {
          await page.mouse.click(500, y);
          // The answer comes some frames later.
          const said = await page.locator("output").textContent();
          if (/^Block \d+$/.test(said!)) return said;
        }
        return null;
      },
      { timeout: 60_000 },
    )
    .toMatch(/^Block \d+$/);
}

test("asks for what is current", () => {
  expect(starter.version).toBe(packageJson.version);
  expect(template.dependencies.awaitframe).toBe(`^${packageJson.version}`);
  const { devDependencies } = packageJson as { devDependencies: Record<string, string> };
  for (const [name, version] of Object.entries(template.devDependencies)) {
    expect([name, devDependencies[name]]).toEqual([name, version]);
  }
});

test("gives a project with its own name, and does not write over one", () => {
  expect(JSON.parse(readFileSync(join(project, "package.json"), "utf8"))).toMatchObject({
    name: "first-scene",
  });
  expect(readFileSync(join(project, ".gitignore"), "utf8")).toContain("node_modules");
  expect(() => run(execPath, [join(root, "starter/index.mjs"), "First Scene"], user.folder)).toThrow(
    /not empty/,
  );
});

test("is built, drawn, and picked from", async () => {
  run(execPath, [join(project, "node_modules/typescript/bin/tsc")], project);
  run(execPath, [join(project, "node_modules/vite/bin/vite.js"), "build", "--logLevel", "warn"], project);
  const server = await preview({ root: project, logLevel: "warn", preview: { host: "localhost", port: 0 } });
  try {
    await page.goto(server.resolvedUrls!.local[0]!);
    await pick();
    await page.screenshot({ path: screenshotPath("starter") });
    expect(await page.locator("awaitframe-inspector").count()).toBe(0);
    expect(complaints).toEqual([]);
  } finally {
    await server.close();
  }
});

test("goes on while it is edited, under the inspector", async () => {
  const server = await createServer({
    root: project,
    logLevel: "error",
    server: { host: "localhost", port: 0, fs: { strict: false } },
  });
  try {
    await server.listen();
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.locator("awaitframe-inspector").waitFor({ state: "attached" });
    await pick();
    await page.evaluate(() => Object.assign(globalThis, { since: "the first load" }));
    const shader = join(project, "src/scene.wgsl");
    const edited = page.waitForEvent("console", (message) => /hot updated: .*main\.ts/.test(message.text()));
    writeFileSync(shader, readFileSync(shader, "utf8").replace("6.2832 * f32(in.id)", "3.1416 * f32(in.id)"));
    await edited;
    await pick();
    expect(await page.evaluate(() => (globalThis as { since?: string }).since)).toBe("the first load");
    expect(complaints).toEqual([]);
  } finally {
    await server.close();
  }
});
