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
  type Pages,
} from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await openPages();
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

type Marble = ReturnType<NonNullable<typeof globalThis.dragCheck>["marble"]>;

function marble(page: Page, i: number): Promise<Marble> {
  return page.evaluate((i) => globalThis.dragCheck!.marble(i), i);
}

/** The marbles have rolled apart and lie still. */
async function untilAllRest(page: Page): Promise<void> {
  await moreFrames(page);
  await page.waitForFunction(
    () => Array.from({ length: 26 }, (_, i) => globalThis.dragCheck!.marble(i).speed).every((v) => v < 0.002),
    undefined,
    { polling: 100 },
  );
}

/** One that can be moved a little without touching another. */
async function lonely(page: Page): Promise<{ i: number; at: Marble }> {
  await untilAllRest(page);
  const i = await page.evaluate(() => globalThis.dragCheck!.loneliest());
  return { i, at: await marble(page, i) };
}

const distance = (a: Marble, b: { x: number; y: number }): number => Math.hypot(a.x - b.x, a.y - b.y);

async function takes(page: Page, i: number, held = true): Promise<void> {
  await expect.poll(async () => (await marble(page, i)).held, { timeout: 30_000 }).toBe(held);
}

/** Waits until a marble is nearer to a place than it could be by chance. */
async function comesTo(page: Page, i: number, place: { x: number; y: number }): Promise<void> {
  await expect
    .poll(async () => distance(await marble(page, i), place), { timeout: 30_000 })
    .toBeLessThan(1.5);
}

test("the marbles roll apart, then no frame is drawn without a reason", async () => {
  const { page, complaints } = await pages.open("drag/");
  await moreFrames(page);
  const first = await picture(page);
  expect(await countColours(page, first)).toBeGreaterThan(100);
  await moreFrames(page);
  expect((await picture(page)).equals(first)).toBe(false);

  await untilAllRest(page);
  await page.screenshot({ path: screenshotPath("drag") });
  await page.waitForTimeout(500);
  const before = await frames(page);
  await page.waitForTimeout(2000);
  expect(await frames(page)).toBe(before);

  // But for a canvas of another size, there is one.
  await page.setViewportSize({ width: 700, height: 500 });
  await expect.poll(() => frames(page)).toBeGreaterThan(before);
  expect(complaints).toEqual([]);
});

test("a marble follows the pointer, and stays where it is set down", async () => {
  const { page, complaints } = await pages.open("drag/");
  const { i, at } = await lonely(page);
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await takes(page, i);
  const goal = { x: at.x + 12, y: at.y - 9 };
  await page.mouse.move(goal.x, goal.y);
  await comesTo(page, i, goal);
  await moreFrames(page, 3);
  await page.mouse.up();
  await takes(page, i, false);

  // Released, it follows no longer.
  await page.mouse.move(at.x + 60, at.y);
  await page.waitForTimeout(300);
  expect(distance(await marble(page, i), goal)).toBeLessThan(5);
  expect(complaints).toEqual([]);
});

test("a thrown marble rolls on", async () => {
  const { page, complaints } = await pages.open("drag/");
  const input = await page.context().newCDPSession(page);
  const send = (type: string, x: number, y: number): Promise<unknown> =>
    input.send("Input.dispatchMouseEvent", {
      type,
      x,
      y,
      button: "left",
      buttons: 1,
      clickCount: 1,
    } as never);
  // A hand that stops before it lets go throws nothing, and a slow machine makes it stop: then it throws again.
  await expect
    .poll(
      async () => {
        const { i, at } = await lonely(page);
        await send("mousePressed", at.x, at.y);
        await takes(page, i);
        const toMiddle = Math.sign(400 - at.x) || 1;
        await send("mouseMoved", at.x + 8 * toMiddle, at.y);
        await moreFrames(page, 1);
        await Promise.all([
          send("mouseMoved", at.x + 60 * toMiddle, at.y),
          moreFrames(page, 1).then(() => send("mouseReleased", at.x + 60 * toMiddle, at.y)),
        ]);
        await takes(page, i, false);
        const released = await marble(page, i);
        await untilAllRest(page);
        return distance(await marble(page, i), released);
      },
      { timeout: 90_000 },
    )
    .toBeGreaterThan(15);
  expect(complaints).toEqual([]);
});

test("escape calls a drag off: the marble goes back, and can be taken again", async () => {
  const { page, complaints } = await pages.open("drag/");
  const { i, at } = await lonely(page);
  for (let time = 0; time < 2; time++) {
    await page.mouse.move(at.x, at.y);
    await page.mouse.down();
    await takes(page, i);
    await page.mouse.move(at.x + 14, at.y + 10);
    await comesTo(page, i, { x: at.x + 14, y: at.y + 10 });
    await page.keyboard.press("Escape");
    await comesTo(page, i, at);
    await takes(page, i, false);
    // The release that comes late is nobody's.
    await page.mouse.up();
    await moreFrames(page, 2);
    expect(distance(await marble(page, i), at)).toBeLessThan(2);
  }
  expect(complaints).toEqual([]);
});

test("each finger has its own marble", async () => {
  const { page, complaints } = await pages.open("drag/", phone);
  await untilAllRest(page);
  const input = await page.context().newCDPSession(page);
  const touch = (type: string, touchPoints: { x: number; y: number; id: number }[]): Promise<unknown> =>
    input.send("Input.dispatchTouchEvent", { type, touchPoints } as never);
  const [a, b] = [await marble(page, 0), await marble(page, 25)];
  await touch("touchStart", [{ x: a.x, y: a.y, id: 1 }]);
  await touch("touchStart", [
    { x: a.x, y: a.y, id: 1 },
    { x: b.x, y: b.y, id: 2 },
  ]);
  await takes(page, 0);
  await takes(page, 25);
  // Towards the middle of the canvas, where there is room.
  const inward = ({ x, y }: Marble) => ({ x: x + Math.sign(195 - x) * 20, y: y + Math.sign(290 - y) * 20 });
  const [toA, toB] = [inward(a), inward(b)];
  await touch("touchMove", [
    { ...toA, id: 1 },
    { ...toB, id: 2 },
  ]);
  await comesTo(page, 0, toA);
  await comesTo(page, 25, toB);
  await touch("touchEnd", []);
  await takes(page, 0, false);
  await takes(page, 25, false);
  expect(complaints).toEqual([]);
});

test("the keyboard takes, carries, lets go and calls off", async () => {
  const { page, complaints } = await pages.open("drag/");
  await untilAllRest(page);
  for (let i = 0; i < 10; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement instanceof HTMLCanvasElement)) break;
  }
  await page.keyboard.press("Enter");
  const held = (): Promise<number> =>
    page.evaluate(() =>
      Array.from({ length: 26 }, (_, i) => globalThis.dragCheck!.marble(i).held).indexOf(true),
    );
  await expect.poll(held, { timeout: 30_000 }).toBeGreaterThanOrEqual(0);
  const i = await held();
  const from = await marble(page, i);
  const way = from.x < 400 ? 1 : -1;
  await page.keyboard.press(way === 1 ? "ArrowRight" : "ArrowLeft");
  await comesTo(page, i, { x: from.x + 32 * way, y: from.y });
  await page.keyboard.press("Escape");
  await comesTo(page, i, from);
  await takes(page, i, false);

  await page.keyboard.press("Enter");
  await takes(page, i);
  await page.keyboard.press("Enter");
  await takes(page, i, false);
  expect(await page.evaluate(() => scrollY)).toBe(0);
  expect(complaints).toEqual([]);
});

test("the marbles stay on a table that shrinks", async () => {
  const { page, complaints } = await pages.open("drag/", { viewport: { width: 1100, height: 700 } });
  await untilAllRest(page);
  await page.setViewportSize({ width: 420, height: 640 });
  await expect
    .poll(
      async () => {
        const { texture, display } = await canvasSizes(page);
        return Math.hypot(texture[0] - display[0], texture[1] - display[1]);
      },
      { timeout: 30_000 },
    )
    .toBeLessThan(2);
  const box = (await page.locator(".stage canvas").boundingBox())!;
  await expect
    .poll(
      async () => {
        const all = await Promise.all(Array.from({ length: 26 }, (_, i) => marble(page, i)));
        return all.filter(({ x, y }) => x > box.x + box.width || y > box.y + box.height).length;
      },
      { timeout: 30_000 },
    )
    .toBe(0);
  expect(complaints).toEqual([]);
});
