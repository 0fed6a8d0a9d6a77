import { figure, ratio, table, thousands } from "../common/table.mjs";
import { FLOOR, OURS, RAW, WITH_SLEEPERS } from "./measures.mjs";

/**
 * @typedef {import("./measures.mjs").Results & {
 *   machine: Record<"processor" | "node" | "v8" | "platform" | "date", string>,
 *   peers: Record<string, string>,
 *   quick: boolean,
 *   effort: import("./rounds.mjs").Effort,
 * }} Run
 * @typedef {import("./measures.mjs").Timings} Timings
 */

/**
 * The results as tables, for the terminal and for the documentation.
 *
 * @param {Run} run
 */
export function markdown(run) {
  const { machine, effort } = run;
  return [
    "# Scheduler benchmark: results",
    "",
    `${machine.processor}; Node ${machine.node} (V8 ${machine.v8}), ${machine.platform}; ${machine.date}.`,
    `${run.quick ? "A quick run" : "A whole run"}: medians of ${effort.rounds * effort.processes} interleaved slices of ` +
      `${effort.slice} ms, in ${effort.processes} process${effort.processes > 1 ? "es" : ""} for each kind. ` +
      "Ratios are of the same run; compare nothing else.",
    `Peers: ${Object.entries(run.peers)
      .map(([name, version]) => `${name} ${version}`)
      .join(", ")}.`,
    "",
    "## The numbers to reach",
    "",
    ...table(["", "measured", "to reach"], goals(run)),
    "",
    "## 100 tasks: a step for each in every frame",
    "",
    ...timingTable(run.steps[100] ?? {}, "step"),
    "",
    "## 10,000 tasks: a step for each in every frame",
    "",
    ...timingTable(run.steps[10_000] ?? {}, "step"),
    "",
    "## 10,000 tasks of eight generator functions",
    "",
    ...timingTable(run.mixed, "step"),
    "",
    "## Memory allocated per step, in the steady state",
    "",
    ...table(
      ["", "bytes"],
      Object.entries(run.bytes).map(([name, bytes]) => [name, bytes.toFixed(1)]),
    ),
    "",
    `Known allocations, measured in the same way: ${Object.entries(run.known)
      .map(([size, bytes]) => `${bytes.toFixed(1)} for ${size} bytes`)
      .join(", ")}.`,
    "",
    "## A frame of 1,000 active tasks",
    "",
    ...table(
      ["", "µs"],
      [
        ["alone", run.sleepers[OURS]],
        ["beside 100,000 that sleep", run.sleepers[WITH_SLEEPERS]],
      ].map(([name, timing]) => [
        String(name),
        /** @type {import("./measures.mjs").Timing} */ (timing).ns.toFixed(2),
      ]),
    ),
    "",
    "## Starting and finishing a task",
    "",
    ...timingTable(run.finish, "task"),
    "",
    "## A step with the wait a number of `yield*` below the body, ns",
    "",
    ...table(
      ["", ...Object.keys(run.nested), "a level"],
      [RAW, FLOOR, OURS].map((name) => {
        const times = Object.values(run.nested).map((timings) => timings[name]?.ns ?? Number.NaN);
        return [name].concat([...times, perLevel(run, name)].map((ns) => ns.toFixed(1)));
      }),
    ),
    "",
    "## Size, minified and gzipped",
    "",
    ...table(
      ["", "bytes"],
      Object.entries(run.sizes).map(([name, bytes]) => [name, thousands(bytes)]),
    ),
    "",
  ].join("\n");
}

/** @param {Run} run */
function goals(run) {
  const many = ours(run.steps[10_000]);
  const sleeping = run.sleepers[WITH_SLEEPERS]?.timesAsFastAs[OURS] ?? Number.NaN;
  const peer = (/** @type {string} */ name) => `${(many[name] ?? Number.NaN).toFixed(1)} ×`;
  return [
    ["10,000 tasks, against the floor", ratio(many[FLOOR]), "0.8"],
    ["10,000 tasks, against raw generators", ratio(many[RAW]), "0.45"],
    ["bytes allocated per step", run.bytes[OURS]?.toFixed(2) ?? "", "at most 1"],
    ["against Babylon.js", peer("Babylon.js"), "3 ×"],
    ["against Effect", peer("Effect"), "8 ×"],
    ["against effection", peer("effection"), "200 ×"],
    ["a frame with 100,000 sleeping tasks, against none", (1 / sleeping).toFixed(3), "at most 1.05"],
    ["start and finish a task, against raw generators", ratio(ours(run.finish)[RAW]), "0.3"],
    ["`{ Loop, nextFrame, sleep }`, min + gzip", `${run.sizes[OURS]} bytes`, "at most 4000"],
  ];
}

/** @param {Timings | undefined} timings */
function ours(timings) {
  return timings?.[OURS]?.timesAsFastAs ?? {};
}

/**
 * What a level of delegation adds, ns.
 *
 * @param {Run} run
 * @param {string} name
 */
export function perLevel(run, name) {
  const depths = Object.keys(run.nested).map(Number);
  const deepest = Math.max(...depths);
  const [shallow, deep] = [0, deepest].map((depth) => run.nested[depth]?.[name]?.ns ?? Number.NaN);
  return (/** @type {number} */ (deep) - /** @type {number} */ (shallow)) / deepest;
}

/**
 * @param {Timings} timings
 * @param {string} unit
 */
function timingTable(timings, unit) {
  const names = Object.keys(timings);
  const withFloor = names.includes(FLOOR);
  const head = ["", `ns a ${unit}`, "middle half", `million ${unit}s/s`, "of raw", "awaitframe is"];
  if (withFloor) head.splice(5, 0, "of the floor");
  const rows = Object.entries(timings).map(([name, { ns, middle, timesAsFastAs }]) => {
    const row = [
      name,
      figure(ns),
      middle.map(figure).join(" to "),
      figure(1000 / ns),
      ratio(timesAsFastAs[RAW]),
      name === OURS ? "" : `${figure(ours(timings)[name] ?? Number.NaN)} × as fast`,
    ];
    if (withFloor) row.splice(5, 0, ratio(timesAsFastAs[FLOOR]));
    return row;
  });
  return table(head, rows);
}
