import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** What the compiler says about a file, as a user sees it. */
function compile(code: string): string {
  const folder = mkdtempSync(join(tmpdir(), "awaitframe-message-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  const compilerOptions = {
    types: ["@webgpu/types"],
    paths: { awaitframe: [join(root, "src/index.ts")] },
  };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ extends: join(root, "tsconfig.base.json"), compilerOptions, include: ["*.ts"] }),
  );
  writeFileSync(join(folder, "app.ts"), code);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  return spawnSync(execPath, [tsc, "-p", ".", "--pretty", "false"], { cwd: folder, encoding: "utf8" }).stdout;
}

const imports = `import { Loop, nextFrame, sleep, type Operation } from "awaitframe";\nconst loop = new Loop();\n`;

test.each([
  { what: "of a task's body", code: "loop.run(function* () { yield nextFrame(); });", line: 3 },
  { what: "of a promise in it", code: "loop.run(function* () { yield fetch('url'); });", line: 3 },
  {
    what: "of an operation by annotation",
    code: "export function* app(): Operation<void> {\n  yield sleep(5);\n}\n",
    line: 4,
  },
])(
  "the compiler's message for a forgotten star says what to do: $what",
  { timeout: 60_000 },
  ({ code, line }) => {
    const message = compile(imports + code);
    expect(message).toMatch(new RegExp(`^app\\.ts\\(${line},`));
    expect(message).toContain("a coroutine waits with `yield*`");
    expect(message.match(/^app\.ts/gm)).toHaveLength(1);
  },
);

test("and with the star there is no message", { timeout: 60_000 }, () => {
  expect(compile(`${imports}loop.run(function* () { yield* nextFrame(); });`)).toBe("");
});
