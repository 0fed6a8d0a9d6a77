/** Colours a source text just enough to be read with ease. Knows TypeScript and WGSL by their words alone. */

const token = new RegExp(
  [
    /(?<comment>\/\/[^\n]*|\/\*[^]*?\*\/)/,
    /(?<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)/,
    /(?<wait>\byield\*?)/,
    /(?<attribute>@[a-z_]+)/,
    /(?<keyword>\b[a-z]+\b)/,
  ]
    .map((part) => part.source)
    .join("|"),
  "g",
);

const keywords = new Set(
  (
    "as async await break case class const continue default do else export extends finally for from function if " +
    "import in interface let new of return static switch this throw try type typeof var while " +
    "enable fn override struct true false null undefined"
  ).split(" "),
);

/** The source as a list of nodes: plain text, and spans that name what they hold by their class. */
export function highlight(source: string): (string | HTMLSpanElement)[] {
  const nodes: (string | HTMLSpanElement)[] = [];
  let end = 0;
  for (const match of source.matchAll(token)) {
    const text = match[0];
    const kind = Object.entries(match.groups ?? {}).find(([, value]) => value !== undefined)?.[0];
    if (kind === undefined || (kind === "keyword" && !keywords.has(text))) continue;
    const span = document.createElement("span");
    span.className = kind;
    span.textContent = text;
    nodes.push(source.slice(end, match.index), span);
    end = match.index + text.length;
  }
  nodes.push(source.slice(end));
  return nodes;
}
