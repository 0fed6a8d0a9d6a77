import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { format } from "node:util";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import "../gpu/support/dawn.ts";
import { inPages, inSource, read, root, type Example } from "./examples.ts";

const folder = mkdtempSync(join(tmpdir(), "awaitframe-examples-"));
const compiled = [...inPages, ...inSource].filter(({ language }) => /^(ts|js)$/.test(language));
const named = compiled.map((example) => ({ ...example, path: pathOf(example) }));

/** Of a page's files the last version has the name, for the others to import; all other blocks have one by their line. */
function pathOf({ page, line, file = "example.ts" }: Example): string {
  const folder = page.replaceAll(/\W/g, "-");
  const isLast = compiled.findLast((other) => other.page === page && other.file === file)?.line === line;
  return `${folder}/${isLast ? file : file.replace(/\.ts$/, `-${line}.ts`)}`;
}

beforeAll(() => {
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const compilerOptions = {
    types: ["@webgpu/types", "vite/client", "node"],
    paths: {
      awaitframe: [join(root, "src/index.ts")],
      "awaitframe/*": [join(root, "src/*/index.ts")],
    },
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*/**/*.ts"] }),
  );
  for (const { path, code } of named) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the examples compile", () => {
  let errors: string[] = [];

  beforeAll(() => {
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(execPath, [tsc, "-p", ".", "--pretty", "false"], {
      cwd: folder,
      encoding: "utf8",
    });
    // What belongs to an error is indented below it.
    errors = stdout.split(/\n(?!\s)/).filter((error) => error.length > 0);
  });

  test("there are some in the README, in the guide and in the sources", () => {
    for (const start of ["README.md", "docs/", "src/"]) {
      expect(compiled.filter(({ page }) => page.startsWith(start)).length).toBeGreaterThan(0);
    }
  });

  test.each(named)("$page:$line", ({ path }) => {
    expect(errors.filter((error) => error.startsWith(`${path}(`))).toEqual([]);
  });

  test("and nothing else is wrong", () => {
    expect(errors.filter((error) => !named.some(({ path }) => error.startsWith(`${path}(`)))).toEqual([]);
  });
});

describe("the examples print what the page says", () => {
  const printed: string[] = [];

  beforeAll(() => {
    const print = (...values: unknown[]) => void printed.push(format(...values));
    for (const method of ["log", "warn", "error"] as const)
      vi.spyOn(console, method).mockImplementation(print);
  });

  afterAll(() => vi.restoreAllMocks());

  test.each(named.filter(({ prints }) => prints !== undefined))("$page:$line", async ({ path, prints }) => {
    printed.length = 0;
    await import(join(folder, path));
    await expect.poll(() => `${printed.join("\n")}\n`, { timeout: 20_000 }).toBe(prints);
  });
});

test("the tests on the pages pass", () => {
  const alias = { awaitframe: join(root, "src/index.ts"), testing: join(root, "src/testing/index.ts") };
  const config = `export default { resolve: { alias: [
    { find: /^awaitframe$/, replacement: ${JSON.stringify(alias.awaitframe)} },
    { find: /^awaitframe\\/testing$/, replacement: ${JSON.stringify(alias.testing)} },
  ] } };`;
  writeFileSync(join(folder, "vitest.config.mjs"), config);
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const report = join(folder, "report.json");
  const args = [vitest, "run", "--reporter=json", `--outputFile=${report}`, "--root", folder];
  const { VITEST: _, ...outside } = process.env;
  const { stdout, stderr } = spawnSync(execPath, args, { cwd: folder, env: outside, encoding: "utf8" });
  expect(stdout + stderr).not.toMatch(/FAIL|Error/);
  const files = compiled.filter(({ file }) => file?.endsWith(".test.ts")).length;
  const results = JSON.parse(readFileSync(report, "utf8")) as Record<string, unknown>;
  expect(results).toMatchObject({ success: true, numFailedTests: 0, numPendingTests: 0 });
  expect(results["testResults"]).toHaveLength(files);
});

describe.each(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])("%s", (name) => {
  const text = read(name);

  test("links to files that exist", () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)|src="([^"]+)"/g)].map(
      (match) => match[1] ?? match[2]!,
    );
    const files = links.filter((link) => !/^[a-z]+:/.test(link));
    for (const file of files) expect(() => readFileSync(join(root, file)), file).not.toThrow();
  });

  test("names commands that exist", () => {
    const { scripts } = JSON.parse(read("package.json")) as { scripts: object };
    for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script!]);
  });
});
