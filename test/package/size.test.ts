import { describe, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { bundle } from "./bundle.ts";

// The budgets are in package.json, under "sizeBudgets".
describe("what an import costs, minified and gzipped", () => {
  test.each(packageJson.sizeBudgets)("$import of $layers: at most $maxBytes bytes", async (budget) => {
    const names = budget.import === "*" ? "export *" : `export ${budget.import}`;
    const { code, gzip } = await bundle(`${names} from "awaitframe";`, { layers: budget.layers });
    console.log(`${budget.import} ${budget.layers?.join(" + ") ?? ""}: ${gzip} bytes`);
    expect(code).toContain("export");
    expect(gzip).toBeLessThanOrEqual(budget.maxBytes);
  });
});
