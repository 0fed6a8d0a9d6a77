import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A block of code in a text that people read: complete, as it would stand in a file of theirs. */
interface Example {
  where: string;
  code: string;
}

const inReadme = examples("README.md", readFileSync(join(root, "README.md"), "utf8"));
const inSource = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .toSorted()
  .flatMap((name) => {
    const text = readFileSync(join(root, "src", name), "utf8");
    return examples(`src/${name.replaceAll("\\", "/")}`, text.replaceAll(/^[ \t]*\* ?/gm, ""));
  });

function examples(file: string, text: string): Example[] {
  return [...text.matchAll(/^```(?:ts|js)\n(.*?)^```/gms)].map((match) => ({
    where: `${file}:${text.slice(0, match.index).split("\n").length}`,
    code: match[1]!,
  }));
}

describe("the examples compile", () => {
  const all = [...inReadme, ...inSource];
  const folder = mkdtempSync(join(tmpdir(), "awaitframe-examples-"));
  let errors: string[] = [];

  beforeAll(() => {
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
    const compilerOptions = {
      types: ["@webgpu/types", "vite/client"],
      paths: {
        awaitframe: [join(root, "src/index.ts")],
        "awaitframe/*": [join(root, "src/*/index.ts")],
      },
    };
    writeFileSync(
      join(folder, "tsconfig.json"),
      JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*.ts"] }),
    );
    all.forEach(({ code }, index) => writeFileSync(join(folder, `example${index}.ts`), code));
    const tsc = join(root, "node_modules/typescript/bin/tsc");
    const { stdout } = spawnSync(execPath, [tsc, "-p", ".", "--pretty", "false"], {
      cwd: folder,
      encoding: "utf8",
    });
    errors = stdout.split("\n").filter((line) => line.length > 0);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("there are some in the README and in the sources", () => {
    expect(inReadme.length).toBeGreaterThan(0);
    expect(inSource.length).toBeGreaterThan(0);
  });

  test.each(all.map(({ where }, index) => ({ where, index })))("$where", ({ index }) => {
    expect(errors.filter((line) => line.startsWith(`example${index}.ts`))).toEqual([]);
  });

  test("and nothing else is wrong", () => {
    expect(errors.filter((line) => !/^(example\d+\.ts|\s)/.test(line))).toEqual([]);
  });
});

describe.each(["README.md", "CONTRIBUTING.md", "CHANGELOG.md"])("%s", (name) => {
  const text = readFileSync(join(root, name), "utf8");

  test("links to files that exist", () => {
    const links = [...text.matchAll(/\]\(([^)#\s]+)[^)]*\)|src="([^"]+)"/g)].map(
      (match) => match[1] ?? match[2]!,
    );
    const files = links.filter((link) => !/^[a-z]+:/.test(link));
    for (const file of files) expect(() => readFileSync(join(root, file)), file).not.toThrow();
  });

  test("names commands that exist", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
    for (const [, script] of text.matchAll(/npm run ([\w:-]+)/g)) expect(scripts).toHaveProperty([script!]);
  });
});
