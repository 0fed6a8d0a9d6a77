import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { bundle } from "./bundle.ts";

// The budgets are in package.json, under "sizeBudgets".
const budgets = packageJson.sizeBudgets.map(({ import: names, onTopOf, layers, maxBytes }) => ({
  what: layers ? `everything in ${layers.join(" and ")}` : onTopOf ? `${names} on top of ${onTopOf}` : names,
  names,
  onTopOf,
  layers,
  maxBytes,
}));

describe("what an import costs, minified and gzipped", () => {
  test.each(budgets)("$what: at most $maxBytes bytes", async ({ what, names, onTopOf, layers, maxBytes }) => {
    const exported = (list: string) => `export ${list} from "awaitframe";`;
    const base = onTopOf ? exported(onTopOf) : "";
    const { code, gzip } = await bundle(base + exported(names), { layers });
    const cost = gzip - (base ? (await bundle(base)).gzip : 0);
    console.log(`${what}: ${cost} bytes`);
    expect(code).toContain("export");
    expect(cost).toBeLessThanOrEqual(maxBytes);
  });
});
