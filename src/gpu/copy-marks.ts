import { COPY_SRC } from "./constants.ts";
import type { DeviceLife } from "./device-loss.ts";

/**
 * Behind the data of a copy lies a mark, copied by the same encoder: it tells a copy that ran from one whose encoder was
 * never submitted, or whose submit was refused. Nothing else would. So many copies into a buffer have different marks.
 */
const MARKS = 256;

/** The mark that follows another one. From 1 on: new memory is 0. @internal */
export function nextMark(mark: number): number {
  return (mark % MARKS) + 1;
}

/** Makes the marks of a device, once. @internal */
export function prepareMarks(device: GPUDevice, life: DeviceLife): void {
  if (life.marks || life.error) return;
  life.marks = device.createBuffer({
    label: "marks",
    size: MARKS * 4,
    usage: COPY_SRC,
    mappedAtCreation: true,
  });
  const marks = new Uint32Array(life.marks.getMappedRange());
  for (let i = 0; i < MARKS; i++) marks[i] = i + 1;
  life.marks.unmap();
}

/** Encodes the copy of a mark. @internal */
export function copyMark(
  encoder: GPUCommandEncoder,
  { marks }: DeviceLife,
  mark: number,
  staging: GPUBuffer,
  offset: number,
): void {
  encoder.copyBufferToBuffer(marks!, (mark - 1) * 4, staging, offset, 4);
}
