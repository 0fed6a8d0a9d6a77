// `node demos/pictures.mjs`: takes the pictures of the gallery's cards from the running demos, and of the gallery for
// the README. To be run when a demo looks different than it did; `node demos/pictures.mjs cube gallery` for these alone.

import { writeFileSync } from "node:fs";
import { argv } from "node:process";
import { fileURLToPath } from "node:url";
import playwright from "playwright";
import { chromium } from "../tools/browser.mjs";
import { serveGallery } from "../tools/gallery.mjs";

/** @typedef {import("playwright").Page} Page */

/**
 * What is done with a demo before its picture is taken.
 * @type {Record<string, (page: Page) => Promise<void>>}
 */
const scenes = {
  cube: async (page) => {
    // Three faces, and none of them edge on.
    for (const key of ["ArrowRight", "ArrowRight"]) await page.locator(".stage canvas").press(key);
    await page.locator(".stage canvas").blur();
    await page.waitForTimeout(1500);
  },

  picking: async (page) => {
    // One in the front of the ring. It moves, so that the first click may miss it.
    const crystal = 295;
    const tag = page.locator(".tag", { hasText: new RegExp(`^#${crystal + 1}$`) });
    for (let tries = 0; tries < 20 && !(await tag.isVisible()); tries++) {
      const at = await page.evaluate((i) => globalThis.pickingCheck?.whereIs(i), crystal);
      if (!at) throw new Error("The picking demo doesn't say where its crystals are.");
      await page.mouse.click(at.x, at.y);
      await page.waitForTimeout(1000);
    }
    await page.waitForTimeout(1000);
  },

  tasks: async (page) => {
    await page.locator(".log li").nth(8).waitFor();
    await page.waitForTimeout(700);
  },

  drag: async (page) => {
    await page.waitForTimeout(4000);
  },

  sort: async (page) => {
    await page.locator(".status", { hasText: "Sorted" }).waitFor();
    await page.waitForTimeout(700);
  },

  histogram: async (page) => {
    // Late in the afternoon, once the exposure has followed.
    await page.evaluate(() => Object.assign(globalThis.histogramCheck?.state ?? {}, { day: 0.4 }));
    await page.waitForTimeout(2500);
  },

  "gpu-timer": async (page) => {
    // A graph that tells something, then a picture of all pixels, however long these take.
    /** @param {number} frames */
    const until = (frames) =>
      page.waitForFunction((frames) => Number(globalThis.awaitframeDemo?.frames) > frames, frames);
    /** @param {string} pass @param {number} level */
    const load = async (pass, level) => {
      await page.locator(`.loads input[name="${pass}"]`).evaluate((slider, level) => {
        Object.assign(slider, { value: level });
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      }, level);
    };
    await until(40);
    await load("shadow", 4);
    await until(65);
    await load("shadow", 2);
    await load("scene", 4);
    await until(90);
    await load("scene", 2);
    await until(115);
    await page.keyboard.press("r");
    await until(126);
  },

  occlusion: async (page) => {
    await page.waitForFunction(() => Number(globalThis.occlusionCheck?.counts().hidden) > 10);
    await page.keyboard.press("t");
    await page.waitForFunction(() => globalThis.occlusionCheck?.state.above === 1);
    await page.waitForTimeout(1000);
  },

  boids: async (page) => {
    // All of them, once the flocks have found each other.
    await page.locator(".count input").evaluate((/** @type {HTMLInputElement} */ slider) => {
      slider.value = "14";
      slider.dispatchEvent(new Event("input"));
    });
    await page.waitForFunction(() => Number(globalThis.awaitframeDemo?.frames) > 90);
  },

  "reaction-diffusion": async (page) => {
    // Until the dish is full.
    await page.keyboard.press("3");
    await page.waitForFunction(() => Number(globalThis.reactionCheck?.state.steps) > 4000);
  },

  stampede: async (page) => {
    await page.waitForTimeout(3000);
  },

  "device-loss": async (page) => {
    await page.waitForFunction(() => Number(globalThis.deviceLossCheck?.story.step) > 150);
  },

  recorder: async (page) => {
    await page.waitForTimeout(2500);
  },

  worker: async (page) => {
    await page.mouse.move(330, 420);
    await page.waitForFunction(() => Number(globalThis.workerCheck?.drawn.worker) > 100);
  },

  loading: async (page) => {
    // Half way, so that the spinner is in the picture.
    await page.waitForFunction(() => Number(globalThis.loadingProgress?.done) > 110, undefined, {
      polling: 5,
    });
  },

  three: async (page) => {
    await page.waitForFunction(() => Number(globalThis.awaitframeDemo?.frames) > 60);
  },

  pixi: async (page) => {
    // Most of them in the heart, some on their way.
    await page.keyboard.press("2");
    await page.waitForFunction(() => Number(document.querySelector(".flying")?.textContent) < 90);
  },

  babylon: async (page) => {
    // One light on, and the ring of one before it.
    await page.waitForFunction(() => Number(globalThis.awaitframeDemo?.frames) > 25);
    await page.evaluate(() => {
      const { levels, loop } = globalThis.babylonCheck ?? {};
      loop?.pause();
      levels?.splice(0, 4, 1, 0, 0, 0);
    });
    await page.waitForTimeout(600);
  },

  canvases: async (page) => {
    await page.waitForFunction(() => Number(globalThis.awaitframeDemo?.frames) > 12);
  },
};

const asked = argv.slice(2);
const gallery = await serveGallery();
const { executablePath, args } = await chromium();
// Finer than it is shown, and scaled down: smoother than the screen. Canvases don't follow a density set by the page.
const dense = "--force-device-scale-factor=1.5";
const browser = await playwright.chromium.launch({ executablePath, args: [...args, dense] });
try {
  for (const [demo, scene] of Object.entries(scenes)) {
    if (asked.length > 0 && !asked.includes(demo)) continue;
    const page = await openPage(1024, 640);
    await page.goto(new URL(`${demo}/`, gallery.url).href);
    await page.addStyleTag({
      content:
        ".stage { position: fixed; inset: 0; height: auto; z-index: 1; border-radius: 0; box-shadow: none; }",
    });
    await page.waitForFunction(() => Number(globalThis.awaitframeDemo?.frames) > 10);
    await scene(page);
    await save(page, `${demo}/picture.webp`, 960);
    await page.close();
  }
  if (asked.length === 0 || asked.includes("gallery")) await takeGallery();
} finally {
  await browser.close();
  await gallery.close();
}

/** The gallery shows the pictures of the demos: it is built anew. */
async function takeGallery() {
  const gallery = await serveGallery();
  for (const colorScheme of /** @type {const} */ (["light", "dark"])) {
    const page = await openPage(1280, 1575);
    await page.emulateMedia({ colorScheme });
    await page.goto(gallery.url, { waitUntil: "networkidle" });
    await save(page, `gallery-${colorScheme}.webp`, 1600);
    await page.close();
  }
  await gallery.close();
}

/** @param {number} width @param {number} height */
async function openPage(width, height) {
  const page = await browser.newPage({ viewport: null });
  // A busy machine without a GPU may take its time.
  page.setDefaultTimeout(300_000);
  const session = await page.context().newCDPSession(page);
  const { windowId } = await session.send("Browser.getWindowForTarget");
  await session.send("Browser.setContentsSize", { windowId, width, height });
  return page;
}

/**
 * Writes what the page shows, encoded by the browser itself.
 * @param {Page} page
 * @param {string} file below this folder
 * @param {number} width
 */
async function save(page, file, width) {
  const shot = await page.screenshot();
  const url = await page.evaluate(
    async ({ png, width }) => {
      const blob = await (await fetch(`data:image/png;base64,${png}`)).blob();
      const image = await createImageBitmap(blob);
      const height = Math.round((image.height * width) / image.width);
      const canvas = Object.assign(document.createElement("canvas"), { width, height });
      const context = canvas.getContext("2d");
      if (!context) throw new Error("No 2D context to scale the picture with.");
      context.imageSmoothingQuality = "high";
      context.drawImage(image, 0, 0, width, height);
      return canvas.toDataURL("image/webp", 0.9);
    },
    { png: shot.toString("base64"), width },
  );
  const data = Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  writeFileSync(fileURLToPath(new URL(file, import.meta.url)), data);
  console.log(`${file}  ${(data.length / 1000).toFixed(0)} kB`);
}
