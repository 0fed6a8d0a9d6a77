/** For tests: decodes what was recorded, and reads the numbers of the frames off their lamps. */

import { report } from "../common/report.ts";
import { preview, result } from "./main.ts";

/** A frame of the film: the number that it shows, when it begins in seconds, and its size. */
export interface FilmFrame {
  number: number;
  time: number;
  width: number;
  height: number;
}

export interface RecorderCheck {
  preview: typeof preview;
  file(): { name: string; type: string; size: number } | undefined;
  /** The frames of the last recording, in their order. */
  frames(): Promise<FilmFrame[]>;
}

declare global {
  // A global can be declared with `var` alone.
  var recorderCheck: RecorderCheck | undefined;
}

const check: RecorderCheck = {
  preview,
  file: () => result && { name: result.name, type: result.type, size: result.size },
  frames: () => (result!.type === "application/zip" ? unzip(result!) : decode(result!)),
};
globalThis.recorderCheck = check;

report.drive(async () => {
  const click = (name: string): void => document.querySelector<HTMLButtonElement>(`button.${name}`)!.click();
  document.querySelector<HTMLSelectElement>("select.size")!.value = "640x360";
  click("record");
  while (!result) await new Promise(requestAnimationFrame);
  report.readback("film", 0, `${(await check.frames()).length} frames in ${result.size} bytes`);
});

async function decode(file: File): Promise<FilmFrame[]> {
  const { ALL_FORMATS, BlobSource, Input, VideoSampleSink } = await import("mediabunny");
  const input = new Input({ source: new BlobSource(file), formats: ALL_FORMATS });
  const track = (await input.getPrimaryVideoTrack())!;
  const frames: FilmFrame[] = [];
  for await (const sample of new VideoSampleSink(track).samples()) {
    const { displayWidth: width, displayHeight: height, timestamp: time } = sample;
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    sample.draw(context, 0, 0);
    sample.close();
    frames.push({ number: numberIn(context), time, width, height });
  }
  return frames;
}

async function unzip(file: File): Promise<FilmFrame[]> {
  const { unzipSync } = await import("fflate");
  const pictures = Object.entries(unzipSync(new Uint8Array(await file.arrayBuffer())));
  const frames: FilmFrame[] = [];
  for (const [name, png] of pictures) {
    const image = await createImageBitmap(new Blob([png as Uint8Array<ArrayBuffer>]));
    const { width, height } = image;
    const context = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    context.drawImage(image, 0, 0);
    frames.push({ number: numberIn(context), time: Number(/\d+/.exec(name)) / 30, width, height });
  }
  return frames;
}

/** Where the shader draws the lamps: bright ones are ones. */
function numberIn(context: OffscreenCanvasRenderingContext2D): number {
  const unit = context.canvas.height / 60;
  let number = 0;
  for (let bit = 0; bit < 8; bit++) {
    const { data } = context.getImageData((3.125 + 1.75 * bit) * unit, 56.875 * unit, 1, 1);
    number = 2 * number + Number(data[1]! > 128);
  }
  return number;
}
