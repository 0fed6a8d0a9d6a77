import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { afterAll, beforeAll, expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { run, userProject, type UserProject } from "../support/packed.ts";
import { bundle } from "./bundle.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const entryPoints = Object.keys(packageJson.exports)
  .filter((name) => !name.endsWith(".json"))
  .map((name) => name.replace(".", "awaitframe"));

let project: UserProject;
let user = "";
let installed = "";

const node = (program: string, args: string[], cwd: string) =>
  run(execPath, [join(root, "node_modules", program), ...args], cwd);

beforeAll(() => {
  project = userProject();
  user = project.folder;
  installed = join(user, "node_modules/awaitframe");
  writeFileSync(join(user, "package.json"), JSON.stringify({ name: "user", type: "module" }));
});

afterAll(() => project?.remove());

test("holds the built library and what a reader needs, and nothing else", () => {
  const others = project.files.filter((name) => !/^dist\/.*\.(js|js\.map|d\.ts)$/.test(name));
  expect(others.toSorted()).toEqual(["CHANGELOG.md", "LICENSE", "README.md", "package.json"]);
  expect(project.files.filter((name) => name.includes("dist/")).length).toBeGreaterThan(0);
});

test("depends on nothing", () => {
  for (const kind of ["dependencies", "peerDependencies", "optionalDependencies"]) {
    expect(packageJson).not.toHaveProperty(kind);
  }
});

test("publint has nothing to say", async () => {
  const { messages, pkg } = await publint({ pkgDir: installed, strict: true, pack: false });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test("the types are not wrong", () => {
  const args = ["--profile", "esm-only", "--format", "ascii", "--no-color", "--no-emoji", project.tarball];
  // Ends with an exit code, and so with an error here, when it finds a problem.
  const report = node("@arethetypeswrong/cli/dist/index.js", args, user);
  for (const name of entryPoints) expect(report).toContain(`"${name}"`);
});

test.each(entryPoints)("%s loads where there is neither DOM nor WebGPU", (name) => {
  const script = `const all = await import("${name}"); console.log(Object.keys(all).join(" "));`;
  expect(run(execPath, ["--input-type=module", "--eval", script], user)).toMatch(/\w+/);
});

test.each([
  ["TypeScript's own WebGPU types", { lib: ["ES2024", "DOM", "DOM.Iterable"], types: [] }],
  ["@webgpu/types", { lib: ["ES2024", "DOM", "DOM.Iterable"], types: ["@webgpu/types"], skipLibCheck: true }],
])("the declarations compile with %s", (_, options) => {
  if (!existsSync(join(user, "node_modules/@webgpu"))) {
    mkdirSync(join(user, "node_modules/@webgpu/types/dist"), { recursive: true });
    for (const file of ["package.json", "dist/index.d.ts"]) {
      const text = readFileSync(join(root, "node_modules/@webgpu/types", file));
      writeFileSync(join(user, "node_modules/@webgpu/types", file), text);
    }
  }
  const strict = {
    strict: true,
    noEmit: true,
    target: "ES2024",
    module: "nodenext",
    exactOptionalPropertyTypes: true,
  };
  writeFileSync(
    join(user, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...strict, ...options }, files: ["use.ts"] }),
  );
  const imports = entryPoints.map((name, index) => `import * as all${index} from "${name}";\n`);
  const used = entryPoints.map((_name, index) => `all${index}`);
  writeFileSync(
    join(user, "use.ts"),
    `${imports.join("")}import { Loop, sleep, type Task } from "awaitframe";
export const everything = [${used.join(", ")}];
export const task: Task<number> = new Loop().run(function* () {
  yield* sleep(1);
  return 1;
});
// @ts-expect-error: the result is a number, so the declarations were found.
export const wrong: Task<string> = task;
`,
  );
  expect(node("typescript/bin/tsc", ["-p", "."], user)).toBe("");
});

test("a bundler keeps nothing of what is not used, even when told to keep side effects", async () => {
  const { code } = await bundle(`import "${join(installed, "dist/index.js")}";`, { keepSideEffects: true });
  expect(code.trim()).toBe("");
});

test("is readable and maps back to its source", () => {
  const file = join(installed, "dist/index.js");
  expect(readFileSync(file, "utf8")).toMatch(/^ {2,}\S|\n\t/m);
  const map = JSON.parse(readFileSync(`${file}.map`, "utf8")) as {
    sources: string[];
    sourcesContent: string[];
  };
  expect(map.sources.length).toBeGreaterThan(0);
  expect(map.sourcesContent).toHaveLength(map.sources.length);
});
