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

/** What the page tells about the cost of a frame. */
async function cost(page: Page, way: "coroutines" | "hand"): Promise<void> {
  await page.locator(`.cost .${way}`, { hasText: /^\d+\.\d\d ms$/ }).waitFor();
}

/** How many frames each way has been measured in. */
function measured(page: Page): Promise<{ coroutines: number; hand: number }> {
  return page.evaluate(() => {
    const { coroutines, hand } = globalThis.stampedeCheck!.costs;
    return { coroutines: coroutines.length, hand: hand.length };
  });
}

test("ten thousand coroutines run, and the cost is shown for both ways", async () => {
  const { page, complaints } = await pages.open("stampede/");
  await moreFrames(page);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(100);
  await cost(page, "coroutines");
  expect((await picture(page)).equals(first)).toBe(false);
  expect(await measured(page)).toMatchObject({ hand: 0 });

  await page.getByRole("button", { name: "By hand" }).click();
  await cost(page, "hand");
  // Only the chosen way goes on being measured.
  const { coroutines } = await measured(page);
  await moreFrames(page);
  expect((await measured(page)).coroutines).toBe(coroutines);

  const [running, sleeping] = await page
    .locator(".cost .running, .cost .sleeping")
    .evaluateAll((cells) => cells.map((cell) => Number(cell.textContent!.replace(",", ""))));
  expect(running! + sleeping!).toBe(10_000);
  expect(running).toBeGreaterThan(0);
  await page.screenshot({ path: screenshotPath("stampede") });
  expect(complaints).toEqual([]);
});

test("both ways do the same work", async () => {
  const { page, complaints } = await pages.open("stampede/");
  await page.waitForFunction(() => globalThis.stampedeCheck !== undefined);
  const [difference, distance] = await page.evaluate(() => {
    const check = globalThis.stampedeCheck!;
    return [check.difference(900), check.distance(900)];
  });
  // 200 animals in 14 seconds.
  expect(distance).toBeGreaterThan(200);
  expect(difference).toBe(0);
  expect(complaints).toEqual([]);
});

test.each(["coroutines", "hand"] as const)("an alarm wakes all of them: %s", async (way) => {
  const { page, complaints } = await pages.open("stampede/");
  await moreFrames(page);
  if (way === "hand") await page.keyboard.press("t");
  await page.locator(`.ways .${way}[aria-pressed="true"]`).waitFor();
  expect(await page.evaluate((way) => globalThis.stampedeCheck!.wokenByAlarm(way), way)).toEqual([0, 200]);

  const [before, after] = await page.evaluate(async () => {
    const { running } = globalThis.stampedeCheck!;
    const frame = (): Promise<number> => new Promise(requestAnimationFrame);
    while (running() > 9500) await frame();
    const before = running();
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "s" }));
    const after: number[] = [];
    for (let i = 0; i < 3; i++) after.push(await frame().then(running));
    return [before, Math.max(...after)];
  });
  expect(after).toBeGreaterThan(before! + 200);
  expect(complaints).toEqual([]);
});

test("on a phone a tap alarms them, and a button switches over and back", async () => {
  const { page, complaints } = await pages.open("stampede/", phone);
  await moreFrames(page);
  await page.locator(".stage canvas").tap();
  await moreFrames(page);
  await page.getByRole("button", { name: "By hand" }).tap();
  await cost(page, "hand");
  await page.evaluate(() => (globalThis.stampedeCheck!.costs.coroutines = []));
  await page.getByRole("button", { name: "Coroutines" }).tap();
  await page.waitForFunction(() => globalThis.stampedeCheck!.costs.coroutines.length > 0);
  expect(complaints).toEqual([]);
});
