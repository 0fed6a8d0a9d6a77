import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import {
  countColours,
  moreFrames,
  openPages,
  phone,
  picture,
  screenshotPath,
  type Pages,
} from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await openPages();
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

const fact = (page: Page, name: string) => page.locator(`.facts .${name}`);

test("the ring's waits end inside of three's frames, three's own between them", async () => {
  const { page, complaints } = await pages.open("three/");
  await fact(page, "ring")
    .filter({ hasText: /^\d+ frames?, inside$/ })
    .waitFor();
  await fact(page, "own")
    .filter({ hasText: /^\d+ frames?, between$/ })
    .waitFor();
  await moreFrames(page);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(200);
  await moreFrames(page, 5);
  expect((await picture(page)).equals(first)).toBe(false);
  await page.screenshot({ path: screenshotPath("three") });
  expect(complaints).toEqual([]);
});

test("the water that a stone moves moves the boats: their heights come back from the GPU", async () => {
  const { page, complaints } = await pages.open("three/");
  await moreFrames(page);
  const heights = () =>
    page.evaluate(() => globalThis.awaitframeDemo!.readbacks.map(({ value }) => Math.abs(Number(value))));
  await expect.poll(async () => (await heights()).length, { timeout: 60_000 }).toBeGreaterThan(5);
  await page.locator(".stage canvas").focus();
  for (let i = 0; i < 12; i++) await page.keyboard.press("Space");
  await expect.poll(async () => Math.max(...(await heights())), { timeout: 60_000 }).toBeGreaterThan(0.05);
  expect(complaints).toEqual([]);
});

test("a finger makes waves, and the page keeps drawing", async () => {
  const { page, complaints } = await pages.open("three/", phone);
  await moreFrames(page);
  await page.locator(".stage canvas").tap();
  await moreFrames(page, 5);
  expect(await countColours(page, await picture(page))).toBeGreaterThan(200);
  expect(complaints).toEqual([]);
});
