import { describe, expect } from "vitest";
import { compileShader, createComputePipelineAsync, ShaderError } from "awaitframe";
import { test } from "./fixture.ts";

const compute = "@compute @workgroup_size(1) fn main() {}";

describe("compileShader", () => {
  test("gives a module that pipelines can be made of", async ({ device, run }) => {
    const module = await run(compileShader(device, { label: "good", code: compute }));
    expect(module.label).toBe("good");
    await run(createComputePipelineAsync(device, { layout: "auto", compute: { module } }));
  });

  test("throws for a mistake, shows the line and the column, and leaves no uncaptured error", async ({
    device,
    run,
    uncaptured,
  }) => {
    const code = `${compute}\n\t@vertex fn vertex() -> @builtin(position) vec4f { return oops; }\n`;
    const error = await run(compileShader(device, { label: "scene", code })).then(
      () => null,
      (error: unknown) => error,
    );
    expect(error).toBeInstanceOf(ShaderError);
    const { message, messages } = error as ShaderError;
    expect(message).toMatch(/^shader module "scene" doesn't compile:\n2:59: /);
    expect(message).toMatch(/@vertex fn vertex.*oops; }\n.*\s\^/);
    const mistake = messages.find(({ type }) => type === "error");
    expect(mistake).toMatchObject({ lineNum: 2, linePos: 59 });
    expect(uncaptured).toEqual([]);
  });
});
