/** How many invocations write the source, each a part of it: as many as keep a software GPU busy, and few enough. */
const INVOCATIONS = 4096;

const code = `
struct Load { frame: u32, spins: u32 }
@group(0) @binding(0) var<uniform> load: Load;
@group(0) @binding(1) var<storage, read_write> words: array<vec4u>;

@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  var state = id.x;
  for (var i = 0u; i < load.spins; i++) { state = state * 747796405u + 2891336453u; }
  // Of the spinning nothing is seen, but no compiler knows.
  let value = load.frame + select(0u, 1u, state == 0xffffffffu && load.spins > 0xfffffffu);
  let part = arrayLength(&words) / ${INVOCATIONS}u + 1u;
  let end = min((id.x + 1u) * part, arrayLength(&words));
  for (var i = id.x * part; i < end; i++) { words[i] = vec4u(value); }
}`;

/** What the GPU does in each frame: it writes the number of the frame into every word of a buffer. */
export class Workload {
  /** How long the GPU is to be busy beyond that, in rounds of a loop. */
  spins = 0;
  readonly #device: GPUDevice;
  readonly #load: GPUBuffer;
  readonly #pipeline: GPUComputePipeline;
  readonly #bindings: GPUBindGroup;

  /** @param target - Created with the usages STORAGE and COPY_SRC. */
  constructor(device: GPUDevice, target: GPUBuffer) {
    this.#device = device;
    this.#load = device.createBuffer({ size: 8, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST });
    const module = device.createShaderModule({ code });
    this.#pipeline = device.createComputePipeline({ layout: "auto", compute: { module } });
    this.#bindings = device.createBindGroup({
      layout: this.#pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { buffer: this.#load } },
        { binding: 1, resource: { buffer: target } },
      ],
    });
  }

  encode(encoder: GPUCommandEncoder, frame: number): void {
    this.#device.queue.writeBuffer(this.#load, 0, Uint32Array.of(frame, this.spins));
    const pass = encoder.beginComputePass();
    pass.setPipeline(this.#pipeline);
    pass.setBindGroup(0, this.#bindings);
    pass.dispatchWorkgroups(INVOCATIONS / 64);
    pass.end();
  }

  /** For those that encode and submit their copy by themselves. */
  submit(frame: number): void {
    const encoder = this.#device.createCommandEncoder();
    this.encode(encoder, frame);
    this.#device.queue.submit([encoder.finish()]);
  }
}
