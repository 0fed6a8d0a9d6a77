import wgsl from "../../shaders/reaction-diffusion.wgsl?raw";

/** Of the dish, in cells; as in the shader. */
export const [width, height] = [400, 256];

export type Cell = [x: number, y: number];

/** From one cell to another. */
export type Stroke = [...from: Cell, ...to: Cell];

export interface Look {
  feed: number;
  kill: number;
  /** Three parts each, in proportion to light. */
  colours: number[][];
}

export type Dish = ReturnType<typeof createDish>;

/** The substances and their picture, on the GPU. */
export function createDish(device: GPUDevice, format: GPUTextureFormat) {
  const module = device.createShaderModule({ code: wgsl });
  const createLayout = (
    visibility: number,
    entries: Partial<GPUBindGroupLayoutEntry>[],
  ): GPUBindGroupLayout =>
    device.createBindGroupLayout({
      entries: entries.map((entry, binding) => ({ binding, visibility, ...entry })),
    });
  const reacting = createLayout(GPUShaderStage.COMPUTE, [
    { buffer: {} },
    { buffer: { type: "read-only-storage" } },
    { buffer: { type: "storage" } },
    { buffer: { type: "read-only-storage" } },
    { storageTexture: { format: "rgba16float" } },
  ]);
  const lighting = createLayout(GPUShaderStage.FRAGMENT, [{ buffer: {} }, { texture: {} }, { sampler: {} }]);
  const createCompute = (entryPoint: string): GPUComputePipeline =>
    device.createComputePipeline({
      layout: device.createPipelineLayout({ bindGroupLayouts: [reacting] }),
      compute: { module, entryPoint },
    });
  const step = createCompute("step");
  const pour = createCompute("pour");
  const carve = createCompute("carve");
  const enamel = device.createRenderPipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts: [lighting] }),
    vertex: { module },
    fragment: { module, targets: [{ format }] },
  });

  const { UNIFORM, STORAGE, COPY_SRC, COPY_DST } = GPUBufferUsage;
  const createBuffer = (size: number, usage: GPUBufferUsageFlags): GPUBuffer =>
    device.createBuffer({ size, usage: usage | COPY_DST });
  const scene = createBuffer(80, UNIFORM);
  const strokes = createBuffer(16 * 64, STORAGE);
  const cells = createBuffer(8 * width * height, STORAGE | COPY_SRC);
  const others = createBuffer(8 * width * height, STORAGE);
  const relief = device
    .createTexture({
      size: [width, height],
      format: "rgba16float",
      usage: GPUTextureUsage.STORAGE_BINDING | GPUTextureUsage.TEXTURE_BINDING,
    })
    .createView();
  const smoothly = device.createSampler({
    addressModeU: "repeat",
    addressModeV: "repeat",
    magFilter: "linear",
    minFilter: "linear",
  });
  const bind = (layout: GPUBindGroupLayout, resources: GPUBindingResource[]): GPUBindGroup =>
    device.createBindGroup({
      layout,
      entries: resources.map((resource, binding) => ({ binding, resource })),
    });
  const bindReacting = (now: GPUBuffer, next: GPUBuffer): GPUBindGroup =>
    bind(reacting, [{ buffer: scene }, { buffer: now }, { buffer: next }, { buffer: strokes }, relief]);
  const there = bindReacting(cells, others);
  const back = bindReacting(others, cells);
  const lit = bind(lighting, [{ buffer: scene }, relief, smoothly]);

  return {
    /** Two numbers a cell: how much of each substance. Between frames it holds what was drawn. */
    cells,

    fill(values: Float32Array<ArrayBuffer>): void {
      device.queue.writeBuffer(cells, 0, values);
    },

    set(canvas: { width: number; height: number }, { feed, kill, colours }: Look): void {
      const padded = colours.flatMap((colour) => [...colour, 1]);
      device.queue.writeBuffer(
        scene,
        0,
        new Float32Array([canvas.width, canvas.height, feed, kill, ...padded]),
      );
    },

    /** So many steps, an even number: there and back. */
    react(encoder: GPUCommandEncoder, steps: number, poured: Stroke[]): void {
      const pass = encoder.beginComputePass();
      const run = (pipeline: GPUComputePipeline, bindings: GPUBindGroup): void => {
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, bindings);
        pass.dispatchWorkgroups(width / 16, height / 16);
      };
      if (poured.length > 0) {
        // What was poured is all there is: the rest lies outside of the dish.
        const data = new Float32Array(4 * 64).fill(-1000);
        poured.slice(0, 64).forEach((stroke, i) => data.set(stroke, 4 * i));
        device.queue.writeBuffer(strokes, 0, data);
        run(pour, back);
      }
      for (let i = 0; i < steps; i += 2) {
        run(step, there);
        run(step, back);
      }
      run(carve, there);
      pass.end();
    },

    draw(encoder: GPUCommandEncoder, view: GPUTextureView): void {
      const pass = encoder.beginRenderPass({
        colorAttachments: [{ view, loadOp: "clear", storeOp: "store" }],
      });
      pass.setPipeline(enamel);
      pass.setBindGroup(0, lit);
      pass.draw(3);
      pass.end();
    },
  };
}
