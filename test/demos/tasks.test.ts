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
  scrollsSideways,
  type Pages,
} from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await openPages();
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

const inOrder = [
  "main slept",
  "main slept",
  "harry slept",
  "ron slept",
  "harry slept",
  "ron slept",
  "harry slept",
  "ron slept",
  "ron slept",
  "Error: Meh",
];

interface Message {
  text: string;
  seconds: number;
  failed: boolean;
}

function log(page: Page): Promise<Message[]> {
  return page.locator(".log li").evaluateAll((entries) =>
    entries.map((entry) => ({
      text: entry.lastChild!.textContent!,
      seconds: parseFloat(entry.querySelector("time")!.textContent!),
      failed: entry.classList.contains("failed"),
    })),
  );
}

async function texts(page: Page): Promise<string[]> {
  return (await log(page)).map(({ text }) => text);
}

async function untilTheEnd(page: Page): Promise<void> {
  await page.locator(".log li.failed").waitFor();
}

test("the tasks speak in order, and the one that fails disturbs nobody", async () => {
  const { page, complaints } = await pages.open("tasks/");
  await moreFrames(page);
  const first = await picture(page);
  await moreFrames(page);
  expect((await picture(page)).equals(first)).toBe(false);

  await untilTheEnd(page);
  const messages = await log(page);
  expect(messages.map(({ text }) => text)).toEqual(inOrder);
  expect(messages.filter(({ failed }) => failed)).toEqual([messages.at(-1)]);
  // Never early; in a page that draws slowly, late by a frame.
  const due = [1, 2, 2.1, 2.1, 2.2, 2.2, 2.3, 2.3, 2.4, 4];
  messages.forEach(({ seconds }, i) => expect(seconds).toBeGreaterThanOrEqual(due[i]! - 0.01));
  messages.slice(1).forEach(({ seconds }, i) => expect(seconds).toBeGreaterThanOrEqual(messages[i]!.seconds));

  expect(await page.locator(".labels span").allTextContents()).toEqual(inOrder);
  expect(await countColours(page, await picture(page))).toBeGreaterThan(50);
  await page.screenshot({ path: screenshotPath("tasks") });
  // The error was reported to the demo, which shows it: nothing of it in the console.
  expect(complaints).toEqual([]);
});

test("after the end next to no frames are drawn", async () => {
  const { page, complaints } = await pages.open("tasks/");
  await untilTheEnd(page);
  await page.waitForTimeout(500);
  const before = await frames(page);
  await page.waitForTimeout(2000);
  expect((await frames(page)) - before).toBeLessThanOrEqual(9);
  expect(complaints).toEqual([]);
});

test("it runs again, by button and by key, also in the middle", async () => {
  const { page, complaints } = await pages.open("tasks/");
  await page.locator(".log li").first().waitFor();
  await page.getByRole("button", { name: "Run again" }).click();
  await page.waitForFunction(() => document.querySelectorAll(".log li").length === 0);
  await untilTheEnd(page);
  expect(await texts(page)).toEqual(inOrder);

  await page.keyboard.press("r");
  await page.waitForFunction(() => document.querySelectorAll(".log li").length === 0);
  await untilTheEnd(page);
  expect(await texts(page)).toEqual(inOrder);
  expect(complaints).toEqual([]);
});

test("it fits a phone, and follows the size of the window after the end", async () => {
  const { page, complaints } = await pages.open("tasks/", phone);
  await page.getByRole("button", { name: "Run again" }).tap();
  await untilTheEnd(page);
  expect(await scrollsSideways(page)).toBe(false);
  await page.setViewportSize({ width: 700, height: 800 });
  await expect
    .poll(async () => {
      const { texture, display } = await canvasSizes(page);
      return Math.hypot(texture[0] - display[0], texture[1] - display[1]);
    })
    .toBeLessThan(2);
  expect(complaints).toEqual([]);
});
