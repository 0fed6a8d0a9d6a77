// `npm start [-- --port 8080] [-- --host]`: serves the gallery, and opens it where there is a display.

import { join } from "node:path";
import { env, platform } from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createServer } from "vite";

const { values } = parseArgs({ options: { port: { type: "string" }, host: { type: "boolean" } } });
const display = platform === "darwin" || platform === "win32" || Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);

const server = await createServer({
  configFile: join(fileURLToPath(new URL("..", import.meta.url)), "vite.config.ts"),
  server: {
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
