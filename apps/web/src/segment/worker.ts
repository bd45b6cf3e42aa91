/// <reference lib="webworker" />
import { adaptedRun, type LastLayer } from "@limn/shared/learn";
import {
  type Candidate,
  clickNet,
  type SegmentInput,
  type SegmentOutput,
} from "@limn/shared/segment";
import {
  EngineRefusal,
  loadEngine,
  type LoadedEngine,
  openRuntime,
  type Runtime,
} from "./engine.ts";
import type { FromWorker, ImageRef, ToWorker } from "./messages.ts";
import { encodeOwn } from "./own-encoders.ts";
import { prepareOwn, segmentOwn } from "./own-networks.ts";
import { pictureOf } from "./pictures.ts";

/* The thread that decodes pictures and runs the network, one engine per worker. */

let engine: LoadedEngine | undefined;
let encoders: Promise<Runtime> | undefined;
/** The last question that was answered, and what else its answer may be. */
let last: { readonly id: number; readonly others: SegmentOutput["others"] } | undefined;

function send(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, transfer);
}

async function answer(message: ToWorker): Promise<void> {
  const { id } = message;
  switch (message.type) {
    case "load": {
      const began = performance.now();
      engine = await loadEngine(message.engine, message.threads, message.softwareGpu);
      send({ id, type: "loaded", threads: engine.threads, ms: performance.now() - began });
      return;
    }
    case "prepare": {
      const { image, own } = message;
      if (own && engine) await prepareOwn(own, image, engine);
      const { width, height } = image;
      const pixels = await pictureOf(image);
      // A first look at the whole picture makes its halved copies.
      await pixels.read({ left: 0, top: 0, right: width, bottom: height }, 0);
      send({ id, type: "prepared" });
      return;
    }
    case "segment": {
      if (!engine) throw new Error("The network is not loaded.");
      const { image, input, layer, own } = message;
      const { others, ...output } = own
        ? await segmentOwn(own, image, input, engine)
        : await segmentDefault(image, input, layer, engine);
      last = { id, others };
      send({ id, type: "segmented", output }, memoryOf([output]));
      return;
    }
    case "encode": {
      const { image, own, check, softwareGpu } = message;
      encoders ??= openRuntime("webgpu", 1, softwareGpu);
      send({ id, type: "encoded", ms: await encodeOwn(own, image, await encoders, check) });
      return;
    }
    case "others": {
      const others = last?.id === message.of ? last.others() : [];
      send({ id, type: "others", others }, memoryOf(others));
    }
  }
}

/** An empty mask may be one and the same every time, and moves only once. */
const memoryOf = (candidates: readonly Candidate[]): ArrayBuffer[] =>
  candidates.flatMap(({ mask }) => (mask.data.length > 0 ? [mask.data.buffer as ArrayBuffer] : []));

async function segmentDefault(
  image: ImageRef,
  input: SegmentInput,
  layer: LastLayer | null,
  { run, runWithFeatures }: LoadedEngine,
): Promise<SegmentOutput> {
  return clickNet.segment(input, {
    pixels: await pictureOf(image),
    run: layer === null ? run : adaptedRun(runWithFeatures, layer),
    now: () => performance.now(),
  });
}

self.addEventListener("message", (event: MessageEvent<ToWorker>) => {
  answer(event.data).catch((error: unknown) =>
    send({
      id: event.data.id,
      type: "failed",
      sentence:
        error instanceof EngineRefusal || error instanceof Error ? error.message : String(error),
    }),
  );
});
