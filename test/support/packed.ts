import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env, execPath, platform } from "node:process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** A user's project in a new folder, with the package that we would publish in its node_modules. */
export interface UserProject {
  folder: string;
  /** The package as it would be uploaded. */
  tarball: string;
  /** The files in it. */
  files: string[];
  remove(): void;
}

/** Builds the package, packs it, and installs it as npm would. */
export function userProject(): UserProject {
  const folder = mkdtempSync(join(tmpdir(), "awaitframe-user-"));
  run(execPath, [join(root, "tools/build.mjs")], root);
  const pack = ["pack", "--json", "--ignore-scripts", "--pack-destination", folder];
  const [result] = JSON.parse(run("npm", pack, root, platform === "win32")) as [
    { filename: string; files: { path: string }[] },
  ];
  run("tar", ["-xzf", result.filename], folder);
  mkdirSync(join(folder, "node_modules"));
  renameSync(join(folder, "package"), join(folder, "node_modules/awaitframe"));
  return {
    folder,
    tarball: join(folder, result.filename),
    files: result.files.map(({ path }) => path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Runs a program to its end, and gives what it printed. */
export function run(command: string, args: string[], cwd: string, shell = false): string {
  // A user has no test runner around.
  const { VITEST: _, NODE_ENV: __, ...clean } = env;
  const options = { cwd, env: clean, encoding: "utf8", shell } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error ?? status}\n${stdout}${stderr}`);
  return stdout;
}
