// The colours of code, as in the gallery: just enough to be read with ease. The accent means one thing, a wait.

import type { MarkdownOptions } from "vitepress";

type Themes = Extract<MarkdownOptions["theme"], { light: unknown }>;
type Transformer = NonNullable<MarkdownOptions["codeTransformers"]>[number];

const light = { ink: "#14171d", muted: "#586172", blue: "#1f5fc4", green: "#1b7555", ground: "#f6f7f9" };
const dark = { ink: "#eceef3", muted: "#9aa4b6", blue: "#84b4ff", green: "#6fd3ab", ground: "#161920" };

export const themes = { light: theme("light", light), dark: theme("dark", dark) } as Themes;

function theme(type: "light" | "dark", { ink, muted, blue, green, ground }: typeof light) {
  const colour = (foreground: string, ...scope: string[]) => ({ scope, settings: { foreground } });
  return {
    name: `awaitframe-${type}`,
    type,
    colors: { "editor.foreground": ink, "editor.background": ground },
    settings: [
      { settings: { foreground: ink, background: ground } },
      colour(muted, "comment"),
      colour(blue, "keyword", "storage", "constant.language", "variable.language", "entity.name.tag"),
      colour(ink, "keyword.operator", "storage.type.function.arrow", "keyword.other.unit"),
      colour(blue, "keyword.operator.new", "keyword.operator.expression"),
      colour(green, "string", "entity.other.attribute-name", "support.type.property-name"),
    ],
  };
}

/** No scope tells `yield*` from other keywords: it gets a class, and its colour from the style sheet. */
export const waits: Transformer = {
  name: "waits",
  span(node) {
    const [text] = node.children;
    if (text?.type === "text" && text.value.trim().startsWith("yield")) this.addClassToHast(node, "wait");
  },
};
