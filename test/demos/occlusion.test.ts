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

const small = { viewport: { width: 940, height: 480 } };
const patience = { timeout: 60_000 };

function counts(page: Page): Promise<{ drawn: number; hidden: number }> {
  return page.evaluate(() => globalThis.occlusionCheck!.counts());
}

/** Waits for the first answers to be used. */
async function someHidden(page: Page): Promise<void> {
  await moreFrames(page, 1);
  await expect.poll(async () => (await counts(page)).hidden, patience).toBeGreaterThan(10);
}

test("nothing that can be seen is missing, all the way down the street, wherever he looks", async () => {
  const { page, complaints } = await pages.open("occlusion/", small);
  await someHidden(page);
  const { x, y, width } = (await page.locator(".stage canvas").boundingBox())!;
  let hiddenLots = 0;
  for (let i = 0; i < 5; i++) {
    const { pixels, hidden, colours } = await page.evaluate(() => globalThis.occlusionCheck!.missing());
    expect(pixels).toBe(0);
    expect(colours).toBeGreaterThan(100);
    hiddenLots += hidden;
    // He looks about as he goes, faster than answers come.
    await page.mouse.move(x + width / 2, y + 100);
    await page.mouse.down();
    await moreFrames(page, 1);
    await page.mouse.move(x + width / 2 + (i % 2 ? -160 : 200), y + 100);
    await page.mouse.up();
  }
  expect(hiddenLots).toBeGreaterThan(25);
  expect(complaints).toEqual([]);
});

test("what one wall alone hides is left out, and drawn when hidden things are to be drawn too", async () => {
  const { page, complaints } = await pages.open("occlusion/", small);
  await moreFrames(page);
  await page.getByRole("button", { name: "Walk" }).click();
  await page.locator('.walk[aria-pressed="false"]').waitFor();
  await someHidden(page);
  // The answers to what was asked while he walked are all in.
  await moreFrames(page, 8);
  const { sure, leftOut } = await page.evaluate(() => globalThis.occlusionCheck!.behindOneWall());
  expect(sure).toBeGreaterThan(10);
  expect(leftOut).toBe(sure);
  const before = await counts(page);
  expect(before.drawn).toBeLessThan(before.hidden * 2);

  await page.getByRole("button", { name: "Leave out what is hidden" }).click();
  await expect.poll(() => counts(page), patience).toEqual({ drawn: before.drawn + before.hidden, hidden: 0 });
  await page.locator(".facts .hidden", { hasText: /^0 lots, 0 boxes$/ }).waitFor();
  await page.locator(".stage canvas").press("o");
  await expect.poll(() => counts(page), patience).toEqual(before);
  await page
    .locator(".facts .hidden", { hasText: new RegExp(`^${before.hidden} lots, [\\d,]+ boxes$`) })
    .waitFor();
  expect(complaints).toEqual([]);
});

test("an answer that is too old is not used", async () => {
  const { page, complaints } = await pages.open("occlusion/", small);
  await someHidden(page);
  expect(await page.evaluate(() => globalThis.occlusionCheck!.jump(30))).toBe(0);
  expect((await page.evaluate(() => globalThis.occlusionCheck!.missing())).pixels).toBe(0);
  await someHidden(page);
  expect(complaints).toEqual([]);
});

test("from the sky one sees what is left out, and the walk goes on; who wants no motion is there at once", async () => {
  const { page, complaints } = await pages.open("occlusion/", { ...small, reducedMotion: "reduce" });
  await someHidden(page);
  const street = await picture(page);
  expect(await countColours(page, street)).toBeGreaterThan(1000);
  await page.screenshot({ path: screenshotPath("occlusion") });
  const place = (): Promise<[number, number]> => page.evaluate(() => globalThis.occlusionCheck!.state.at);
  const before = await place();
  await page.keyboard.press("t");
  await expect.poll(() => page.evaluate(() => globalThis.occlusionCheck!.state.above), patience).toBe(1);
  expect((await counts(page)).hidden).toBeGreaterThan(0);
  await moreFrames(page, 1);
  expect((await picture(page)).equals(street)).toBe(false);
  expect(await place()).not.toEqual(before);
  await page.screenshot({ path: screenshotPath("occlusion-sky") });
  await page.getByRole("button", { name: "From the sky" }).click();
  await expect.poll(() => page.evaluate(() => globalThis.occlusionCheck!.state.above), patience).toBe(0);
  expect(complaints).toEqual([]);
});

test("a finger and the arrow keys look around, the space bar stands still", async () => {
  const { page, complaints } = await pages.open("occlusion/", phone);
  await moreFrames(page);
  const look = (): Promise<number> => page.evaluate(() => globalThis.occlusionCheck!.state.look);
  const { x, y, width, height } = (await page.locator(".stage canvas").boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const touch = (type: "touchStart" | "touchMove" | "touchEnd", right = 0): Promise<unknown> =>
    session.send("Input.dispatchTouchEvent", {
      type,
      touchPoints: type === "touchEnd" ? [] : [{ x: x + width / 4 + right, y: y + height / 2 }],
    });
  await touch("touchStart");
  await moreFrames(page, 2);
  await touch("touchMove", 50);
  await touch("touchMove", 100);
  await expect.poll(look, patience).toBeGreaterThan(0.1);
  await touch("touchEnd");
  const looked = await look();
  await page.locator(".stage canvas").press("ArrowRight");
  await expect.poll(look, patience).toBeCloseTo(looked - 0.1, 3);

  await page.locator(".stage canvas").press(" ");
  await page.locator('.walk[aria-pressed="false"]').waitFor();
  await moreFrames(page, 2);
  const at = await page.evaluate(() => globalThis.occlusionCheck!.state.at);
  await moreFrames(page, 4);
  expect(await page.evaluate(() => globalThis.occlusionCheck!.state.at)).toEqual(at);
  expect(complaints).toEqual([]);
});
