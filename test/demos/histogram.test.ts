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

/** Where the sun is and how the image is exposed. */
function state(page: Page): Promise<{ exposure: number; day: number; auto: boolean }> {
  return page.evaluate(() => ({ ...globalThis.histogramCheck!.state }));
}

/** Sets the sun: 0.25 is noon, 0.75 midnight. */
async function sunTo(page: Page, day: number): Promise<void> {
  await page.evaluate((day) => (globalThis.histogramCheck!.state.day = day), day);
}

/** How bright the sky is to be seen, from 0 to 255: the mean of the upper half of the stage. */
async function skyShown(page: Page): Promise<number> {
  await page.evaluate(() => scrollTo(0, 0));
  const { x, y, width, height } = (await page.locator(".stage canvas").boundingBox())!;
  const shot = await page.screenshot({ clip: { x, y, width, height: height / 2 } });
  return page.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    const image = await createImageBitmap(blob);
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    return data.reduce((sum, value, i) => sum + (i % 4 === 3 ? 0 : value), 0) / (data.length * 0.75);
  }, shot.toString("base64"));
}

async function focusCanvas(page: Page): Promise<void> {
  for (let i = 0; i < 20; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement instanceof HTMLCanvasElement)) break;
  }
}

test("the image moves, and its histogram comes back with every frame", async () => {
  const { page, complaints } = await pages.open("histogram/");
  await moreFrames(page);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(100);
  await moreFrames(page, 10);
  expect((await picture(page)).equals(first)).toBe(false);

  const { frames, readbacks } = await page.evaluate(() => {
    const { frames, readbacks } = globalThis.awaitframeDemo!;
    return { frames, readbacks: readbacks.map(({ label, frames }) => ({ label, frames })) };
  });
  // Nearly all of them: where frames come faster than answers, some go uncounted.
  expect(readbacks.length).toBeGreaterThan(Math.min(frames, 60) / 3);
  for (const { label, frames } of readbacks) {
    expect(label).toBe("median");
    expect(frames).toBeGreaterThan(0);
  }
  await page.screenshot({ path: screenshotPath("histogram") });
  expect(complaints).toEqual([]);
});

test("the counts are those of the same image counted on the CPU, by day, by night and in any size", async () => {
  const { page, complaints } = await pages.open("histogram/");
  await moreFrames(page);
  const sizes = [
    { width: 800, height: 600 },
    { width: 417, height: 733 },
  ];
  for (const [i, day] of [0.25, 0.75].entries()) {
    await page.setViewportSize(sizes[i]!);
    await sunTo(page, day);
    await moreFrames(page, 3);
    const { counts, expected, texels } = await page.evaluate(() => globalThis.histogramCheck!.compare());
    expect(counts).toEqual(expected);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(texels);
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(20);
  }
  expect(complaints).toEqual([]);
});

test("the exposure follows the light, and holds still when it is told to", async () => {
  // Small: a software GPU draws it in many frames, and the exposure takes its time in frames.
  const { page, complaints } = await pages.open("histogram/", { viewport: { width: 480, height: 480 } });
  // Before its first frames, nobody listens to the button yet.
  await moreFrames(page, 5);
  await sunTo(page, 0.25);
  await expect.poll(async () => (await state(page)).exposure, { timeout: 60_000 }).toBeLessThan(-2);

  // Not by a place on the page: the numbers above the button may move it between press and release.
  await page.getByRole("button", { name: "Auto-exposure on" }).dispatchEvent("click");
  await page.getByRole("button", { name: "Auto-exposure off" }).waitFor();
  const { exposure: held } = await state(page);
  await sunTo(page, 0.75);
  await moreFrames(page, 5);
  expect((await state(page)).exposure).toBe(held);
  const unseen = await skyShown(page);
  expect(unseen).toBeLessThan(20);

  await page.keyboard.press("e");
  await expect.poll(async () => (await state(page)).exposure - held, { timeout: 60_000 }).toBeGreaterThan(5);
  expect(await skyShown(page)).toBeGreaterThan(unseen + 30);
  expect(complaints).toEqual([]);
});

test("the sun goes where it is dragged, and where the arrow keys send it", async () => {
  const { page, complaints } = await pages.open("histogram/");
  await moreFrames(page);
  const { day: before } = await state(page);
  const { x, y, width } = (await page.locator(".stage canvas").boundingBox())!;
  await page.mouse.move(x + 100, y + 100);
  await page.mouse.down();
  await moreFrames(page, 2);
  await page.mouse.move(x + 100 + width / 2, y + 100);
  await expect.poll(async () => (await state(page)).day - before, { timeout: 30_000 }).toBeGreaterThan(0.19);
  await page.mouse.up();

  await focusCanvas(page);
  const { day: dragged } = await state(page);
  // At once: the sun goes on by itself, the other way.
  await Promise.all(Array.from({ length: 20 }, () => page.keyboard.press("ArrowLeft")));
  await expect.poll(async () => (await state(page)).day - dragged, { timeout: 30_000 }).toBeLessThan(-0.2);
  expect(complaints).toEqual([]);
});

test("it fits a phone, and follows its turning", async () => {
  const { page, complaints } = await pages.open("histogram/", phone);
  await moreFrames(page);
  expect(await scrollsSideways(page)).toBe(false);
  await page.setViewportSize({ width: 844, height: 390 });
  await expect
    .poll(
      async () => {
        const { texture, display } = await canvasSizes(page);
        return Math.hypot(texture[0] - display[0], texture[1] - display[1]);
      },
      { timeout: 30_000 },
    )
    .toBeLessThan(2);
  await moreFrames(page);
  expect(await countColours(page, await picture(page))).toBeGreaterThan(100);
  expect(complaints).toEqual([]);
});
