/**
 * All kinds, by the name that the results give them. Each is loaded only in the process that measures it; `kit` is the
 * module to import as awaitframe.
 * @type {Record<string, (kit: string) => Promise<import("./kind.mjs").Kind>>}
 */
export const kinds = {
  "raw generators": async () => (await import("./raw.mjs")).raw(),
  floor: async () => (await import("./floor.mjs")).floor(),
  awaitframe: async (kit) => (await import("./awaitframe.mjs")).awaitframe(await import(kit)),
  "awaitframe, loop.run": async (kit) => (await import("./awaitframe.mjs")).awaitframeRun(await import(kit)),
  "motion (callbacks)": async () => (await import("./motion.mjs")).motion(),
  "async/await": async () => (await import("./async-await.mjs")).asyncAwait(),
  "Babylon.js": async () => (await import("./babylon.mjs")).babylon(),
  Effect: async () => (await import("./effect.mjs")).effect(),
  "redux-saga": async () => (await import("./redux-saga.mjs")).reduxSaga(),
  effection: async () => (await import("./effection.mjs")).effection(),
};
