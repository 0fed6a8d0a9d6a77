import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { bundle } from "./bundle.ts";

// The budgets are in package.json, under "sizeBudgets".
const budgets = packageJson.sizeBudgets.map(({ import: names, layers, maxBytes }) => ({
  what: layers ? `everything in ${layers.join(" and ")}` : names,
  names,
  layers,
  maxBytes,
}));

describe("what an import costs, minified and gzipped", () => {
  test.each(budgets)("$what: at most $maxBytes bytes", async ({ what, names, layers, maxBytes }) => {
    const exported = names === "*" ? "export *" : `export ${names}`;
    const { code, gzip } = await bundle(`${exported} from "awaitframe";`, { layers });
    console.log(`${what}: ${gzip} bytes`);
    expect(code).toContain("export");
    expect(gzip).toBeLessThanOrEqual(maxBytes);
  });
});
