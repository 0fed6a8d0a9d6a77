import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import playwright, { type BrowserContextOptions, type Page } from "playwright";
import { inject } from "vitest";
import { chromium } from "../../tools/browser.mjs";

/** A page that was opened, and what it had to complain of: console output, errors, requests that failed. */
export interface Visit {
  page: Page;
  complaints: string[];
}

export interface Pages {
  url: string;
  open(path: string, options?: BrowserContextOptions, prepare?: Prepare): Promise<Visit>;
  /** Closes what a test has opened, also when it failed: a page left behind would go on drawing. */
  leave(): Promise<void>;
  close(): Promise<void>;
}

/** Done with a page before it loads anything. */
type Prepare = (page: Page) => Promise<void>;

/** The built gallery in a real Chromium; started with other arguments, it may be one that lacks something. */
export async function openPages(change = (args: string[]): string[] => args): Promise<Pages> {
  const url = inject("galleryUrl");
  const { executablePath, args } = await chromium();
  const browser = await playwright.chromium.launch({ executablePath, args: change(args) });
  return {
    url,

    async open(path, options = {}, prepare = async () => {}) {
      const context = await browser.newContext({ viewport: { width: 800, height: 600 }, ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(60_000);
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
      page.on("requestfailed", (request) => {
        const { errorText } = request.failure() ?? { errorText: "" };
        // Leaving a page calls off what it was still loading: that is nobody's fault.
        if (errorText !== "net::ERR_ABORTED") complaints.push(`failed: ${request.url()}: ${errorText}`);
      });
      page.on("response", (response) => {
        if (response.status() >= 400) complaints.push(`${response.status()}: ${response.url()}`);
      });
      await prepare(page);
      await page.goto(new URL(path, url).href);
      return { page, complaints };
    },

    async leave() {
      for (const context of browser.contexts()) await context.close();
    },

    async close() {
      await browser.close();
    },
  };
}

export const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

/**
 * Lets a demo draw but a few times a second. To be given to `open` where the page is what is tested: without a GPU,
 * drawing takes the processor away from everything else.
 */
export async function drawSeldom(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const request = requestAnimationFrame.bind(globalThis);
    const cancel = cancelAnimationFrame.bind(globalThis);
    const waiting = new Map<number, { timer?: number; id?: number }>();
    let count = 0;
    globalThis.requestAnimationFrame = (callback) => {
      const number = ++count;
      const frame: { timer?: number; id?: number } = {};
      waiting.set(number, frame);
      frame.timer = window.setTimeout(() => {
        frame.id = request((time) => {
          waiting.delete(number);
          callback(time);
        });
      }, 150);
      return number;
    };
    globalThis.cancelAnimationFrame = (number) => {
      const frame = waiting.get(number);
      waiting.delete(number);
      clearTimeout(frame?.timer);
      if (frame?.id !== undefined) cancel(frame.id);
    };
  });
}

/** How many frames the demo has drawn. */
export function frames(page: Page): Promise<number> {
  return page.evaluate(() => globalThis.awaitframeDemo?.frames ?? 0);
}

/** Waits until the demo has drawn some more frames: however slow the machine, it goes on. */
export async function moreFrames(page: Page, count = 3): Promise<void> {
  const goal = (await frames(page)) + count;
  await page.waitForFunction((goal) => (globalThis.awaitframeDemo?.frames ?? 0) >= goal, goal, {
    polling: 50,
  });
}

/** What the canvas shows, as a PNG. */
export function picture(page: Page): Promise<Buffer> {
  return page.locator(".stage").screenshot();
}

/** How many different colours a picture has: a blank canvas has one. */
export async function countColours(page: Page, png: Buffer): Promise<number> {
  return (await colours(page, png)).length;
}

/** The colour of one point of the page, each part from 0 to 255. */
export async function colourAt(page: Page, x: number, y: number): Promise<[r: number, g: number, b: number]> {
  const [colour = 0] = await colours(page, await page.screenshot({ clip: { x, y, width: 1, height: 1 } }));
  return [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
}

/** The size of the canvas' texture, and its size on the page in pixels of the display. */
export function canvasSizes(page: Page): Promise<{ texture: [number, number]; display: [number, number] }> {
  return page.locator(".stage canvas").evaluate((canvas: HTMLCanvasElement) => {
    const box = canvas.getBoundingClientRect();
    return {
      texture: [canvas.width, canvas.height] as [number, number],
      display: [box.width * devicePixelRatio, box.height * devicePixelRatio] as [number, number],
    };
  });
}

/** Whether the page is wider than the window. */
export function scrollsSideways(page: Page): Promise<boolean> {
  return page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
}

/** Where the screenshot of a page goes, for people to look at. */
export function screenshotPath(name: string): string {
  const folder = fileURLToPath(new URL("__screenshots__/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  return `${folder}${name}.png`;
}

/** The colours of a picture, each once: red in the lowest byte, then green and blue. */
function colours(page: Page, png: Buffer): Promise<number[]> {
  return page.evaluate(async (base64) => {
    const blob = await (await fetch(`data:image/png;base64,${base64}`)).blob();
    const image = await createImageBitmap(blob);
    const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, image.width, image.height);
    return [...new Set(new Uint32Array(data.buffer))];
  }, png.toString("base64"));
}
