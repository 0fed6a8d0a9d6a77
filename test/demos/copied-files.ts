import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { copyablePage, copyableScript } from "../../demos/common/copyable.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

/** What one copies of a demo, by name: its main file first. */
export function copiedFiles(demo: string): [name: string, text: string][] {
  const others = readdirSync(join(root, "demos", demo)).filter(
    (name) => name.endsWith(".ts") && !["main.ts", "check.ts", "drive.ts"].includes(name),
  );
  return [
    ...["main.ts", ...others].map((name): [string, string] => [
      name,
      copyableScript(read(`demos/${demo}/${name}`)),
    ]),
    [`${demo}.wgsl`, read(`shaders/${demo}.wgsl`)],
    ["index.html", copyablePage(read(`demos/${demo}/index.html`))],
    ["style.css", read("demos/common/base.css") + read("demos/common/demo.css")],
  ];
}
