import {
  all,
  engineDriver,
  Loop,
  nextFrame,
  once,
  race,
  sleep,
  spawn,
  until,
  withDevice,
  type Operation,
} from "awaitframe";
import { Application, TextureSource, UPDATE_PRIORITY } from "pixi.js";
import { report } from "../common/report.ts";
import { count, createBirds, createSky, type Bird } from "./flock.ts";

const canvas = document.querySelector("canvas")!;
const buttons = [...document.querySelectorAll<HTMLButtonElement>(".figures button")];
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

/** What is flown, and how many flights have ended and were called off. */
export const state = { figure: "", flying: 0, arrived: 0, calledOff: 0 };

/** Where the birds go: places from -1 to 1, y down, for a part from 0 to 1 of the flock. */
const figures: Record<string, (part: number, i: number) => [x: number, y: number]> = {
  ring: (part) => [0.8 * Math.cos(2 * Math.PI * part), 0.8 * Math.sin(2 * Math.PI * part)],
  heart: (part) => {
    const a = 2 * Math.PI * part;
    const y = 13 * Math.cos(a) - 5 * Math.cos(2 * a) - 2 * Math.cos(3 * a) - Math.cos(4 * a);
    return [0.052 * 16 * Math.sin(a) ** 3, -0.056 * y - 0.1];
  },
  spiral: (part) => {
    const a = 5 * 2 * Math.PI * Math.sqrt(part);
    return [0.9 * Math.sqrt(part) * Math.cos(a), 0.9 * Math.sqrt(part) * Math.sin(a)];
  },
  arrow: (part, i) => {
    const [row, side] = [(i % 6) / 6, i % 2 ? 1 : -1];
    return [0.85 - 0.9 * part - 0.35 * row, side * 0.75 * part];
  },
  flock: (_, i) => {
    const [a, r] = [i * 2.399963, Math.sqrt((i + 0.5) / count)];
    return [0.75 * r * Math.cos(a), 0.45 * r * Math.sin(a) - 0.2];
  },
};

// Else PixiJS takes a format that some displays must convert.
TextureSource.defaultOptions.format = navigator.gpu?.getPreferredCanvasFormat() as "bgra8unorm";

const driver = engineDriver();
export const loop = new Loop({ driver });

let adapter: GPUAdapter;
const device = (chosen: GPUAdapter): undefined => void (adapter = chosen);
loop.run(withDevice({ device, onLost: report.lost }, evening));

/** PixiJS draws on the device that it is given. Should that be lost, all this begins again on another one. */
function* evening(device: GPUDevice): Operation<void> {
  const app = new Application();
  try {
    yield* until(
      app.init({
        canvas,
        preference: ["webgpu"],
        gpu: { adapter, device },
        antialias: true,
        background: "#0b0d12",
      }),
    );
    const sky = createSky();
    const { layer, birds } = createBirds();
    app.stage.addChild(sky.mesh, layer);
    fit(app);
    for (const { sprite } of birds) sprite.position.set(-60 - 500 * Math.random(), app.screen.height / 2);

    // The coroutines run at three places of PixiJS' own frame; it draws at LOW.
    app.ticker.add(() => driver.tick(performance.now(), "update"), null, UPDATE_PRIORITY.HIGH);
    app.ticker.add(() => driver.tick(performance.now(), "render"), null, UPDATE_PRIORITY.LOW + 1);
    app.ticker.add(() => driver.tick(performance.now(), "after"), null, UPDATE_PRIORITY.UTILITY);

    yield* spawn(show(app, birds));
    yield* spawn(facts);
    while (true) {
      const { time } = yield* nextFrame("render");
      fit(app);
      sky.uniforms.time = time / 1000;
      sky.uniforms.aspect = app.screen.width / app.screen.height;
      report.frame(yield* nextFrame("after"));
    }
  } finally {
    // After a loss in the middle of its start, there is no renderer. And not from inside of its own frame.
    if (app.renderer) setTimeout(() => app.destroy({ removeView: false }, { children: true }));
  }
}

/** One figure after the other, until one is chosen: that one is next, and what the birds were about is called off. */
function* show(app: Application, birds: Bird[]): Operation<never> {
  const names = Object.keys(figures);
  for (let next = 0; ;) {
    const name = names[next % names.length]!;
    const chosen = yield* race([perform(app, birds, name), choice(), scare(app, birds)]);
    next = typeof chosen === "number" ? chosen : next + 1;
  }
}

/** Every bird flies to its place in the figure, each as a coroutine of its own; then they stay for a while. */
function* perform(app: Application, birds: Bird[], name: string): Operation<void> {
  state.figure = name;
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.value === name));
  const figure = figures[name]!;
  yield* all(birds.map((bird, i) => fly(app, bird, () => figure(i / count, i), 1500 * Math.random())));
  yield* sleep(2500);
}

/** However a flight ends, the bird glides on from where it is. */
function* fly(app: Application, bird: Bird, to: () => [x: number, y: number], late: number): Operation<void> {
  const { sprite, velocity } = bird;
  let arrived = false;
  state.flying++;
  try {
    yield* sleep(late);
    while (!arrived) {
      const { delta } = yield* nextFrame();
      const [x, y] = to();
      const { width, height } = app.screen;
      const half = 0.46 * Math.min(width, 1.4 * height);
      const [dx, dy] = [
        width / 2 + x * half - sprite.x,
        height * 0.46 + y * Math.min(half, 0.44 * height) - sprite.y,
      ];
      const far = Math.hypot(dx, dy);
      // As fast as it can still stop, and no turn at once.
      const speed = Math.min(0.55, far / 320) / Math.max(far, 0.01);
      const turn = 1 - Math.exp(-delta / 160);
      velocity.x += (dx * speed - velocity.x) * turn;
      velocity.y += (dy * speed - velocity.y) * turn;
      move(bird, delta, Math.min(1, far / 90));
      arrived = far < 3;
    }
    state.arrived++;
  } finally {
    state.flying--;
    if (!arrived) state.calledOff++;
  }
}

function move(bird: Bird, delta: number, effort: number): void {
  const { sprite, velocity } = bird;
  sprite.x += velocity.x * delta;
  sprite.y += velocity.y * delta;
  bird.effort += (effort - bird.effort) * 0.1;
  const heading = Math.atan2(velocity.y, velocity.x);
  const backwards = Math.abs(heading) > Math.PI / 2;
  // Never upside down; and level once it has arrived.
  sprite.rotation = bird.effort * (backwards ? heading - Math.sign(heading) * Math.PI : heading);
  const size = 0.3;
  const beat = 1 - 0.5 * bird.effort * (0.5 + 0.5 * Math.sin(performance.now() / 45 + sprite.uid));
  sprite.scale.set(backwards && bird.effort > 0.15 ? -size : Math.sign(sprite.scale.x) * size, size * beat);
}

/** A button or its digit. */
function* choice(): Operation<number> {
  const press = yield* race([
    once(document.querySelector(".figures")!, "click", {
      filter: ({ target }) => target instanceof HTMLButtonElement,
    }),
    once(window, "keydown", { filter: ({ key }) => Number(key) >= 1 && Number(key) <= buttons.length }),
  ]);
  return "key" in press ? Number(press.key) - 1 : buttons.indexOf(press.target as HTMLButtonElement);
}

/** A press on the sky scares them away from it. That ends the figure, in the middle of whatever it is. */
function* scare(app: Application, birds: Bird[]): Operation<void> {
  const press = yield* once(canvas, "pointerdown");
  const flee = function* (bird: Bird): Operation<void> {
    const [dx, dy] = [bird.sprite.x - press.offsetX, bird.sprite.y - press.offsetY];
    const far = Math.max(30, Math.hypot(dx, dy));
    bird.velocity.x = (60 * dx) / far ** 1.5;
    bird.velocity.y = (60 * dy) / far ** 1.5;
    const since = (yield* nextFrame()).time;
    for (let time = since; time < since + 900;) {
      const frame = yield* nextFrame();
      time = frame.time;
      move(bird, frame.delta, 1);
    }
  };
  yield* all(birds.map(flee));
}

function* facts(): Operation<never> {
  while (true) {
    fact("flying").textContent = String(state.flying);
    fact("called-off").textContent = state.calledOff.toLocaleString("en");
    yield* sleep(200);
  }
}

/** As sharp as the display, which may change. */
function fit({ renderer }: Application): void {
  const { clientWidth, clientHeight } = canvas;
  const { width, height } = renderer.screen;
  if (width === clientWidth && height === clientHeight && renderer.resolution === devicePixelRatio) return;
  renderer.resize(clientWidth, clientHeight, devicePixelRatio);
}
