// Finds the browsers that tests and demos run in, or installs them where that is ours to do.

import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, realpathSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { env, getuid, platform } from "node:process";

/**
 * @typedef {object} Browser
 * @property {string} executablePath
 * @property {string[]} args
 */

/** What Chromium does besides: the first two draw the address bar's panel for each window, on half of a processor. */
const disabledFeatures = [
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "AimEnabled",
  "HttpsFirstBalancedModeAutoEnable",
  "HttpsUpgrades",
  "LensOverlay",
  "MediaRouter",
  "NetworkTimeServiceQuerying",
  "OptimizationHints",
  "PaintHolding",
  "PreconnectToSearch",
  "Translate",
];

const quiet = [
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  `--disable-features=${disabledFeatures.join()}`,
];

// All of these are needed: with fewer, compute works, but the device is lost when a canvas is first used.
const softwareGpu = [
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--use-angle=swiftshader",
  "--enable-features=Vulkan",
  "--use-vulkan=swiftshader",
];

const hardwareGpu =
  platform === "linux" ? ["--enable-unsafe-webgpu", "--enable-features=Vulkan"] : ["--enable-unsafe-webgpu"];

/** WebGPU is behind a preference in Firefox's releases for Linux, and refuses software drivers unless told otherwise. */
export const firefoxPrefs = {
  "dom.webgpu.enabled": true,
  "dom.webgpu.workers.enabled": true,
  "gfx.webgpu.ignore-blocklist": true,
  "gfx.webgpu.force-enabled": true,
};

/** Chromium for WebGPU, installed first where it is missing and may be installed. Throws with what to do. */
export async function chromium() {
  if (!findChromium()) {
    installDebian("Chromium", ["chromium", "fonts-dejavu-core"], "CHROMIUM");
  }
  if (hasGpu() && env.AWAITFRAME_GPU === undefined && !(await hasAdapter(needed(installedChromium())))) {
    console.log("The GPU of this machine gives no WebGPU adapter: using Chromium's software GPU.");
    env.AWAITFRAME_GPU = "software";
  }
  return needed(installedChromium());
}

/**
 * What is known without installing or starting anything; no `executablePath` where there is no Chromium.
 * @returns {Partial<Browser> & { args: string[] }}
 */
export function installedChromium() {
  const software = env.AWAITFRAME_GPU === "software" || (env.AWAITFRAME_GPU !== "hardware" && !hasGpu());
  const args = [...(isRoot() ? ["--no-sandbox"] : []), ...quiet, ...(software ? softwareGpu : hardwareGpu)];
  const executablePath = findChromium();
  return executablePath === undefined ? { args } : { executablePath, args };
}

/**
 * Firefox; on Linux with the environment that gives its WebGPU a software Vulkan, unless hardware was asked for.
 * Installed as {@link chromium} is.
 */
export async function firefox() {
  const missing = [];
  if (!findFirefox()) missing.push("firefox-esr");
  if (needsSoftwareVulkan() && !findLavapipe()) missing.push("mesa-vulkan-drivers");
  if (missing.length > 0) installDebian("Firefox with a Vulkan driver", missing, "FIREFOX");
  const executablePath = findFirefox();
  const driver = findLavapipe();
  if (!executablePath) {
    throw new Error("Firefox was installed and still cannot be found: set FIREFOX to its path.");
  }
  return { executablePath, env: needsSoftwareVulkan() && driver ? { VK_ICD_FILENAMES: driver } : {} };
}

/**
 * The environment that gives Dawn for Node a software Vulkan: the driver that Chromium ships beside itself, under the
 * system's loader. Elsewhere than on Linux, and where hardware was asked for, Dawn finds its GPU without help.
 */
export async function softwareVulkan() {
  if (!needsSoftwareVulkan()) return {};
  const { executablePath } = await chromium();
  if (!hasLibrary("libvulkan.so.1")) installDebian("Vulkan", ["libvulkan1"]);
  const found = installedVulkan();
  if (!found.VK_ICD_FILENAMES) {
    throw new Error(
      `No vk_swiftshader_icd.json beside Chromium (looked in ${driverFolders(executablePath).join(", ")}): set VK_ICD_FILENAMES to the one of a Vulkan driver.`,
    );
  }
  return found;
}

/**
 * What {@link softwareVulkan} knows without installing anything.
 * @returns {{ VK_ICD_FILENAMES?: string }}
 */
export function installedVulkan() {
  const executablePath = needsSoftwareVulkan() ? findChromium() : undefined;
  if (executablePath === undefined) return {};
  const files = driverFolders(executablePath).map((folder) => join(folder, "vk_swiftshader_icd.json"));
  const file = files.find((path) => existsSync(path));
  return file === undefined ? {} : { VK_ICD_FILENAMES: file };
}

function needsSoftwareVulkan() {
  return platform === "linux" && !env.VK_ICD_FILENAMES && env.AWAITFRAME_GPU !== "hardware";
}

/** @param {string} chromium */
function driverFolders(chromium) {
  return [dirname(realpathSync(chromium)), "/usr/lib/chromium", "/usr/lib/chromium-browser"];
}

/** Whether there is a GPU that a browser could use; macOS and Windows always draw with something. */
export function hasGpu() {
  if (platform !== "linux") return true;
  const devices = existsSync("/dev/dri") ? readdirSync("/dev/dri") : [];
  return existsSync("/dev/nvidia0") || devices.some((name) => name.startsWith("renderD"));
}

function isRoot() {
  return getuid?.() === 0;
}

/** @param {Partial<Browser> & { args: string[] }} browser @returns {Browser} */
function needed({ executablePath, args }) {
  if (!executablePath) {
    throw new Error("Chromium was installed and still cannot be found: set CHROMIUM to its path.");
  }
  return { executablePath, args };
}

function findChromium() {
  return find("CHROMIUM", {
    linux: [
      "chromium",
      "chromium-browser",
      "google-chrome",
      "google-chrome-stable",
      "microsoft-edge",
      "/opt/google/chrome/chrome",
      "/snap/bin/chromium",
    ],
    darwin: [
      "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
      "/Applications/Chromium.app/Contents/MacOS/Chromium",
      "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    ],
    win32: inProgramFiles([
      "Google\\Chrome\\Application\\chrome.exe",
      "Chromium\\Application\\chrome.exe",
      "Microsoft\\Edge\\Application\\msedge.exe",
    ]),
  });
}

function findFirefox() {
  return find("FIREFOX", {
    linux: ["firefox-esr", "firefox", "/snap/bin/firefox"],
    darwin: ["/Applications/Firefox.app/Contents/MacOS/firefox"],
    win32: inProgramFiles(["Mozilla Firefox\\firefox.exe"]),
  });
}

/** @param {string} file */
function hasLibrary(file) {
  const folders = ["/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib"];
  // Debian's: /usr/lib/x86_64-linux-gnu. A program's own folder there is no place that others load from.
  const nested = ["/lib", "/usr/lib"]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) => readdirSync(folder).map((name) => join(folder, name)))
    .filter((folder) => folder.endsWith("-linux-gnu"));
  return [...folders, ...nested].some((folder) => existsSync(join(folder, file)));
}

function findLavapipe() {
  const folder = "/usr/share/vulkan/icd.d";
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const name = names.find((file) => file.startsWith("lvp_icd"));
  return name === undefined ? undefined : join(folder, name);
}

/**
 * A path set by the user wins, and must then be right: running another browser than the one asked for would mislead.
 * @param {string} variable
 * @param {Partial<Record<NodeJS.Platform, string[]>>} places
 */
function find(variable, places) {
  const asked = env[variable];
  if (asked) {
    const path = executable(asked);
    if (!path) throw new Error(`${variable}=${asked} is not a program that can be run.`);
    return path;
  }
  for (const place of places[platform] ?? []) {
    const path = executable(place);
    if (path) return path;
  }
  return undefined;
}

/** @param {string} name a path, or a name to look for in PATH */
function executable(name) {
  const bare = !name.includes("/") && !name.includes("\\");
  const paths = bare ? (env.PATH ?? "").split(delimiter).map((folder) => join(folder, name)) : [name];
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** @param {string[]} paths */
function inProgramFiles(paths) {
  const roots = [env.PROGRAMFILES, env["PROGRAMFILES(X86)"], env.LOCALAPPDATA].filter(
    (root) => root !== undefined,
  );
  return roots.flatMap((root) => paths.map((path) => join(root, path)));
}

/**
 * @param {string} what
 * @param {string[]} packages
 * @param {"CHROMIUM" | "FIREFOX"} [variable] names an installed one that we did not find
 */
function installDebian(what, packages, variable) {
  const apt = executable("apt-get");
  if (apt && isRoot()) {
    console.log(`${what} is missing: installing ${packages.join(" ")}.`);
    /** @param {string[]} args */
    const run = (...args) =>
      execFileSync(apt, args, {
        stdio: ["ignore", "ignore", "inherit"],
        env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
      });
    try {
      run("update");
    } catch {
      console.log("apt-get update failed: trying with the package lists as they are.");
    }
    run("install", "-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=300", ...packages);
    return;
  }
  const cask = variable === "FIREFOX" ? "firefox" : "google-chrome";
  const winget = variable === "FIREFOX" ? "Mozilla.Firefox" : "Google.Chrome";
  /** @type {Partial<Record<NodeJS.Platform, string>>} */
  const commands = { darwin: `brew install --cask ${cask}`, win32: `winget install ${winget}` };
  const command = apt
    ? `sudo apt-get install -y --no-install-recommends ${packages.join(" ")}`
    : commands[platform];
  const how = command ? `Get it with\n\n    ${command}\n` : "Install it with your system's packages.";
  const other = variable ? `\nOr set ${variable} to the path of one that is installed.` : "";
  throw new Error(`${what} is missing. ${how}${other}`);
}

/** @param {Browser} browser */
async function hasAdapter({ executablePath, args }) {
  const script = "navigator.gpu?.requestAdapter().then(Boolean, () => false) ?? false";
  const playwright = await import("playwright");
  const browser = await playwright.chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    // WebGPU is only there in a secure context, which about:blank is not.
    await page.route("http://localhost/", (route) => route.fulfill({ contentType: "text/html", body: "" }));
    await page.goto("http://localhost/");
    return Boolean(await page.evaluate(script));
  } catch {
    return false;
  } finally {
    await browser.close();
  }
}
