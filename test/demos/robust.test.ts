import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import { demos } from "../../tools/gallery.mjs";
import { countColours, frames, openPages, picture, type Pages } from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  // A density that a page merely emulates is unknown to the observer of sizes. Losing the GPU often is no reason to
  // take it away from these pages.
  pages = await openPages((args) => [
    ...args,
    "--force-device-scale-factor=2",
    // What is drawn on the processor is drawn sooner where there is less of it.
    "--window-size=460,560",
    "--disable-gpu-process-crash-limit",
    "--disable-domain-blocking-for-3d-apis",
  ]);
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

test.each(demos())(
  "%s on a dense display survives hasty taps, another size of the window, a hidden canvas and tab, and the end of the GPU process",
  async (demo) => {
    const { page, complaints } = await pages.open(
      `${demo}/`,
      { viewport: null, hasTouch: true },
      countDevices,
    );
    expect(await page.evaluate(() => devicePixelRatio)).toBe(2);
    await goesOn(page);
    // Pressed and released between two frames.
    const { x, y, width, height } = (await page.locator(".stage canvas").first().boundingBox())!;
    for (let tap = 0; tap < 3; tap++) await page.touchscreen.tap(x + width / 2, y + height / 2);

    await resizeWindow(page, 440, 380);
    await expect.poll(() => blurred(page), { timeout: 30_000 }).toEqual([]);
    await resizeWindow(page, 380, 440);
    await expect.poll(() => blurred(page), { timeout: 30_000 }).toEqual([]);

    // As another page of an app, or a folded panel, does.
    await showStage(page, false);
    await goesOn(page);
    await showStage(page, true);
    await expect.poll(() => blurred(page), { timeout: 30_000 }).toEqual([]);

    await behindAnotherTab(page);
    await goesOn(page);

    const before = await page.evaluate(() => globalThis.devicesRequested);
    await endGpuProcess(page);
    await page.waitForFunction((before) => globalThis.devicesRequested > before, before);
    await goesOn(page, 5);
    expect(await countColours(page, await picture(page))).toBeGreaterThan(50);
    await expect.poll(() => page.locator(".stage .loss").textContent()).toBe("");
    expect(complaints.filter((text) => !chromiumsOwn.test(text))).toEqual([]);
  },
);

/** Waits until it has drawn some more frames. One that draws on demand is given a reason, again and again. */
async function goesOn(page: Page, count = 3): Promise<void> {
  const goal = (await frames(page)) + count;
  const drawn = async () => {
    await page.evaluate(() =>
      document.querySelector(".stage canvas")?.dispatchEvent(new FocusEvent("focus")),
    );
    return frames(page);
  };
  await expect.poll(drawn, { timeout: 60_000 }).toBeGreaterThanOrEqual(goal);
}

declare global {
  // A global can be declared with `var` alone.
  var devicesRequested: number;
}

async function countDevices(page: Page): Promise<void> {
  await page.addInitScript(() => {
    globalThis.devicesRequested = 0;
    const { requestDevice } = GPUAdapter.prototype;
    GPUAdapter.prototype.requestDevice = function (...options) {
      globalThis.devicesRequested++;
      return requestDevice.apply(this, options);
    };
  });
}

/** Said by Chromium in each page that had a device, or a WebGL context as PixiJS', when the GPU process ended. */
const chromiumsOwn = /A valid external Instance reference no longer exists|CONTEXT_LOST_WEBGL/;

async function resizeWindow(page: Page, width: number, height: number): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const { windowId } = await session.send("Browser.getWindowForTarget");
  await session.send("Browser.setContentsSize", { windowId, width, height });
  await session.detach();
}

/** The canvases of which a texel is no pixel of the display. */
function blurred(page: Page): Promise<string[]> {
  return page.locator(".stage canvas:visible").evaluateAll((canvases) =>
    (canvases as HTMLCanvasElement[]).flatMap(({ width, height, clientWidth, clientHeight }) => {
      const [wide, high] = [clientWidth * devicePixelRatio, clientHeight * devicePixelRatio];
      const fits = Math.abs(width - wide) <= 1 && Math.abs(height - high) <= 1;
      return fits ? [] : [`${width} by ${height} texels on ${wide} by ${high} pixels`];
    }),
  );
}

function showStage(page: Page, shown: boolean): Promise<void> {
  return page.evaluate((shown) => {
    document.querySelector<HTMLElement>(".stage")!.style.display = shown ? "" : "none";
  }, shown);
}

/** Another tab comes to the front, for a while in which a demo would have drawn many frames, and goes again. */
async function behindAnotherTab(page: Page): Promise<void> {
  const other = await page.context().newPage();
  await other.bringToFront();
  await tellHidden(page, true);
  const drawn = async () => {
    const before = await frames(page);
    await page.waitForTimeout(500);
    return (await frames(page)) - before;
  };
  // The browser takes its time to hold the frames back.
  await expect.poll(drawn, { timeout: 30_000 }).toBeLessThan(10);
  await other.close();
  await page.bringToFront();
  await tellHidden(page, false);
}

/** The browser holds the frames back; without a window of its own, it doesn't tell the page why. */
function tellHidden(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((hidden) => {
    Object.defineProperties(document, {
      hidden: { value: hidden, configurable: true },
      visibilityState: { value: hidden ? "hidden" : "visible", configurable: true },
    });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}

/** As a crash of the driver would. */
async function endGpuProcess(page: Page): Promise<void> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const gpu = processInfo.find(({ type }) => type === "GPU")!;
  process.kill(gpu.id, "SIGKILL");
  await session.detach();
}
