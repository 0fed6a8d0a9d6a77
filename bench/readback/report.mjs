import { figure, ratio, table } from "../common/table.mjs";
import { BY_HAND, NOTHING, OURS } from "./measures.mjs";

/**
 * @typedef {import("./measures.mjs").Results & {
 *   machine: Record<"processor" | "platform" | "date" | "browser", string>,
 *   peers: Record<string, string>,
 *   quick: boolean,
 *   effort: import("./measures.mjs").Effort,
 * }} Run
 */

/**
 * The results as tables, for the terminal and for the documentation.
 *
 * @param {Run} run
 */
export function markdown(run) {
  const { machine, effort, bound } = run;
  return [
    `# Readback benchmark: results in ${machine.browser.split(" ")[0]}`,
    "",
    `${machine.browser} on ${run.gpu || "an adapter that does not say its name"}; ${machine.processor}, ` +
      `${machine.platform}; ${machine.date}.`,
    `${run.quick ? "A quick run" : "A whole run"}, interleaved: compare figures of this run only.`,
    `Peers: ${Object.entries(run.peers)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
    "",
    "## The numbers to reach",
    "",
    ...table(["", "measured", "to reach"], goals(run)),
    "",
    ...Object.entries(run.eachFrame).flatMap(([bytes, contenders]) =>
      eachFrameTable(bytes, contenders, effort),
    ),
    "## Three in flight, as fast as it goes: readbacks a second, and against the ring by hand",
    "",
    ...throughputTable(run.throughput),
    "",
    `## Bound by the GPU: ${size(bound.bytes)} in each frame, after a dispatch of ${bound.dispatch} ms`,
    "",
    ...table(
      ["", "most in flight", "staging memory", "longest latency, ms", "frame interval, ms"],
      Object.entries(bound.contenders).map(([name, { mostInFlight, latency, interval }]) => [
        name,
        String(mostInFlight),
        size(mostInFlight * bound.bytes),
        figure(latency),
        figure(interval),
      ]),
    ),
    "",
  ].join("\n");
}

/** @param {Run} run */
function goals(run) {
  const sizes = Object.keys(run.eachFrame);
  const largest = run.eachFrame[sizes.at(-1) ?? ""];
  const [ours, byHand, nothing] = [OURS, BY_HAND, NOTHING].map((name) => largest?.[name]);
  const middle = run.eachFrame[sizes[1] ?? ""];
  const pace = (middle?.[OURS]?.intervalP99 ?? Number.NaN) / (middle?.[NOTHING]?.intervalP99 ?? Number.NaN);
  const more = sizes.map(
    (bytes) =>
      (run.eachFrame[bytes]?.[OURS]?.latencyFrames ?? NaN) -
      (run.eachFrame[bytes]?.[BY_HAND]?.latencyFrames ?? NaN),
  );
  const rows = [
    ...sizes.map((bytes) => [
      `throughput of borrow, against the ring by hand, ${size(bytes)}`,
      ratio(run.throughput[bytes]?.[OURS]?.ofByHand),
      "0.95",
    ]),
    ["frame interval p99 with a readback of 1 MiB, against none", ratio(pace), "at most 1.05"],
    ["buffers created for each frame, after the warm-up", String(ours?.buffersCreated), "0"],
    ["results inside of an animation frame", percent(ours?.insideFrame), "all"],
    ["latency against the ring by hand, frames more", String(Math.max(...more)), "at most 1"],
    ["most in flight, bound by the GPU", String(run.bound.contenders[OURS]?.mostInFlight), "at most 3"],
  ];
  if (ours?.mainThread != null && byHand?.mainThread != null && nothing?.mainThread != null) {
    rows.push([
      `main thread for a frame of 8 MiB, beyond one of none: ms; by hand ${(byHand.mainThread - nothing.mainThread).toFixed(2)}`,
      (ours.mainThread - nothing.mainThread).toFixed(2),
      "that by hand",
    ]);
  }
  if (ours?.heap != null && byHand?.heap != null)
    rows.push([
      `JavaScript heap for a frame of 8 MiB, bytes; by hand ${figure(byHand.heap)}`,
      figure(ours.heap),
      "that by hand, at most 2,000",
    ]);
  return rows;
}

/**
 * @param {string} bytes
 * @param {Record<string, import("./measures.mjs").EachFrame>} contenders
 * @param {import("./measures.mjs").Effort} effort
 */
function eachFrameTable(bytes, contenders, effort) {
  const told = Object.values(contenders).every(({ mainThread }) => mainThread !== null);
  const head = [
    "",
    "read in a frame",
    "latency, frames",
    "latency, ms",
    "interval, ms",
    "p99, ms",
    "buffers made",
  ];
  if (told) head.push("main thread, ms", "heap, bytes");
  const rows = Object.entries(contenders).map(([name, one]) => {
    const none = name === NOTHING;
    const row = [
      name,
      none ? "" : one.readbacksPerFrame.toFixed(2),
      none ? "" : String(one.latencyFrames),
      none ? "" : figure(one.latency),
      one.interval.toFixed(1),
      one.intervalP99.toFixed(1),
      one.buffersCreated.toFixed(2),
    ];
    if (told) row.push((one.mainThread ?? NaN).toFixed(2), Math.max(0, one.heap ?? NaN).toFixed(0));
    return row;
  });
  return [
    `## ${size(bytes)} in each frame, ${effort.rounds * effort.frames} frames`,
    "",
    ...table(head, rows),
    "",
  ];
}

/** @param {import("./measures.mjs").Results["throughput"]} throughput */
function throughputTable(throughput) {
  const sizes = Object.keys(throughput);
  const names = Object.keys(throughput[sizes[0] ?? ""] ?? {});
  const rows = names.map((name) =>
    [[name]]
      .concat(
        sizes.map((bytes) => {
          const { perSecond = NaN, ofByHand = NaN } = throughput[bytes]?.[name] ?? {};
          return [figure(perSecond), ratio(ofByHand)];
        }),
      )
      .flat(),
  );
  return table(["", ...sizes.flatMap((bytes) => [size(bytes), "ratio"])], rows);
}

/** @param {number | undefined} part */
function percent(part = Number.NaN) {
  return part === 1 ? "all" : `${(part * 100).toFixed(1)} %`;
}

/**
 * @param {number | string} bytes
 * @returns {string}
 */
export function size(bytes) {
  const kib = Number(bytes) / 1024;
  return kib < 1024 ? `${kib} KiB` : `${kib / 1024} MiB`;
}
