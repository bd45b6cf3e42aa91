import { parentPort, workerData } from "node:worker_threads";
import type { LogAnswer, LogRequest, LogWorkerData } from "./sqlite-messages.ts";
import { openLogTables, type LogTables } from "./sqlite-tables.ts";

// Runs in its own thread, because every commit waits for the disk. It never ends by itself: a call that fails is
// answered with the reason, and a file that could not be opened is tried again at the next call.

// Made by sqlite-log.ts alone.
const { file } = workerData as LogWorkerData;
const port = parentPort;
if (port === null) throw new Error("sqlite-log-worker.ts runs in a worker thread only");

let tables: LogTables | undefined;

function answer(request: LogRequest): Extract<LogAnswer, { ok: true }>["value"] {
  if (request.call !== "close") tables ??= openLogTables(file);
  if (tables === undefined) return null;
  switch (request.call) {
    case "load":
      return tables.load(request.argument);
    case "heads":
      return tables.heads();
    case "untold":
      return tables.untold();
    case "commit":
      tables.commit(request.argument);
      break;
    case "remove":
      tables.remove(request.argument);
      break;
    case "close":
      tables.close();
      tables = undefined;
  }
  return null;
}

port.on("message", (request: LogRequest) => {
  let reply: LogAnswer;
  try {
    reply = { id: request.id, ok: true, value: answer(request) };
  } catch (error) {
    reply = {
      id: request.id,
      ok: false,
      message: error instanceof Error ? error.message : String(error),
    };
  }
  port.postMessage(reply);
  if (request.call === "close") port.close();
});
