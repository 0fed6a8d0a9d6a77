import { action } from "../core/action.ts";
import { checkedNumber, wrong } from "../core/check.ts";
import { isCurrent, type Frame } from "../core/frame.ts";
import type { Operation } from "../core/operation.ts";
import { named, RENDER_ATTACHMENT } from "./constants.ts";
import { follow, type DeviceLife } from "./device-loss.ts";
import { observeSize, paddingOf, pinSize, type PixelSize } from "./element-size.ts";

/** Options of {@link CanvasSurface}: those of the canvas context, passed through, and the attachments. */
export interface CanvasSurfaceOptions {
  /** Default: what the browser prefers for a canvas. */
  format?: GPUTextureFormat | undefined;
  /** Default: "opaque". */
  alphaMode?: GPUCanvasAlphaMode | undefined;
  /** `{ mode: "extended" }` for more than white on a display that has it, with a 16-bit float format. */
  toneMapping?: GPUCanvasToneMapping | undefined;
  /** Default: "srgb". */
  colorSpace?: PredefinedColorSpace | undefined;
  /** Of the canvas texture. Default: `GPUTextureUsage.RENDER_ATTACHMENT`. */
  usage?: GPUTextureUsageFlags | undefined;
  /** Other formats for views of the canvas texture, say an `-srgb` one. */
  viewFormats?: GPUTextureFormat[] | undefined;
  /** The format of a depth texture that follows the size of the canvas. Default: none. */
  depth?: GPUTextureFormat | undefined;
  /** 4 draws into a multisampled texture that is resolved into the canvas. Default: 1. */
  sampleCount?: 1 | 4 | undefined;
  /** Texels for each pixel of the display, in each direction: less than 1 draws coarser. Default: 1. */
  resolution?: number | undefined;
}

/** A position in an element: a pointer event, or any object that has what it has of one. */
export interface PointerPosition {
  readonly clientX: number;
  readonly clientY: number;
}

/**
 * A canvas to draw to with WebGPU: configured, as sharp as the display, resized right before a frame's first draw so
 * that nothing is stretched or blank, with its depth and multisample attachments.
 *
 * The canvas texture of a frame expires with the frame. So `view` and `texture` take the frame that {@link nextFrame}
 * gave, and refuse one that is over, instead of drawing nothing somewhere later.
 *
 * @example
 * ```ts
 * import { CanvasSurface, nextFrame } from "awaitframe";
 *
 * function* draw(canvas: HTMLCanvasElement, device: GPUDevice, render: (pass: GPURenderPassEncoder) => void) {
 *   const surface = new CanvasSurface(canvas, device, { depth: "depth24plus", sampleCount: 4 });
 *   try {
 *     for (;;) {
 *       const frame = yield* nextFrame("render");
 *       const encoder = device.createCommandEncoder();
 *       const pass = encoder.beginRenderPass(surface.renderPass(frame, { clearValue: [0, 0, 0, 1] }));
 *       render(pass);
 *       pass.end();
 *       device.queue.submit([encoder.finish()]);
 *     }
 *   } finally {
 *     surface.destroy();
 *   }
 * }
 * ```
 */
export class CanvasSurface {
  readonly canvas: HTMLCanvasElement | OffscreenCanvas;
  readonly device: GPUDevice;
  readonly context: GPUCanvasContext;
  /** Of the canvas texture: the target format of pipelines. */
  readonly format: GPUTextureFormat;
  /** The format of the depth texture, if there is one. */
  readonly depth: GPUTextureFormat | undefined;
  readonly sampleCount: 1 | 4;

  private readonly resolution: number;
  private readonly stopObserving: (() => void) | undefined;
  /** In pixels of the display, as last observed or asked for. */
  private wanted: PixelSize;
  private frame: Frame | null = null;
  private current: { texture: GPUTexture; view: GPUTextureView } | null = null;
  private readonly attachments = new Map<string, { texture: GPUTexture; view: GPUTextureView }>();
  private destroyed = false;
  private readonly life: DeviceLife;
  /** Of a lost device, nothing is drawn any more: the page must not keep it. */
  private readonly loss = { idle: true, fail: () => this.letGo() };
  /** Wake those who wait for another size. */
  private readonly wakes = new Set<() => void>();

  /**
   * A canvas has one surface: an older one is destroyed.
   *
   * @throws Error if the canvas has a context of another kind; TypeError or RangeError for what is no canvas, no device,
   *   or no such option.
   */
  constructor(
    canvas: HTMLCanvasElement | OffscreenCanvas,
    device: GPUDevice,
    options: CanvasSurfaceOptions = {},
  ) {
    if (typeof canvas?.getContext !== "function") throw wrong("CanvasSurface takes a canvas", canvas);
    const { sampleCount = 1, resolution = 1, depth } = options;
    if (sampleCount !== 1 && sampleCount !== 4)
      throw new RangeError(`sampleCount is 1 or 4, got ${sampleCount}`);
    if (depth !== undefined && !/^(depth|stencil)/.test(depth))
      throw new RangeError(`depth is a format such as "depth24plus", got "${depth}"`);
    this.life = follow(device);
    const context = canvas.getContext("webgpu");
    if (!context)
      throw new Error("this canvas gives no webgpu context: it has one of another kind, or WebGPU is off");
    this.canvas = canvas;
    this.device = device;
    this.context = context;
    this.depth = depth;
    this.sampleCount = sampleCount;
    this.resolution = checkedNumber(resolution, "resolution", true);
    this.format = options.format ?? navigator.gpu.getPreferredCanvasFormat();
    const { alphaMode = "opaque", usage = RENDER_ATTACHMENT, colorSpace, toneMapping, viewFormats } = options;
    context.configure({
      device,
      format: this.format,
      alphaMode,
      usage,
      ...(colorSpace && { colorSpace }),
      ...(toneMapping && { toneMapping }),
      ...(viewFormats && { viewFormats }),
    });
    this.life.begin(this.loss);
    const older = surfaces.get(context);
    surfaces.set(context, this);
    older?.destroy();
    this.wanted = [canvas.width, canvas.height];
    if ("clientWidth" in canvas) {
      pinSize(canvas);
      this.stopObserving = observeSize(canvas, (size) => {
        // Nothing to be seen: not worth new textures.
        if (size[0] && size[1]) this.want(size);
      });
    }
  }

  /** The width of the next {@link view}, in texels. */
  get width(): number {
    return this.size[0];
  }

  /** The height of the next {@link view}, in texels. */
  get height(): number {
    return this.size[1];
  }

  /** Width by height. */
  get aspect(): number {
    const [width, height] = this.size;
    return width / height;
  }

  /** Display pixels made texels: at least one, and no more than the device can draw to, in the same proportion. */
  private get size(): PixelSize {
    const [width, height] = this.wanted;
    const limit = this.device.limits.maxTextureDimension2D;
    const scale = Math.min(this.resolution, limit / Math.max(width, height, 1));
    return [texels(width * scale, limit), texels(height * scale, limit)];
  }

  /**
   * Sets the size, in display pixels; it takes effect with the next frame's first draw. An `OffscreenCanvas` needs it;
   * a canvas in the page is followed by itself, and what is set here holds until its size on the page changes.
   */
  resize(width: number, height: number): void {
    if (!(width >= 0 && height >= 0 && width + height < Number.POSITIVE_INFINITY))
      throw new RangeError(`a canvas can't be ${width} by ${height} pixels`);
    this.want([width, height]);
  }

  /**
   * Waits until the next {@link view} has another size than the last one had, or is the first: for who draws on demand.
   *
   * @throws Error if the surface is destroyed; {@link DeviceLostError}.
   *
   * @example
   * ```ts
   * import { nextFrame, once, race, type CanvasSurface } from "awaitframe";
   *
   * function* viewer(surface: CanvasSurface, controls: EventTarget, draw: (view: GPUTextureView) => void) {
   *   for (;;) {
   *     draw(surface.view(yield* nextFrame("render")));
   *     yield* race([once(controls, "change"), surface.resized()]);
   *   }
   * }
   * ```
   */
  *resized(): Operation<void> {
    while (this.isUpToDate())
      yield* action<void>((resolve) => {
        this.wakes.add(resolve);
        return () => this.wakes.delete(resolve);
      }, "resize of a canvas");
  }

  /**
   * The canvas texture of this frame, which the browser shows once the frame is over. The first call in a frame
   * resizes the canvas if its size on the page has changed.
   *
   * @throws Error if the frame is over, or the surface destroyed.
   */
  texture(frame: Frame): GPUTexture {
    return this.begin(frame).texture;
  }

  /**
   * The view of this frame's canvas texture: to draw to, or to resolve into.
   *
   * @throws As {@link texture}.
   */
  view(frame: Frame): GPUTextureView {
    return this.begin(frame).view;
  }

  /** The view of the multisampled texture, as large as the canvas. */
  multisampleView(frame: Frame): GPUTextureView {
    if (this.sampleCount === 1)
      throw new Error("this surface has no multisampled texture: set sampleCount to 4");
    return this.attachment(frame, "multisample", this.format);
  }

  /** The view of the depth texture, as large as the canvas, and multisampled as it is. */
  depthView(frame: Frame): GPUTextureView {
    if (!this.depth) throw new Error('this surface has no depth texture: set depth, say to "depth24plus"');
    return this.attachment(frame, "depth", this.depth);
  }

  /**
   * What a render pass to the canvas needs: color, cleared and stored or resolved, and depth if there is one, cleared
   * to 1.
   */
  renderPass(
    frame: Frame,
    color: { clearValue?: GPUColor; loadOp?: GPULoadOp; storeOp?: GPUStoreOp } = {},
  ): GPURenderPassDescriptor {
    const view = this.view(frame);
    const multisampled = this.sampleCount > 1;
    const target = multisampled ? { view: this.multisampleView(frame), resolveTarget: view } : { view };
    const colorAttachments = [
      { loadOp: "clear", storeOp: multisampled ? "discard" : "store", ...target, ...color },
    ] as const satisfies GPURenderPassColorAttachment[];
    if (!this.depth) return { colorAttachments };
    const depthStencilAttachment: GPURenderPassDepthStencilAttachment = { view: this.depthView(frame) };
    if (this.depth !== "stencil8") {
      Object.assign(depthStencilAttachment, {
        depthClearValue: 1,
        depthLoadOp: "clear",
        depthStoreOp: "discard",
      });
    }
    if (this.depth.endsWith("stencil8")) {
      Object.assign(depthStencilAttachment, { stencilLoadOp: "clear", stencilStoreOp: "discard" });
    }
    return { colorAttachments, depthStencilAttachment };
  }

  /**
   * Where a pointer is, in texels from the top left of what was drawn last, for that is what it points at: for the
   * `origin` of {@link readTexture}. Never outside, so that a captured pointer reads the edge.
   *
   * @throws TypeError for an `OffscreenCanvas`, which is nowhere on the page, and for what has no `clientX` and `clientY`.
   */
  pixelAt(event: PointerPosition): [x: number, y: number] {
    const { canvas } = this;
    if (!("getBoundingClientRect" in canvas))
      throw new TypeError("an OffscreenCanvas has no place on the page");
    if (!Number.isFinite(event.clientX + event.clientY))
      throw wrong("pixelAt() takes a pointer event", event);
    const box = canvas.getBoundingClientRect();
    const padding = paddingOf(canvas);
    // A transform scales the border box, borders and padding included; clientLeft is the border's width.
    const scaleX = box.width / canvas.offsetWidth;
    const scaleY = box.height / canvas.offsetHeight;
    const x = (event.clientX - box.left) / scaleX - canvas.clientLeft - padding.left;
    const y = (event.clientY - box.top) / scaleY - canvas.clientTop - padding.top;
    const contentWidth = canvas.clientWidth - padding.left - padding.right;
    const contentHeight = canvas.clientHeight - padding.top - padding.bottom;
    const [width, height] = this.frame ? [canvas.width, canvas.height] : this.size;
    return [inside(x / contentWidth, width), inside(y / contentHeight, height)];
  }

  /** Lets go of the canvas and destroys the attachments. The device stays. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.letGo();
    this.life.end(this.loss);
    // If not, it is configured for a newer surface.
    if (surfaces.get(this.context) === this) this.context.unconfigure();
    for (const { texture } of this.attachments.values()) texture.destroy();
    this.attachments.clear();
    this.frame = this.current = null;
  }

  private want(size: PixelSize): void {
    this.wanted = size;
    this.wake();
  }

  private wake(): void {
    for (const wake of this.wakes) wake();
  }

  /** The canvas is not observed any more, and nobody has to wait for that. */
  private letGo(): void {
    this.stopObserving?.();
    this.wake();
  }

  /** Whether what was drawn last has the right size. */
  private isUpToDate(): boolean {
    if (this.life.error) throw this.life.error;
    this.checkAlive();
    const { canvas, size } = this;
    return this.frame !== null && canvas.width === size[0] && canvas.height === size[1];
  }

  private checkAlive(): void {
    if (this.destroyed) throw new Error("this surface was destroyed, or its canvas has got another one");
  }

  private begin(frame: Frame): { texture: GPUTexture; view: GPUTextureView } {
    this.checkAlive();
    if (typeof frame?.timestamp !== "number")
      throw wrong("expected the frame that yield* nextFrame() gives", frame);
    if (!isCurrent(frame)) {
      throw new Error(
        `frame ${frame.index} is over, and with it its canvas texture: after a wait, draw with the frame of a new ` +
          "yield* nextFrame()",
      );
    }
    if (this.frame === frame && this.current) return this.current;
    const { canvas } = this;
    const [width, height] = this.size;
    // Assigning clears the canvas, also where nothing changes.
    if (canvas.width !== width) canvas.width = width;
    if (canvas.height !== height) canvas.height = height;
    const texture = this.context.getCurrentTexture();
    this.frame = frame;
    this.current = { texture, view: texture.createView() };
    return this.current;
  }

  private attachment(frame: Frame, key: string, format: GPUTextureFormat): GPUTextureView {
    const { width, height } = this.begin(frame).texture;
    const kept = this.attachments.get(key);
    if (kept?.texture.width === width && kept.texture.height === height) return kept.view;
    kept?.texture.destroy();
    const texture = this.device.createTexture({
      label: `${key} of ${named("canvas", { label: (this.canvas as { id?: string }).id ?? "" })}`,
      size: [width, height],
      format,
      sampleCount: this.sampleCount,
      usage: RENDER_ATTACHMENT,
    });
    const view = texture.createView();
    this.attachments.set(key, { texture, view });
    return view;
  }
}

/** Whose a canvas is: the newest one's. */
const surfaces = new WeakMap<GPUCanvasContext, CanvasSurface>();

function texels(size: number, limit: number): number {
  return Math.min(Math.max(1, Math.round(size)), limit);
}

function inside(fraction: number, size: number): number {
  // Of a canvas that is not shown, there is no fraction.
  return Math.min(Math.max(0, Math.floor(fraction * size) || 0), size - 1);
}
