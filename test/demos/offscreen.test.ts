import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { decode } from "fast-png";
import { afterAll, beforeAll, expect, test } from "vitest";

const headless = fileURLToPath(new URL("../../tools/headless.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "awaitframe-film-"));
const frames = 12;
let said = "";

beforeAll(() => {
  const args = ["--frames", String(frames), "--size", "161x90", "--folder", folder];
  // Ends by itself, with a good exit code, or this throws.
  said = execFileSync(execPath, [headless, "offscreen", ...args], { encoding: "utf8" });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("a film is drawn in Node, frame after frame, and the process ends by itself", () => {
  expect(said).toMatch(/12 frames of 161×90 in .*, [\d.]+ a second\n$/);
  const files = readdirSync(folder).toSorted();
  expect(files).toEqual(
    Array.from({ length: frames }, (_, index) => `${String(index).padStart(5, "0")}.png`),
  );
  const seen = new Set<string>();
  for (const file of files) {
    const { width, height, channels, data } = decode(readFileSync(join(folder, file)));
    expect([width, height, channels]).toEqual([161, 90, 4]);
    const texel = (x: number, y: number) => [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
    expect(texel(1, 1)).toEqual([11, 13, 18, 255]);
    expect(texel(80, 45)).not.toEqual(texel(1, 1));
    seen.add(Buffer.from(data as Uint8Array).toString("base64"));
  }
  expect(seen.size).toBe(frames);
});
