import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

function node(program: string, args: string[], cwd: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(execPath, [join(root, "node_modules", program), ...args], {
    cwd,
    encoding: "utf8",
  });
  return { status, output: stdout + stderr };
}

/** A project that has our lint rules and the given files, for the time of a test. */
function project(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), "awaitframe-layers-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  cpSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** What the linter says against the imports below `src`: "src/core/a.ts no-cycle". */
function lint(cwd: string): string[] {
  const { output } = node("oxlint/bin/oxlint", ["--format=json", "src"], cwd);
  const { diagnostics } = JSON.parse(output) as { diagnostics: { filename: string; code: string }[] };
  return diagnostics
    .map(({ filename, code }) => `${filename.replaceAll("\\", "/")} ${/\((.*)\)/.exec(code)?.[1] ?? code}`)
    .filter((it) => /no-cycle|no-restricted-imports|no-nodejs-modules/.test(it));
}

const tsc = (config: string, cwd: string) => node("typescript/bin/tsc", ["-p", config], cwd);

const upwards: [from: string, to: string][] = [
  ["core", "../gpu/b.ts"],
  ["core", "../events/b.ts"],
  ["core", "../drivers/b.ts"],
  ["core", "../index.ts"],
  ["core", "awaitframe"],
  ["core", "gl-matrix"],
  ["events", "../gpu/b.ts"],
  ["events", "../drivers/b.ts"],
  ["drivers", "../gpu/b.ts"],
  ["drivers", "../index.ts"],
  ["gpu", "../drivers/b.ts"],
  ["gpu", "../testing/b.ts"],
  ["gpu", "../index.ts"],
  ["testing", "../index.ts"],
  ["inspector", "../testing/b.ts"],
  ["hot", "../inspector/b.ts"],
];

describe("imports", () => {
  test("none in src goes upwards or round in a circle", () => {
    expect(lint(root)).toEqual([]);
  });

  test("every folder of src has its place among the layers", () => {
    const rules = readFileSync(join(root, ".oxlintrc.json"), "utf8");
    const folders = readdirSync(join(root, "src"), { withFileTypes: true }).filter((it) => it.isDirectory());
    for (const { name } of folders) expect(rules).toContain(`"src/${name}/**"`);
  });

  test("downwards is allowed", () => {
    const folder = project({
      "src/core/a.ts": "export const a = 1;\n",
      "src/events/b.ts": 'export { a } from "../core/a.ts";\n',
      "src/drivers/b.ts": 'export { a } from "../core/a.ts";\n',
      "src/gpu/c.ts": 'export { a } from "../core/a.ts";\nexport { a as b } from "../events/b.ts";\n',
      "src/testing/d.ts": 'export { a } from "../drivers/b.ts";\nexport { b } from "../gpu/c.ts";\n',
      "src/index.ts": 'export { a } from "./core/a.ts";\nexport { b } from "./gpu/c.ts";\n',
    });
    expect(lint(folder)).toEqual([]);
  });

  test.each(upwards)("src/%s must not import %s", (from, to) => {
    const folder = `src/${from}`;
    const found = lint(
      project({
        [`${folder}/a.ts`]: `export { b } from "${to}";\n`,
        [`${folder}/c.ts`]: `import { b } from "${to}";\nexport const a = b;\n`,
        [`${folder}/d.ts`]: `import type { B } from "${to}";\nexport type A = B;\n`,
        [`${folder}/e.ts`]: `export const a = import("${to}");\n`,
      }),
    );
    expect(found.toSorted()).toEqual(
      ["a", "c", "d", "e"].map((name) => `${folder}/${name}.ts no-restricted-imports`),
    );
  });

  test("a cycle of two files is found", () => {
    const folder = project({
      "src/core/a.ts": 'import { b } from "./b.ts";\nexport const a = (): number => b();\n',
      "src/core/b.ts": 'import { a } from "./a.ts";\nexport const b = (): number => a();\n',
    });
    expect(lint(folder).toSorted()).toEqual(["src/core/a.ts no-cycle", "src/core/b.ts no-cycle"]);
  });

  test("Node's modules are kept out of the library", () => {
    const folder = project({ "src/index.ts": 'export { readFile } from "node:fs";\n' });
    expect(lint(folder)).toEqual(["src/index.ts no-nodejs-modules"]);
  });
});

describe("src/core", () => {
  const here = dirname(fileURLToPath(import.meta.url));

  test("needs neither DOM nor WebGPU", () => {
    const { status, output } = tsc(join(here, "tsconfig.json"), root);
    expect(output).toBe("");
    expect(status).toBe(0);
  });

  test.each(["document", "requestAnimationFrame", "setTimeout", "navigator", "GPUMapMode", "process"])(
    "would not compile with %s",
    (name) => {
      const config = { extends: join(here, "tsconfig.json"), include: [join(here, "platform.d.ts"), "core"] };
      const folder = project({
        "core/a.ts": `export const a: unknown = ${name};\n`,
        "tsconfig.json": JSON.stringify(config),
      });
      const { status, output } = tsc("tsconfig.json", folder);
      expect(status).not.toBe(0);
      expect(output).toContain(`Cannot find name '${name}'`);
    },
  );
});
