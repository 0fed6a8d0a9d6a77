export const WIDTH = 760;
/** Where the data begin: left of it stand the names. */
export const LEFT = 200;
export const RIGHT = WIDTH - 30;
/** Where titles begin. */
export const EDGE = 16;

// Colours that can be read on light and on dark ground, also with a colour vision deficiency.
const style = `
  svg { --ink: #1f2328; --soft: #59636e; --grid: #d1d9e0; --a: #0b62c4; --b: #c2570c; --c: #6e7781; background: #ffffff }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e6edf3; --soft: #9198a1; --grid: #3d444d; --a: #58a6ff; --b: #f0883e; --c: #b1bac4; background: #0d1117 }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink) }
  .title { font-weight: 600; font-size: 15px }
  .soft { fill: var(--soft); font-size: 12px }
  .ours { font-weight: 700 }
  .grid { stroke: var(--grid) }
  .a { fill: var(--a) } .b { fill: var(--b) } .c { fill: var(--c) }
  polyline { fill: none; stroke-width: 2 }
  .line-a { stroke: var(--a) } .line-b { stroke: var(--b) } .line-soft { stroke: var(--soft) }`;

/**
 * A picture of charts, one below the other.
 *
 * @param {{ svg: string, height: number }[]} charts
 * @param {string} note what stands below them
 * @param {string} label what the picture says, in words
 */
export function document(charts, note, label) {
  let y = 20;
  const parts = charts.map(({ svg, height }) => {
    const part = `<g transform="translate(0 ${y})">${svg}</g>`;
    y += height + 30;
    return part;
  });
  parts.push(text(EDGE, y, note, "soft"));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 20}" role="img" aria-label="${escape(label)}">
<style>${style}</style>
${parts.join("\n")}
</svg>
`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} content
 * @param {string} [className]
 * @param {"start" | "middle" | "end"} [anchor]
 */
export function text(x, y, content, className = "", anchor = "start") {
  return `<text x="${round(x)}" y="${round(y)}" class="${className}" text-anchor="${anchor}">${escape(content)}</text>`;
}

/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
export function gridLine(x1, y1, x2, y2) {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="grid"/>`;
}

/** @param {string} value */
export function escape(value) {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** @param {number} value */
export function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {number | string} value */
export function number(value) {
  return Number(value).toLocaleString("en-US");
}

/** @param {number} value */
export function short(value) {
  return Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}
