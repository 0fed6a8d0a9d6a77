import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { run } from "axe-core";
import type { Page } from "playwright";
import { demos } from "../../tools/gallery.mjs";
import { drawSeldom, openPages, phone, type Pages } from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await openPages();
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

const script = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

const wide = { width: 1280, height: 800 };
const views = [
  { ...wide, colorScheme: "light" },
  { ...phone.viewport, colorScheme: "dark" },
] as const;
/** What all pages have in common is looked at in every way once. */
const allViews = [
  ...views,
  { ...wide, colorScheme: "dark" },
  { ...phone.viewport, colorScheme: "light" },
] as const;

test.each(["", ...demos().map((name) => `${name}/`)])(
  "/%s has nothing that axe objects to, and what a good page has",
  async (path) => {
    const { page, complaints } = await pages.open(path, {}, drawSeldom);
    if (path) await page.waitForFunction(() => Number(globalThis.awaitframeDemo?.frames) > 2);
    expect(await faults(page)).toEqual([]);
    await page.evaluate(script);
    const objections: string[] = [];
    for (const { width, height, colorScheme } of path === "" || path === "histogram/" ? allViews : views) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const found = await violations(page);
      objections.push(...found.map((objection) => `${width}px, ${colorScheme}: ${objection}`));
    }
    expect(objections).toEqual([]);
    expect(complaints).toEqual([]);
  },
);

/** What axe finds, as readable lines. */
function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { violations } = await axe.run({
      resultTypes: ["violations"],
      rules: { "target-size": { enabled: true } },
    });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id} at ${target.join(" ")}`));
  });
}

/** What a page should have for search, phones, screen readers and a calm layout, and lacks. */
function faults(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const shifts = await new Promise<number>((resolve) => {
      const sum = (entries: PerformanceEntryList): number =>
        entries.reduce((sum, entry) => sum + (entry as PerformanceEntry & { value: number }).value, 0);
      new PerformanceObserver((list) => resolve(sum(list.getEntries()))).observe({
        type: "layout-shift",
        buffered: true,
      });
      setTimeout(resolve, 300, 0);
    });
    const meta = (name: string): string =>
      document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? "";
    const all = <E extends Element>(selector: string): E[] => [...document.querySelectorAll<E>(selector)];
    const ids = all("[id]").map(({ id }) => id);
    const checks: [good: boolean, fault: string][] = [
      [
        document.compatMode === "CSS1Compat" && document.characterSet === "UTF-8",
        "no doctype, or no charset",
      ],
      [document.documentElement.lang === "en", "no language"],
      [/^.{5,60}$/.test(document.title), `a title that is too short or too long: ${document.title}`],
      [/^.{40,160}$/.test(meta("description")), `a description of ${meta("description").length} letters`],
      [
        meta("viewport") === "width=device-width, initial-scale=1",
        "a viewport that can't be zoomed, or none",
      ],
      [meta("color-scheme") === "light dark", "no word on light and dark"],
      [all("h1").length === 1, "more or less than one h1"],
      [all("main").length === 1, "more or less than one main part"],
      [all("link[rel=icon]").length === 1, "no icon"],
      [new Set(ids).size === ids.length, "an id that is there twice"],
      [all("img:not([width][height])").length === 0, "an image without its size"],
      [
        all<HTMLImageElement>("img[width][height]").every(
          ({ width, height, naturalWidth, naturalHeight }) =>
            !naturalWidth || Math.abs(width / height - naturalWidth / naturalHeight) < 0.02,
        ),
        "an image that is stretched",
      ],
      [
        all<HTMLAnchorElement>("a").every((link) => link.hidden || link.hasAttribute("href")),
        "a link to nowhere",
      ],
      [all("a[href^='http:'], [src^='http:']").length === 0, "something unsafe from elsewhere"],
      [all("button:not([type])").length === 0, "a button without a type"],
      [all("[onclick], [style*='!important']").length === 0, "script or force in an attribute"],
      [shifts < 0.1, `a layout that shifts by ${shifts}`],
    ];
    return checks.flatMap(([good, fault]) => (good ? [] : [fault]));
  });
}

declare global {
  // A global can be declared with `var` alone.
  var axe: { run: typeof run };
}
