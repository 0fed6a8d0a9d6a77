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

const state = (page: Page) => page.evaluate(() => ({ ...globalThis.pixiCheck! }));

test("every bird flies by a coroutine of its own, and arrives", async () => {
  const { page, complaints } = await pages.open("pixi/");
  await moreFrames(page);
  expect((await state(page)).flying).toBeGreaterThan(100);
  expect(await countColours(page, await picture(page))).toBeGreaterThan(200);
  await page.waitForFunction(() => globalThis.pixiCheck!.arrived >= 360);
  expect((await state(page)).calledOff).toBe(0);
  await page.screenshot({ path: screenshotPath("pixi") });
  expect(complaints).toEqual([]);
});

test("another figure calls all flights off at once, each exactly once, and the next ones begin", async () => {
  const { page, complaints } = await pages.open("pixi/");
  await moreFrames(page);
  await page.getByRole("button", { name: "Heart" }).click();
  await page.waitForFunction(() => globalThis.pixiCheck!.figure === "heart");
  const { flying, arrived, calledOff } = await state(page);
  expect(calledOff).toBeGreaterThan(0);
  // Whoever is not on the way has just arrived.
  expect(flying + arrived + calledOff).toBe(720);
  await page.locator('button[value="heart"][aria-pressed="true"]').waitFor();
  await page.keyboard.press("3");
  await page.waitForFunction(() => globalThis.pixiCheck!.figure === "spiral");
  expect(complaints).toEqual([]);
});

test("a touch scares them, on a phone: their flights are called off, and the next figure comes", async () => {
  const { page, complaints } = await pages.open("pixi/", phone);
  await moreFrames(page);
  await page.locator(".stage canvas").tap();
  await page.waitForFunction(() => globalThis.pixiCheck!.calledOff > 0);
  await page.waitForFunction(() => globalThis.pixiCheck!.figure === "heart");
  expect(complaints).toEqual([]);
});
