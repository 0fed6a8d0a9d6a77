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

const patience = { timeout: 60_000 };
/** Fish have to swim some way first, in frames that a busy machine without a GPU takes its time for. */
const muchPatience = { timeout: 100_000 };
const small = { viewport: { width: 940, height: 500 } };

/** Few fish, so that frames come quickly on a software GPU. */
async function fewFish(page: Page): Promise<void> {
  await page.locator(".count input").fill("11");
  await expect.poll(() => page.evaluate(() => globalThis.boidsCheck!.state.count), patience).toBe(2048);
  await moreFrames(page, 2);
}

test("the school swims, and what it does comes back from the GPU", async () => {
  const { page, complaints } = await pages.open("boids/");
  await moreFrames(page);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(1000);
  await fewFish(page);
  await moreFrames(page);
  expect((await picture(page)).equals(first)).toBe(false);

  await page.locator(".facts .age", { hasText: /^\d+ frames?$/ }).waitFor();
  await page.locator(".facts .order", { hasText: /^[01]\.\d\d$/ }).waitFor();
  const latencies = await page.evaluate(() =>
    globalThis.awaitframeDemo!.readbacks.map(({ frames }) => frames),
  );
  expect(Math.min(...latencies)).toBeGreaterThan(0);
  await page.screenshot({ path: screenshotPath("boids") });
  expect(complaints).toEqual([]);
});

test("the statistics are those of the same fish made on the CPU, be they few or many", async () => {
  const { page, complaints } = await pages.open("boids/", small);
  await moreFrames(page);
  for (const [level, fish] of [
    ["11", 2048],
    ["13", 8192],
  ] as const) {
    await page.locator(".count input").fill(level);
    await moreFrames(page, 4);
    const { statistics, expected, count } = await page.evaluate(() => globalThis.boidsCheck!.compare());
    expect(count).toBe(fish);
    expect(statistics.flocks).toBe(expected.flocks);
    expect(statistics.largest).toBe(expected.largest);
    expect(expected.largest).toBeGreaterThan(100);
    expect(statistics.speed).toBeCloseTo(expected.speed, 2);
    expect(expected.speed).toBeGreaterThan(3);
    expect(statistics.order).toBeCloseTo(expected.order, 3);
    for (const axis of [0, 1, 2]) expect(statistics.middle[axis]).toBeCloseTo(expected.middle[axis]!, 2);
  }
  expect(complaints).toEqual([]);
});

test("fish flee the pointer, and come where it lures; by keyboard too", async () => {
  const { page, complaints } = await pages.open("boids/", small);
  await moreFrames(page);
  await fewFish(page);
  const nearest = (): Promise<number> => page.evaluate(() => globalThis.boidsCheck!.nearest());
  const box = (await page.locator(".stage canvas").boundingBox())!;
  await page.getByRole("button", { name: "lures" }).click();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await expect.poll(nearest, muchPatience).toBeLessThan(5);

  await page.keyboard.press("t");
  await expect.poll(nearest, muchPatience).toBeGreaterThan(9);

  await page.mouse.move(box.x + box.width + 40, box.y + 40);
  await expect
    .poll(() => page.evaluate(() => globalThis.boidsCheck!.state.pointer), patience)
    .toBeUndefined();
  await page.locator(".stage canvas").focus();
  await page.keyboard.press("ArrowLeft");
  await page.locator(".crosshair:not([hidden])").waitFor({ state: "attached" });
  expect(await page.evaluate(() => globalThis.boidsCheck!.state.pointer)).toEqual([expect.closeTo(-0.06), 0]);
  await page.keyboard.press("Escape");
  await expect
    .poll(() => page.evaluate(() => globalThis.boidsCheck!.state.pointer), patience)
    .toBeUndefined();
  expect(await page.locator(".crosshair[hidden]").count()).toBe(1);
  expect(complaints).toEqual([]);
}, 240_000);

test("on a slow GPU the fish become fewer by themselves, until the visitor chooses", async () => {
  // Frames that are told to be a tenth of a second apart.
  const slow = async (page: Page): Promise<void> => {
    await page.addInitScript(() => {
      const request = requestAnimationFrame.bind(globalThis);
      let frames = 0;
      globalThis.requestAnimationFrame = (callback) => request(() => callback(100 * frames++));
    });
  };
  const { page, complaints } = await pages.open("boids/", small, slow);
  const count = (): Promise<number | undefined> => page.evaluate(() => globalThis.boidsCheck?.state.count);
  await expect.poll(count, patience).toBe(2048);
  await page.locator(".count input").fill("12");
  await expect.poll(count, patience).toBe(4096);
  await moreFrames(page, 20);
  expect(await count()).toBe(4096);
  expect(complaints).toEqual([]);
});

test("a finger scares while it is down", async () => {
  const { page, complaints } = await pages.open("boids/", phone);
  await moreFrames(page);
  await fewFish(page);
  await page.locator(".stage").scrollIntoViewIfNeeded();
  const pointer = (): Promise<unknown> => page.evaluate(() => globalThis.boidsCheck!.state.pointer ?? null);
  const { x, y, width, height } = (await page.locator(".stage canvas").boundingBox())!;
  const session = await page.context().newCDPSession(page);
  const touchPoints = [{ x: x + 0.75 * width, y: y + height / 4 }];
  await session.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await expect.poll(pointer, patience).toEqual([expect.closeTo(0.5, 1), expect.closeTo(0.5, 1)]);
  await session.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await expect.poll(pointer, patience).toBeNull();
  expect(complaints).toEqual([]);
});
