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

/** How often each canvas was painted. */
const painted = (page: Page) =>
  page.evaluate(() => globalThis.canvasesCheck!.tiles.map(({ painted }) => painted));

/** Waits until these canvases were painted some more times. */
async function morePainted(page: Page, which: number[]): Promise<void> {
  const before = await painted(page);
  await page.waitForFunction(
    ([which, before]) => which.every((i) => globalThis.canvasesCheck!.tiles[i]!.painted > before[i]! + 2),
    [which, before] as const,
    { polling: 50 },
  );
}

const fact = (page: Page, name: string, value: number) =>
  page.locator(`.facts .${name}`, { hasText: new RegExp(`^${value}$`) }).waitFor();

const all = [0, 1, 2, 3, 4, 5];

test("six canvases on two devices, by one loop or by a loop each", async () => {
  const { page, complaints } = await pages.open("canvases/");
  await morePainted(page, all);
  expect(await countColours(page, await picture(page))).toBeGreaterThan(1000);
  for (const [name, value] of [
    ["open", 6],
    ["devices", 2],
    ["loops-running", 1],
  ] as const)
    await fact(page, name, value);
  await page.getByRole("button", { name: "A loop each" }).click();
  await fact(page, "loops-running", 6);
  await morePainted(page, all);
  await page.screenshot({ path: screenshotPath("canvases") });
  expect(complaints).toEqual([]);
});

test("one is paused, the others go on", async () => {
  const { page, complaints } = await pages.open("canvases/");
  await morePainted(page, all);
  await page.getByRole("button", { name: "Pause rings" }).click();
  await page.locator('[aria-label="Pause rings"][aria-pressed="true"]').waitFor();
  await morePainted(page, [0]);
  const [, rings] = await painted(page);
  await morePainted(page, [0, 2, 3, 4, 5]);
  expect((await painted(page))[1]).toBe(rings);
  await page.getByRole("button", { name: "Pause rings" }).click();
  await morePainted(page, [1]);
  expect(complaints).toEqual([]);
});

test("with its last canvas a device goes; opened again, it comes back", async () => {
  const { page, complaints } = await pages.open("canvases/");
  await morePainted(page, all);
  for (const name of ["stars", "weave"]) await page.getByRole("button", { name: `Close ${name}` }).click();
  await fact(page, "devices", 1);
  await fact(page, "open", 4);
  await morePainted(page, [0, 1, 2, 3]);
  await page.getByRole("button", { name: "Open all" }).click();
  await fact(page, "devices", 2);
  await morePainted(page, all);
  expect(complaints).toEqual([]);
});

test("one is moved to a window of its own, which has its frames, and comes home when that is closed", async () => {
  const { page, complaints } = await pages.open("canvases/");
  await morePainted(page, all);
  const opened = page.waitForEvent("popup");
  await page.getByRole("button", { name: "Open lava in a window" }).click();
  const popup = await opened;
  await fact(page, "windows", 2);
  await fact(page, "loops-running", 2);
  await morePainted(page, [0, 1]);
  expect(await popup.title()).toBe("lava · awaitframe");
  expect(await countColours(page, await popup.screenshot())).toBeGreaterThan(100);
  await popup.close();
  await fact(page, "windows", 1);
  await morePainted(page, all);
  expect(complaints).toEqual([]);
});

test("on a phone they stand in pairs, and can be closed by touch", async () => {
  const { page, complaints } = await pages.open("canvases/", phone);
  await moreFrames(page);
  await page.getByRole("button", { name: "Close cells" }).tap();
  await fact(page, "open", 5);
  await morePainted(page, [0, 1, 3, 4, 5]);
  expect(complaints).toEqual([]);
});
