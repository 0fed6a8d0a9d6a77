import { inspect } from "awaitframe/inspector";
import { expect, test } from "vitest";
import { bundle } from "../package/bundle.ts";

test("without a DOM it loads, and says what it lacks when it is used", () => {
  expect(() => inspect()).toThrow("there is no DOM here");
});

test("nothing of it is in what a page without it loads", async () => {
  const { code } = await bundle('export * from "awaitframe";');
  expect(code).toContain("export");
  expect(code).not.toContain("inspector");
});
