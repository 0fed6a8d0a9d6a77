import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { demos } from "../../tools/gallery.mjs";
import {
  moreFrames,
  openPages,
  phone,
  screenshotPath,
  scrollsSideways,
  type Pages,
} from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await openPages();
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

const file = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), "utf8");

test("every demo has a card with a picture of its own, and nothing comes from elsewhere", async () => {
  const requests: string[] = [];
  const { page, complaints } = await pages.open("", {}, async (page) => {
    page.on("request", (request) => requests.push(request.url()));
  });
  await page.waitForLoadState("networkidle");
  const cards = await page.locator("a.card").evaluateAll((links) =>
    links.map((link) => {
      const image = link.querySelector("img")!;
      return {
        href: link.getAttribute("href"),
        width: image.naturalWidth,
        source: image.src,
        alt: image.alt,
      };
    }),
  );
  expect(cards.map(({ href }) => href).toSorted()).toEqual(
    demos()
      .map((name) => `./${name}/`)
      .toSorted(),
  );
  expect(new Set(cards.map(({ source }) => source)).size).toBe(cards.length);
  for (const { width, alt } of cards) {
    expect(width).toBeGreaterThanOrEqual(800);
    expect(alt).not.toBe("");
  }
  expect(requests.filter((url) => !url.startsWith(pages.url) && !url.startsWith("data:"))).toEqual([]);
  expect(complaints).toEqual([]);
});

test.each([
  ["light", "wide", { width: 1280, height: 800 }],
  ["dark", "wide", { width: 1280, height: 800 }],
  ["light", "phone", phone.viewport],
  ["dark", "phone", phone.viewport],
] as const)("the first page in %s, %s", async (colorScheme, size, viewport) => {
  const { page, complaints } = await pages.open("", { colorScheme, viewport });
  await page.waitForLoadState("networkidle");
  expect(await scrollsSideways(page)).toBe(false);
  const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const [red = 0] = ground.match(/\d+/g)!.map(Number);
  expect(red > 128).toBe(colorScheme === "light");
  await page.screenshot({ path: screenshotPath(`gallery-${size}-${colorScheme}`), fullPage: true });
  expect(complaints).toEqual([]);
});

test("the keyboard reaches every card, visibly, and opens it", async () => {
  const { page, complaints } = await pages.open("");
  const reached: string[] = [];
  for (let i = 0; i < 20 && reached.length < demos().length; i++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const element = document.activeElement!;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { href: element.getAttribute("href"), outline: `${outlineStyle} ${outlineWidth}` };
    });
    if (!focus.href) continue;
    expect(focus.outline).toBe("solid 2px");
    reached.push(focus.href);
  }
  expect(reached.toSorted()).toEqual(
    demos()
      .map((name) => `./${name}/`)
      .toSorted(),
  );
  await page.keyboard.press("Enter");
  await page.locator(".stage").waitFor();
  await moreFrames(page);
  await page.getByRole("link", { name: /back to the gallery/ }).click();
  await page.locator("a.card").first().waitFor();
  expect(complaints).toEqual([]);
});

test.each(demos())("%s: its page has a name, a way on, its numbers, and fits a phone", async (demo) => {
  const { page, complaints } = await pages.open(`${demo}/`, phone);
  await moreFrames(page, 20);
  expect(await scrollsSideways(page)).toBe(false);
  expect(await page.title()).toBe(`${await page.locator("h1").textContent()} · awaitframe`);
  expect(await page.locator(".about > p").count()).toBe(1);
  const next = await page.locator("a.next").getAttribute("href");
  expect(demos().map((name) => `../${name}/`)).toContain(next);
  await expect.poll(() => page.locator(".numbers dd").first().textContent()).toMatch(/^\d+$/);
  await expect
    .poll(() => page.locator(".numbers dd").nth(1).textContent())
    .toMatch(/^[\d.]+ ms · [\d.]+ ms$/);
  await page.screenshot({ path: screenshotPath(`${demo}-phone`), fullPage: true });
  expect(complaints).toEqual([]);
});

test.each(demos())("%s: its files are shown as they are, and copied", async (demo) => {
  const { page, complaints } = await pages.open(`${demo}/`, {
    permissions: ["clipboard-read", "clipboard-write"],
  });
  const source = page.locator(".source");
  await source.locator("pre span").first().waitFor();
  for (const [name, text] of [
    ["main.ts", file(`demos/${demo}/main.ts`)],
    [`${demo}.wgsl`, file(`shaders/${demo}.wgsl`)],
  ] as const) {
    await source.getByRole("button", { name, exact: true }).click();
    expect(await source.locator("pre").textContent()).toBe(text);
    await source.getByRole("button", { name: "Copy" }).click();
    await source.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(text);
    await source.getByRole("button", { name: "Copy" }).waitFor();
  }
  expect(complaints).toEqual([]);
});
