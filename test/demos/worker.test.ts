import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import {
  moreFrames,
  openPages,
  phone,
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

/** Less to draw leaves a machine without a GPU more time for both. */
const small = { viewport: { width: 600, height: 480 } };

function drawn(page: Page): Promise<{ page: number; worker: number }> {
  return page.evaluate(() => ({ ...globalThis.workerCheck!.drawn }));
}

async function moreOfTheWorker(page: Page, count = 3): Promise<void> {
  const goal = (await drawn(page)).worker + count;
  await page.waitForFunction((goal) => globalThis.workerCheck!.drawn.worker >= goal, goal, { polling: 50 });
}

/** Blocks the page, and tells how many frames each thread has drawn meanwhile. */
async function block(page: Page, press: () => Promise<void>): Promise<{ page: number; worker: number }> {
  const before = await page.evaluate(() => globalThis.workerCheck!.blocks.length);
  await press();
  await page.waitForFunction((before) => globalThis.workerCheck!.blocks.length > before, before);
  return page.evaluate(() => globalThis.workerCheck!.blocks.at(-1)!);
}

function picture(page: Page, name: "page" | "worker"): Promise<Buffer> {
  return page.locator(`canvas.${name}`).screenshot();
}

/** How red the picture is, from 0 to 255: in its left half, and in its right one. */
async function redness(page: Page, name: "page" | "worker"): Promise<[left: number, right: number]> {
  const png = (await picture(page, name)).toString("base64");
  return page.evaluate(async (base64) => {
    const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${base64}`)).blob());
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d", {
      willReadFrequently: true,
    })!;
    context.drawImage(image, 0, 0);
    const half = Math.floor(image.width / 2);
    // Below the names and the counters.
    const top = 60;
    const red = (x: number): number => {
      const { data } = context.getImageData(x, top, half, image.height - top);
      return data.reduce((sum, value, i) => sum + (i % 4 === 0 ? value : 0), 0) / (data.length / 4);
    };
    return [red(0), red(image.width - half)];
  }, png);
}

test("while the page is blocked it stands still, and the worker goes on", async () => {
  const { page, complaints } = await pages.open("worker/", small);
  await moreOfTheWorker(page);
  await moreFrames(page);
  const button = page.getByRole("button", { name: "Block this page" });
  const first = await block(page, () => button.click());
  expect(first.page).toBe(0);
  expect(first.worker).toBeGreaterThan(1);
  expect(await page.locator(".facts .page-blocked").textContent()).toBe("0");
  expect(await page.locator(".facts .worker-blocked").textContent()).toBe(String(first.worker));

  // Afterwards both go on, and it can be done again.
  await moreFrames(page);
  await moreOfTheWorker(page);
  await button.waitFor();
  const second = await block(page, () => page.keyboard.press("b"));
  expect(second.page).toBe(0);
  expect(second.worker).toBeGreaterThan(1);
  await page.screenshot({ path: screenshotPath("worker") });
  expect(complaints).toEqual([]);
});

test("both pictures move, and follow the pointer and the arrow keys", async () => {
  // Side by side, and so high that the fields fill them.
  const { page, complaints } = await pages.open("worker/", { viewport: { width: 700, height: 560 } });
  await moreOfTheWorker(page);
  for (const name of ["page", "worker"] as const) {
    const before = await picture(page, name);
    await moreFrames(page);
    await moreOfTheWorker(page);
    expect((await picture(page, name)).equals(before)).toBe(false);
  }

  // Over one picture, it is over both.
  const box = (await page.locator("canvas.worker").boundingBox())!;
  for (const [at, side] of [
    [0.25, 0],
    [0.75, 1],
  ] as const) {
    await page.mouse.move(box.x + at * box.width, box.y + 0.5 * box.height);
    for (const name of ["page", "worker"] as const) {
      await expect
        .poll(
          async () => {
            const red = await redness(page, name);
            return red[side] - red[1 - side]!;
          },
          { timeout: 30_000 },
        )
        .toBeGreaterThan(2);
    }
  }
  await page.mouse.down();
  await page.waitForFunction(() => globalThis.workerCheck!.view.pressed);
  await page.mouse.up();
  await page.waitForFunction(() => !globalThis.workerCheck!.view.pressed);

  const [x] = await page.evaluate(() => globalThis.workerCheck!.view.pointer);
  await page.locator("canvas.page").press("ArrowLeft");
  await page.waitForFunction((x) => globalThis.workerCheck!.view.pointer[0] < x - 0.05, x);
  expect(complaints).toEqual([]);
});

test("the worker's canvas follows the size of the window", async () => {
  const { page, complaints } = await pages.open("worker/", small);
  await moreOfTheWorker(page);
  await page.setViewportSize({ width: 760, height: 640 });
  const sizes = () =>
    page.locator("canvas.worker").evaluate((canvas: HTMLCanvasElement) => {
      const { width, height, clientWidth, clientHeight } = canvas;
      return [width - clientWidth * devicePixelRatio, height - clientHeight * devicePixelRatio];
    });
  await expect
    .poll(async () => Math.max(...(await sizes()).map(Math.abs)), { timeout: 30_000 })
    .toBeLessThanOrEqual(1);
  expect(complaints).toEqual([]);
});

test("on a phone, by touch", async () => {
  const { page, complaints } = await pages.open("worker/", phone);
  await moreOfTheWorker(page);
  expect(await scrollsSideways(page)).toBe(false);
  const button = page.getByRole("button", { name: "Block this page" });
  const counts = await block(page, () => button.tap());
  expect(counts.page).toBe(0);
  expect(counts.worker).toBeGreaterThan(1);
  expect(complaints).toEqual([]);
});

test("where workers have no WebGPU, the page says so and draws alone", async () => {
  const { page, complaints } = await pages.open("worker/", small, async (page) => {
    await page.addInitScript(() => {
      // As a browser without it: no canvas can be given away.
      delete (HTMLCanvasElement.prototype as Partial<HTMLCanvasElement>).transferControlToOffscreen;
    });
  });
  await moreFrames(page);
  await page.getByText("workers have no WebGPU").waitFor();
  const counts = await block(page, () => page.keyboard.press("b"));
  expect(counts).toEqual({ page: 0, worker: 0 });
  await moreFrames(page);
  expect(complaints).toEqual([]);
});
