import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { api } from "@limn/shared/api";
import { expect, test } from "vitest";
import { buildApp } from "./app.ts";
import { readConfig } from "./config.ts";
import { openParts } from "./open-parts.ts";
import { createOwner } from "./testing/test-app.ts";

test("[SJ7] files of a job that a crash kept from being written down go with the next start, others stay", async () => {
  const dataDir = await mkdtemp(join(tmpdir(), "limn-housekeeping-"));
  const open = () =>
    openParts(readConfig({ DATA_DIR: dataDir, LIMN_SAMPLE: "0", LOG_LEVEL: "silent" }));
  try {
    const first = await open();
    const app = await buildApp(first, dataDir, first.drain);
    const owner = await createOwner(app);
    const { id: projectId } = await owner.call(api.createProject, { body: { name: "P" } });
    const job = {
      id: "known",
      projectId,
      kind: "export",
      payload: {},
      createdBy: owner.id,
    } as const;
    await first.jobs.start(job);
    await first.blobs.put("jobs/known/file", Buffer.from("kept"));
    await first.blobs.put("jobs/lost/in/0", Buffer.from("of nobody"));
    await first.blobs.put("models/project/lost/network.onnx", Buffer.from("of nobody"));
    await app.close();
    await first.close();
    const second = await open();
    await second.start();
    // Before the server listens: what is received afterwards is nobody's rubbish.
    expect(await second.blobs.size("jobs/lost/in/0")).toBeNull();
    expect(await second.blobs.size("models/project/lost/network.onnx")).toBeNull();
    expect(await second.blobs.size("jobs/known/file")).toBe(4);
    await second.close();
  } finally {
    await rm(dataDir, { recursive: true });
  }
});
