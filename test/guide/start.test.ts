import { spawnSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { env, execPath, platform } from "node:process";
import playwright, { type Browser, type Page } from "playwright";
import { createServer, preview } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromium } from "../../tools/browser.mjs";
import { examplesIn, read, root } from "../docs/examples.ts";
import { screenshotPath } from "./screenshot-path.ts";

/**
 * A new user's way, step by step as the page tells it, in a folder that has nothing. What is installed is the package
 * as we would publish it. Vite and TypeScript are linked from the project's own packages: no download, the same files.
 */
const steps = examplesIn("docs/start.md", read("docs/start.md"));
const home = mkdtempSync(join(tmpdir(), "awaitframe-start-"));
const project = join(home, "cube");
let browser: Browser;

beforeAll(async () => {
  browser = await playwright.chromium.launch(await chromium());
});
afterAll(async () => {
  await browser.close();
  rmSync(home, { recursive: true, force: true });
});

/** Does what the page tells, up to a command. Lines of a terminal run in it; files are saved. */
function followUpTo(end: string): void {
  while (steps.length > 0) {
    const { language, file, code } = steps.shift()!;
    if (file !== undefined) {
      mkdirSync(dirname(join(project, file)), { recursive: true });
      writeFileSync(join(project, file), code);
    }
    if (language !== "sh") continue;
    const lines = code.trim().split("\n");
    for (const line of lines) if (line !== end) run(line);
    if (lines.includes(end)) return;
  }
  throw new Error(`The page has no command ${end}.`);
}

let folder = home;

function run(line: string): void {
  const [command = "", ...words] = line.split(" ");
  if (command === "cd") {
    folder = join(folder, words[0]!);
  } else if (line === "npm install awaitframe") {
    shell("npm", ["install", "--offline", "--no-audit", "--no-fund", tarball()]);
  } else if (command === "npm" && words[0] === "install") {
    for (const name of words.slice(1).filter((word) => !word.startsWith("-"))) {
      const link = join(folder, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(root, "node_modules", name), link, "junction");
    }
  } else if (command === "npx") {
    const programs: Record<string, string> = { tsc: "typescript/bin/tsc", vite: "vite/bin/vite.js" };
    shell(execPath, [join(folder, "node_modules", programs[words[0]!]!), ...words.slice(1)]);
  } else {
    shell(command, words);
  }
}

function shell(command: string, words: string[], cwd = folder): void {
  // A user has no test runner around.
  const { VITEST: _, NODE_ENV: __, ...clean } = env;
  const { status, stdout, stderr } = spawnSync(command, words, {
    cwd,
    env: clean,
    encoding: "utf8",
    shell: platform === "win32",
  });
  if (status !== 0) throw new Error(`${command} ${words.join(" ")}: ${status}\n${stdout}${stderr}`);
}

function tarball(): string {
  shell(execPath, [join(root, "tools/build.mjs")], root);
  shell("npm", ["pack", "--ignore-scripts", "--pack-destination", home], root);
  return join(
    home,
    readdirSync(home).find((name) => name.endsWith(".tgz"))!,
  );
}

async function open(url: string): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width: 640, height: 400 } });
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(url);
  return { page, complaints };
}

/** It spins if the picture changes, and changes again. */
async function expectSpinning(page: Page): Promise<void> {
  const pictures = new Set<string>();
  await expect
    .poll(async () => pictures.add((await page.screenshot()).toString("base64")).size, { timeout: 60_000 })
    .toBeGreaterThan(2);
}

test("up to the development server: the cube spins", async () => {
  followUpTo("npx vite");
  run("npx tsc");
  const server = await createServer({
    root: project,
    configFile: false,
    logLevel: "warn",
    server: { port: 0 },
  });
  await server.listen();
  const { page, complaints } = await open(server.resolvedUrls!.local[0]!);
  await expectSpinning(page);
  // What a development server tells of itself.
  expect(complaints.filter((text) => !text.startsWith("debug: [vite]"))).toEqual([]);
  await page.close();
  await server.close();
});

test("up to the end: it builds, and a click picks a face while the cube spins", async () => {
  followUpTo("npx vite build");
  run("npx vite build");
  const server = await preview({ root: project, configFile: false, preview: { port: 0 } });
  const { page, complaints } = await open(server.resolvedUrls!.local[0]!);
  await expectSpinning(page);

  const said = page.locator("output");
  await page.mouse.click(320, 200);
  await expect.poll(() => said.textContent()).toMatch(/^Face [1-6]$/);
  await expectSpinning(page);
  await page.screenshot({ path: screenshotPath("start") });
  // It turns: in time another face is under the pointer. A click during a readback is missed, so each is repeated.
  const click = async (x: number, y: number) => (await page.mouse.click(x, y), said.textContent());
  const first = await said.textContent();
  await expect.poll(() => click(320, 200), { timeout: 60_000 }).not.toBe(first);
  await expect.poll(() => click(10, 10), { timeout: 60_000 }).toBe("You missed it.");
  expect(complaints).toEqual([]);
  await server.close();
});
