import { decode } from "fast-png";
import type { Browser, Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { demos } from "../../tools/gallery.mjs";
import { launchFirefox } from "../../tools/vitest-firefox.mjs";

let browser: Browser;
beforeAll(async () => {
  browser = await launchFirefox(true);
});
afterAll(() => browser?.close());

/** What Babylon says where WebGPU has no external textures: it tries their shader in any case. */
const ofBabylon = /CopyVideoToTexture|TEXTURE_EXTERNAL/;

/** In Firefox on a software Vulkan it has not drawn four frames within half a minute. */
const tooSlow = new Set(["loading"]);

test.each(demos().filter((name) => !tooSlow.has(name)))(
  "%s draws in Firefox, and can be touched",
  async (demo) => {
    // An engine that crashes takes no other demo along.
    if (!browser.connected) browser = await launchFirefox(true);
    const page = await browser.newPage();
    try {
      const complaints: string[] = [];
      page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
      page.on("pageerror", (error) => complaints.push(`error: ${String(error)}`));
      await page.setViewport({ width: 640, height: 640 });
      await page.goto(new URL(`${demo}/`, inject("galleryUrl")).href);
      await moreFrames(page);
      const first = await picture(page);

      // A drag over the middle, and the keys of most demos: none of it may end a demo.
      const canvas = (await page.$(".stage canvas"))!;
      const { x, y, width, height } = (await canvas.boundingBox())!;
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + 0.7 * width, y + 0.6 * height, { steps: 5 });
      await page.mouse.up();
      for (const key of ["ArrowRight", "Enter"] as const) await canvas.press(key);
      await moreFrames(page);

      const colours = (png: Uint8Array): number => new Set(new Uint32Array(rgba(png).buffer)).size;
      await expect.poll(async () => different(first, await picture(page)), { timeout: 30_000 }).toBe(true);
      expect(colours(await picture(page))).toBeGreaterThan(20);
      expect(await page.$(".stage .notice")).toBe(null);
      const own = demo === "babylon" ? complaints.filter((text) => !ofBabylon.test(text)) : complaints;
      expect(own).toEqual([]);
    } finally {
      await page.close();
    }
  },
);

async function moreFrames(page: Page): Promise<void> {
  const frames = (): Promise<number> => page.evaluate(() => globalThis.awaitframeDemo?.frames ?? 0);
  const goal = (await frames()) + 4;
  await page.waitForFunction(
    (goal) => Number(globalThis.awaitframeDemo?.frames) >= goal,
    { polling: 50 },
    goal,
  );
}

async function picture(page: Page): Promise<Uint8Array> {
  return (await page.$(".stage"))!.screenshot();
}

function rgba(png: Uint8Array): Uint8Array {
  const { data, channels } = decode(png);
  const texels = data.length / channels;
  return Uint8Array.from({ length: 4 * texels }, (_, i) =>
    i % 4 < 3 ? data[(i >> 2) * channels + (i % 4)]! : 255,
  );
}

function different(a: Uint8Array, b: Uint8Array): boolean {
  return !Buffer.from(a).equals(b);
}
