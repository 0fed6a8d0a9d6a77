import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import type Axe from "axe-core";
import playwright, { type Browser, type Page } from "playwright";
import { preview, type PreviewServer } from "vite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { chromium } from "../../tools/browser.mjs";
import { buildDocs } from "../../tools/docs.mjs";
import { demos } from "../../tools/gallery.mjs";
import { root } from "../docs/examples.ts";

/** The built site: the guide lies in a folder of the gallery. */
const site = mkdtempSync(join(tmpdir(), "awaitframe-site-"));
let server: PreviewServer;
let browser: Browser;
let url = "";

beforeAll(async () => {
  buildDocs(join(site, "docs"));
  server = await preview({
    root: site,
    configFile: false,
    appType: "mpa",
    build: { outDir: "." },
    preview: { port: 0 },
  });
  url = server.resolvedUrls!.local[0]!;
  browser = await playwright.chromium.launch(await chromium());
  // Two generators, one after the other.
}, 600_000);
afterAll(async () => {
  await browser?.close();
  await server?.close();
  rmSync(site, { recursive: true, force: true });
});

/** The pages that people write: those of the guide, by their source. */
const written = [".", "integrations"].flatMap((folder) =>
  readdirSync(join(root, "docs", folder))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name).replace(/\.md$/, ".html")),
);
const pages = [
  ...written,
  "reference/index.html",
  "reference/awaitframe/index.html",
  "reference/awaitframe/classes/ReadbackRing.html",
];

async function open(path: string, width: number): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ viewport: { width, height: width < 500 ? 844 : 900 } });
  page.setDefaultTimeout(60_000);
  const complaints: string[] = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
  page.on("response", (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith("data:"))
      complaints.push(`from elsewhere: ${request.url()}`);
  });
  await page.goto(new URL(`docs/${path}`, url).href, { waitUntil: "networkidle" });
  return { page, complaints };
}

test("the generator's own files have no type errors", () => {
  const tsc = join(root, "docs/node_modules/typescript/bin/tsc");
  const { stdout } = spawnSync(execPath, [tsc, "-p", "docs"], { cwd: root, encoding: "utf8" });
  expect(stdout).toBe("");
});

test("every link leads somewhere", () => {
  const files = readdirSync(site, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html"))
    .map((name) => name.replaceAll("\\", "/"));
  const texts = new Map(files.map((name) => [name, readFileSync(join(site, name), "utf8")]));
  const gallery = new Set(["/", ...demos().map((name) => `/${name}/`)]);
  const broken: string[] = [];
  for (const [from, html] of texts) {
    if (from.endsWith("404.html")) continue;
    for (const [, link = ""] of html.matchAll(/(?:href|src)="([^"]*)"/g)) {
      if (/^(data|https?|mailto):/.test(link)) continue;
      const { pathname, hash } = new URL(link.replaceAll("&amp;", "&"), `http://site/${from}`);
      if (gallery.has(pathname)) continue;
      const path = decodeURIComponent(pathname).replace(/\/$/, "/index.html").slice(1);
      const file = join(site, path);
      const id = decodeURIComponent(hash.slice(1));
      const found = existsSync(file) && statSync(file).isFile();
      if (!found || (id && !texts.get(path)?.includes(`id="${id}"`))) broken.push(`${from}: ${link}`);
    }
  }
  expect(files.length).toBeGreaterThan(written.length);
  expect(broken).toEqual([]);
});

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What all pages have in common is looked at in every way once. */
const schemes = (path: string, width: number): ("light" | "dark")[] =>
  path === "index.html" ? ["light", "dark"] : [width === 1280 ? "light" : "dark"];

// At once, since each page is waited for, and has nothing to do with the others.
test.concurrent.each(pages)(
  "%s: nothing shuts people out, wide and on a phone, light and dark",
  async (path) => {
    const found: string[] = [];
    for (const width of [1280, 390]) {
      const { page, complaints } = await open(path, width);
      await page.evaluate(axe);
      for (const colorScheme of schemes(path, width)) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.waitForFunction(
          (dark) => document.documentElement.classList.contains("dark") === dark,
          colorScheme === "dark",
        );
        const violations = await page.evaluate(async () => {
          const { axe } = globalThis as unknown as { axe: typeof Axe };
          const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
          const { violations } = await axe.run({ runOnly: tags });
          return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
        });
        found.push(...violations.map((violation) => `${width} ${colorScheme}: ${violation}`));
      }
      const { scrollWidth, clientWidth } = await page.evaluate(() => {
        const { scrollWidth, clientWidth } = document.documentElement;
        return { scrollWidth, clientWidth };
      });
      if (scrollWidth > clientWidth) found.push(`${width}: the page is ${scrollWidth} pixels wide`);
      found.push(...complaints);
      await page.close();
    }
    expect(found).toEqual([]);
  },
);

test("search finds a name of the reference, by keyboard alone", async () => {
  const { page, complaints } = await open("index.html", 1280);
  await page.keyboard.press("Control+k");
  await page.getByRole("searchbox").fill("framesInFlight");
  await page.getByRole("option").first().waitFor();
  await page.keyboard.press("Enter");
  await page.locator("h1", { hasText: "framesInFlight" }).waitFor();
  expect(complaints).toEqual([]);
  await page.close();
});
