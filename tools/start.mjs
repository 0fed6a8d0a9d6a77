// `npm start [-- --port 8080] [-- --host]`: serves the gallery, and opens it where there is a display.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { env, platform } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer, preview } from "vite";

const { values } = parseArgs({ options: { port: { type: "string" }, host: { type: "boolean" } } });
const display = platform === "darwin" || platform === "win32" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);

const root = fileURLToPath(new URL("..", import.meta.url));
const guide = await serveGuide();

const server = await createServer({
  configFile: join(root, "vite.config.ts"),
  server: {
    proxy: { "/docs/": guide },
    ...(values.port === undefined ? {} : { port: Number(values.port) }),
    ...(values.host ? { host: true } : {}),
    open: display && !env.CI,
  },
});
await server.listen();
console.log("\nThe gallery is served at\n");
server.printUrls();
if (!display) console.log("\nNo display here? `npm run headless -- cube` draws a demo into cube.png.");
console.log("\nCtrl+C ends it.");

/** The guide as it was built last; its address. Where it was not built, that is what its pages say. */
async function serveGuide() {
  const { resolvedUrls } = await preview({
    root,
    configFile: false,
    appType: "mpa",
    build: { outDir: "dist-gallery" },
    preview: { port: 0 },
    plugins: [
      {
        name: "not-built",
        configurePreviewServer({ middlewares }) {
          if (existsSync(join(root, "dist-gallery/docs"))) return;
          middlewares.use((_request, response) => {
            response.end(
              "The guide is not built: `npm run build:docs` does it. `npm run docs` serves it as well.",
            );
          });
        },
      },
    ],
  });
  return resolvedUrls?.local[0] ?? "";
}
