import {
  closed,
  deviceLost,
  engineDriver,
  Loop,
  nextFrame,
  on,
  race,
  sleep,
  spawn,
  until,
  type Operation,
  type Subscription,
} from "awaitframe";
import { WebGPUEngine } from "@babylonjs/core/Engines/webgpuEngine.js";
import { Logger } from "@babylonjs/core/Misc/logger.js";
import { report } from "../common/report.ts";
import { createStage, type Stage } from "./stage.ts";

const canvas = document.querySelector("canvas")!;
const says = document.querySelector<HTMLElement>(".says")!;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

/** What is to be repeated, and whether it is the player's turn. */
export const game = { tune: [] as number[], best: 0, listening: false };

/** What is on the stage now. */
export let lights: Stage | undefined;

Logger.LogLevels = Logger.ErrorLogLevel;

const driver = engineDriver();
export const loop = new Loop({ driver });

/** Babylon.js opens a device of its own. Should it be lost, everything begins again. */
loop.run(function* app() {
  for (let lost = false; ; lost = true) {
    const engine = new WebGPUEngine(canvas, { antialias: true, doNotHandleContextLost: true });
    try {
      yield* until(engine.initAsync());
      // Not public, but it has no other.
      // oxlint-disable-next-line no-underscore-dangle
      yield* race([show(engine), deviceLost(engine._device)]);
    } catch (error) {
      // While the GPU comes back, there may be no adapter.
      if (!lost) throw error;
    } finally {
      engine.stopRenderLoop();
      // Not from inside of its own frame.
      setTimeout(() => engine.dispose());
    }
    yield* sleep(250);
  }
});

function* show(engine: WebGPUEngine): Operation<never> {
  const stage = (lights = createStage(engine));
  yield* until(stage.scene.whenReadyAsync());
  const { scene } = stage;

  // The coroutines run at three places of Babylon's own frame.
  scene.onBeforeAnimationsObservable.add(() => driver.tick(performance.now(), "update"));
  scene.onBeforeRenderObservable.add(() => driver.tick(performance.now(), "render"));
  scene.onAfterRenderObservable.add(() => driver.tick(performance.now(), "after"));
  engine.runRenderLoop(() => {
    fit(engine);
    scene.render();
  });

  yield* spawn(play(stage));
  yield* spawn(labels(stage));
  while (true) report.frame(yield* nextFrame("after"));
}

/** The whole game, in the order in which it happens. */
function* play(stage: Stage): Operation<never> {
  const presses = yield* on(canvas, "pointerdown");
  const keys = yield* on(window, "keydown", { filter: ({ key }) => /^[1-4]$/.test(key) });
  while (true) {
    game.tune = [];
    say("Press a light to play");
    // Whoever presses ends the parade, wherever it is, and its light goes out.
    yield* race([parade(stage), pressed(stage, presses, keys)]);

    let right = true;
    while (right) {
      game.tune.push(Math.floor(4 * Math.random()));
      say(`Round ${game.tune.length}: watch`);
      yield* sleep(900);
      for (const light of game.tune) {
        yield* flash(stage, light, 420);
        yield* sleep(130);
      }
      say("Your turn");
      presses.latest();
      keys.latest();
      right = yield* repeated(stage, presses, keys);
      if (right) game.best = Math.max(game.best, game.tune.length);
      fact("best").textContent = String(game.best);
      say(right ? "Right!" : "Not that one");
      yield* sleep(700);
    }
    for (let i = 0; i < 3; i++) yield* flashAll(stage);
  }
}

/** Whether all of the tune was pressed, each light within five seconds. */
function* repeated(stage: Stage, ...input: Input): Operation<boolean> {
  game.listening = true;
  try {
    for (const light of game.tune) {
      const answer = yield* race([pressed(stage, ...input), sleep(5000)]);
      if (answer === undefined) return false;
      yield* spawn(flash(stage, answer, 240));
      if (answer !== light) return false;
    }
    yield* sleep(350);
    return true;
  } finally {
    game.listening = false;
  }
}

type Input = [presses: Subscription<PointerEvent>, keys: Subscription<KeyboardEvent>];

/** Waits for the next light that is pressed. */
function* pressed(stage: Stage, presses: Input[0], keys: Input[1]): Operation<number> {
  while (true) {
    const event = yield* race([presses.next(), keys.next()]);
    if (event === closed) continue;
    const light = "key" in event ? Number(event.key) - 1 : stage.lightAt(event.offsetX, event.offsetY);
    if (light >= 0) return light;
  }
}

/** However this ends, the light goes out. */
function* flash(stage: Stage, light: number, ms: number): Operation<void> {
  const start = (yield* nextFrame()).time;
  stage.ring(light);
  try {
    for (let part = 0; part < 1;) {
      part = ((yield* nextFrame()).time - start) / ms;
      stage.levels[light] = Math.min(1, 8 * part) * Math.min(1, 3 * Math.max(0, 1 - part) + 0.15);
    }
  } finally {
    stage.levels[light] = 0;
  }
}

function* flashAll(stage: Stage): Operation<void> {
  for (const light of [0, 1, 2]) yield* spawn(flash(stage, light, 260));
  yield* flash(stage, 3, 300);
}

function* parade(stage: Stage): Operation<never> {
  while (true) {
    for (const light of [0, 1, 3, 2]) {
      yield* flash(stage, light, 700);
      yield* sleep(60);
    }
  }
}

/** The keys' names stand before the lights, where the camera has just seen them. */
function* labels(stage: Stage): Operation<never> {
  const tags = document.querySelectorAll<HTMLElement>(".stage .key");
  while (true) {
    yield* nextFrame("after");
    tags.forEach((tag, light) => {
      const [x, y] = stage.placeOf(light);
      tag.style.translate = `${x}px ${y}px`;
    });
  }
}

function say(text: string): void {
  says.textContent = text;
  fact("round").textContent = String(game.tune.length || "–");
}

/** As sharp as the display, which may change. */
function fit(engine: WebGPUEngine): void {
  engine.setHardwareScalingLevel(1 / devicePixelRatio);
  engine.resize();
}
