import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import {
  canvasSizes,
  colourAt,
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

/** The sides of the cube are orange and blue; top and bottom are cream: red, green and blue, all of them bright. */
async function isCreamInTheMiddle(page: Page): Promise<boolean> {
  const { x, y } = await middle(page);
  return Math.min(...(await colourAt(page, x, y))) > 120;
}

async function middle(page: Page): Promise<{ x: number; y: number }> {
  const box = (await page.locator(".stage canvas").boundingBox())!;
  return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) };
}

test("the cube turns, and the console stays empty", async () => {
  const { page, complaints } = await pages.open("cube/");
  await moreFrames(page);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(100);
  await moreFrames(page);
  expect((await picture(page)).equals(first)).toBe(false);

  await page.screenshot({ path: screenshotPath("cube") });
  expect(complaints).toEqual([]);
});

test("a drag turns it", async () => {
  const { page, complaints } = await pages.open("cube/");
  await moreFrames(page);
  expect(await isCreamInTheMiddle(page)).toBe(false);
  const { x, y } = await middle(page);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await moreFrames(page, 2);
  await page.mouse.move(x, y + 50);
  await moreFrames(page, 2);
  await page.mouse.move(x, y + 100);
  await moreFrames(page, 2);
  await page.mouse.up();
  await expect.poll(() => isCreamInTheMiddle(page), { timeout: 30_000 }).toBe(true);

  // Released, it follows no longer.
  await page.mouse.move(x, y);
  await moreFrames(page, 10);
  expect(await isCreamInTheMiddle(page)).toBe(true);
  expect(complaints).toEqual([]);
});

test("the arrow keys turn it, and don't scroll the page", async () => {
  const { page, complaints } = await pages.open("cube/");
  await moreFrames(page);
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement instanceof HTMLCanvasElement)) break;
  }
  for (let i = 0; i < 4; i++) await page.keyboard.press("ArrowDown");
  await expect.poll(() => isCreamInTheMiddle(page), { timeout: 30_000 }).toBe(true);
  expect(await page.evaluate(() => scrollY)).toBe(0);
  expect(complaints).toEqual([]);
});

test("a finger turns it", async () => {
  const { page, complaints } = await pages.open("cube/", phone);
  await moreFrames(page);
  const { x, y } = await middle(page);
  const input = await page.context().newCDPSession(page);
  await input.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints: [{ x, y }] });
  await moreFrames(page, 2);
  for (const by of [40, 80, 100]) {
    await input.send("Input.dispatchTouchEvent", { type: "touchMove", touchPoints: [{ x, y: y + by }] });
    await moreFrames(page, 2);
  }
  await input.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await expect.poll(() => isCreamInTheMiddle(page), { timeout: 30_000 }).toBe(true);
  expect(complaints).toEqual([]);
});

test("it follows the size of the window", async () => {
  const { page, complaints } = await pages.open("cube/");
  await moreFrames(page);
  for (const viewport of [
    { width: 1100, height: 700 },
    { width: 420, height: 640 },
  ]) {
    await page.setViewportSize(viewport);
    await expect
      .poll(async () => {
        const { texture, display } = await canvasSizes(page);
        return Math.hypot(texture[0] - display[0], texture[1] - display[1]);
      })
      .toBeLessThan(2);
    await moreFrames(page);
    expect(await countColours(page, await picture(page))).toBeGreaterThan(100);
  }
  expect(complaints).toEqual([]);
});
