import type { Operation } from "../core/operation.ts";
import { showError } from "./error-panel.ts";
import { Versions } from "./versions.ts";

/** What the kit needs of Vite's `import.meta.hot`. */
export interface HotContext {
  /** Lives on from one version of the module to the next. */
  readonly data: Record<string, unknown>;
  /** Asks for a reload of the page. */
  invalidate(message?: string): void;
}

/** What lives on when a module is edited, and what is replaced: see {@link hot}. */
export interface Hot {
  /**
   * A value that lives on: made when the module runs for the first time, and the same one after every edit.
   *
   * @param name - Which of the module's values it is.
   */
  keep<T>(name: string, make: () => T): T;

  /**
   * A body that is replaced. When the module is edited, a running one is cancelled with its `finally` blocks and its
   * children, and the new one begins with the same arguments. If the new one throws, its error is shown over the page,
   * and the one before it goes on from its start.
   *
   * @param body - A named generator function; its name says which of the module's bodies it is.
   */
  swap<A extends unknown[], T>(body: (...args: A) => Operation<T>): (...args: A) => Operation<T>;
}

/**
 * Lets an edited module go on without a reload of the page: what you `keep` lives on, what you `swap` is replaced. The
 * line `import.meta.hot?.accept()` must stand in the module itself, since Vite looks for it there. In a production
 * build there is no `import.meta.hot`: then nothing of this costs anything.
 *
 * @param context - `import.meta.hot` of the module.
 *
 * @example
 * ```ts
 * import { Loop, nextFrame, withDevice } from "awaitframe";
 * import { hot } from "awaitframe/hot";
 *
 * const { keep, swap } = hot(import.meta.hot);
 * const loop = keep("loop", () => new Loop());
 * const state = keep("state", () => ({ angle: 0 }));
 *
 * const scene = swap(function* scene(device: GPUDevice) {
 *   for (;;) {
 *     const frame = yield* nextFrame();
 *     state.angle += frame.delta * 0.001; // change me, and save
 *   }
 * });
 *
 * keep("app", () => loop.run(() => withDevice({}, scene)));
 * import.meta.hot?.accept();
 * ```
 */
export function hot(context: HotContext | undefined): Hot {
  if (!context) return { keep: (_name, make) => make(), swap: (body) => body };
  const kept = inside(context.data, "kept", () => new Map<string, unknown>());
  const bodies = inside(context.data, "bodies", () => new Map<string, Versions>());
  return {
    keep<T>(name: string, make: () => T): T {
      if (!kept.has(name)) kept.set(name, make());
      return kept.get(name) as T;
    },

    swap<A extends unknown[], T>(body: (...args: A) => Operation<T>) {
      if (!body.name)
        throw new TypeError("swap() takes a named function: the name tells which one is replaced");
      const known = bodies.get(body.name);
      const versions = known ?? new Versions(showError);
      bodies.set(body.name, versions);
      // Nothing is left that could go on with the new one.
      if (versions.hasFailed) context.invalidate(`"${body.name}" had ended with an error`);
      versions.add(body);
      return (...args: A) => versions.run(args) as Operation<T>;
    },
  };
}

function inside<T>(data: Record<string, unknown>, name: string, make: () => T): T {
  return (data[`awaitframe.${name}`] ??= make()) as T;
}
