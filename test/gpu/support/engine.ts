import { inject } from "vitest";

/** The implementation of WebGPU that a test runs on: Chromium, Firefox, or Dawn as a library for Node. */
export type Engine = "chromium" | "firefox" | "dawn";

declare module "vitest" {
  interface ProvidedContext {
    engine: Engine;
  }
}

/** The engine that runs, as vite.config.ts names it. */
export const engine: Engine = inject("engine");
