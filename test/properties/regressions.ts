import type { Act, Operand, Statement, Step, Wait } from "./program.ts";

// What random programs have found, each shrunk to what matters.

const run = (...body: Statement[]): Act => ({ do: "run", body, signal: null, isAsync: false });
const spawn = (...body: Statement[]): Statement => ({ do: "spawn", body, signal: null, isAsync: false });
const wait = (on: Wait): Statement => ({ do: "wait", on });
const body = (...statements: Statement[]): Operand => ({ body: statements });
const tick = (ms = 10): Step => ({ do: "tick", ms });
const cancel = (task: number): Act => ({ do: "cancel", task });
const withFinally = (inner: Statement[], last: Statement[]): Statement => ({
  do: "try",
  body: inner,
  catch: null,
  finally: last,
});

const frame: Wait = { wait: "frame", phase: 0 };
const event: Wait = { wait: "event", event: 0 };
const outside = { wait: "outside", source: 0, start: null, cleanup: null } satisfies Wait;

export const REGRESSIONS: Record<string, Step[]> = {
  "a pump of a paused loop starts no tasks": [{ do: "pause" }, run(), { do: "pump", ms: 10 }, tick()],

  "an error on its way to a parent is reported if the parent is cancelled first": [
    run(spawn({ do: "throw" }), wait({ wait: "timeout", ms: 0, of: outside })),
    run(spawn(cancel(0)), wait(event)),
    tick(),
  ],

  "a second error of a child is for the next wait": [
    run(
      {
        do: "try",
        body: [spawn({ do: "throw" }), spawn({ do: "throw" }), wait(event)],
        catch: [],
        finally: null,
      },
      { do: "try", body: [wait(frame)], catch: [], finally: null },
      wait(frame),
    ),
    tick(),
    tick(),
  ],

  "a child may wait for a parent that was just thrown out of waiting for it": [
    run({
      do: "try",
      body: [
        spawn(wait(event), wait({ wait: "join", task: 0 })),
        spawn({ do: "set", event: 0 }, { do: "throw" }),
        wait({ wait: "join", task: 1 }),
      ],
      catch: [wait(frame)],
      finally: null,
    }),
    tick(),
    tick(),
  ],

  "the loser of a combinator cancels the task that waits": [
    run(wait({ wait: "timeout", ms: 0, of: body(withFinally([wait(frame)], [cancel(0)])) })),
    tick(),
    tick(),
    tick(),
  ],

  "what is cleaned up for a child's error cancels the parent": [
    run(
      spawn(wait(frame), { do: "throw" }),
      wait({ wait: "all", of: [body(withFinally([wait(event)], [cancel(0)]))] }),
    ),
    tick(),
    tick(),
    tick(),
  ],

  "a cleanup cancels the task whose wait settles": [
    run(wait({ ...outside, cleanup: cancel(0) })),
    tick(),
    { do: "settle", source: 0, fail: false },
    tick(),
  ],

  "a parent that ends when it hears of its child's end does so once, and the other roots are known": [
    run(spawn({ do: "throw" }), wait({ ...outside, cleanup: cancel(0) })),
    run(wait(event)),
    tick(),
  ],

  "a child stops the loop while its root is being cancelled": [
    run(wait({ wait: "all", of: [body(withFinally([wait(event)], [{ do: "stop" }]))] })),
    tick(),
    cancel(0),
    tick(),
  ],

  "a sleep after a breath counts from then": [
    run({ do: "spend", ms: 8 }, wait({ wait: "breathe" }), wait({ wait: "sleep", ms: 15 })),
    tick(),
    tick(),
    tick(),
    tick(),
  ],

  "the debt of a sleep is measured with the frame that it ends in": [
    run(wait(frame), { do: "repeat", times: 5, body: [wait({ wait: "sleep", ms: 5 })] }),
    tick(0),
    tick(10),
    tick(15),
    tick(10),
    tick(10),
  ],

  "the errors of three children all arrive, one for each yield": [
    run(
      spawn({ do: "throw" }),
      spawn({ do: "throw" }),
      spawn({ do: "throw" }),
      { do: "try", body: [wait({ wait: "sleep", ms: 0 })], catch: [], finally: null },
      spawn(),
    ),
    tick(),
    tick(),
  ],

  "a wait of an async function that another one's cleanup has ended fails no more": [
    {
      do: "run",
      isAsync: true,
      signal: null,
      body: [
        {
          do: "float",
          on: {
            wait: "allSettled",
            of: [
              { body: [wait({ wait: "outside", source: 0, start: null, cleanup: { do: "stop" } })] },
              { wait: "sleep", ms: 100 },
            ],
          },
        },
        spawn({ do: "throw" }),
        wait({
          wait: "timeout",
          ms: 20,
          of: { wait: "outside", source: 0, start: null, cleanup: null },
        }),
      ],
    },
    tick(),
    tick(),
    tick(),
  ],

  "a task that is run after a stop within a stop is cancelled": [
    run({ do: "try", body: [wait(frame)], catch: null, finally: [{ do: "stop" }, run()] }),
    tick(),
    { do: "stop" },
    tick(),
  ],

  "a channel that is closed twice resumes nobody who waits elsewhere": [
    run(wait({ wait: "receive", channel: 0 }), wait(frame), wait({ wait: "receive", channel: 1 })),
    tick(),
    { do: "close", channel: 0 },
    tick(),
    { do: "close", channel: 0 },
    tick(),
  ],
};
