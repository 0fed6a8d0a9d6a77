import {
  action,
  closed,
  Loop,
  nextFrame,
  on,
  once,
  race,
  sleep,
  spawn,
  withDevice,
  type Action,
  type Operation,
} from "awaitframe";
import { report } from "../common/report.ts";
import { ripples, type View } from "./ripples.ts";
import type { Drawn, Hello, ToWorker } from "./worker.ts";

const stage = document.querySelector<HTMLElement>(".stage")!;
const ours = document.querySelector<HTMLCanvasElement>("canvas.page")!;
const theirs = document.querySelector<HTMLCanvasElement>("canvas.worker")!;
const button = document.querySelector<HTMLButtonElement>("button.block")!;
const text = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;
/** A clock that pages and workers share, in milliseconds. */
const now = (): number => performance.timeOrigin + performance.now();

export const view: View = {
  start: now(),
  frames: 0,
  pointer: [0.36, 0.6],
  pressed: false,
  width: ours.clientWidth,
};

/** How many frames each thread has drawn, and when the last ones. */
export const drawn = { page: 0, worker: 0 };
const times = { page: [] as number[], worker: [] as number[] };
/** For each time that the page was blocked, how many they drew meanwhile. */
export const blocks: { page: number; worker: number }[] = [];

const loop = new Loop();

// One picture is drawn here, by the thread of the page.
loop.run(
  withDevice({ onLost: report.lost }, (device) =>
    ripples(device, ours, view, (frame) => {
      note("page", now());
      report.frame(frame);
    }),
  ),
  { name: "ripples" },
);

// The other one by a worker, with the same code.
loop.run(function* page() {
  const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  const send = (message: ToWorker, transfer: Transferable[] = []): void =>
    worker.postMessage(message, transfer);
  // Its first message: now it listens.
  const hello = (yield* once(worker, "message")).data as Hello;
  const able = hello.hasWebGPU && "transferControlToOffscreen" in theirs;
  stage.classList.toggle("alone", !able);
  const change = (change: Partial<View>): void => {
    Object.assign(view, change);
    if (able) send({ view: change });
  };
  if (able) {
    const canvas = theirs.transferControlToOffscreen();
    send({ canvas, view }, [canvas]);
    yield* spawn(counting(worker));
    yield* spawn(
      sizes((size) => {
        change({ width: theirs.clientWidth });
        send({ view: { size } });
      }),
    );
  }
  yield* spawn(pointing(change));
  yield* spawn(keys(change));
  yield* spawn(facts);
  while (true) {
    yield* pressed(button, "b");
    yield* blocking(able);
  }
});

/** What a page should never do: for two seconds, nothing else can run here. */
function* blocking(able: boolean): Operation<void> {
  const name = button.textContent;
  button.textContent = "Blocked …";
  // So that the browser shows it.
  for (let frames = 0; frames < 3; frames++) yield* nextFrame("after");

  const from = now();
  const to = from + 2000;
  while (now() < to);

  // What the worker has sent meanwhile arrives only now.
  while (able && !(times.worker.at(-1)! > to)) yield* nextFrame();
  const during = (times: number[]): number => times.filter((time) => time > from && time < to).length;
  const block = { page: during(times.page), worker: during(times.worker) };
  blocks.push(block);
  text("page-blocked").textContent = String(block.page);
  text("worker-blocked").textContent = String(block.worker);
  button.textContent = name;
}

/** The worker tells when it has drawn. */
function* counting(worker: Worker): Operation<void> {
  const messages = yield* on(worker, "message");
  while (true) {
    const message = yield* messages.next();
    if (message === closed) return;
    note("worker", (message.data as Drawn).time);
  }
}

/** The size of the worker's canvas, which the worker can't see: now, and whenever it changes. */
function sizes(tell: (size: [width: number, height: number]) => void): Action<never> {
  return action(() => {
    const observer = new ResizeObserver(([entry]) => tell(pixelsOf(entry!)));
    observer.observe(theirs);
    return () => observer.disconnect();
  }, "sizes of the canvas");
}

/** In pixels of the display; where the browser doesn't tell them, nearly. */
function pixelsOf({ devicePixelContentBoxSize, contentRect }: ResizeObserverEntry): [number, number] {
  const [exact] = devicePixelContentBoxSize ?? [];
  if (exact) return [exact.inlineSize, exact.blockSize];
  return [contentRect.width * devicePixelRatio, contentRect.height * devicePixelRatio];
}

/** Wherever the pointer is over one picture, it is over both. */
function* pointing(change: (view: Partial<View>) => void): Operation<void> {
  const moves = yield* on(stage, "pointermove");
  yield* spawn(pressing(change));
  while (true) {
    const move = yield* moves.next();
    if (move === closed) return;
    change({ pointer: placeOf(move) });
  }
}

function* pressing(change: (view: Partial<View>) => void): Operation<never> {
  while (true) {
    const press = yield* once(stage, "pointerdown");
    change({ pointer: placeOf(press), pressed: true });
    yield* race([once(window, "pointerup"), once(window, "pointercancel")]);
    change({ pressed: false });
  }
}

function placeOf({ target, offsetX, offsetY }: PointerEvent): [x: number, y: number] {
  const { clientWidth, clientHeight } = target as HTMLElement;
  return [offsetX / clientWidth, offsetY / clientHeight];
}

function* keys(change: (view: Partial<View>) => void): Operation<void> {
  const steps = new Map([
    ["ArrowLeft", [-0.06, 0]],
    ["ArrowRight", [0.06, 0]],
    ["ArrowUp", [0, -0.06]],
    ["ArrowDown", [0, 0.06]],
  ]);
  const presses = yield* on(stage, "keydown", { filter: ({ key }) => steps.has(key), prevent: true });
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    const [x, y] = view.pointer;
    const [right = 0, down = 0] = steps.get(press.key) ?? [];
    const inside = (part: number): number => Math.min(Math.max(part, 0), 1);
    change({ pointer: [inside(x + right), inside(y + down)] });
  }
}

function* facts(): Operation<never> {
  while (true) {
    yield* sleep(250);
    text("page").textContent = drawn.page.toLocaleString("en");
    text("worker").textContent = drawn.worker.toLocaleString("en");
  }
}

/** Waits for the button or its key. */
function pressed(button: HTMLElement, key: string): Operation<Event> {
  const own = (event: KeyboardEvent): boolean => event.key === key && !event.ctrlKey && !event.metaKey;
  return race([once(button, "click"), once(window, "keydown", { filter: own })]);
}

function note(thread: keyof typeof drawn, time: number): void {
  drawn[thread]++;
  times[thread].push(time);
  if (times[thread].length > 600) times[thread].shift();
}
