import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import {
  canvasSizes,
  countColours,
  frames,
  moreFrames,
  openPages,
  phone,
  picture,
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

const sorted = Array.from({ length: 128 }, (_, i) => i);
const steps = 28;

function status(page: Page): Promise<string> {
  return page.locator(".status").innerText();
}

async function comesTo(page: Page, text: string | RegExp): Promise<void> {
  await page.locator(".status", { hasText: text }).waitFor();
}

function result(page: Page): Promise<{ numbers: number[]; steps: number }> {
  return page.evaluate(() => globalThis.sortResult!);
}

const press = (page: Page, name: string): Promise<void> =>
  page.getByRole("button", { name, exact: true }).click();

/** Starts over and does some steps by hand: from here on, nothing happens by itself. */
async function pause(page: Page, done: number): Promise<void> {
  await comesTo(page, /./);
  await press(page, "Pause");
  await page.getByRole("button", { name: "Go on" }).waitFor();
  await press(page, "Shuffle");
  await comesTo(page, "Shuffled.");
  for (let i = 1; i <= done; i++) {
    await press(page, "Step");
    await comesTo(page, `Step ${i} of`);
  }
}

test("the numbers get sorted, in view, and the numbers read back are in order", async () => {
  const { page, complaints } = await pages.open("sort/");
  await comesTo(page, /Step \d/);
  const first = await picture(page);
  await comesTo(page, /Sorted/);
  expect(await status(page)).toBe(`Sorted, and checked: ${steps} of ${steps} steps.`);
  expect(await result(page)).toMatchObject({ numbers: sorted, steps });
  const readback = await page.evaluate(() => globalThis.awaitframeDemo!.readbacks.at(-1)!);
  expect(readback).toMatchObject({ label: "in place", value: "128 of 128" });
  expect(readback.frames).toBeGreaterThan(0);

  await moreFrames(page);
  const last = await picture(page);
  expect(last.equals(first)).toBe(false);
  expect(await countColours(page, last)).toBeGreaterThan(100);
  await page.screenshot({ path: screenshotPath("sort") });
  expect(complaints).toEqual([]);
});

test("paused, it goes one step at a time, by button and by key, and then on by itself", async () => {
  const { page, complaints } = await pages.open("sort/");
  await pause(page, 2);
  await page.waitForTimeout(700);
  expect(await status(page)).toBe(`Step 2 of ${steps}`);
  await page.keyboard.press("s");
  await comesTo(page, "Step 3 of");
  await page.waitForTimeout(700);
  expect(await status(page)).toBe(`Step 3 of ${steps}`);

  await page.keyboard.press("p");
  await comesTo(page, /Sorted/);
  expect((await result(page)).numbers).toEqual(sorted);
  expect(complaints).toEqual([]);
});

test("paused, next to no frames are drawn", async () => {
  const { page, complaints } = await pages.open("sort/");
  await pause(page, 1);
  await page.waitForTimeout(1500);
  const before = await frames(page);
  await page.waitForTimeout(2000);
  expect((await frames(page)) - before).toBeLessThanOrEqual(9);
  expect(complaints).toEqual([]);
});

test("cancelled in the middle it is not sorted, and says so; shuffled, it begins again", async () => {
  const { page, complaints } = await pages.open("sort/");
  const done = 6;
  await pause(page, done);
  await press(page, "Cancel");
  await comesTo(page, /Cancelled/);
  const { numbers, steps: after } = await result(page);
  expect(after).toBe(done);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(sorted);
  expect(numbers).not.toEqual(sorted);
  // Six steps have put each run of eight in order, upward and downward in turn.
  for (let i = 0; i < numbers.length; i += 8) {
    const run = numbers.slice(i, i + 8);
    expect(run).toEqual(run.toSorted((a, b) => (i % 16 === 0 ? a - b : b - a)));
  }
  const inPlace = numbers.filter((number, i) => number === i).length;
  expect(await status(page)).toBe(`Cancelled after ${done} of ${steps} steps: ${inPlace} in place.`);

  await press(page, "Shuffle");
  await comesTo(page, "Shuffled.");
  await press(page, "Go on");
  await comesTo(page, /Sorted/);
  expect((await result(page)).numbers).toEqual(sorted);
  expect(complaints).toEqual([]);
});

test("a shuffle in the middle and escape work by key", async () => {
  const { page, complaints } = await pages.open("sort/");
  await pause(page, 2);
  await page.keyboard.press("r");
  await comesTo(page, "Shuffled.");
  await page.keyboard.press("s");
  await comesTo(page, "Step 1 of");
  await page.keyboard.press("Escape");
  await comesTo(page, "Cancelled after 1 of");
  const { numbers } = await result(page);
  // One step has put each pair in order, upward and downward in turn.
  for (let i = 0; i < numbers.length; i += 2) {
    expect(numbers[i]! < numbers[i + 1]!).toBe(i % 4 === 0);
  }
  expect(complaints).toEqual([]);
});

test("it fits a phone, and follows the size of the window while it is paused", async () => {
  const { page, complaints } = await pages.open("sort/", phone);
  await comesTo(page, /./);
  await page.getByRole("button", { name: "Pause" }).tap();
  await page.getByRole("button", { name: "Go on" }).waitFor();
  expect(await scrollsSideways(page)).toBe(false);
  await page.setViewportSize({ width: 700, height: 800 });
  await expect
    .poll(
      async () => {
        const { texture, display } = await canvasSizes(page);
        return Math.hypot(texture[0] - display[0], texture[1] - display[1]);
      },
      { timeout: 30_000 },
    )
    .toBeLessThan(2);
  expect(complaints).toEqual([]);
});
