import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import {
  countColours,
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

const small = { viewport: { width: 940, height: 480 } };
const patience = { timeout: 60_000 };
const passes = ["shadow", "scene", "glow", "film"] as const;

/** A GPU that can't tell the time. */
async function withoutTimestamps(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const { get } = Object.getOwnPropertyDescriptor(GPUAdapter.prototype, "features")!;
    Object.defineProperty(GPUAdapter.prototype, "features", {
      get(this: GPUAdapter) {
        const features = new Set<string>(get!.call(this));
        features.delete("timestamp-query");
        return features;
      },
    });
  });
}

/** The mean time of a pass, over so many frames that are yet to come. */
async function time(page: Page, pass: (typeof passes)[number], frames = 4): Promise<number> {
  await moreFrames(page, frames + 6);
  const times = await page.evaluate(() => globalThis.gpuTimerCheck!.times());
  return times.slice(-frames).reduce((sum, time) => sum + time[pass]!, 0) / frames;
}

async function setLoad(page: Page, pass: (typeof passes)[number], level: number): Promise<void> {
  await page.locator(`.loads input[name="${pass}"]`).fill(String(level));
}

test("each pass is timed, plotted, and told in numbers", async () => {
  const { page, complaints } = await pages.open("gpu-timer/");
  await moreFrames(page, 4);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(1000);
  await expect
    .poll(() => page.evaluate(() => globalThis.gpuTimerCheck!.times().length), patience)
    .toBeGreaterThan(3);
  expect((await picture(page)).equals(first)).toBe(false);
  expect(await page.evaluate(() => globalThis.gpuTimerCheck!.state.timed)).toBe(true);
  for (const times of await page.evaluate(() => globalThis.gpuTimerCheck!.times())) {
    expect(Object.keys(times)).toEqual(passes);
    for (const time of Object.values(times)) expect(time).toBeGreaterThanOrEqual(0);
  }
  for (const pass of passes) {
    await page.locator(`.graph dd.${pass}`, { hasText: /^[\d.]+ ms$/ }).waitFor();
    // A point for each frame above, and one below.
    await expect
      .poll(() => page.locator(`.graph path.${pass}`).getAttribute("d"), patience)
      .toMatch(/^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){5,}Z$/);
  }
  expect(await page.locator(".graph .missing").isVisible()).toBe(false);
  await page.screenshot({ path: screenshotPath("gpu-timer") });
  expect(complaints).toEqual([]);
});

test("a pass that has more to do takes longer, and the others don't", async () => {
  const { page, complaints } = await pages.open("gpu-timer/", small);
  await moreFrames(page, 12);
  for (const pass of ["glow", "shadow"] as const) {
    const before = await time(page, pass);
    await setLoad(page, pass, pass === "glow" ? 8 : 4);
    await expect.poll(() => time(page, pass), patience).toBeGreaterThan(1.4 * before);
    await setLoad(page, pass, 1);
    await expect.poll(() => time(page, pass), patience).toBeLessThan(0.9 * before);
  }
  expect(complaints).toEqual([]);
});

test("the resolution follows the times, unless it is told to hold still", async () => {
  const { page, complaints } = await pages.open("gpu-timer/", small);
  const scale = (): Promise<number | undefined> => page.evaluate(() => globalThis.gpuTimerCheck?.state.scale);
  const setBudget = (ms: number): Promise<void> =>
    page.evaluate((ms) => void (globalThis.gpuTimerCheck!.state.budget = ms), ms);
  // Less than any GPU needs, then more.
  await moreFrames(page);
  await setBudget(1e-6);
  await expect.poll(scale, patience).toBe(0.25);
  await setBudget(1e6);
  await expect.poll(scale, patience).toBeGreaterThan(0.25);
  await setBudget(1e-6);
  await expect.poll(scale, patience).toBe(0.25);
  await page.keyboard.press("r");
  await page.getByRole("button", { name: "Dynamic resolution off" }).waitFor();
  await expect.poll(scale, patience).toBe(1);
  const width = await page.locator(".stage canvas").evaluate((canvas: HTMLCanvasElement) => canvas.width);
  await page.locator(".facts .pixels", { hasText: new RegExp(`^${width} × `) }).waitFor();
  expect(complaints).toEqual([]);
});

test("a drag turns the field", async () => {
  const { page, complaints } = await pages.open("gpu-timer/", small);
  await moreFrames(page);
  const yaw = (): Promise<number> => page.evaluate(() => globalThis.gpuTimerCheck!.state.yaw);
  const before = await yaw();
  const { x, y } = (await page.locator(".stage canvas").boundingBox())!;
  await page.mouse.move(x + 50, y + 50);
  await page.mouse.down();
  await moreFrames(page, 2);
  await page.mouse.move(x + 150, y + 50);
  await expect.poll(yaw, patience).toBeLessThan(before - 0.5);
  await page.mouse.up();
  await page.locator(".stage canvas").press("ArrowLeft");
  await expect.poll(yaw, patience).toBeGreaterThan(before - 0.55);
  expect(complaints).toEqual([]);
});

test("where the feature is missing, the page says so and all else goes on", async () => {
  const { page, complaints } = await pages.open("gpu-timer/", phone, withoutTimestamps);
  await moreFrames(page);
  expect(await page.evaluate(() => globalThis.gpuTimerCheck!.state.timed)).toBe(false);
  await page.getByText("doesn’t offer the feature").waitFor();
  expect(await page.locator(".graph svg").isVisible()).toBe(false);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(500);
  await setLoad(page, "scene", 1);
  await page.getByText("16² pillars").waitFor();
  await page.locator(".facts .pixels", { hasText: /^\d+ × \d+$/ }).waitFor();
  await moreFrames(page);
  expect((await picture(page)).equals(first)).toBe(false);
  expect(await page.evaluate(() => globalThis.gpuTimerCheck!.times())).toEqual([]);
  expect(await scrollsSideways(page)).toBe(false);
  await page.screenshot({ path: screenshotPath("gpu-timer-untimed"), fullPage: true });
  expect(complaints).toEqual([]);
});
