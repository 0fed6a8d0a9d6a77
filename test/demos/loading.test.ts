import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import {
  canvasSizes,
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

const things = 156;
/** Less to draw leaves a machine without a GPU more time to load. */
const small = { viewport: { width: 480, height: 600 } };

function status(page: Page): Promise<string> {
  return page.locator(".status").innerText();
}

async function untilLoaded(page: Page): Promise<void> {
  await page.locator(".status", { hasText: `Loaded ${things} of ${things}` }).waitFor({ timeout: 90_000 });
}

/** Counts what the demo asks of the GPU. */
async function countPipelines(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const original = GPUDevice.prototype.createRenderPipelineAsync;
    Object.assign(globalThis, { asked: 0 });
    GPUDevice.prototype.createRenderPipelineAsync = function (descriptor) {
      (globalThis as unknown as { asked: number }).asked++;
      return original.call(this, descriptor);
    };
  });
}

function pipelinesAsked(page: Page): Promise<number> {
  return page.evaluate(() => (globalThis as unknown as { asked: number }).asked);
}

/** Presses a key as soon as so much is loaded, and gives how much that was. */
function pressAt(page: Page, done: number, key: string): Promise<number> {
  return page.evaluate(
    async ({ done, key }) => {
      const progress = globalThis.loadingProgress!;
      while (!progress.loading || progress.done < done) await new Promise(requestAnimationFrame);
      window.dispatchEvent(new KeyboardEvent("keydown", { key }));
      return progress.done;
    },
    { done, key },
  );
}

test("everything is loaded, and frames go on all the while", async () => {
  const { page, complaints } = await pages.open("loading/", small, countPipelines);
  await moreFrames(page);
  const first = await picture(page);
  await untilLoaded(page);
  expect(await pipelinesAsked(page)).toBe(120);
  // Some hundred milliseconds of work, at the very least, were cut into slices of eight.
  const { frames, longest } = await page.evaluate(() => globalThis.loadingProgress!);
  expect(frames).toBeGreaterThan(20);
  expect(longest).toBeGreaterThan(0);
  expect(await page.locator("progress").evaluate((bar: HTMLProgressElement) => bar.position)).toBe(1);

  await moreFrames(page, 10);
  const last = await picture(page);
  expect(last.equals(first)).toBe(false);
  expect(await countColours(page, last)).toBeGreaterThan(1000);
  await page.screenshot({ path: screenshotPath("loading") });
  expect(complaints).toEqual([]);
});

test("cancelled in the middle, nothing goes on; loaded again, it all comes", async () => {
  const { page, complaints } = await pages.open("loading/", small, countPipelines);
  await page.waitForFunction(() => globalThis.loadingProgress !== undefined);
  const done = await pressAt(page, 20, "Escape");
  await page.locator(".status", { hasText: "Cancelled" }).waitFor();
  const text = await status(page);
  const asked = await pipelinesAsked(page);
  expect(done).toBeLessThan(things);
  expect(asked).toBeLessThan(120);
  await moreFrames(page, 5);
  await page.waitForTimeout(500);
  expect(await status(page)).toBe(text);
  expect(await pipelinesAsked(page)).toBe(asked);

  const again = page.getByRole("button", { name: "Load again" });
  expect(await page.getByRole("button", { name: "Cancel" }).isEnabled()).toBe(false);
  await again.click();
  await untilLoaded(page);
  expect(await pipelinesAsked(page)).toBe(asked + 120);

  await page.keyboard.press("r");
  await page.waitForFunction(() => globalThis.loadingProgress!.loading);
  await untilLoaded(page);
  expect(complaints).toEqual([]);
});

test("it fits a phone, and follows the size of the window while it loads", async () => {
  const { page, complaints } = await pages.open("loading/", phone);
  await moreFrames(page);
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
  await untilLoaded(page);
  await page.getByRole("button", { name: "Load again" }).tap();
  await page.waitForFunction(() => globalThis.loadingProgress!.loading);
  await page.getByRole("button", { name: "Cancel" }).tap();
  await page.waitForFunction(() => !globalThis.loadingProgress!.loading);
  expect(complaints).toEqual([]);
});
