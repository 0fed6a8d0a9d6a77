// Checked by the compiler alone: every promise of WebGPU, as @webgpu/types has it, has its action here.

import type {
  Action,
  createComputePipelineAsync,
  createRenderPipelineAsync,
  deviceLost,
  errorScope,
  getCompilationInfo,
  mapAsync,
  onSubmittedWorkDone,
  requestAdapter,
  requestDevice,
} from "awaitframe";

type Equal<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;

type Globals = typeof globalThis;

/** The members of a type that are promises, or functions that return one. */
type PromisesOf<T> = {
  [Member in keyof T]: T[Member] extends Promise<unknown> | ((...args: never[]) => Promise<unknown>)
    ? Member
    : never;
}[keyof T];

/** "Interface.member" of all promises of all interfaces whose names begin with GPU. */
type Promises = {
  [Name in keyof Globals & `GPU${string}`]: Globals[Name] extends { prototype: infer Interface }
    ? `${Name}.${PromisesOf<Interface> & string}`
    : never;
}[keyof Globals & `GPU${string}`];

/** The action of each, and what the promise gives. */
interface Actions {
  "GPU.requestAdapter": [typeof requestAdapter, NonNullable<Awaited<ReturnType<GPU["requestAdapter"]>>>];
  "GPUAdapter.requestDevice": [typeof requestDevice, Awaited<ReturnType<GPUAdapter["requestDevice"]>>];
  "GPUBuffer.mapAsync": [typeof mapAsync, Awaited<ReturnType<GPUBuffer["mapAsync"]>>];
  "GPUQueue.onSubmittedWorkDone": [
    typeof onSubmittedWorkDone,
    Awaited<ReturnType<GPUQueue["onSubmittedWorkDone"]>>,
  ];
  "GPUDevice.createComputePipelineAsync": [
    typeof createComputePipelineAsync,
    Awaited<ReturnType<GPUDevice["createComputePipelineAsync"]>>,
  ];
  "GPUDevice.createRenderPipelineAsync": [
    typeof createRenderPipelineAsync,
    Awaited<ReturnType<GPUDevice["createRenderPipelineAsync"]>>,
  ];
  "GPUDevice.popErrorScope": [typeof errorScope, Awaited<ReturnType<GPUDevice["popErrorScope"]>>];
  "GPUDevice.lost": [typeof deviceLost, Awaited<GPUDevice["lost"]>];
  "GPUShaderModule.getCompilationInfo": [
    typeof getCompilationInfo,
    Awaited<ReturnType<GPUShaderModule["getCompilationInfo"]>>,
  ];
}

/** A promise without an action, or an action without its promise, does not compile. */
export const complete: Equal<Promises, keyof Actions> = true;

/** Each action gives what the promise gives. */
export const typed: {
  [Name in keyof Actions]: ReturnType<Actions[Name][0]> extends Action<Actions[Name][1]> ? true : never;
} = {
  "GPU.requestAdapter": true,
  "GPUAdapter.requestDevice": true,
  "GPUBuffer.mapAsync": true,
  "GPUQueue.onSubmittedWorkDone": true,
  "GPUDevice.createComputePipelineAsync": true,
  "GPUDevice.createRenderPipelineAsync": true,
  "GPUDevice.popErrorScope": true,
  "GPUDevice.lost": true,
  "GPUShaderModule.getCompilationInfo": true,
};

/** Such a promise would be found. */
interface GPUOther {
  member: string;
  later(size: number): Promise<boolean>;
}
export const found: Equal<PromisesOf<GPUOther>, "later"> = true;
