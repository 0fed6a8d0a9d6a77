import { until, type Operation } from "awaitframe";

/** What is recorded. */
export interface Shot {
  width: number;
  height: number;
  /** Frames a second. */
  rate: number;
  frames: number;
}

/** Makes a file of frames. The libraries that know the formats are loaded when they are needed. */
export interface Film {
  /** What it writes, in words. */
  readonly format: string;
  /** Takes a frame, RGBA; ends when it has room for another one. */
  add(pixels: Uint8Array<ArrayBuffer>, number: number): Operation<void>;
  /** What has been made of the frames. */
  finish(): Operation<File>;
  /** Gives up what is unfinished. */
  close(): void;
}

/** A video, by the encoder of the browser: null where it has none for this size. */
export function* openVideo({ width, height, rate }: Shot): Operation<Film | null> {
  if (!("VideoEncoder" in globalThis)) return null;
  const media = yield* until(import("mediabunny"));
  const codec = yield* until(media.getFirstEncodableVideoCodec(["vp9", "vp8", "avc"], { width, height }));
  if (!codec) return null;
  const [extension, type, format] =
    codec === "avc"
      ? ["mp4", "video/mp4", new media.Mp4OutputFormat()]
      : ["webm", "video/webm", new media.WebMOutputFormat()];

  const target = new media.BufferTarget();
  const output = new media.Output({ format, target });
  const source = new media.VideoSampleSource({ codec, quality: media.QUALITY_HIGH });
  output.addVideoTrack(source, { frameRate: rate });
  yield* until(output.start());

  return {
    format: `${codec.toUpperCase()}, ${extension === "mp4" ? "MP4" : "WebM"}`,

    *add(pixels, number) {
      // In seconds.
      const time = { timestamp: number / rate, duration: 1 / rate };
      const layout = { format: "RGBX", codedWidth: width, codedHeight: height } as const;
      const sample = new media.VideoSample(pixels, { ...layout, ...time });
      try {
        yield* until(source.add(sample));
      } finally {
        sample.close();
      }
    },

    *finish() {
      yield* until(output.finalize());
      return new File([target.buffer!], `knot.${extension}`, { type });
    },

    close() {
      if (output.state === "started") void output.cancel();
    },
  };
}

/** Each frame as a PNG, all in one zip: by any browser. */
export function* openPictures({ width, height }: Shot): Operation<Film> {
  const { Zip, ZipPassThrough } = yield* until(import("fflate"));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  const zip = new Zip((_, chunk) => chunks.push(chunk as Uint8Array<ArrayBuffer>));
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d")!;

  return {
    format: "PNG, zip",

    *add(pixels, number) {
      context.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), width, height), 0, 0);
      const png = yield* until(canvas.convertToBlob());
      // They are compressed already.
      const file = new ZipPassThrough(`knot-${String(number).padStart(4, "0")}.png`);
      zip.add(file);
      file.push(new Uint8Array(yield* until(png.arrayBuffer())), true);
    },

    *finish() {
      zip.end();
      return new File(chunks, "knot.zip", { type: "application/zip" });
    },

    close() {
      zip.terminate();
    },
  };
}
