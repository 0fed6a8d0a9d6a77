import {
  AsyncEvent,
  CanvasSurface,
  Loop,
  manualDriver,
  nextFrame,
  once,
  race,
  sleep,
  spawn,
  withDevice,
  type Frame,
  type Operation,
} from "awaitframe";
import { mat4 } from "gl-matrix";
import wgsl from "../../shaders/stampede.wgsl?raw";
import { report } from "../common/report.ts";

/** Runs in a ring, from one place to the next, and sleeps in between. */
export interface Animal {
  /** Angle and distance from the middle: where it set out, and where it runs to. */
  from: number;
  to: number;
  near: number;
  far: number;
  /** How much of the way it has run: 1 while it sleeps. */
  part: number;
  /** In a millisecond. */
  speed: number;
  seed: number;
  /** What is drawn of it: angle, distance, pace, how much it runs outward. */
  place: Float32Array;
}

// One animal, as a coroutine.

function* live(animal: Animal, alarm: AsyncEvent): Operation<never> {
  while (true) {
    if (animal.part === 1) {
      yield* race([sleep(rest(animal)), alarm.wait()]);
      setOut(animal);
    }
    while (animal.part < 1) run(animal, (yield* nextFrame()).delta);
  }
}

export interface Herd {
  /** One frame of all animals. */
  step(frame: Pick<Frame, "timestamp" | "delta">): void;
  /** Wakes them all. */
  alarm(): void;
  end(): void;
}

/** A coroutine for each, on a loop of their own, so that its whole cost can be taken. */
export function asCoroutines(animals: Animal[]): Herd {
  const driver = manualDriver();
  const loop = new Loop({ driver });
  const alarm = new AsyncEvent();
  for (const animal of animals) loop.run(live(animal, alarm));
  return {
    step: ({ timestamp }) => loop.tick(timestamp),
    alarm() {
      alarm.set();
      alarm.clear();
    },
    end: () => loop.stop(),
  };
}

/** The same by hand: what an animal waits for becomes a state, to be looked at in every frame. */
export function byHand(animals: Animal[]): Herd {
  let alarmed = false;
  let until: number[] | undefined;
  return {
    step({ timestamp, delta }) {
      until ??= animals.map((animal) => (animal.part === 1 ? timestamp + rest(animal) : 0));
      for (let i = 0; i < animals.length; i++) {
        const animal = animals[i]!;
        if (animal.part === 1) {
          if (timestamp < until[i]! && !alarmed) continue;
          setOut(animal);
        }
        run(animal, delta);
        if (animal.part === 1) until[i] = timestamp + rest(animal);
      }
      alarmed = false;
    },
    alarm: () => (alarmed = true),
    end() {},
  };
}

// What both share.

export function createAnimals(count: number): Animal[] {
  const places = new Float32Array(4 * count);
  return Array.from({ length: count }, (_, i) => {
    const place = places.subarray(4 * i, 4 * i + 4);
    const animal = { from: 0, to: 0, near: 0, far: 0, part: 1, speed: 0, seed: (i + 1) * 7919, place };
    place[0] = random(animal) * 2 * Math.PI;
    place[1] = 1.4 + 6.1 * Math.sqrt(random(animal));
    return animal;
  });
}

/** How long it sleeps, in milliseconds. */
function rest(animal: Animal): number {
  return 300 + 4200 * random(animal) ** 2;
}

function setOut(animal: Animal): void {
  const [angle = 0, distance = 0] = animal.place;
  animal.from = angle;
  animal.near = distance;
  // Somewhere else in the ring, not far away.
  animal.far = Math.min(Math.max(distance + 2.4 * (random(animal) - 0.5), 1.4), 7.5);
  animal.to = angle + (1.2 + 2.2 * random(animal)) / (0.5 * (animal.near + animal.far));
  animal.speed = 1 / (1100 + 1400 * random(animal));
  animal.part = 0;
}

function run(animal: Animal, delta: number): void {
  const part = Math.min(1, animal.part + animal.speed * delta);
  const way = part * part * (3 - 2 * part);
  const { place, from, near } = animal;
  place[0] = from + (animal.to - from) * way;
  place[1] = near + (animal.far - near) * way;
  place[2] = 4 * part * (1 - part);
  place[3] = (animal.far - near) / (animal.to - from);
  animal.part = part;
}

/** From 0 to 1; each animal has its own. */
function random(animal: { seed: number }): number {
  animal.seed = (Math.imul(animal.seed, 1664525) + 1013904223) >>> 0;
  return animal.seed / 2 ** 32;
}

// The page: draws them, and measures.

export const animals = createAnimals(10_000);
const canvas = document.querySelector("canvas")!;
const button = (name: string): HTMLButtonElement => document.querySelector(`button.${name}`)!;
const text = (name: string): HTMLElement => document.querySelector(`.cost .${name}`)!;

const ways = { coroutines: asCoroutines, hand: byHand };
type Way = keyof typeof ways;

let way: Way = "coroutines";
let herd = ways[way](animals);
/** The first frames start ten thousand tasks: they don't count. */
const warmUp = 6;
/** The last costs of a frame, in milliseconds. */
export const costs: Record<Way, number[]> = { coroutines: [], hand: [] };

new Loop().run(withDevice({ onLost: report.lost }, stampede), { name: "stampede" });

function* stampede(device: GPUDevice): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { depth: "depth24plus", sampleCount: 4 });
  const scene = createScene(device, surface);
  yield* spawn(alarms);
  yield* spawn(choices);
  yield* spawn(numbers);

  while (true) {
    const frame = yield* nextFrame();
    const start = performance.now();
    herd.step(frame);
    note(costs[way], performance.now() - start);
    scene.draw(frame);
    report.frame(frame);
  }
}

function* alarms(): Operation<never> {
  while (true) {
    yield* race([once(button("alarm"), "click"), once(canvas, "pointerdown"), key("s")]);
    herd.alarm();
  }
}

/** Goes over from one way to the other, in the middle of everything: the animals stay. */
function* choices(): Operation<never> {
  while (true) {
    const chosen = yield* race([chose("coroutines"), chose("hand"), key("t")]);
    const next: Way = typeof chosen === "string" ? chosen : way === "hand" ? "coroutines" : "hand";
    if (next === way) continue;
    herd.end();
    way = next;
    herd = ways[way](animals);
    costs[way] = [];
    for (const each of ["coroutines", "hand"] as const) {
      button(each).setAttribute("aria-pressed", String(each === way));
    }
  }
}

function* chose(way: Way): Operation<Way> {
  yield* once(button(way), "click");
  return way;
}

function key(name: string): Operation<KeyboardEvent> {
  return once(window, "keydown", {
    filter: ({ key, ctrlKey, metaKey }) => key === name && !ctrlKey && !metaKey,
  });
}

function* numbers(): Operation<never> {
  while (true) {
    yield* sleep(400);
    const running = animals.filter(({ part }) => part < 1).length;
    text("running").textContent = running.toLocaleString("en");
    text("sleeping").textContent = (animals.length - running).toLocaleString("en");
    for (const each of ["coroutines", "hand"] as const) {
      // The middle half: the rest tells of other work on this machine.
      const last = costs[each].slice(warmUp).toSorted((a, b) => a - b);
      const middle = last.slice(Math.floor(last.length / 4), Math.ceil((3 * last.length) / 4));
      if (middle.length === 0) continue;
      const mean = middle.reduce((sum, cost) => sum + cost, 0) / middle.length;
      text(each).textContent = `${mean.toFixed(2)} ms`;
    }
  }
}

function note(costs: number[], cost: number): void {
  costs.push(cost);
  if (costs.length > 150) costs.splice(warmUp, 1);
}

function createScene(device: GPUDevice, surface: CanvasSurface) {
  const module = device.createShaderModule({ code: wgsl });
  const pipeline = device.createRenderPipeline({
    layout: "auto",
    vertex: {
      module,
      buffers: [
        {
          arrayStride: 16,
          stepMode: "instance",
          attributes: [{ shaderLocation: 0, offset: 0, format: "float32x4" }],
        },
      ],
    },
    fragment: { module, targets: [{ format: surface.format }] },
    depthStencil: { format: "depth24plus", depthCompare: "less", depthWriteEnabled: true },
    multisample: { count: surface.sampleCount },
  });
  const { UNIFORM, VERTEX, COPY_DST } = GPUBufferUsage;
  const uniforms = device.createBuffer({ size: 80, usage: UNIFORM | COPY_DST });
  const places = animals[0]!.place.buffer as ArrayBuffer;
  const instances = device.createBuffer({ size: places.byteLength, usage: VERTEX | COPY_DST });
  const bindings = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer: uniforms } }],
  });
  const scene = new Float32Array(20);
  const view = scene.subarray(0, 16);

  return {
    draw(frame: Frame): void {
      const seconds = frame.time / 1000;
      const turn = 0.05 * seconds;
      const eye: [number, number, number] = [11.2 * Math.sin(turn), 7.6, 11.2 * Math.cos(turn)];
      mat4.perspectiveZO(
        view,
        2 * Math.atan(0.48 * Math.max(1, 1.35 / surface.aspect)),
        surface.aspect,
        0.1,
        60,
      );
      mat4.multiply(view, view, mat4.lookAt(mat4.create(), eye, [0, -1.5, 0], [0, 1, 0]));
      scene.set([...eye, seconds], 16);
      device.queue.writeBuffer(uniforms, 0, scene);
      device.queue.writeBuffer(instances, 0, places);

      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass(
        surface.renderPass(frame, { clearValue: [0.043, 0.051, 0.07, 1] }),
      );
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, bindings);
      pass.setVertexBuffer(0, instances);
      pass.draw(9, animals.length);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
