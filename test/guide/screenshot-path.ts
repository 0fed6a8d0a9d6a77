import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Where the screenshot of a page goes, for people to look at. */
export function screenshotPath(name: string): string {
  const folder = fileURLToPath(new URL("__screenshots__/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  return `${folder}${name}.png`;
}
