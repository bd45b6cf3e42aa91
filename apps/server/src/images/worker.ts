import { parentPort } from "node:worker_threads";
import sharp from "sharp";
import { cutTiles } from "./cut.ts";
import { developImage } from "./develop.ts";
import type { Developed, FromWorker, ImageRequest, ToWorker } from "./protocol.ts";

/* The thread in which all image work of the server happens. */

// Files are replaced under the same name, which libvips' cache would not notice.
sharp.cache(false);
// Each worker is one core's worth; there are as many workers as cores may be used.
sharp.concurrency(1);
// Vector pictures run code of a kind that nobody wants from strangers; their bytes are refused before, too.
sharp.block({ operation: ["VipsForeignLoadSvg", "VipsForeignLoadPdf", "VipsForeignLoadMagick"] });

const port = parentPort;
if (port === null) throw new Error("This file runs as a worker only.");

const carryOut = (request: ImageRequest): Promise<Developed | null> =>
  request.kind === "develop" ? developImage(request) : cutTiles(request);

const send = (message: FromWorker): void => port.postMessage(message);

port.on("message", ({ id, request }: ToWorker) => {
  carryOut(request).then(
    (answer) => send({ id, answer }),
    (error: unknown) =>
      send({ id, failure: error instanceof Error ? error.message : String(error) }),
  );
});
