import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import {
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

/** Less to draw leaves a machine without a GPU more time to record. */
const small = { viewport: { width: 480, height: 600 } };
const count = 120;
const everyNumber = Array.from({ length: count }, (_, i) => i);

const status = (page: Page) => page.locator(".status");
const record = (page: Page) => page.getByRole("button", { name: "Record", exact: true });
const save = (page: Page) => page.getByRole("link", { name: /^Save / });

async function choose(page: Page, kind: "Video" | "Pictures", size = "640 × 360"): Promise<void> {
  await page.getByLabel("Size of the film").selectOption(size);
  await page.getByLabel("Kind of file").selectOption(kind);
}

async function untilRecorded(page: Page): Promise<void> {
  await status(page)
    .filter({ hasText: `Recorded ${count} frames` })
    .waitFor({ timeout: 100_000 });
}

/** Waits until so many frames have been recorded, and some more are to come. */
async function untilInTheMiddle(page: Page, done = 5): Promise<void> {
  await page.waitForFunction((done) => document.querySelector("progress")!.value >= done, done, {
    polling: 20,
  });
}

test("a video plays back with every frame, each once, in order, showing what it should", async () => {
  const { page, complaints } = await pages.open("recorder/", small);
  await choose(page, "Video");
  await moreFrames(page);
  const before = await frames(page);
  await record(page).click();
  await untilRecorded(page);
  // The preview went on: a frame for each frame of the film, at the least.
  expect((await frames(page)) - before).toBeGreaterThanOrEqual(count);
  expect(await page.locator("progress").evaluate((bar: HTMLProgressElement) => bar.position)).toBe(1);

  const film = await page.evaluate(() => globalThis.recorderCheck!.frames());
  expect(film.map(({ number }) => number)).toEqual(everyNumber);
  film.forEach(({ time, width, height }, i) => {
    expect(time).toBeCloseTo(i / 30, 2);
    expect([width, height]).toEqual([640, 360]);
  });

  // In the page, the browser's own player shows it.
  const video = page.locator(".film video");
  await page.waitForFunction(() => {
    const video = document.querySelector("video")!;
    return video.readyState >= 2 && video.currentTime > 0.2;
  });
  const { duration, width, height } = await video.evaluate((video: HTMLVideoElement) => {
    const { duration, videoWidth: width, videoHeight: height } = video;
    return { duration, width, height };
  });
  expect([width, height]).toEqual([640, 360]);
  expect(duration).toBeCloseTo(count / 30, 1);
  expect(await countColours(page, await video.screenshot())).toBeGreaterThan(500);
  await page.screenshot({ path: screenshotPath("recorder"), fullPage: true });

  // And it can be saved.
  const [download] = await Promise.all([page.waitForEvent("download"), save(page).click()]);
  expect(download.suggestedFilename()).toBe("knot.webm");
  const bytes = readFileSync(await download.path());
  expect(bytes.length).toBe((await page.evaluate(() => globalThis.recorderCheck!.file()))!.size);
  // As every WebM begins.
  expect(bytes.subarray(0, 4).toString("hex")).toBe("1a45dfa3");
  expect(complaints).toEqual([]);
});

test("pictures: a zip of PNGs, one for each frame", async () => {
  const { page, complaints } = await pages.open("recorder/", small);
  await choose(page, "Pictures");
  await moreFrames(page);
  await page.keyboard.press("r");
  await untilRecorded(page);
  const film = await page.evaluate(() => globalThis.recorderCheck!.frames());
  expect(film.map(({ number }) => number)).toEqual(everyNumber);
  expect(film.every(({ width, height }) => width === 640 && height === 360)).toBe(true);
  await save(page)
    .filter({ hasText: /knot\.zip, [\d.]+ MB/ })
    .waitFor();
  expect(await page.locator(".film video").isVisible()).toBe(false);
  expect(complaints).toEqual([]);
});

test("without an encoder, a video becomes pictures", async () => {
  const { page, complaints } = await pages.open("recorder/", small, async (page) => {
    await page.addInitScript(() => {
      delete (globalThis as Partial<typeof globalThis>).VideoEncoder;
    });
  });
  await choose(page, "Video");
  await moreFrames(page);
  await record(page).click();
  await untilInTheMiddle(page);
  expect(await page.locator(".facts .format").textContent()).toBe("PNG, zip");
  await page.getByRole("button", { name: "Cancel" }).click();
  await status(page).filter({ hasText: "Cancelled" }).waitFor();
  expect(complaints).toEqual([]);
});

test.each(["Video", "Pictures"] as const)(
  "cancelled in the middle, the recording of %s leaves nothing behind, and another one can begin",
  async (kind) => {
    const { page, complaints } = await pages.open("recorder/", small, countTextures);
    await choose(page, kind);
    await moreFrames(page);
    const before = await living(page);
    await record(page).click();
    await untilInTheMiddle(page);
    expect(await record(page).isEnabled()).toBe(false);
    expect((await living(page)).textures).toBeGreaterThan(before.textures);
    await page.keyboard.press("Escape");
    await status(page)
      .filter({ hasText: /^Cancelled after \d+ of 120 frames$/ })
      .waitFor();
    expect(await living(page)).toEqual(before);
    expect(await page.evaluate(() => globalThis.recorderCheck!.file())).toBeUndefined();
    await moreFrames(page);

    await record(page).click();
    await untilInTheMiddle(page);
    await page.getByRole("button", { name: "Cancel" }).click();
    await status(page).filter({ hasText: "Cancelled" }).waitFor();
    expect(complaints).toEqual([]);
  },
);

test("on a phone, by touch", async () => {
  const { page, complaints } = await pages.open("recorder/", phone);
  await choose(page, "Video");
  await moreFrames(page);
  const first = await picture(page);
  await record(page).tap();
  await untilInTheMiddle(page);
  expect(await scrollsSideways(page)).toBe(false);
  await moreFrames(page);
  expect((await picture(page)).equals(first)).toBe(false);
  await page.getByRole("button", { name: "Cancel" }).tap();
  await status(page).filter({ hasText: "Cancelled" }).waitFor();
  expect(complaints).toEqual([]);
});

declare global {
  // A global can be declared with `var` alone.
  var living: { textures: number; buffers: number };
}

/** Counts the textures and buffers that have been made and not destroyed. */
async function countTextures(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.living = { textures: 0, buffers: 0 };
    const { createTexture, createBuffer } = GPUDevice.prototype;
    GPUDevice.prototype.createTexture = function (descriptor) {
      globalThis.living.textures++;
      const texture = createTexture.call(this, descriptor);
      texture.destroy = () => {
        globalThis.living.textures--;
        GPUTexture.prototype.destroy.call(texture);
      };
      return texture;
    };
    GPUDevice.prototype.createBuffer = function (descriptor) {
      globalThis.living.buffers++;
      const buffer = createBuffer.call(this, descriptor);
      buffer.destroy = () => {
        globalThis.living.buffers--;
        GPUBuffer.prototype.destroy.call(buffer);
      };
      return buffer;
    };
  });
}

function living(page: Page): Promise<{ textures: number; buffers: number }> {
  return page.evaluate(() => ({ ...globalThis.living }));
}
