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

interface Pick {
  /** What the demo found on the GPU: the number of a crystal, or 0. */
  id: number;
  /** What is there by a ray cast on the CPU; undefined where an edge runs through the texel. */
  expected: number | undefined;
  texel: [x: number, y: number];
  /** How many frames were drawn while the GPU was at work. */
  latency: number;
}

/** Where crystal `i` is on the page. They move, slowly: a click that is made at once may still miss it. */
function whereIs(page: Page, i: number): Promise<{ x: number; y: number }> {
  return page.evaluate((i) => globalThis.pickingCheck!.whereIs(i), i);
}

/** Picks, and waits for the answer of the GPU. */
async function pick(page: Page, press: () => Promise<void>): Promise<Pick> {
  const before = await page.evaluate(() => globalThis.awaitframeDemo!.readbacks.length);
  await press();
  await page.waitForFunction((before) => globalThis.awaitframeDemo!.readbacks.length > before, before);
  return page.evaluate(() => {
    const { picked, crystalAt } = globalThis.pickingCheck!;
    const { frames } = globalThis.awaitframeDemo!.readbacks.at(-1)!;
    return {
      id: picked.id,
      expected: crystalAt(picked.texel, picked.time),
      texel: picked.texel,
      latency: frames,
    };
  });
}

/** Where the middle of the canvas' upper left texel is, in CSS pixels of the page. */
async function corner(page: Page): Promise<{ x: number; y: number }> {
  const box = (await page.locator(".stage canvas").boundingBox())!;
  return { x: box.x, y: box.y };
}

test("the crystals move, and the console stays empty", async () => {
  const { page, complaints } = await pages.open("picking/");
  await moreFrames(page);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(100);
  await moreFrames(page);
  expect((await picture(page)).equals(first)).toBe(false);
  expect(complaints).toEqual([]);
});

test("a click picks the crystal that is there", async () => {
  const { page, complaints } = await pages.open("picking/");
  await moreFrames(page);
  const { x: left, y: top } = await corner(page);
  const picks: Pick[] = [];
  for (const i of [0, 20, 50, 90, 130, 170, 210, 250, 290, 330]) {
    const { x, y } = await whereIs(page, i);
    const made = await pick(page, () => page.mouse.click(x, y));
    expect(made.texel).toEqual([Math.floor(x - left), Math.floor(y - top)]);
    expect(made.latency).toBeGreaterThan(0);
    if (made.expected !== undefined) picks.push(made);
  }
  expect(picks.map(({ id }) => id)).toEqual(picks.map(({ expected }) => expected));
  // Most clicks met something, and not the same each time.
  expect(new Set(picks.map(({ id }) => id).filter((id) => id > 0)).size).toBeGreaterThanOrEqual(3);
  expect(complaints).toEqual([]);
});

test("what was picked is named and shines until nothing is picked", async () => {
  const { page, complaints } = await pages.open("picking/");
  await moreFrames(page);
  const tag = page.locator(".tag");
  expect(await tag.isVisible()).toBe(false);

  // The one in the middle stays where it is.
  const { x, y } = await whereIs(page, 0);
  const { id } = await pick(page, () => page.mouse.click(x, y));
  expect(id).toBe(1);
  await tag.waitFor();
  expect(await tag.textContent()).toBe("#1");
  await page.screenshot({ path: screenshotPath("picking") });

  const { x: left, y: top } = await corner(page);
  const none = await pick(page, () => page.mouse.click(left + 3, top + 3));
  expect(none).toMatchObject({ id: 0, expected: 0, texel: [3, 3] });
  await tag.waitFor({ state: "hidden" });
  expect(complaints).toEqual([]);
});

test("clicks that come while another waits are all answered, in order, and frames go on", async () => {
  const { page, complaints } = await pages.open("picking/");
  await moreFrames(page);
  const { x, y } = await whereIs(page, 0);
  const answers = await page.evaluate(
    async ({ x, y }) => {
      const canvas = document.querySelector("canvas")!;
      const { readbacks } = globalThis.awaitframeDemo!;
      const { top, left } = canvas.getBoundingClientRect();
      const places = [
        [x, y],
        [left + 3, top + 3],
        [x, y],
      ] as const;
      for (const [clientX, clientY] of places) {
        canvas.dispatchEvent(new PointerEvent("pointerdown", { clientX, clientY }));
      }
      while (readbacks.length < places.length) await new Promise(requestAnimationFrame);
      return readbacks.map(({ value, frames }) => ({ value, waited: frames > 0 }));
    },
    { x, y },
  );
  expect(answers).toEqual([
    { value: "#1", waited: true },
    { value: "none", waited: true },
    { value: "#1", waited: true },
  ]);
  expect(complaints).toEqual([]);
});

test("the keyboard aims and picks", async () => {
  const { page, complaints } = await pages.open("picking/");
  await moreFrames(page);
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement instanceof HTMLCanvasElement)) break;
  }
  const crosshair = page.locator(".crosshair");
  expect(await crosshair.isVisible()).toBe(false);

  // From the middle of the canvas to the crystal that stands still, in steps of 12 pixels.
  const { x: left, y: top } = await corner(page);
  const [width, height] = await page
    .locator(".stage canvas")
    .evaluate((canvas) => [canvas.clientWidth, canvas.clientHeight]);
  const goal = await whereIs(page, 0);
  const up = Math.round((top + height! / 2 - goal.y) / 12);
  for (let i = 0; i < Math.abs(up); i++) await page.keyboard.press(up > 0 ? "ArrowUp" : "ArrowDown");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowRight");
  const { id, expected, texel } = await pick(page, () => page.keyboard.press("Enter"));
  expect(texel).toEqual([Math.floor(width! / 2), Math.floor(height! / 2 - 12 * up)]);
  expect(id).toBe(1);
  expect(expected).toBe(1);

  // The crosshair marks the texel that was asked for. It has no size: its arms reach out of it.
  const at = await crosshair.evaluate((element) => element.getBoundingClientRect().toJSON());
  expect([Math.floor(at.x - left), Math.floor(at.y - top)]).toEqual(texel);
  expect(await page.evaluate(() => scrollY)).toBe(0);
  expect(complaints).toEqual([]);
});

test("a tap picks, and the size of the window is followed", async () => {
  const { page, complaints } = await pages.open("picking/", phone);
  await moreFrames(page);
  for (const viewport of [phone.viewport, { width: 700, height: 420 }]) {
    await page.setViewportSize(viewport);
    await moreFrames(page);
    const { x, y } = await whereIs(page, 0);
    const { id, expected } = await pick(page, () => page.touchscreen.tap(x, y));
    expect(id).toBe(1);
    expect(expected).toBe(1);
  }
  expect(complaints).toEqual([]);
});
