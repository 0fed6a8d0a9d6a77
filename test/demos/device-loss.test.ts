import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { BrowserContextOptions, Page } from "playwright";
import {
  countColours,
  frames,
  moreFrames,
  openPages,
  phone,
  picture,
  screenshotPath,
  scrollsSideways,
  type Pages,
  type Visit,
} from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  // Losing the GPU often is no reason to take it away from these pages.
  pages = await openPages((args) => [
    ...args,
    "--disable-gpu-process-crash-limit",
    "--disable-domain-blocking-for-3d-apis",
  ]);
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

/** Less to draw leaves a machine without a GPU more time. */
const small = { viewport: { width: 480, height: 600 } };

async function open(options: BrowserContextOptions = small): Promise<Visit> {
  const visit = await pages.open("device-loss/", options);
  await moreFrames(visit.page);
  return visit;
}

function story(page: Page) {
  return page.evaluate(() => ({ ...globalThis.deviceLossCheck!.story }));
}

async function untilDevice(page: Page, count: number): Promise<void> {
  await page.waitForFunction((count) => globalThis.deviceLossCheck!.story.devices >= count, count);
  await moreFrames(page);
}

/** Waits for a copy that was taken after more steps than so many. */
async function untilCopied(page: Page, steps: number): Promise<void> {
  await page.waitForFunction((steps) => globalThis.deviceLossCheck!.copied() > steps, steps);
}

const log = (page: Page): Promise<string[]> => page.locator(".log li").allTextContents();
const mistake = (page: Page) => page.locator(".mistake");
const shader = (page: Page) => page.getByRole("textbox");

test("when the device is lost, the mould grows on from its last copy on another one", async () => {
  const { page, complaints } = await open();
  await untilCopied(page, 20);
  const copied = await page.evaluate(() => {
    const check = globalThis.deviceLossCheck!;
    check.keep();
    document.querySelector<HTMLButtonElement>("button.lose")!.click();
    return check.copied();
  });
  await untilDevice(page, 2);
  const { losses, stepsBack, stoodStill } = await story(page);
  expect(losses).toBe(1);
  expect(stepsBack).toBeGreaterThan(0);
  // At least the pause before the retry.
  expect(stoodStill).toBeGreaterThan(99);
  const [lost, back] = await log(page);
  expect(lost).toMatch(/^Device 1 lost at step \d+\. Retry 1 of 5 in 100 ms\.$/);
  expect(back).toMatch(/^Device 2: on from step \d+, \d+ back\.$/);
  expect(await page.locator(".gone").isVisible()).toBe(false);

  // A few steps later it looks much as it did. A mould that began anew would have nothing in common with it.
  await untilCopied(page, copied);
  expect(await page.evaluate(() => globalThis.deviceLossCheck!.likeness())).toBeGreaterThan(0.3);
  expect(await countColours(page, await picture(page))).toBeGreaterThan(100);
  await page.screenshot({ path: screenshotPath("device-loss"), fullPage: true });
  expect(complaints).toEqual([]);
});

test("lost again and again, it gives up after five retries, and begins again when it is told to", async () => {
  const { page, complaints } = await open();
  await untilCopied(page, 0);
  await page.keyboard.press("d");
  const again = page.getByRole("button", { name: "Begin again" });
  await again.waitFor();
  const { losses, surrenders, devices } = await story(page);
  expect({ losses, surrenders, devices }).toEqual({ losses: 5, surrenders: 1, devices: 6 });
  expect((await log(page)).at(-1)).toBe("Given up after 5 retries.");
  const pauses = (await log(page)).join().match(/\d+ ms/g);
  expect(pauses?.at(-1)).toBe("1600 ms");
  const before = await frames(page);
  await page.waitForTimeout(300);
  expect(await frames(page)).toBe(before);

  await again.click();
  await untilDevice(page, 7);
  expect(await again.isVisible()).toBe(false);
  // And not lost any more.
  await moreFrames(page, 5);
  expect((await story(page)).losses).toBe(5);
  expect(complaints).toEqual([]);
});

test("when the GPU process ends, it comes back as well", async () => {
  const { page, complaints } = await open();
  await untilCopied(page, 20);
  await page.evaluate(() => globalThis.deviceLossCheck!.keep());
  const copied = await page.evaluate(() => globalThis.deviceLossCheck!.copied());
  await endGpuProcess(page);
  await untilDevice(page, 2);
  await untilCopied(page, copied);
  expect(await page.evaluate(() => globalThis.deviceLossCheck!.likeness())).toBeGreaterThan(0.3);
  expect(complaints.filter((text) => !text.includes(chromiumsOwn))).toEqual([]);
});

test("a shader that is broken is told with its line and column, and the one before goes on", async () => {
  const { page, complaints } = await open();
  const text = await shader(page).inputValue();
  await page.getByRole("button", { name: "Break the shader" }).click();
  await mistake(page).waitFor();
  const broken = await shader(page).inputValue();
  expect(broken).not.toBe(text);
  // The place is counted as in the editor.
  const [, line, column] = /(\d+):(\d+): /.exec(await mistake(page).innerText())!;
  const [row = "", at] = [broken.split("\n")[Number(line) - 1], Number(column) - 1];
  expect(row.slice(at)).toMatch(/^smoothstop\(/);
  await moreFrames(page);
  expect(await countColours(page, await picture(page))).toBeGreaterThan(100);

  // The next device has no use for it either.
  await page.keyboard.press("l");
  await untilDevice(page, 2);
  await mistake(page).waitFor();
  expect(await countColours(page, await picture(page))).toBeGreaterThan(100);

  await page.getByRole("button", { name: "Mend it" }).click();
  await mistake(page).waitFor({ state: "hidden" });
  expect(await shader(page).inputValue()).toBe(text);
  expect(complaints).toEqual([]);
});

test("what is typed into the shader is seen at once, and outlives the device", async () => {
  const { page, complaints } = await open();
  const plain = "fn colour(trail: f32, at: vec2f, time: f32) -> vec3f { return vec3f(0, 1, 0); }\n";
  // The letters of the text are no commands: L would lose the device.
  await shader(page).fill("");
  await shader(page).pressSequentially("fn l(");
  await mistake(page).waitFor();
  await shader(page).fill(plain);
  const isGreen = async (): Promise<boolean> => (await partLike(page, [0, 255, 0])) > 0.98;
  await expect.poll(isGreen).toBe(true);
  expect((await story(page)).losses).toBe(0);
  await page.locator("h1").click();
  await page.keyboard.press("l");
  await untilDevice(page, 2);
  await expect.poll(isGreen).toBe(true);
  expect(complaints).toEqual([]);
});

test("it is painted on by touch and by keyboard, and fits a phone", async () => {
  const { page, complaints } = await open(phone);
  expect(await scrollsSideways(page)).toBe(false);
  // A shader that shows only what a brush can leave: more than the walkers do.
  await shader(page).fill(
    "fn colour(trail: f32, at: vec2f, time: f32) -> vec3f { return vec3f(step(2.5, trail), 0, 0); }\n",
  );
  const painted = (): Promise<number> => partLike(page, [255, 0, 0]);
  await expect.poll(async () => (await countColours(page, await picture(page))) < 100).toBe(true);
  expect(await painted()).toBe(0);
  const stage = page.locator(".stage canvas");
  await stage.scrollIntoViewIfNeeded();
  const box = (await stage.boundingBox())!;
  const touches = await page.context().newCDPSession(page);
  const touchPoints = [{ x: box.x + box.width / 2, y: box.y + box.height / 2 }];
  await touches.send("Input.dispatchTouchEvent", { type: "touchStart", touchPoints });
  await expect.poll(painted).toBeGreaterThan(0);
  await touches.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
  await expect.poll(painted).toBe(0);
  await stage.focus();
  await page.keyboard.down("ArrowRight");
  await expect.poll(painted).toBeGreaterThan(0);
  await page.keyboard.up("ArrowRight");
  await expect.poll(painted).toBe(0);
  expect(complaints).toEqual([]);
});

/** Which part of the picture has this colour. */
async function partLike(page: Page, colour: [r: number, g: number, b: number]): Promise<number> {
  const png = (await picture(page)).toString("base64");
  return page.evaluate(
    async ({ png, colour }) => {
      const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${png}`)).blob());
      const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      let count = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (colour.every((part, j) => Math.abs(data[i + j]! - part) < 30)) count++;
      }
      return (4 * count) / data.length;
    },
    { png, colour },
  );
}

/** Said by Chromium in each page that had a device when the GPU process ended. */
const chromiumsOwn = "A valid external Instance reference no longer exists.";

/** As a crash of the driver would. */
async function endGpuProcess(page: Page): Promise<void> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const gpu = processInfo.find(({ type }) => type === "GPU")!;
  process.kill(gpu.id, "SIGKILL");
  await session.detach();
}
