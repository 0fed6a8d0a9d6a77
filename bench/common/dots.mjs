import { EDGE, escape, gridLine, LEFT, RIGHT, round, short, text } from "./svg.mjs";

const ROW = 24;
const SERIES = ["a", "b", "c"];

/**
 * @typedef {object} Dots
 * @property {string} title
 * @property {{ name: string, values: number[] }[]} rows
 * @property {string[]} [legend] one entry for each value of a row; where there are no more than one, none
 * @property {string} unit
 * @property {string} ours the name of the row that stands out
 */

/**
 * A dot for each value, on a logarithmic scale: the kinds are orders of magnitude apart.
 *
 * @param {Dots} chart
 */
export function dots({ title, rows, legend = [], unit, ours }) {
  const ticks = ticksFor(rows.flatMap((row) => row.values));
  const [low = 0, high = 1] = [ticks[0], ticks.at(-1)].map((tick) => Math.log10(tick ?? 1));
  const x = (/** @type {number} */ value) =>
    LEFT + ((Math.log10(value) - low) / (high - low)) * (RIGHT - LEFT);
  const top = 34;
  const bottom = top + rows.length * ROW;
  const parts = [text(EDGE, 12, title, "title")];
  for (const tick of ticks) {
    const at = x(tick);
    parts.push(gridLine(at, top, at, bottom), text(at, bottom + 16, short(tick), "soft", "middle"));
  }
  rows.forEach(({ name, values }, row) => {
    const at = top + (row + 0.5) * ROW;
    parts.push(text(LEFT - 12, at + 4, name, name === ours ? "ours" : "", "end"));
    // The last series below the first, where they meet.
    for (const [i, value] of [...values.entries()].toReversed()) {
      parts.push(
        `<circle cx="${round(x(value))}" cy="${at}" r="${name === ours ? 6 : 5}" class="${SERIES[i]}">` +
          `<title>${escape(name)}: ${short(value)} ${unit}</title></circle>`,
      );
    }
  });
  legend.forEach((entry, i) => {
    const at = RIGHT - (legend.length - i) * 110 + (legend.length > 2 ? 40 : 0);
    parts.push(`<circle cx="${at}" cy="8" r="5" class="${SERIES[i]}"/>`, text(at + 10, 12, entry, "soft"));
  });
  return { svg: parts.join(""), height: bottom + 16 };
}

/**
 * Powers of ten around the values; where these are few, 2 and 5 times these too.
 *
 * @param {number[]} values
 */
function ticksFor(values) {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const steps = most / least < 300 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = Math.floor(Math.log10(least)); power <= Math.ceil(Math.log10(most)); power++) {
    ticks.push(...steps.map((step) => step * 10 ** power));
  }
  const first = ticks.findLastIndex((tick) => tick <= least);
  const last = ticks.findIndex((tick) => tick >= most);
  return ticks.slice(Math.max(0, first), Math.max(first + 2, last + 1));
}
