/// <reference lib="webworker" />
import { adaptedRun } from "@limn/shared/learn";
import { familyOf } from "@limn/shared/segment";
import { EngineRefusal, loadEngine, type LoadedEngine } from "./engine.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
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
      const { width, height } = message.image;
      const pixels = await pictureOf(message.image);
      // A first look at the whole picture makes its halved copies.
      await pixels.read({ left: 0, top: 0, right: width, bottom: height }, 0);
      send({ id, type: "prepared" });
      return;
    }
    case "segment": {
      const family = familyOf("click-net");
      if (!engine || !family) throw new Error("The network is not loaded.");
      const pixels = await pictureOf(message.image);
      const { layer } = message;
      const { mask, score, times } = await family.segment(message.input, {
        pixels,
        run: layer === null ? engine.run : adaptedRun(engine.runWithFeatures, layer),
        now: () => performance.now(),
      });
      send({ id, type: "segmented", mask, score, times }, [mask.data.buffer as ArrayBuffer]);
    }
  }
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
