/** Shows the demo's own files below it, to be copied into one folder: a tab for each, coloured, with a copy button. */

import base from "./base.css?raw";
import { copyablePage, copyableScript } from "./copyable.ts";
import style from "./demo.css?raw";
import { highlight } from "./highlight.ts";

const scripts = import.meta.glob<string>(["../*/*.ts", "!../common/*", "!../*/{check,drive}.ts"], {
  query: "?raw",
  import: "default",
});
const pages = import.meta.glob<string>("../*/index.html", { query: "?raw", import: "default" });
const shaders = import.meta.glob<string>("../../shaders/*.wgsl", { query: "?raw", import: "default" });

export async function showSource(into: HTMLElement, demo: string): Promise<void> {
  // While a demo is edited, it goes on by itself; what is shown here follows.
  import.meta.hot?.accept((edited) => edited?.["showSource"](into, demo));
  const paths = Object.keys(scripts).filter((path) => path.startsWith(`../${demo}/`));
  // Whoever wants to read them all begins with that one.
  const main = (path: string): number => Number(!path.endsWith("/main.ts"));
  paths.sort((a, b) => main(a) - main(b));
  const texts = new Map<string, string>();
  for (const path of paths)
    texts.set(path.slice(path.lastIndexOf("/") + 1), copyableScript(await scripts[path]!()));
  texts.set(`${demo}.wgsl`, await shaders[`../../shaders/${demo}.wgsl`]!());
  texts.set("index.html", copyablePage(await pages[`../${demo}/index.html`]!()));
  texts.set("style.css", base + style);

  const bar = document.createElement("div");
  bar.className = "files";
  const code = document.createElement("pre");
  code.className = "code";
  code.tabIndex = 0;
  const copy = document.createElement("button");
  copy.type = "button";
  copy.className = "copy";
  copy.textContent = "Copy";

  let shown = "";
  const tabs = [...texts].map(([name, text]) => {
    const tab = document.createElement("button");
    tab.type = "button";
    tab.textContent = name;
    tab.addEventListener("click", () => select(name, text));
    return tab;
  });
  const select = (name: string, text: string): void => {
    shown = text;
    // Its words are those of scripts and shaders.
    code.replaceChildren(...(/\.(ts|wgsl)$/.test(name) ? highlight(text) : [text]));
    code.setAttribute("aria-label", name);
    code.scrollTo(0, 0);
    for (const tab of tabs) tab.setAttribute("aria-pressed", String(tab.textContent === name));
  };
  copy.addEventListener("click", async () => {
    const done = await navigator.clipboard.writeText(shown).then(
      () => true,
      () => false,
    );
    // Where the clipboard is refused, selecting the text leaves one key press to do.
    if (!done) getSelection()?.selectAllChildren(code);
    copy.textContent = done ? "Copied" : "Selected";
    setTimeout(() => (copy.textContent = "Copy"), 1500);
  });

  bar.append(...tabs, copy);
  into.replaceChildren(bar, code);
  const [first] = texts;
  if (first) select(...first);
}
