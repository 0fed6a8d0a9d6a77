import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const worker = fileURLToPath(new URL("worker.mjs", import.meta.url));

/**
 * How much is measured.
 * @typedef {object} Effort
 * @property {number} processes how many times all processes are started anew
 * @property {number} rounds how many rounds with each set of processes
 * @property {number} slice how long a contender runs in a round, in ms
 * @property {number} warmUp in ms
 * @property {number} warmUpFrames
 */

/**
 * Measures contenders against each other: each in a process of its own, one of which runs at a time, in turn, for a
 * short slice in each round; in every other round in reverse order.
 *
 * @template {string} N
 * @param {Record<N, Pick<import("./worker.mjs").Assignment, "kind" | "program" | "args">>} contenders
 * @param {Effort} effort
 * @param {string} kit
 * @returns {Promise<Record<N, number[]>>} for each, the nanoseconds of a step in each round
 */
export async function interleave(contenders, effort, kit) {
  const names = /** @type {N[]} */ (Object.keys(contenders));
  const times = /** @type {Record<N, number[]>} */ ({});
  for (const name of names) times[name] = [];
  for (let i = 0; i < effort.processes; i++) {
    /** @type {[N, Worker][]} */
    const workers = [];
    try {
      for (const name of names) workers.push([name, await start({ ...contenders[name], ...effort, kit })]);
      for (let round = 0; round < effort.rounds; round++) {
        for (const [name, { ask }] of round % 2 ? workers.toReversed() : workers) {
          times[name].push(await ask({ ms: effort.slice }));
        }
      }
    } finally {
      for (const [, { stop }] of workers) stop();
    }
  }
  return times;
}

/**
 * @typedef {object} Worker
 * @property {(message: { ms?: number }) => Promise<number>} ask
 * @property {() => void} stop
 */

/**
 * Starts a process, and waits until it has warmed up.
 *
 * @param {import("./worker.mjs").Assignment} assignment
 * @param {string[]} [flags] for Node
 * @returns {Promise<Worker>}
 */
export async function start(assignment, flags = []) {
  // Peers that check more while one develops are to be measured as one ships them.
  const env = { ...process.env, NODE_ENV: "production" };
  const child = fork(worker, [JSON.stringify(assignment)], { execArgv: flags, env });
  const failed = once(child, "exit").then(([code]) => {
    throw new Error(`${assignment.kind}, ${assignment.program}(${assignment.args}): ended with ${code}`);
  });
  // Also when nobody asks any more.
  failed.catch(() => {});
  const answer = async () => (await Promise.race([once(child, "message"), failed]))[0];
  await answer();
  return {
    ask: (message) => (child.send(message), answer()),
    stop: () => child.kill(),
  };
}
