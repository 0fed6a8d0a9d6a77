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

const [width, height] = [400, 256];
/** Less to draw leaves a machine without a GPU more time for the rest. */
const small = { viewport: { width: 480, height: 600 } };

async function untilSteps(page: Page, steps: number): Promise<void> {
  await page.waitForFunction((steps) => globalThis.reactionCheck!.state.steps >= steps, steps, {
    polling: 100,
  });
}

/** Has the pattern traced, and gives the field that it was traced from. */
async function traced(page: Page): Promise<number[]> {
  await page.evaluate(() => (globalThis.reactionCheck!.drawn.svg = ""));
  await page.keyboard.press("d");
  await page.waitForFunction(() => globalThis.reactionCheck!.drawn.svg !== "");
  return page.evaluate(() => [...globalThis.reactionCheck!.drawn.field]);
}

test("the pattern grows, from preset to preset", async () => {
  const { page, complaints } = await pages.open("reaction-diffusion/", small);
  await moreFrames(page);
  const first = await picture(page);
  await untilSteps(page, 300);
  const later = await picture(page);
  expect(later.equals(first)).toBe(false);
  expect(await countColours(page, later)).toBeGreaterThan(1000);

  const maze = page.getByRole("button", { name: "Maze" });
  await page.keyboard.press("3");
  await expect.poll(() => maze.getAttribute("aria-pressed")).toBe("true");
  expect(await page.locator(".presets [aria-pressed=true]").count()).toBe(1);
  await page.getByRole("button", { name: "Start again" }).click();
  await page.waitForFunction(() => globalThis.reactionCheck!.state.steps < 200);
  await moreFrames(page);
  await picture(page);
  await page.screenshot({ path: screenshotPath("reaction-diffusion") });
  expect(complaints).toEqual([]);
});

test("what is poured along a line of the pointer, and by the keyboard, is in the dish", async () => {
  const { page, complaints } = await pages.open("reaction-diffusion/", small);
  await moreFrames(page);
  const box = (await page.locator(".stage canvas").boundingBox())!;
  const scale = Math.min(width / box.width, height / box.height);
  const cellAt = (part: number): number => {
    const [x, y] = [(part - 0.5) * box.width * 0.8, (0.7 * part - 0.35) * box.height];
    return Math.round(y * scale + height / 2) * width + Math.round(x * scale + width / 2);
  };
  const line = [0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9, 1].map(cellAt);
  const mean = (field: number[]): number => line.reduce((sum, cell) => sum + field[cell]!, 0) / line.length;
  const before = await traced(page);

  await page.mouse.move(box.x + 0.1 * box.width, box.y + 0.15 * box.height);
  await page.mouse.down();
  await moreFrames(page, 2);
  await page.mouse.move(box.x + 0.9 * box.width, box.y + 0.85 * box.height);
  await moreFrames(page, 2);
  await page.mouse.up();
  const after = await traced(page);
  expect(mean(after)).toBeGreaterThan(mean(before) + 0.08);

  // A drop in a corner that the line has not come near.
  const canvas = page.locator(".stage canvas");
  await canvas.focus();
  for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowLeft");
  for (let i = 0; i < 8; i++) await page.keyboard.press("ArrowDown");
  const [x, y] = [width / 2 - 96 * scale, height / 2 + 96 * scale];
  const drop = Math.floor(y) * width + Math.floor(x);
  const dry = (await traced(page))[drop]!;
  await page.keyboard.press("Enter");
  await moreFrames(page, 2);
  expect(Math.abs((await traced(page))[drop]! - dry)).toBeGreaterThan(0.03);
  expect(complaints).toEqual([]);
});

test("the drawing shows what the field was, and frames went on while it was made", async () => {
  const { page, complaints } = await pages.open("reaction-diffusion/", small);
  await untilSteps(page, 400);
  await traced(page);
  const { frames } = await page.evaluate(() => globalThis.reactionCheck!.state.drawing);
  expect(frames).toBeGreaterThan(5);

  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: /Save pattern.svg/ }).click();
  expect((await download).suggestedFilename()).toBe("pattern.svg");

  // The browser paints the drawing; each cell must have the colour of its level, or next to an outline a neighbour's.
  const misses = await page.evaluate(
    async ([width, height]) => {
      const { svg, field, levels } = globalThis.reactionCheck!.drawn;
      const image = new Image();
      image.src = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
      await image.decode();
      const fine = 4;
      const context = new OffscreenCanvas(fine * width, fine * height).getContext("2d")!;
      context.drawImage(image, 0, 0, fine * width, fine * height);
      const { data } = context.getImageData(0, 0, fine * width, fine * height);
      const fills = [...svg.matchAll(/fill="rgb\((\d+),(\d+),(\d+)\)"/g)].map((match) =>
        match.slice(1).map(Number),
      );
      const misses = { all: 0, far: 0, painted: new Set<number>() };
      field.forEach((value, cell) => {
        const [x, y] = [(cell % width) * fine + fine / 2, Math.floor(cell / width) * fine + fine / 2];
        const at = 4 * (y * fine * width + x);
        const distances = fills.map((fill) => Math.hypot(...fill.map((part, i) => part - data[at + i]!)));
        const painted = distances.indexOf(Math.min(...distances));
        const expected = levels.filter((level) => value > level).length;
        misses.painted.add(painted);
        if (painted !== expected) misses.all++;
        if (Math.abs(painted - expected) > 1) misses.far++;
      });
      return { ...misses, painted: misses.painted.size, of: field.length, fills: fills.length };
    },
    [width, height] as const,
  );
  expect(misses.of).toBe(width * height);
  expect(misses.fills).toBe(13);
  expect(misses.painted).toBeGreaterThan(8);
  expect(misses.all / misses.of).toBeLessThan(0.2);
  expect(misses.far / misses.of).toBeLessThan(0.005);
  expect(complaints).toEqual([]);
});

test("tracing stops where it is when it is called off; a finger pours on a phone", async () => {
  const { page, complaints } = await pages.open("reaction-diffusion/", phone);
  await moreFrames(page);
  // In the first frame of it: however fast the machine, it can't have finished.
  await page.evaluate(async () => {
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "d" }));
    while (!globalThis.reactionCheck!.state.drawing.busy) await new Promise(requestAnimationFrame);
    window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" }));
  });
  await page.locator(".status", { hasText: "Cancelled" }).waitFor();
  expect(await page.locator("a.download").isVisible()).toBe(false);
  expect(await page.evaluate(() => globalThis.reactionCheck!.drawn.svg)).toBe("");
  await page.locator(".stage canvas").tap();
  await page.getByRole("button", { name: "Trace as SVG" }).tap();
  await page.locator(".status", { hasText: "Drawn" }).waitFor();
  expect(complaints).toEqual([]);
});
