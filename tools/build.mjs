// `npm run build`: the library's JavaScript by Vite, its declarations by the TypeScript compiler.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const root = fileURLToPath(new URL("..", import.meta.url));

await build({ root, configFile: join(root, "vite.config.ts"), mode: "library", logLevel: "warn" });

const tsc = join(root, "node_modules/typescript/bin/tsc");
const config = join(root, "tsconfig.build.json");
execFileSync(execPath, [tsc, "-p", config, "--noEmit", "false", "--emitDeclarationOnly"], {
  stdio: "inherit",
});

// The compiler keeps ".ts" in declarations, where it means a file that the package does not hold.
const declarations = readdirSync(join(root, "dist"), { recursive: true, encoding: "utf8" });
for (const name of declarations.filter((file) => file.endsWith(".d.ts"))) {
  const file = join(root, "dist", name);
  const text = readFileSync(file, "utf8");
  writeFileSync(file, text.replaceAll(/((?:from|import)\s*\(?\s*"\.[^"]*)\.ts"/g, '$1.js"'));
}
