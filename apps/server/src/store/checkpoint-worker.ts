import { DatabaseSync } from "node:sqlite";
import { answerCalls } from "../workers/answer-calls.ts";
import type { CheckpointCalls } from "./checkpoints.ts";

/* Moves what was written from the WAL to the catalog's file, with the waits for the disk that this takes. */
answerCalls<CheckpointCalls>({
  checkpoint: async ({ path }) => {
    const database = new DatabaseSync(path);
    try {
      // Passive: never makes the server's own connection wait.
      database.exec("pragma wal_checkpoint(passive)");
    } finally {
      database.close();
    }
    return null;
  },
});
