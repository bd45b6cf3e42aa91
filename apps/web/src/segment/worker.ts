/// <reference lib="webworker" />
import { adaptedRun, type LastLayer } from "@limn/shared/learn";
import { clickNet, type SegmentInput, type SegmentOutput } from "@limn/shared/segment";
import { EngineRefusal, loadEngine, type LoadedEngine } from "./engine.ts";
import type { FromWorker, ImageRef, ToWorker } from "./messages.ts";
import { prepareOwn, segmentOwn } from "./own-networks.ts";
import { pictureOf } from "./pictures.ts";

/* The thread that decodes pictures and runs the network, one engine per worker. */

let engine: LoadedEngine | undefined;

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
      const { mask, score, times } = own
        ? await segmentOwn(own, image, input, engine)
        : await segmentDefault(image, input, layer, engine);
      // An empty mask may be one and the same every time, and moves only once.
      const moved = mask.data.length > 0 ? [mask.data.buffer as ArrayBuffer] : [];
      send({ id, type: "segmented", mask, score, times }, moved);
    }
  }
}

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
