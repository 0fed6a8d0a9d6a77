import { dots } from "../common/dots.mjs";
import { document } from "../common/svg.mjs";
import { OURS } from "./measures.mjs";
import { size } from "./report.mjs";

/** @typedef {import("./report.mjs").Run} Run */

/**
 * The results as a picture: throughput, latency, and what is on its way when the GPU is slower than the display.
 *
 * @param {Run} run
 * @returns {string} an SVG document
 */
export function plot(run) {
  const sizes = Object.keys(run.throughput);
  const legend = sizes.map(size);
  const names = Object.keys(run.bound.contenders);
  const { bytes, dispatch, contenders } = run.bound;
  return document(
    [
      dots({
        title: "Readbacks a second, three in flight",
        rows: names.map((name) => ({
          name,
          values: sizes.map((bytes) => run.throughput[bytes]?.[name]?.perSecond ?? NaN),
        })),
        legend,
        unit: "a second",
        ours: OURS,
      }),
      dots({
        title: "Milliseconds until the result is there",
        rows: names.map((name) => ({
          name,
          values: sizes.map((bytes) => run.eachFrame[bytes]?.[name]?.latency ?? NaN),
        })),
        legend,
        unit: "ms",
        ours: OURS,
      }),
      dots({
        title: `In flight, ${size(bytes)} each, when every frame gives the GPU ${dispatch} ms of work`,
        rows: names.map((name) => ({ name, values: [contenders[name]?.mostInFlight ?? NaN] })),
        unit: "in flight",
        ours: OURS,
      }),
    ],
    `${[run.machine.browser, run.gpu].filter(Boolean).join(" on ")}, ${run.machine.processor}, ${run.machine.date}. Compare within a chart only.`,
    label(run),
  );
}

/** @param {Run} run */
function label(run) {
  const ratios = Object.entries(run.throughput).map(
    ([bytes, of]) => `${of[OURS]?.ofByHand.toFixed(2)} at ${size(bytes)}`,
  );
  const { mostInFlight } = run.bound.contenders[OURS] ?? {};
  return `Readbacks a second of awaitframe against a ring by hand: ${ratios.join(", ")}. In flight, bound by the GPU: ${mostInFlight}.`;
}
