import { FLOOR, OURS, RAW } from "./measures.mjs";

/**
 * @typedef {import("./report.mjs").Run} Run
 * @typedef {{ name: string, values: number[] }} Row
 */

const WIDTH = 760;
/** Where the data begin: left of it stand the names. */
const LEFT = 170;
const RIGHT = WIDTH - 30;
/** Where titles begin. */
const EDGE = 16;
const ROW = 24;
const CHART = 150;

// Colours that can be read on light and on dark ground, also with a colour vision deficiency.
const style = `
  svg { --ink: #1f2328; --soft: #59636e; --grid: #d1d9e0; --a: #0b62c4; --b: #c2570c; background: #ffffff }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e6edf3; --soft: #9198a1; --grid: #3d444d; --a: #58a6ff; --b: #f0883e; background: #0d1117 }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink) }
  .title { font-weight: 600; font-size: 15px }
  .soft { fill: var(--soft); font-size: 12px }
  .ours { font-weight: 700 }
  .grid { stroke: var(--grid) }
  .a { fill: var(--a) } .b { fill: var(--b) }
  polyline { fill: none; stroke-width: 2 }
  .line-a { stroke: var(--a) } .line-b { stroke: var(--b) } .line-soft { stroke: var(--soft) }`;

/**
 * The results as a picture: steps per second, tasks started and finished per second, and the cost of delegation.
 *
 * @param {Run} run
 * @returns {string} an SVG document
 */
export function plot(run) {
  const counts = Object.keys(run.steps);
  const perSecond = (
    /** @type {import("./measures.mjs").Timings | undefined} */ timings,
    /** @type {string} */ name,
  ) => 1e9 / (timings?.[name]?.ns ?? Number.NaN);
  const steps = Object.keys(run.steps[counts[0] ?? ""] ?? {}).map((name) => ({
    name,
    values: counts.map((count) => perSecond(run.steps[count], name)),
  }));
  const finish = Object.keys(run.finish).map((name) => ({ name, values: [perSecond(run.finish, name)] }));

  let y = 20;
  const parts = [];
  const add = (/** @type {{ svg: string, height: number }} */ part) => {
    parts.push(`<g transform="translate(0 ${y})">${part.svg}</g>`);
    y += part.height + 30;
  };
  add(
    dots(
      "Steps per second, one for each task in every frame",
      steps,
      counts.map((count) => `${number(count)} tasks`),
    ),
  );
  add(dots("Tasks started and finished per second", finish, []));
  add(lines(run));
  const note = `${run.machine.processor}, Node ${run.machine.node}, ${run.machine.date}. Compare within a chart only.`;
  parts.push(text(EDGE, y, note, "soft"));

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 20}" role="img" aria-label="${label(run)}">
<style>${style}</style>
${parts.join("\n")}
</svg>
`;
}

/**
 * A dot for each value, on a logarithmic scale: the kinds are orders of magnitude apart.
 *
 * @param {string} title
 * @param {Row[]} rows
 * @param {string[]} legend
 */
function dots(title, rows, legend) {
  const all = rows.flatMap((row) => row.values);
  const low = Math.floor(Math.log10(Math.min(...all)));
  const high = Math.ceil(Math.log10(Math.max(...all)));
  const x = (/** @type {number} */ value) =>
    LEFT + ((Math.log10(value) - low) / (high - low)) * (RIGHT - LEFT);
  const top = 34;
  const bottom = top + rows.length * ROW;
  const parts = [text(EDGE, 12, title, "title")];
  for (let power = low; power <= high; power++) {
    const at = x(10 ** power);
    parts.push(gridLine(at, top, at, bottom), text(at, bottom + 16, short(10 ** power), "soft", "middle"));
  }
  rows.forEach(({ name, values }, row) => {
    const at = top + (row + 0.5) * ROW;
    parts.push(text(LEFT - 12, at + 4, name, name === OURS ? "ours" : "", "end"));
    // The last series below the first, where they meet.
    for (const [i, value] of [...values.entries()].toReversed()) {
      parts.push(
        `<circle cx="${round(x(value))}" cy="${at}" r="${name === OURS ? 6 : 5}" class="${i ? "b" : "a"}">` +
          `<title>${escape(name)}: ${short(value)} a second</title></circle>`,
      );
    }
  });
  legend.forEach((entry, i) => {
    const at = RIGHT - (legend.length - i) * 110;
    parts.push(
      `<circle cx="${at}" cy="8" r="5" class="${i ? "b" : "a"}"/>`,
      text(at + 10, 12, entry, "soft"),
    );
  });
  return { svg: parts.join(""), height: bottom + 16 };
}

/**
 * The time of a step over the depth of delegation.
 *
 * @param {Run} run
 */
function lines(run) {
  const depths = Object.keys(run.nested).map(Number);
  const deepest = Math.max(...depths);
  const names = [RAW, FLOOR, OURS];
  const time = (/** @type {string} */ name, /** @type {number} */ depth) =>
    run.nested[depth]?.[name]?.ns ?? Number.NaN;
  const highest = Math.max(...names.flatMap((name) => depths.map((depth) => time(name, depth))));
  const step = [5, 10, 20, 25, 50, 100].find((size) => highest / size <= 5) ?? 200;
  const most = Math.ceil(highest / step) * step;
  const right = RIGHT - 120;
  const top = 34;
  const bottom = top + CHART;
  const x = (/** @type {number} */ depth) => LEFT + (depth / deepest) * (right - LEFT);
  const y = (/** @type {number} */ ns) => bottom - (ns / most) * CHART;
  const parts = [
    text(EDGE, 12, "Nanoseconds a step, with the wait a number of yield* below the body", "title"),
  ];
  for (let ns = 0; ns <= most; ns += step) {
    parts.push(gridLine(LEFT, y(ns), right, y(ns)), text(LEFT - 12, y(ns) + 4, String(ns), "soft", "end"));
  }
  for (const depth of depths) parts.push(text(x(depth), bottom + 16, String(depth), "soft", "middle"));
  const labels = names.map((name) => ({ name, at: y(time(name, deepest)) })).toSorted((a, b) => a.at - b.at);
  for (let i = 1; i < labels.length; i++) {
    const [above, below] = /** @type {{ name: string, at: number }[]} */ (labels.slice(i - 1, i + 1));
    if (above && below) below.at = Math.max(below.at, above.at + 15);
  }
  for (const name of names) {
    const points = depths.map((depth) => `${round(x(depth))},${round(y(time(name, depth)))}`).join(" ");
    parts.push(
      `<polyline points="${points}" class="line-${name === OURS ? "a" : name === FLOOR ? "b" : "soft"}"/>`,
    );
  }
  for (const { name, at } of labels) {
    parts.push(text(right + 8, at + 4, name, name === OURS ? "ours" : ""));
  }
  return { svg: parts.join(""), height: bottom + 16 };
}

/** @param {Run} run */
function label(run) {
  const ours = run.steps[10_000]?.[OURS];
  const ratio = ours?.timesAsFastAs[RAW]?.toFixed(2);
  return `With 10,000 tasks, awaitframe makes ${short(1e9 / (ours?.ns ?? Number.NaN))} steps a second, ${ratio} of raw generators.`;
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} content
 * @param {string} [className]
 * @param {"start" | "middle" | "end"} [anchor]
 */
function text(x, y, content, className = "", anchor = "start") {
  return `<text x="${round(x)}" y="${round(y)}" class="${className}" text-anchor="${anchor}">${escape(content)}</text>`;
}

/**
 * @param {number} x1
 * @param {number} y1
 * @param {number} x2
 * @param {number} y2
 */
function gridLine(x1, y1, x2, y2) {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="grid"/>`;
}

/** @param {string} value */
function escape(value) {
  return value.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {number | string} value */
function number(value) {
  return Number(value).toLocaleString("en-US");
}

/** @param {number} value */
function short(value) {
  return Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 }).format(value);
}
