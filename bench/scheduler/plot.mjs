import { dots } from "../common/dots.mjs";
import { document, EDGE, gridLine, LEFT, number, RIGHT, round, short, text } from "../common/svg.mjs";
import { FLOOR, OURS, RAW } from "./measures.mjs";

/** @typedef {import("./report.mjs").Run} Run */

const CHART = 150;

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

  const unit = "a second";
  const legend = counts.map((count) => `${number(count)} tasks`);
  return document(
    [
      dots({
        title: "Steps per second, one for each task in every frame",
        rows: steps,
        legend,
        unit,
        ours: OURS,
      }),
      dots({ title: "Tasks started and finished per second", rows: finish, unit, ours: OURS }),
      lines(run),
    ],
    `${run.machine.processor}, Node ${run.machine.node}, ${run.machine.date}. Compare within a chart only.`,
    label(run),
  );
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
