import { existsSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type UserConfig } from "vite";
import { playwright } from "@vitest/browser-playwright";
import type { TestProjectInlineConfiguration, ViteUserConfig } from "vitest/config";
import { installedChromium, installedVulkan } from "./tools/browser.mjs";
import { endGpuProcess } from "./test/gpu/support/end-gpu-process.ts";
import { firefox } from "./tools/vitest-firefox.mjs";

const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** The entries of the package: file name in dist, and its source. `exports` in package.json names the same. */
const entries = {
  index: at("src/index.ts"),
  hot: at("src/hot/index.ts"),
  inspector: at("src/inspector/index.ts"),
  testing: at("src/testing/index.ts"),
};

/** Demos and tests read as a user's code does: they import from "awaitframe". */
const alias = [
  { find: /^awaitframe$/, replacement: at("src/index.ts") },
  { find: /^awaitframe\/(\w+)$/, replacement: at("src/$1/index.ts") },
];

export default defineConfig(({ command, mode }): UserConfig => {
  if (mode === "gallery") return gallery();
  // A test may build the library: then Vitest is around, but not the one that asks.
  if (mode === "library") return library();
  if (process.env["VITEST"]) return { resolve: { alias }, test: tests() } as UserConfig;
  if (command === "serve") return gallery();
  return library();
});

function library(): UserConfig {
  return {
    publicDir: false,
    build: {
      target: "es2023",
      sourcemap: true,
      minify: false,
      emptyOutDir: true,
      lib: { entry: present(entries), formats: ["es"] },
      rolldownOptions: { output: { chunkFileNames: "shared/[name].js" } },
    },
  };
}

function gallery(): UserConfig {
  return {
    root: at("demos"),
    // Relative, so that the built gallery works in any folder of any server.
    base: "./",
    resolve: { alias },
    server: { fs: { allow: [at(".")] } },
    build: {
      target: "es2023",
      outDir: at("dist-gallery"),
      emptyOutDir: true,
      // An engine is as large as it is; only its own page loads it.
      chunkSizeWarningLimit: 2000,
      // The inspector names tasks by their functions.
      rolldownOptions: { input: pages(), output: { keepNames: true } },
    },
  };
}

/** The start page and each demo's page. */
function pages(): Record<string, string> {
  const demos = readdirSync(at("demos")).map((name) => [name, at(`demos/${name}/index.html`)]);
  return present(Object.fromEntries([["index", at("demos/index.html")], ...demos]) as Record<string, string>);
}

function present(files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).filter(([, file]) => existsSync(file)));
}

type ProjectConfig = NonNullable<TestProjectInlineConfiguration["test"]>;

function tests(): ViteUserConfig["test"] {
  const inNode = (name: string, seconds: number, more: ProjectConfig = {}) => ({
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.ts`],
      environment: "node" as const,
      ...more,
      testTimeout: seconds * 1000,
      hookTimeout: seconds * 1000,
      // Each of these starts browsers or bundlers: one at a time.
      fileParallelism: false,
    },
  });
  const browser = installedChromium();
  // Tests end the GPU process, and Chromium would soon give this browser no WebGPU any more.
  const afterCrashes = ["--disable-gpu-process-crash-limit", "--disable-domain-blocking-for-3d-apis"];
  const inBrowser = { enabled: true, headless: true, screenshotFailures: false };
  /** Other people's engines, as their test imports them. */
  const engines = [
    "three/webgpu",
    "pixi.js",
    "@babylonjs/core/Buffers/storageBuffer.js",
    "@babylonjs/core/Cameras/freeCamera.js",
    "@babylonjs/core/Engines/webgpuEngine.js",
    "@babylonjs/core/Maths/math.vector.js",
    "@babylonjs/core/Misc/logger.js",
    "@babylonjs/core/scene.js",
  ];
  /**
   * The tests on the GPU, in one engine. A file says in its name if it isn't for all of them: `canvas.page.test.ts` needs
   * a page, `crash.chromium.test.ts` is for that engine.
   */
  const onGpu = (engine: "chromium" | "firefox" | "dawn", others: string[], test: ProjectConfig) => ({
    extends: true as const,
    // Found only when a test asks for them, they would make the page load again in the middle of a run.
    optimizeDeps: { include: ["fast-check", "gl-matrix", "iwer", ...(engine === "chromium" ? engines : [])] },
    test: {
      name: engine,
      include: ["test/gpu/**/*.test.ts"],
      exclude: [`test/gpu/**/*.{${others.join(",")}}.test.ts`],
      testTimeout: 20_000,
      // One device at a time: a software GPU shares the processor with the tests.
      fileParallelism: false,
      provide: { engine },
      ...test,
    },
  });
  return {
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["**/node_modules/**", "test/{gpu,demos,docs,bundlers,package,guide,layers,types}/**"],
          environment: "node",
        },
      },
      {
        extends: true,
        test: {
          name: "jsc",
          include: ["test/{core,events,drivers,testing,hot,properties}/**/*.test.ts"],
          // These look at the heap of V8, or run the compiler.
          exclude: ["test/**/{leaks,soak,compiler-message}.test.ts"],
          environment: "node",
        },
      },
      onGpu("chromium", ["firefox", "dawn"], {
        browser: {
          ...inBrowser,
          provider: playwright({ launchOptions: { ...browser, args: [...browser.args, ...afterCrashes] } }),
          instances: [{ browser: "chromium" }],
          commands: { endGpuProcess },
        },
      }),
      onGpu("firefox", ["chromium", "dawn"], {
        browser: { ...inBrowser, provider: firefox(), instances: [{ browser: "firefox" }] },
      }),
      onGpu("dawn", ["page", "chromium", "firefox"], {
        environment: "node",
        setupFiles: ["test/gpu/support/dawn.ts"],
        env: installedVulkan(),
      }),
      inNode("layers", 60),
      inNode("demos", 120, { globalSetup: at("test/demos/serve-gallery.ts") }),
      // Examples that use the GPU run on Dawn.
      inNode("docs", 60, { env: installedVulkan() }),
      inNode("package", 120),
      inNode("bundlers", 120),
      inNode("guide", 120),
    ],
  };
}
