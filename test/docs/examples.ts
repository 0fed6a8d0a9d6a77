import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../..", import.meta.url));

/** A block of code in a text that people read. */
export interface Example {
  /** The text's file, and the line. */
  page: string;
  line: number;
  language: string;
  /** What it is to be saved as, where the block says so: ```ts [src/main.ts]. */
  file: string | undefined;
  code: string;
  /** What it prints, where a block of the language "prints" follows: then it is run. */
  prints: string | undefined;
}

const fence = /^```(\w+)(?: \[([^\]]+)\])?[^\n]*\n(.*?)^```$(?:\n+^```prints\n(.*?)^```$)?/gms;

/** What readers are spared: it stands before each block of the page that imports nothing itself. */
const prelude = /^<!-- with\n(.*?)^-->$/ms;

/** The blocks of a text in Markdown, in their order. */
export function examplesIn(page: string, text: string): Example[] {
  const before = prelude.exec(text)?.[1] ?? "";
  return [...text.matchAll(fence)].map((match) => {
    const [, language = "", file, code = "", prints] = match;
    return {
      page,
      line: text.slice(0, match.index).split("\n").length,
      language,
      file,
      code: /^import /m.test(code) || language !== "ts" ? code : before + code,
      prints,
    };
  });
}

/** The pages of the guide, and the README. */
export const pages = ["README.md", ...markdownIn("docs"), ...markdownIn("docs/integrations")];

export const inPages = pages.flatMap((page) => examplesIn(page, read(page)));

/** The docstrings' examples. */
export const inSource = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .toSorted()
  .flatMap((name) => {
    const page = `src/${name.replaceAll("\\", "/")}`;
    return examplesIn(page, read(page).replaceAll(/^[ \t]*\* ?/gm, ""));
  });

export function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => `${folder}/${name}`);
}
