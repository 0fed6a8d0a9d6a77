import { test } from "vitest";
import { bundle } from "./bundle.ts";
import { writeFileSync } from "node:fs";
test("s", async () => {
  const e = (l: string) => `export ${l} from "awaitframe";`;
  const b = e("{ Loop, nextFrame, sleep, spawn }");
  const r = await bundle(b + e("{ mapAsync, ReadbackRing }"));
  const base = await bundle(b);
  console.log("SIZE", r.gzip - base.gzip);
  writeFileSync("/tmp/bundle.js", r.code);
});
