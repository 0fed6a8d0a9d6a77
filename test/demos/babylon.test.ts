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

const says = (page: Page, text: RegExp) => page.locator(".says", { hasText: text }).waitFor();
const game = (page: Page) => page.evaluate(() => globalThis.babylonCheck!.game);

/** Waits for the player's turn, and gives the tune. */
async function turn(page: Page): Promise<number[]> {
  await page.waitForFunction(() => globalThis.babylonCheck!.game.listening, undefined, { polling: "raf" });
  return (await game(page)).tune;
}

test("lights parade until one is pressed; then rounds are played by keys, each a light longer", async () => {
  const { page, complaints } = await pages.open("babylon/");
  await moreFrames(page);
  await says(page, /^Press a light to play$/);
  expect(await countColours(page, await picture(page))).toBeGreaterThan(200);
  await page.keyboard.press("2");
  for (const round of [1, 2]) {
    await says(page, new RegExp(`^Round ${round}: watch$`));
    const tune = await turn(page);
    expect(tune).toHaveLength(round);
    for (const light of tune) await page.keyboard.press(String(light + 1));
    await page.waitForFunction((round) => globalThis.babylonCheck!.game.best >= round, round);
  }
  await page.screenshot({ path: screenshotPath("babylon") });
  expect(complaints).toEqual([]);
});

test("a wrong light ends the game, and the lights parade again", async () => {
  const { page, complaints } = await pages.open("babylon/");
  await moreFrames(page);
  await page.keyboard.press("1");
  const [light = 0] = await turn(page);
  await page.keyboard.press(String(((light + 1) % 4) + 1));
  await says(page, /^Press a light to play$/);
  expect((await game(page)).best).toBe(0);
  expect(complaints).toEqual([]);
});

test("on a phone the lights are touched, and those that are cancelled are out", async () => {
  const { page, complaints } = await pages.open("babylon/", phone);
  await moreFrames(page);
  await page.waitForFunction(() => globalThis.babylonCheck!.levels.some((level) => level > 0));
  const at = await page.evaluate(() => globalThis.babylonCheck!.whereIs(3));
  await page.touchscreen.tap(at.x, at.y);
  await says(page, /^Round 1: watch$/);
  const tune = await turn(page);
  expect(await page.evaluate(() => [...globalThis.babylonCheck!.levels])).toEqual([0, 0, 0, 0]);
  for (const light of tune) {
    const { x, y } = await page.evaluate((light) => globalThis.babylonCheck!.whereIs(light), light);
    await page.touchscreen.tap(x, y);
  }
  await page.waitForFunction(() => globalThis.babylonCheck!.game.best === 1);
  expect(complaints).toEqual([]);
});
