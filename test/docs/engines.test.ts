import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { differences } from "../gpu/support/differences.ts";

const page = fileURLToPath(new URL("../../docs/engines.md", import.meta.url));

const rows = readFileSync(page, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| "))
  .slice(2)
  .map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );

/** What the tests expect of the engines, as the page should say it. */
const expected = Object.entries<Record<string, string>>(differences).map(
  ([what, { chromium = "–", firefox = "–", dawn = "–" }]) => [what, chromium, firefox, dawn],
);

test("the table says of each engine what the tests expect of it", () => {
  expect(rows.map((row) => row.slice(0, 4))).toEqual(expected);
});

test.each(rows)("%s: the test that is named shows it", (...row) => {
  const [what = "", , , , kit = "", shown = ""] = row;
  expect(row).toHaveLength(6);
  expect(kit).not.toBe("");
  const [, href = "", title = ""] = /^\[[^\]]+\]\(([^)]+)\): (.+)$/.exec(shown) ?? [];
  const source = readFileSync(join(dirname(page), href), "utf8");
  // From its title to the next one, or to the end of the file.
  const [, body = ""] = source.split(`test(${JSON.stringify(title)},`);
  expect(body.split(/^\s*test\b/m)[0]).toContain(JSON.stringify(what));
});
