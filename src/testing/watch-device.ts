type Method = (this: object, ...args: unknown[]) => unknown;

type Wrap = (promise: PromiseLike<unknown>, label: string) => Promise<unknown>;

/** The methods of a device that return promises, and of what it makes. */
const OF_DEVICE = ["createComputePipelineAsync", "createRenderPipelineAsync", "popErrorScope"];
const OF_QUEUE = ["onSubmittedWorkDone"];
const OF_MADE: readonly (readonly [maker: string, methods: readonly string[]])[] = [
  ["createBuffer", ["mapAsync"]],
  ["createShaderModule", ["getCompilationInfo"]],
];

/**
 * Puts `wrap` between the promises of a device and those who wait for them: by methods of these very objects, so that
 * other devices, and the prototypes, stay as they are.
 *
 * @internal
 */
export function watchDevice(device: object, wrap: Wrap): void {
  wrapMethods(device, OF_DEVICE, wrap);
  const { queue } = device as { queue?: object };
  if (queue) wrapMethods(queue, OF_QUEUE, wrap);
  for (const [maker, methods] of OF_MADE) {
    replace(device, maker, (made) => (wrapMethods(made as object, methods, wrap), made));
  }
}

function wrapMethods(object: object, names: readonly string[], wrap: Wrap): void {
  for (const name of names) {
    replace(object, name, (promise, [descriptor]) => {
      // A pipeline is named by its descriptor, everything else by itself.
      const { label } = (typeof descriptor === "object" ? descriptor : object) as { label?: string };
      return wrap(promise as PromiseLike<unknown>, label ? `${name} ${label}` : name);
    });
  }
}

/** Passes what a method of this one object returns through a function. */
function replace(object: object, name: string, change: (result: unknown, args: unknown[]) => unknown): void {
  const original = (object as Record<string, unknown>)[name] as Method | undefined;
  if (typeof original !== "function") return;
  const value = function (this: object, ...args: unknown[]): unknown {
    return change(original.apply(this, args), args);
  };
  Object.defineProperty(object, name, { value, configurable: true, writable: true });
}
