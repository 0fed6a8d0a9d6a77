import { existsSync, readdirSync, readFileSync } from "node:fs";
import { defineConfig, type DefaultTheme } from "vitepress";

const docs = new URL("../", import.meta.url);

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

/** What TypeDoc has found; it runs before. */
function reference(): DefaultTheme.SidebarItem[] {
  const file = new URL("reference/typedoc-sidebar.json", docs);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as DefaultTheme.SidebarItem[]) : [];
}

export default defineConfig({
  title: "awaitframe",
  description: "Coroutines for the WebGPU frame loop: the guide and the API reference.",
  lang: "en",
  // The gallery lies one folder above.
  base: "/docs/",
  outDir: "../dist-gallery/docs",
  themeConfig: {
    search: { provider: "local" },
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
            { text: "Testing your render loop", link: "/testing" },
          ],
        },
        {
          text: "Use with",
          items: [{ text: "Coming from …", link: "/coming-from" }, ...pagesIn("integrations/")],
        },
        {
          text: "Know",
          items: [
            { text: "Engine differences", link: "/engines" },
            { text: "Performance", link: "/performance" },
          ],
        },
      ],
      "/reference/": [{ text: "Reference", items: reference() }],
    },
    outline: { level: [2, 3] },
  },
});
