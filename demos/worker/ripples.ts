import { CanvasSurface, nextFrame, type Frame, type Operation } from "awaitframe";
import wgsl from "../../shaders/worker.wgsl?raw";

/** What the picture shows. */
export interface View {
  /** When it began, in milliseconds since 1970: two threads count from the same moment. */
  start: number;
  /** How many frames of it have been drawn. */
  frames: number;
  /** Where the pointer is: parts of the width and the height. */
  pointer: [x: number, y: number];
  pressed: boolean;
  /** How wide it is shown, in CSS pixels. */
  width: number;
  /** In pixels of the display: for a canvas that isn't in the page and can't know. */
  size?: [width: number, height: number];
}

const across = 26;

/** The render loop: the same in the page and in a worker. Calls `drawn` in each frame. */
export function* ripples(
  device: GPUDevice,
  canvas: HTMLCanvasElement | OffscreenCanvas,
  view: View,
  drawn: (frame: Frame) => void,
): Operation<never> {
  const surface = new CanvasSurface(canvas, device, { sampleCount: 4 });
  const field = createField(device, surface);
  let [x, y] = view.pointer;
  let press = 0;

  while (true) {
    const frame = yield* nextFrame();
    if (view.size) surface.resize(...view.size);

    // Softly after the pointer.
    const follow = 1 - Math.exp(-frame.delta / 90);
    x += (view.pointer[0] - x) * follow;
    y += (view.pointer[1] - y) * follow;
    press += (Number(view.pressed) - press) * follow;

    const { width, height } = surface;
    const time = (performance.timeOrigin + frame.timestamp - view.start) / 1000;
    const scene = [width, height, x * width, y * height, press, time, width / view.width, ++view.frames];
    field.draw(surface.renderPass(frame, { clearValue: [0.043, 0.051, 0.07, 1] }), scene);
    drawn(frame);
  }
}

function createField(device: GPUDevice, { format, sampleCount: count }: CanvasSurface) {
  const module = device.createShaderModule({ code: wgsl });
  const bindingLayout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: GPUShaderStage.VERTEX, buffer: {} }],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindingLayout] });
  const createPipeline = (entryPoint: string, topology: GPUPrimitiveTopology): GPURenderPipeline =>
    device.createRenderPipeline({
      layout,
      vertex: { module, entryPoint, constants: entryPoint === "column" ? { across } : {} },
      fragment: { module, targets: [{ format }] },
      primitive: { topology },
      multisample: { count },
    });
  const columns = createPipeline("column", "triangle-list");
  const counter = createPipeline("counter", "triangle-strip");
  const uniforms = device.createBuffer({ size: 32, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
  const bindings = device.createBindGroup({
    layout: bindingLayout,
    entries: [{ binding: 0, resource: { buffer: uniforms } }],
  });

  return {
    draw(renderPass: GPURenderPassDescriptor, scene: number[]): void {
      device.queue.writeBuffer(uniforms, 0, new Float32Array(scene));
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass(renderPass);
      pass.setBindGroup(0, bindings);
      pass.setPipeline(columns);
      pass.draw(18, across * across);
      pass.setPipeline(counter);
      pass.draw(4, 5 * 15);
      pass.end();
      device.queue.submit([encoder.finish()]);
    },
  };
}
