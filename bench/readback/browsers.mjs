import { launch } from "puppeteer-core";
import playwright from "playwright";
import { chromium, firefox, firefoxPrefs } from "../../tools/browser.mjs";

/**
 * A page of a real browser.
 *
 * @typedef {object} Tab
 * @property {string} version of the browser
 * @property {<T>(expression: string) => Promise<T>} evaluate
 * @property {() => Promise<Usage | null>} usage null where the browser does not tell
 * @property {() => Promise<void>} close
 *
 * @typedef {object} Usage
 * @property {number} mainThread the processor time of the page's main thread so far, ms
 * @property {number} heap what its JavaScript heap holds, bytes
 */

// So much can be allocated before anything is collected: then growth is what was allocated.
const memory = "--js-flags=--expose-gc --min-semi-space-size=64 --max-semi-space-size=64";

/** @param {string} url @param {(error: Error) => void} complain @returns {Promise<Tab>} */
export async function openChromium(url, complain) {
  const { executablePath, args } = await chromium();
  const browser = await playwright.chromium.launch({ executablePath, args: [...args, memory] });
  const page = await browser.newPage();
  page.on("pageerror", complain);
  await page.goto(url);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return {
    version: `Chromium ${browser.version()}`,
    evaluate: (expression) => page.evaluate(expression),
    async usage() {
      const { metrics } = await session.send("Performance.getMetrics");
      const seconds = metrics.find(({ name }) => name === "ThreadTime")?.value ?? Number.NaN;
      const { usedSize } = await session.send("Runtime.getHeapUsage");
      return { mainThread: seconds * 1000, heap: usedSize };
    },
    close: () => browser.close(),
  };
}

/** @param {string} url @param {(error: Error) => void} complain @returns {Promise<Tab>} */
export async function openFirefox(url, complain) {
  const { executablePath, env } = await firefox();
  const browser = await launch({
    browser: "firefox",
    executablePath,
    env: { ...process.env, ...env },
    headless: true,
    extraPrefsFirefox: firefoxPrefs,
  });
  const page = await browser.newPage();
  page.on("pageerror", (error) => complain(error instanceof Error ? error : new Error(String(error))));
  await page.goto(url, { timeout: 0 });
  return {
    version: (await browser.version()).replace("firefox/", "Firefox "),
    evaluate: (expression) => /** @type {Promise<any>} */ (page.evaluate(expression)),
    usage: async () => null,
    close: () => browser.close(),
  };
}
