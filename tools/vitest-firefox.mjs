// Runs Vitest's browser mode in a stock Firefox, by WebDriver BiDi: Playwright can only drive a Firefox of its own.

import process from "node:process";
import { defineBrowserProvider } from "@vitest/browser";
import { launch } from "puppeteer-core";
import { firefox as findFirefox, firefoxPrefs } from "./browser.mjs";

/** @import { Browser } from "puppeteer-core" */
/** @import { BrowserProvider } from "vitest/node" */

/** A browser provider for Vitest. What drives pages from within a test (`userEvent`, screenshots) it does not have. */
export function firefox() {
  return defineBrowserProvider({
    name: "firefox-bidi",
    supportedBrowser: ["firefox"],
    providerFactory: (project) => new FirefoxProvider(project.config.browser.headless),
  });
}

/** @implements {BrowserProvider} */
class FirefoxProvider {
  name = "firefox-bidi";
  supportsParallelism = false;
  /** @type {Promise<Browser> | undefined} */
  #browser;
  #headless;

  /** @param {boolean} headless */
  constructor(headless) {
    this.#headless = headless;
  }

  getCommandsContext() {
    return {};
  }

  /** @param {string} _session @param {string} url */
  async openPage(_session, url) {
    this.#browser ??= launchFirefox(this.#headless);
    const page = await (await this.#browser).newPage();
    await page.goto(url, { timeout: 0 });
  }

  async close() {
    await (await this.#browser?.catch(() => undefined))?.close();
  }
}

/** @param {boolean} headless */
export async function launchFirefox(headless) {
  const { executablePath, env } = await findFirefox();
  return launch({
    browser: "firefox",
    executablePath,
    env: { ...process.env, ...env },
    headless,
    extraPrefsFirefox: firefoxPrefs,
    // The size of the tests' frame, and of Playwright's window: what is beyond it would not be drawn.
    defaultViewport: { width: 1280, height: 720 },
  });
}
