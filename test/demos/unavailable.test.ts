import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright";
import { demos } from "../../tools/gallery.mjs";
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

async function withoutWebGPU(page: Page): Promise<void> {
  await page.addInitScript(() => Object.defineProperty(Navigator.prototype, "gpu", { get: () => undefined }));
}

async function withoutAdapter(page: Page): Promise<void> {
  await page.addInitScript(() => {
    GPU.prototype.requestAdapter = async () => null;
  });
}

async function withoutDevice(page: Page): Promise<void> {
  await page.addInitScript(() => {
    GPUAdapter.prototype.requestDevice = async () => {
      throw new DOMException("The GPU is busy elsewhere", "OperationError");
    };
  });
}

/** What a visitor reads instead of seeing a blank canvas. */
async function advice(page: Page): Promise<{ title: string; hints: string[] }> {
  const notice = page.locator(".notice");
  await notice.waitFor();
  return {
    title: await notice.locator("h2").innerText(),
    hints: await notice.locator("li").allInnerTexts(),
  };
}

test.each(demos())("%s without WebGPU says what is missing and what to do", async (demo) => {
  const { page } = await pages.open(`${demo}/`, {}, withoutWebGPU);
  const { title, hints } = await advice(page);
  expect(title).toBe("This browser doesn't offer WebGPU");
  // The visitor's own browser first.
  expect(hints[0]).toMatch(/^Chrome, Edge/);
  expect(hints.join()).toContain("Firefox");
  expect(await page.locator(".stage canvas:visible").count()).toBe(0);
  await page.screenshot({ path: screenshotPath(`${demo}-without-webgpu`) });
});

test.each(demos())("%s without an adapter", async (demo) => {
  const { page } = await pages.open(`${demo}/`, {}, withoutAdapter);
  const { title, hints } = await advice(page);
  expect(title).toBe("WebGPU is here, but it found no GPU to use");
  expect(hints.join()).toContain("chrome://gpu");
  expect(await page.locator(".stage canvas:visible").count()).toBe(0);
});

test.each(demos())("%s without a device tells the browser's own reason", async (demo) => {
  const { page } = await pages.open(`${demo}/`, {}, withoutDevice);
  const { title, hints } = await advice(page);
  expect(title).toBe("The GPU couldn't be opened");
  expect(hints[0]).toContain("The GPU is busy elsewhere");
  expect(await page.locator(".stage canvas:visible").count()).toBe(0);
});

test("each browser gets its own hints", async () => {
  const agents = {
    Firefox: "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    Safari:
      "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Safari/605.1.15",
  };
  for (const [name, userAgent] of Object.entries(agents)) {
    const { page } = await pages.open("cube/", { userAgent }, withoutWebGPU);
    expect((await advice(page)).hints[0]).toMatch(new RegExp(`^${name}`));
  }
});

test("the gallery says it too, on a phone, and still shows what there is", async () => {
  const { page, complaints } = await pages.open("", phone, withoutWebGPU);
  expect((await advice(page)).title).toBe("This browser doesn't offer WebGPU");
  expect(await page.locator("a.card").count()).toBe(demos().length);
  expect(await scrollsSideways(page)).toBe(false);
  await page.screenshot({ path: screenshotPath("gallery-without-webgpu"), fullPage: true });
  expect(complaints).toEqual([]);
});

test("a browser that really lacks it", async () => {
  const bare = await openPages((args) => args.filter((arg) => !/gpu|angle|vulkan/i.test(arg)));
  try {
    const { page } = await bare.open("cube/");
    const { title, hints } = await advice(page);
    expect(title).toMatch(/WebGPU/);
    expect(hints.length).toBeGreaterThan(1);
  } finally {
    await bare.close();
  }
});

test("a demo that fails later says so, and what the error was", async () => {
  const { page } = await pages.open("cube/");
  await moreFrames(page);
  await page.evaluate(() => reportError(new RangeError("out of crystals")));
  const { title, hints } = await advice(page);
  expect(title).toBe("This demo has stopped");
  expect(hints).toEqual(["RangeError: out of crystals"]);
});
