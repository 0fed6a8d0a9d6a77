import { existsSync, readdirSync, readFileSync } from "node:fs";
import { env } from "node:process";
import { defineConfig, type DefaultTheme } from "vitepress";
import { themes, waits } from "./code.ts";
import { extend } from "./markdown.ts";

const docs = new URL("../", import.meta.url);

/** Where the guide is served: as a part of the gallery, one folder below it. */
const base = env["DOCS_BASE"] ?? "/docs/";

/** Dropped into a folder, a page is in the sidebar: under its own first heading. */
function pagesIn(folder: string): DefaultTheme.SidebarItem[] {
  return readdirSync(new URL(folder, docs))
    .filter((name) => name.endsWith(".md"))
    .toSorted()
    .map((name) => ({
      text: /^# (.+)$/m.exec(readFileSync(new URL(folder + name, docs), "utf8"))?.[1] ?? name,
      link: `/${folder}${name.replace(/\.md$/, "")}`,
    }));
}

const kinds = ["Classes", "Functions", "Variables"];
const kindsOfTypes = ["Interfaces", "Type Aliases"];

/** What TypeDoc has found; it runs before. */
function reference(): DefaultTheme.SidebarItem[] {
  const file = new URL("reference/typedoc-sidebar.json", docs);
  if (!existsSync(file)) return [];
  const modules = JSON.parse(readFileSync(file, "utf8")) as DefaultTheme.SidebarItem[];
  return modules.flatMap((module) => sections(module, module.text!));
}

/**
 * For an entry point what one calls, then its types, both by their names; then the entry points below it. Nothing folds: a
 * button that has buttons in it can't be used by everybody.
 */
function sections(
  { link = "", items = [] }: DefaultTheme.SidebarItem,
  name: string,
): DefaultTheme.SidebarItem[] {
  const of = (wanted: string[]) =>
    items
      .filter(({ text }) => wanted.includes(text!))
      .flatMap((kind) => kind.items ?? [])
      .toSorted((a, b) => a.text!.localeCompare(b.text!));
  const below = items.filter(({ text }) => ![...kinds, ...kindsOfTypes].includes(text!));
  return [
    { text: name, items: [{ text: "Overview", link }, ...of(kinds)] },
    { text: `${name}: types`, items: of(kindsOfTypes) },
    ...below.flatMap((module) => sections(module, `${name}/${module.text}`)),
  ];
}

export default defineConfig({
  title: "awaitframe",
  description: "Coroutines for the WebGPU frame loop: the guide and the API reference.",
  lang: "en",
  base,
  outDir: "../dist-gallery/docs",
  head: [["link", { rel: "icon", href: `${base}icon.svg` }]],
  vite: { publicDir: "public" },
  markdown: {
    theme: themes,
    codeTransformers: [waits],
    config: (markdown) => extend(markdown, base),
  },
  transformPageData(page) {
    // A table of six columns: it takes the place of the list beside it.
    if (page.relativePath === "engines.md") page.frontmatter["aside"] = false;
  },
  themeConfig: {
    logo: "/icon.svg",
    search: { provider: "local" },
    externalLinkIcon: true,
    nav: [
      { text: "Guide", link: "/start", activeMatch: "^/(?!reference)" },
      { text: "Reference", link: "/reference/", activeMatch: "^/reference/" },
      { text: "Gallery", link: "/../", target: "_self" },
    ],
    sidebar: {
      "/": [
        {
          text: "Learn",
          items: [
            { text: "Start in five minutes", link: "/start" },
            { text: "Thinking in coroutines", link: "/coroutines" },
            { text: "Waiting for the GPU", link: "/waiting-for-the-gpu" },
            { text: "Readback recipes", link: "/readback" },
            { text: "Cancel and errors", link: "/cancel-and-errors" },
            { text: "Several things at once", link: "/structure" },
          ],
        },
        {
          text: "Use",
          items: [
            { text: "Testing your render loop", link: "/testing" },
            { text: "Inspector", link: "/inspector" },
            ...pagesIn("integrations/"),
          ],
        },
        {
          text: "Know",
          items: [
            { text: "Coming from …", link: "/coming-from" },
            { text: "Engine differences", link: "/engines" },
            { text: "Performance", link: "/performance" },
          ],
        },
      ],
      "/reference/": reference(),
    },
    outline: { level: [2, 3] },
    docFooter: { prev: "Before", next: "Next" },
  },
});
