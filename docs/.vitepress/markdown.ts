import type { MarkdownRenderer } from "vitepress";

/** What the guide's pages need beyond Markdown: names over files, what programs print, and links to what lies outside of the guide. */
export function extend(markdown: MarkdownRenderer, base: string): void {
  nameFiles(markdown);
  emptyHeaders(markdown);
  linkOutside(markdown, base);
}

/** A block with the info "ts [src/main.ts]" is shown under that name; one with "prints" is what the one above prints. */
function nameFiles(markdown: MarkdownRenderer): void {
  const fence = markdown.renderer.rules.fence!;
  markdown.renderer.rules.fence = (tokens, index, options, env, self) => {
    const token = tokens[index]!;
    if (token.info === "prints") {
      token.info = "text";
      const html = fence(tokens, index, options, env, self);
      return html.replace("language-text", "language-text prints").replace(">text<", ">prints<");
    }
    const name = /^\w+ \[([^\]]+)\]/.exec(token.info)?.[1];
    const html = fence(tokens, index, options, env, self);
    return name === undefined
      ? html
      : `<div class="file"><p>${markdown.utils.escapeHtml(name)}</p>${html}</div>`;
  };
}

/** Markdown's tables have a row of headers. One that says nothing is none: it would be read aloud. */
function emptyHeaders(markdown: MarkdownRenderer): void {
  markdown.core.ruler.push("empty headers", ({ tokens }) => {
    for (const [index, token] of tokens.entries()) {
      const [content, end] = tokens.slice(index + 1, index + 3);
      if (token.type === "th_open" && content?.content === "") token.tag = end!.tag = "td";
    }
  });
}

/**
 * The gallery lies one folder above the built guide: "/demos/cube/" is a page there. The project's files don't go
 * online with it: what links to one says its path instead.
 */
function linkOutside(markdown: MarkdownRenderer, base: string): void {
  markdown.core.ruler.push("outside", ({ tokens, env }) => {
    const page = `file:///docs/${(env as { relativePath?: string }).relativePath}`;
    for (const { children } of tokens) {
      for (const [index, token] of (children ?? []).entries()) {
        const href = token.type === "link_open" ? String(token.attrGet("href")) : "";
        const path = href.startsWith("../") ? new URL(href, page).pathname : "/docs/";
        if (href.startsWith("/demos/")) {
          token.attrSet("href", `${base}../${href.slice("/demos/".length)}`);
          token.attrSet("target", "_self");
        } else if (!path.startsWith("/docs/")) {
          const end = children!.findIndex(({ type }, place) => place > index && type === "link_close");
          token.attrs = [["title", path.slice(1)]];
          token.tag = children![end]!.tag = "span";
          token.type = "span_open";
          children![end]!.type = "span_close";
        }
      }
    }
  });
}
