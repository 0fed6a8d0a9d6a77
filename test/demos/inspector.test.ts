import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type Axe from "axe-core";
import type { Locator, Page } from "playwright";
import {
  frames,
  moreFrames,
  openPages,
  phone,
  screenshotPath,
  scrollsSideways,
  type Pages,
  type Visit,
} from "./gallery-pages.ts";

let pages: Pages;
beforeAll(async () => {
  pages = await openPages();
});
afterEach(() => pages.leave());
afterAll(() => pages.close());

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** What is drawn on the processor is drawn sooner where there is less of it. */
const small = { viewport: { width: 480, height: 600 } };

/** A demo with the inspector open. */
async function inspected(demo: string, options = {}): Promise<Visit & { inspector: Locator }> {
  const visit = await pages.open(`${demo}/`, options);
  const { page } = visit;
  await moreFrames(page);
  await page.keyboard.press("i");
  const inspector = page.locator("awaitframe-inspector");
  await inspector.getByRole("treegrid").waitFor();
  return { ...visit, inspector };
}

/** What the rows that are seen say: "name: what it waits for". */
function rows(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { shadowRoot } = document.querySelector("awaitframe-inspector")!;
    return [...shadowRoot!.querySelectorAll<HTMLElement>(".row:not([hidden])")]
      .toSorted((a, b) => Number(a.ariaRowIndex) - Number(b.ariaRowIndex))
      .map((row) => [".label", ".waits"].map((cell) => row.querySelector(cell)!.textContent).join(": "));
  });
}

function row(inspector: Locator, name: string): Locator {
  return inspector
    .locator(".row:not([hidden])")
    .filter({ has: inspector.page().getByText(name, { exact: true }) });
}

async function press(inspector: Locator, name: string): Promise<void> {
  await inspector.getByRole("button", { name, exact: true }).click();
}

/** Clicks on "Step" so many times. */
function step(inspector: Locator, count: number): Promise<void> {
  return inspector.getByRole("button", { name: "Step one frame" }).evaluate((button: HTMLElement, count) => {
    for (let i = 0; i < count; i++) button.click();
  }, count);
}

test("every demo opens it by a key and by a button, and closes it", async () => {
  const { page, complaints, inspector } = await inspected("cube");
  await page.keyboard.press("i");
  await inspector.waitFor({ state: "detached" });
  await page.getByRole("button", { name: /^Inspector/ }).click();
  await inspector.getByRole("treegrid").waitFor();
  await press(inspector, "Close");
  await inspector.waitFor({ state: "detached" });
  await moreFrames(page);
  expect(complaints).toEqual([]);
});

test("it shows what the tasks wait for, and how they end, frame by frame", async () => {
  const { page, complaints, inspector } = await inspected("tasks");
  await press(inspector, "Pause");
  await page.getByRole("button", { name: "Run again" }).click();
  // The frames of a step are a sixtieth of a second: sleeps end in the frame in which they must.
  await step(inspector, 2);
  expect(await rows(page)).toContain("main: sleep(1000)");
  await step(inspector, 118);
  expect((await rows(page)).filter((row) => /^(main|harry|ron|fail):/.test(row))).toEqual([
    "main: sleep(1000)",
  ]);
  await step(inspector, 3);
  const started = await rows(page);
  for (const line of ["main: done", "harry: sleep(100)", "ron: sleep(100)", "fail: sleep(2000)"]) {
    expect(started).toContain(line);
  }
  await step(inspector, 20);
  expect(await rows(page)).toEqual(expect.arrayContaining(["harry: done", "ron: sleep(100)"]));
  await step(inspector, 102);
  expect(await rows(page)).toContain("fail: failed");
  expect(await page.locator(".log li").count()).toBe(10);
  expect(complaints).toEqual([]);
});

test("a pause holds the frames, a step runs exactly one, and then they go on", async () => {
  const { page, complaints, inspector } = await inspected("cube");
  expect(await inspector.getByRole("button", { name: "Step one frame" }).isDisabled()).toBe(true);
  await press(inspector, "Pause");
  const at = await frames(page);
  await page.evaluate(async () => {
    for (let i = 0; i < 10; i++) await new Promise(requestAnimationFrame);
  });
  expect(await frames(page)).toBe(at);
  for (let i = 1; i <= 3; i++) {
    await press(inspector, "Step one frame");
    expect(await frames(page)).toBe(at + i);
  }
  await press(inspector, "Resume");
  await moreFrames(page);
  expect(complaints).toEqual([]);
});

test("by keyboard a task is chosen and cancelled, and its cleanup runs", async () => {
  const { page, complaints, inspector } = await inspected("tasks");
  await press(inspector, "Pause");
  await page.getByRole("button", { name: "Run again" }).click();
  await step(inspector, 2);
  const tree = inspector.getByRole("treegrid");
  await tree.focus();
  await page.keyboard.press("End");
  await expect.poll(() => inspector.locator("[aria-selected=true] .label").textContent()).toBe("main");
  const active = await tree.getAttribute("aria-activedescendant");
  expect(await inspector.locator(`#${active}`).getAttribute("aria-selected")).toBe("true");
  await page.keyboard.press("Delete");
  expect(await rows(page)).toContain("main: cancelled");
  expect(await inspector.getByRole("status").textContent()).toBe("main was cancelled");
  // It would have spoken after 60 frames. Its finally block has told the demo that nothing runs: no tick is drawn.
  await step(inspector, 70);
  expect(await page.locator(".log li").count()).toBe(0);
  expect(await rows(page)).not.toContainEqual(expect.stringContaining("nextFrame"));
  expect(complaints).toEqual([]);
});

test("by mouse a task is cancelled: what it listened to, it listens to no more", async () => {
  const { page, complaints, inspector } = await inspected("histogram", small);
  const auto = page.getByRole("button", { name: /Auto-exposure/ });
  await page.keyboard.press("e");
  await expect.poll(() => auto.getAttribute("aria-pressed")).toBe("false");
  await row(inspector, "switching").hover();
  await inspector.getByRole("button", { name: "Cancel switching" }).click();
  await page.keyboard.press("e");
  await moreFrames(page, 5);
  expect(await auto.getAttribute("aria-pressed")).toBe("false");
  expect(complaints).toEqual([]);
});

test("what it tells of a readback ring is what the ring tells", async () => {
  const { page, complaints } = await pages.open("histogram/", small, async (page) => {
    // The inspector holds rings weakly: this is how the test gets hold of the demo's own.
    await page.addInitScript(() => {
      const Plain = WeakRef;
      globalThis.WeakRef = class<T extends WeakKey> extends Plain<T> {
        constructor(target: T) {
          super(target);
          if ("inFlight" in (target as object)) Object.assign(globalThis, { ring: target });
        }
      };
    });
  });
  await moreFrames(page);
  await page.keyboard.press("i");
  await page.locator("awaitframe-inspector .rings tbody tr").waitFor();
  for (let i = 0; i < 5; i++) {
    await moreFrames(page);
    const [told, own] = await page.evaluate(() => {
      // It looks again, here and now.
      document.dispatchEvent(new Event("visibilitychange"));
      const { ring } = globalThis as unknown as {
        ring: Record<"inFlight" | "slots" | "latency" | "dropped" | "bytes", number>;
      };
      const { shadowRoot } = document.querySelector("awaitframe-inspector")!;
      const cells = [...shadowRoot!.querySelectorAll(".rings tbody td")].map((cell) => cell.textContent);
      const taken = shadowRoot!.querySelectorAll(".slots .taken").length;
      return [
        { cells, taken },
        {
          cells: [
            `${ring.inFlight}/${ring.slots}`,
            ring.latency === 1 ? "1 frame" : `${ring.latency} frames`,
            String(ring.dropped),
            `${(ring.bytes / 1024).toFixed(1)} KiB`,
          ],
          taken: ring.inFlight,
        },
      ] as const;
    });
    expect(told).toEqual(own);
  }
  expect(complaints).toEqual([]);
});

test("its switch writes frames and readbacks for the Performance panel, and only while it is on", async () => {
  const { page, complaints, inspector } = await inspected("histogram", small);
  const entries = () =>
    page.evaluate(() =>
      performance.getEntriesByType("measure").map((entry) => {
        const { detail, duration, name } = entry as PerformanceMeasure;
        const { track, trackGroup } = (detail as { devtools: { track: string; trackGroup: string } })
          .devtools;
        return { name, duration, track, trackGroup };
      }),
    );
  expect(await entries()).toEqual([]);
  const record = inspector.getByRole("switch", { name: "Write to the Performance panel" });
  expect(await record.getAttribute("aria-checked")).toBe("false");
  await record.click();
  expect(await record.getAttribute("aria-checked")).toBe("true");
  await expect
    .poll(async () => new Set((await entries()).map(({ track }) => track)), { timeout: 60_000 })
    .toEqual(new Set(["Frames", "GPU waits"]));
  const written = await entries();
  for (const { trackGroup, duration } of written) {
    expect(trackGroup).toBe("awaitframe");
    expect(duration).toBeGreaterThanOrEqual(0);
  }
  expect(written.find(({ track }) => track === "GPU waits")!.name).toContain("readback");
  await record.click();
  expect(await entries()).toEqual([]);
  await moreFrames(page);
  expect(await entries()).toEqual([]);
  expect(complaints).toEqual([]);
});

test("taken out of the page it leaves nothing behind", async () => {
  const { page, complaints, inspector } = await inspected("cube");
  const devtools = await page.context().newCDPSession(page);
  /** How many listeners of the page itself, its document and its window there are. */
  const listeners = async (): Promise<number[]> => {
    const counts: number[] = [];
    for (const expression of ["window", "document", "document.body"]) {
      const { result } = await devtools.send("Runtime.evaluate", { expression });
      const { objectId } = result as { objectId: string };
      counts.push((await devtools.send("DOMDebugger.getEventListeners", { objectId })).listeners.length);
    }
    return counts;
  };
  const open = await listeners();
  await inspector.getByRole("switch").click();
  await page.evaluate(() => {
    Object.assign(globalThis, { gone: new WeakRef(document.querySelector("awaitframe-inspector")!) });
  });
  await press(inspector, "Close");
  await inspector.waitFor({ state: "detached" });
  const closed = await listeners();
  expect(closed.map((count, i) => open[i]! - count)).toEqual([1, 1, 0]);
  // No timer, no listener and no observer holds it.
  await expect
    .poll(async () => {
      await devtools.send("HeapProfiler.collectGarbage");
      return page.evaluate(
        () => (globalThis as unknown as { gone: WeakRef<Element> }).gone.deref() === undefined,
      );
    })
    .toBe(true);
  await page.keyboard.press("i");
  await inspector.getByRole("treegrid").waitFor();
  expect(await listeners()).toEqual(open);
  expect(complaints).toEqual([]);
});

test("ten thousand tasks are one row; opened, only those that are seen exist", async () => {
  const { page, complaints, inspector } = await inspected("stampede");
  const herd = inspector.locator(".row", { hasText: "×10,000" });
  await herd.click();
  await page.keyboard.press("ArrowRight");
  const tree = inspector.getByRole("treegrid");
  await expect.poll(async () => Number(await tree.getAttribute("aria-rowcount"))).toBeGreaterThan(10_000);
  await page.keyboard.press("End");
  await expect
    .poll(() => inspector.locator("[aria-selected=true]").getAttribute("aria-posinset"))
    .toBe("10000");
  expect(await inspector.locator(".row").count()).toBeLessThan(30);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect.poll(async () => Number(await tree.getAttribute("aria-rowcount"))).toBeLessThan(100);
  expect(complaints).toEqual([]);
});

test("it opens as large as it stays while the tasks are yet to be found", async () => {
  const { page, inspector } = await inspected("cube");
  const { height } = (await inspector.boundingBox())!;
  await expect.poll(() => rows(page)).not.toEqual([]);
  expect((await inspector.boundingBox())!.height).toBe(height);
});

test("it is moved by its title and by the keyboard, stays in the window, and is folded", async () => {
  const { page, complaints, inspector } = await inspected("cube", { viewport: { width: 1280, height: 800 } });
  const box = async () => (await inspector.boundingBox())!;
  // It grows and shrinks upwards, with the tree.
  const place = async () => {
    const { x, y, height } = await box();
    return { x, bottom: y + height };
  };
  const before = await place();
  const { x, y } = await box();
  await page.mouse.move(x + 150, y + 15);
  await page.mouse.down();
  await page.mouse.move(x - 150, y - 85, { steps: 3 });
  await page.mouse.up();
  const dragged = await place();
  expect([dragged.x - before.x, dragged.bottom - before.bottom]).toEqual([-300, -100]);
  await page.mouse.move(0, 0);
  expect(await place()).toEqual(dragged);

  await inspector.getByRole("button", { name: /^Move/ }).focus();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowDown");
  const moved = await place();
  expect([moved.x - dragged.x, moved.bottom - dragged.bottom]).toEqual([-16, 16]);
  for (let i = 0; i < 60; i++) await page.keyboard.press("ArrowUp");
  expect((await box()).y).toBe(8);

  await press(inspector, "Collapse");
  expect(await inspector.getByRole("treegrid").isVisible()).toBe(false);
  expect((await box()).height).toBeLessThan(50);
  await press(inspector, "Expand");
  expect(await inspector.getByRole("treegrid").isVisible()).toBe(true);
  expect(complaints).toEqual([]);
});

test("on a phone it fits, and a tap cancels", async () => {
  const { page, complaints, inspector } = await inspected("cube", phone);
  expect(await scrollsSideways(page)).toBe(false);
  const { x, y, width, height } = (await inspector.boundingBox())!;
  expect(x).toBeGreaterThanOrEqual(0);
  expect(x + width).toBeLessThanOrEqual(390);
  expect(y + height).toBeLessThanOrEqual(844);
  await inspector.getByRole("button", { name: "Cancel dragging" }).tap();
  await expect.poll(() => rows(page)).toContain("dragging: cancelled");
  await page.screenshot({ path: screenshotPath("inspector-phone") });
  await inspector.getByRole("button", { name: "Close" }).tap();
  await inspector.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
});

test("markup shows it too", async () => {
  const { page, complaints, inspector } = await inspected("cube");
  await press(inspector, "Close");
  await page.evaluate(() =>
    document.body.insertAdjacentHTML("beforeend", "<awaitframe-inspector collapsed>"),
  );
  await inspector.getByText(/fps/).waitFor();
  expect(await inspector.getByRole("treegrid").isVisible()).toBe(false);
  await press(inspector, "Expand");
  await expect
    .poll(() => rows(page))
    .toEqual(expect.arrayContaining([expect.stringMatching(/^dragging: once/)]));
  expect(complaints).toEqual([]);
});

test.each(["histogram", "stampede"])("it shuts nobody out: %s", async (demo) => {
  const { page, complaints, inspector } = await inspected(demo, small);
  if (demo === "histogram") await inspector.locator(".rings tbody tr").waitFor();
  await press(inspector, "Pause");
  await inspector.getByRole("switch").click();
  const tree = inspector.getByRole("treegrid");
  await tree.focus();
  await page.keyboard.press("ArrowDown");
  expect(await tree.evaluate((tree) => getComputedStyle(tree).outlineStyle)).toBe("solid");
  await page.evaluate(axe);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const violations = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as { axe: typeof Axe };
      const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
      const { violations, passes } = await axe.run("awaitframe-inspector", { runOnly: tags });
      if (!passes.some(({ id }) => id === "color-contrast")) throw new Error("it has not looked inside");
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    });
    expect(violations).toEqual([]);
    await inspector.screenshot({ path: screenshotPath(`inspector-${demo}-${colorScheme}`) });
  }
  expect(complaints).toEqual([]);
});
