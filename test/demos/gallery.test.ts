import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { demos } from "../../tools/gallery.mjs";
import { copiedFiles } from "./copied-files.ts";
import {
  drawSeldom,
  moreFrames,
  openPages,
  type Pages,
  phone,
  screenshotPath,
  scrollsSideways,
} from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await openPages();
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

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
  for (let i = 0; i < 40 && reached.length < demos().length; i++) {
    await page.keyboard.press("Tab");
    const focus = await page.evaluate(() => {
      const element = document.activeElement!;
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      return { href: element.getAttribute("href"), outline: `${outlineStyle} ${outlineWidth}` };
    });
    // The guide is built beside the gallery: its links are test/guide's.
    if (!focus.href || focus.href.startsWith("./docs/")) continue;
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

test.each(demos())(
  "%s: its page has a name, a way on, its numbers, and fits a phone; its files are shown as they are copied",
  async (demo) => {
    const permissions = ["clipboard-read", "clipboard-write"];
    const { page, complaints } = await pages.open(`${demo}/`, { ...phone, permissions }, drawSeldom);
    await moreFrames(page, 5);
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

    const source = page.locator(".source");
    await source.locator("pre span").first().waitFor();
    expect(await source.locator(".files button:not(.copy)").allTextContents()).toEqual(
      copiedFiles(demo).map(([name]) => name),
    );
    for (const [name, text] of copiedFiles(demo).toReversed()) {
      await source.getByRole("button", { name, exact: true }).click();
      expect(await source.locator("pre").textContent()).toBe(text);
    }
    await source.getByRole("button", { name: "Copy" }).click();
    await source.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(copiedFiles(demo)[0]![1]);
    expect(complaints).toEqual([]);
  },
);

test("the style of a page wins over what pages share, in whatever order a bundler puts them", async () => {
  const { page, complaints } = await pages.open("tasks/");
  await page.locator(".stage").waitFor();
  expect(await page.locator(".stage").evaluate((stage) => getComputedStyle(stage).minHeight)).toBe("640px");
  expect(complaints).toEqual([]);
});
