import {
  closed,
  engineDriver,
  Loop,
  nextFrame,
  on,
  ReadbackRing,
  sleep,
  spawn,
  until,
  withDevice,
  type Operation,
  type ReadbackTicket,
} from "awaitframe";
import * as THREE from "three/webgpu";
import { report } from "../common/report.ts";
import { createBoat, createWater, lights } from "./pond.ts";

const canvas = document.querySelector("canvas")!;
const fact = (name: string): HTMLElement => document.querySelector(`.facts .${name}`)!;

const colours = ["#f6efe2", "#ff8a4c", "#f6efe2", "#7db8ff", "#f6efe2", "#ffc24c"];

/** Stones that are about to fall: where, how wide, how deep. */
const stones: THREE.Vector4[] = [];
const orbit = { angle: 0.78, aim: 0.78 };

/** How many frames late an answer of the GPU came, and whether the code went on inside a frame. */
export const waits = {
  ring: { frames: NaN, inside: false },
  own: { frames: NaN, inside: false },
};

/** Whether the engine's frame is on. */
let inside = false;

const driver = engineDriver();
export const loop = new Loop({ driver });
loop.run(withDevice({ onLost: report.lost }, pond));

/** three.js draws on the device that it is given. Should that be lost, all this begins again on another one. */
function* pond(device: GPUDevice): Operation<void> {
  const renderer = new THREE.WebGPURenderer({
    canvas,
    device,
    antialias: true,
    outputBufferType: THREE.UnsignedByteType,
  });
  renderer.onDeviceLost = () => {}; // withDevice takes care of it
  try {
    yield* until(renderer.init());
    const scene = new THREE.Scene().add(...lights());
    scene.background = new THREE.Color("#0b0d12");
    const camera = new THREE.PerspectiveCamera();
    const water = createWater(colours.length);
    const boats = colours.map(createBoat);
    scene.add(water.mesh, ...boats);

    for (const boat of boats) yield* spawn(sail(boat));
    yield* spawn(pressing(camera, "pointerdown", 0.35));
    yield* spawn(pressing(camera, "pointermove", 0.12));
    yield* spawn(keys);
    yield* spawn(rain);
    yield* spawn(facts);
    yield* spawn(floating(device, renderer, water.probes, boats));
    yield* spawn(asking(renderer, water.probes));

    // The engine's own loop: the coroutines run around its update, and around its draw.
    yield* until(
      renderer.setAnimationLoop((time) => {
        inside = true;
        driver.tick(time, "update");
        fit(renderer, camera);
        water.move(renderer, stones.shift(), boats);
        driver.tick(time, "render");
        renderer.render(scene, camera);
        driver.tick(time, "after");
        inside = false;
      }),
    );
    while (true) report.frame(yield* nextFrame("after"));
  } finally {
    void renderer.setAnimationLoop(null);
    renderer.dispose();
  }
}

/** Reads what three.js has computed, in every frame, and lays the boats on the water. */
function* floating(
  device: GPUDevice,
  renderer: THREE.WebGPURenderer,
  probes: THREE.BufferAttribute,
  boats: THREE.Mesh[],
): Operation<never> {
  // three's types don't tell of its backend's map from attributes to buffers.
  const backend = renderer.backend as unknown as { get(of: THREE.BufferAttribute): { buffer: GPUBuffer } };
  const ring = new ReadbackRing(device, { policy: "drop" });
  while (true) {
    const { index } = yield* nextFrame("render");
    const { buffer } = backend.get(probes);
    const encoder = device.createCommandEncoder();
    const ticket = ring.copyBuffer(encoder, buffer, { as: Float32Array });
    device.queue.submit([encoder.finish()]);
    // The wait is a task of its own: no frame waits with it.
    if (ticket) yield* spawn(float(ticket, boats, index));
  }
}

function* float(ticket: ReadbackTicket<Float32Array>, boats: THREE.Mesh[], index: number): Operation<void> {
  const measured = yield* ticket.read();
  boats.forEach((boat, i) => {
    const [height = 0, slopeX = 0, slopeZ = 0] = measured.subarray(4 * i);
    boat.position.y += (height - boat.position.y) * 0.35;
    const up = new THREE.Vector3(-slopeX, 1, -slopeZ).normalize();
    const flat = new THREE.Quaternion().setFromAxisAngle(THREE.Object3D.DEFAULT_UP, heading.get(boat) ?? 0);
    const leaning = new THREE.Quaternion().setFromUnitVectors(THREE.Object3D.DEFAULT_UP, up).multiply(flat);
    boat.quaternion.slerp(leaning, 0.3);
  });
  Object.assign(waits.ring, { frames: loop.frame!.index - index, inside });
  report.readback("height", waits.ring.frames, `${measured[0]!.toFixed(2)}`);
}

/** For comparison: three's own wait, as one writes it without the kit. Its promise resolves where it likes. */
function* asking(renderer: THREE.WebGPURenderer, probes: THREE.BufferAttribute): Operation<never> {
  while (true) {
    const { index } = yield* nextFrame("render");
    const ask = async () => {
      await renderer.getArrayBufferAsync(probes);
      Object.assign(waits.own, { frames: loop.frame!.index - index, inside });
    };
    yield* until(ask());
    yield* sleep(400);
  }
}

/** Where each boat points. */
const heading = new Map<THREE.Mesh, number>();

/** A boat's life: it picks a place, sails there, rests. Each boat has one of these. */
function* sail(boat: THREE.Mesh): Operation<never> {
  const anywhere = () => new THREE.Vector2(7 * (Math.random() - 0.5), 7 * (Math.random() - 0.5));
  const place = anywhere();
  boat.position.set(place.x, 0, place.y);
  let angle = 2 * Math.PI * Math.random();
  while (true) {
    const goal = anywhere();
    let speed = 0;
    while (place.distanceTo(goal) > 0.3) {
      const { delta } = yield* nextFrame();
      const wanted = Math.atan2(place.y - goal.y, goal.x - place.x);
      const turn = Math.atan2(Math.sin(wanted - angle), Math.cos(wanted - angle));
      angle += Math.max(-1, Math.min(1, turn)) * 0.0012 * delta;
      speed += (0.0006 * Math.max(0.2, Math.cos(turn)) - speed) * 0.02;
      place.x += Math.cos(angle) * speed * delta;
      place.y -= Math.sin(angle) * speed * delta;
      place.clampScalar(-4, 4);
      boat.position.set(place.x, boat.position.y, place.y);
      heading.set(boat, angle);
      if (Math.random() < 0.04) stones.push(new THREE.Vector4(place.x, place.y, 0.22, 0.02));
    }
    yield* sleep(500 + 2500 * Math.random());
  }
}

/** A press makes waves where it hits the water; they follow the finger. */
function* pressing(
  camera: THREE.Camera,
  type: "pointerdown" | "pointermove",
  depth: number,
): Operation<void> {
  const presses = yield* on(canvas, type);
  const water = new THREE.Plane(THREE.Object3D.DEFAULT_UP, 0);
  const ray = new THREE.Raycaster();
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    if (press.buttons === 0) continue;
    const x = (2 * press.offsetX) / canvas.clientWidth - 1;
    const y = 1 - (2 * press.offsetY) / canvas.clientHeight;
    ray.setFromCamera(new THREE.Vector2(x, y), camera);
    const hit = ray.ray.intersectPlane(water, new THREE.Vector3());
    if (hit) stones.push(new THREE.Vector4(hit.x, hit.z, 0.4, depth));
  }
}

/** The arrow keys go around the pond, the space bar throws a stone. */
function* keys(): Operation<void> {
  const does = new Map([
    ["ArrowLeft", () => (orbit.aim -= 0.25)],
    ["ArrowRight", () => (orbit.aim += 0.25)],
    [" ", () => stones.push(new THREE.Vector4(4 * Math.random() - 2, 4 * Math.random() - 2, 0.5, 0.5))],
  ]);
  const presses = yield* on(canvas, "keydown", { filter: ({ key }) => does.has(key), prevent: true });
  while (true) {
    const press = yield* presses.next();
    if (press === closed) return;
    does.get(press.key)!();
  }
}

function* rain(): Operation<never> {
  while (true) {
    stones.push(new THREE.Vector4(9 * Math.random() - 4.5, 9 * Math.random() - 4.5, 0.3, 0.12));
    yield* sleep(900 + 1200 * Math.random());
  }
}

function* facts(): Operation<never> {
  const told = ({ frames, inside }: typeof waits.ring) => {
    if (Number.isNaN(frames)) return "–";
    return `${frames} ${frames === 1 ? "frame" : "frames"}, ${inside ? "inside" : "between"}`;
  };
  while (true) {
    yield* sleep(250);
    fact("ring").textContent = told(waits.ring);
    fact("own").textContent = told(waits.own);
  }
}

/** The canvas as sharp as the display, the whole pond in the picture. */
function fit(renderer: THREE.WebGPURenderer, camera: THREE.PerspectiveCamera): void {
  // A canvas that is hidden has no size, and three.js draws to none of that.
  const [width, height] = [canvas.clientWidth || 1, canvas.clientHeight || 1];
  const size = renderer.getSize(new THREE.Vector2());
  if (renderer.getPixelRatio() !== devicePixelRatio) renderer.setPixelRatio(devicePixelRatio);
  if (size.x !== width || size.y !== height) renderer.setSize(width, height, false);
  orbit.angle += (orbit.aim - orbit.angle) * 0.06;
  camera.aspect = width / height;
  camera.fov = (2 * Math.atan(0.38 * Math.max(1, 1.35 / camera.aspect)) * 180) / Math.PI;
  camera.position.set(10.5 * Math.sin(orbit.angle), 6, 10.5 * Math.cos(orbit.angle));
  camera.lookAt(0, -1, 0);
  camera.updateProjectionMatrix();
}
