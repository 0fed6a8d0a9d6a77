// What `yield*` and `await` give is inferred. Nothing here runs: it compiles, or the types are wrong.
import {
  action,
  all,
  allSettled,
  any,
  AsyncEvent,
  breathe,
  Channel,
  nextFrame,
  on,
  once,
  race,
  sleep,
  spawn,
  timeout,
  until,
  type Action,
  type closed,
  type Frame,
  type Loop,
  type Operation,
  type Result,
  type Subscription,
  type Task,
  type TaskState,
} from "awaitframe";
import { is } from "./same.ts";

declare const loop: Loop;
declare const number: Operation<number>;
declare const text: Operation<string>;
declare const flag: Action<boolean>;
declare const texts: Operation<string>[];
declare const canvas: HTMLCanvasElement;
declare const device: GPUDevice;

function* three(): Operation<3> {
  yield* nextFrame();
  return 3;
}

/** Without an annotation. */
function* inferred() {
  const { time } = yield* nextFrame();
  return { time };
}

export function* waits(): Operation<void> {
  is<Frame>()(yield* nextFrame());
  is<Frame>()(yield* nextFrame("render"));
  is<void>()(yield* sleep(5));
  is<void>()(yield* breathe());
  is<number>()(yield* number);
  is<3>()(yield* three());
  is<{ time: number }>()(yield* inferred());
  is<void>()(yield* new AsyncEvent().wait());
  is<number>()(yield* action<number>((resolve) => resolve(5)));
  is<never>()(yield* action<never>(() => {}));
  is<string>()(yield* until(Promise.resolve("text")));
  is<Response>()(yield* until(({ signal }) => fetch("url", { signal })));
  is<number>()(yield* until(async () => 5));
  is<number>()(yield* timeout(100, number));
}

export function* combinators(): Operation<void> {
  is<[number, string, boolean]>()(yield* all([number, text, flag]));
  is<string[]>()(yield* all(texts));
  is<[]>()(yield* all([]));
  is<[3, Frame, [number, string]]>()(yield* all([three(), nextFrame(), all([number, text])]));
  is<number | string>()(yield* race([number, text]));
  is<string>()(yield* race(texts));
  is<3 | Frame>()(yield* race([three(), nextFrame()]));
  is<number | string>()(yield* any([number, text]));
  is<[PromiseSettledResult<number>, PromiseSettledResult<string>]>()(yield* allSettled([number, text]));
  is<PromiseSettledResult<string>[]>()(yield* allSettled(texts));
  is<number | [string]>()(yield* race([timeout(5, number), all([text])]));
}

export function* tasks(): Operation<void> {
  const child = yield* spawn(three());
  is<Task<3>>()(child);
  is<3>()(yield* child);
  is<TaskState>()(child.state);
  is<Task<unknown> | null>()(child.parent);
  is<Task<3>>()(yield* spawn(three));
  is<Task<{ time: number }>>()(yield* spawn(inferred));
  is<Task<Frame>>()(yield* spawn(nextFrame()));
  is<Task<string>>()(yield* spawn(async (wait) => `${await wait(number)}`));
  is<[3, number]>()(yield* all([child, number]));
}

export async function promises(): Promise<void> {
  is<Task<3>>()(loop.run(three));
  is<Task<3>>()(loop.run(three()));
  is<Task<number>>()(loop.run(() => number));
  is<Task<boolean>>()(loop.run(flag));
  is<3>()(await loop.run(three));
  is<3 | null>()(await loop.run(three).catch(() => null));
  const task = loop.run(async (wait) => {
    is<Frame>()(await wait(nextFrame()));
    is<3>()(await wait(three()));
    is<[number, string]>()(await wait(all([number, text])));
    is<AbortSignal>()(wait.signal);
    const child = wait.spawn(three());
    is<Task<3>>()(child);
    is<3>()(await wait(child));
    is<[Frame, void]>()(await Promise.all([wait(nextFrame()), wait(sleep(5))]));
    return 5;
  });
  is<Task<number>>()(task);
  is<number>()(await task);
}

export function* events(): Operation<void> {
  is<KeyboardEvent>()(yield* once(window, "keydown"));
  is<PointerEvent>()(yield* once(canvas, "pointerdown", { prevent: true }));
  is<WheelEvent>()(yield* once(canvas, "wheel", { filter: (event) => event.deltaY > 0 }));
  is<GPUUncapturedErrorEvent>()(yield* once(device, "uncapturederror"));
  is<Event>()(yield* once(new EventTarget(), "anything"));
  is<Event>()(yield* once(canvas, "a name of one's own"));
  const moves = yield* on(canvas, "pointermove", { capacity: 5, overflow: "latest" });
  is<Subscription<PointerEvent>>()(moves);
  is<PointerEvent | typeof closed>()(yield* moves.next());
  is<PointerEvent | undefined>()(moves.latest());
}

export function* channels(): Operation<void> {
  const channel = new Channel<string>(5);
  is<void>()(yield* channel.send("text"));
  is<string | typeof closed>()(yield* channel.receive());
}

is<number>()(0 as Result<Operation<number>>);
is<Frame>()(null as unknown as Result<ReturnType<typeof nextFrame>>);
is<{ time: number }>()({ time: 0 } as Result<ReturnType<typeof inferred>>);

/** A library's own wait, of the types that are exported. */
export function countdown(frames: number): Operation<void> {
  return (function* (): Operation<void> {
    for (let i = 0; i < frames; i++) yield* nextFrame();
  })();
}
