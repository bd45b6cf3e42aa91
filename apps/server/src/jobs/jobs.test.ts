import { ApiError, type Job } from "@limn/shared/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createLiveHub } from "../live/hub.ts";
import { createLog } from "../log.ts";
import { createStore, openSqliteCatalog, type Store } from "../store/index.ts";
import { createJobs, type JobHandler, type Jobs } from "./jobs.ts";

let store: Store;
let jobs: Jobs;
const live = createLiveHub();
const now = () => new Date();
const openJobs = (): Jobs => createJobs({ store, live, log: createLog("silent"), now });
beforeEach(async () => {
  store = createStore(await openSqliteCatalog(":memory:"));
  const time = now().toISOString();
  await store.db
    .insertInto("user")
    .values({
      id: "u",
      name: "U",
      email: "u@x.y",
      emailVerified: 0,
      image: null,
      createdAt: time,
      updatedAt: time,
      color: "#000000",
      owner: 0,
    })
    .execute();
  await store.projects.insert(
    {
      id: "p",
      name: "P",
      description: "",
      sample: 0,
      model: null,
      createdBy: "u",
      createdAt: time,
      lastActivityAt: time,
      deletedAt: null,
    },
    "u",
  );
  jobs = openJobs();
});
afterEach(async () => {
  await jobs.close();
  await store.close();
});

/** Resolves with the job once the hub tells that it has ended. */
function ended(id: string): Promise<Job> {
  return new Promise((resolve) => {
    const stop = live.subscribe("p", "u", {
      bufferedAmount: 0,
      close() {},
      send(text) {
        const message = JSON.parse(text) as { type: string; job?: Job };
        if (
          message.job?.id !== id ||
          message.job.state === "waiting" ||
          message.job.state === "running"
        )
          return;
        stop();
        resolve(message.job);
      },
    });
  });
}
async function run(handler: JobHandler): Promise<Job> {
  jobs.register("export", handler);
  await jobs.open();
  const end = ended("j");
  await jobs.start({ id: "j", projectId: "p", kind: "export", payload: { a: 1 }, createdBy: "u" });
  return end;
}
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));

test("[SJ1] a job runs with its payload and ends with receipt and file", async () => {
  const receipt = { images: 1, objects: 2, classes: 3, warnings: [], files: [] };
  const job = await run(async ({ payload }) => {
    expect(payload).toEqual({ a: 1 });
    return { receipt, file: { key: "jobs/j/out", name: "a.zip", mediaType: "application/zip" } };
  });
  expect(job).toMatchObject({
    state: "done",
    progress: 1,
    message: "Done.",
    receipt,
    file: "a.zip",
  });
});

test("[SJ2] a refusal ends the job with its sentence, a fault without details", async () => {
  expect(
    await run(async () => {
      throw new ApiError("unprocessable", "The archive is empty.");
    }),
  ).toMatchObject({ state: "failed", message: "The archive is empty." });
});

test("[SJ2] a fault ends the job without telling its details", async () => {
  const job = await run(async () => {
    throw new Error("secret path /x");
  });
  expect(job.state).toBe("failed");
  expect(job.message).not.toContain("secret");
});

test("[SJ3] a running job can be cancelled, an ended one cannot", async () => {
  jobs.register("export", ({ signal, progress }) => {
    progress(0.5, "half");
    return never(signal);
  });
  await jobs.open();
  const end = ended("j");
  await jobs.start({ id: "j", projectId: "p", kind: "export", payload: {}, createdBy: "u" });
  while ((await store.jobs.find("j"))?.message !== "half") await new Promise(setImmediate);
  expect(await jobs.cancel("j")).toBe(true);
  expect(await end).toMatchObject({ state: "cancelled", progress: 0.5 });
  expect(await jobs.cancel("j")).toBe(false);
});

test("[SJ3] a job that waits for its turn can be cancelled", async () => {
  jobs.register("export", ({ signal }) => never(signal));
  await jobs.open();
  for (const id of ["a", "b", "c"])
    await jobs.start({ id, projectId: "p", kind: "export", payload: {}, createdBy: "u" });
  expect(await jobs.cancel("c")).toBe(true);
  expect((await store.jobs.find("c"))?.state).toBe("cancelled");
});

test("[SJ6] what was kept for a job goes with its end, in whatever way, and not before", async () => {
  const discarded: string[] = [];
  const discard = async (job: { id: string; payload: unknown }): Promise<void> => {
    discarded.push(`${job.id} ${JSON.stringify(job.payload)}`);
  };
  const start = (id: string): Promise<Job> =>
    jobs.start({ id, projectId: "p", kind: "import", payload: { a: id }, createdBy: "u" });
  jobs.register(
    "import",
    ({ id, signal }) => {
      if (id === "good") return Promise.resolve({});
      if (id === "bad") return Promise.reject(new ApiError("unprocessable", "No."));
      return never(signal);
    },
    discard,
  );
  await jobs.open();
  for (const id of ["good", "bad"]) {
    const end = ended(id);
    await start(id);
    await end;
  }
  for (const id of ["stopped", "cancelled", "waiting"]) await start(id);
  const end = ended("cancelled");
  await jobs.cancel("waiting");
  await jobs.cancel("cancelled");
  await end;
  expect(discarded.toSorted()).toEqual([
    'bad {"a":"bad"}',
    'cancelled {"a":"cancelled"}',
    'good {"a":"good"}',
    'waiting {"a":"waiting"}',
  ]);
  await jobs.close();
  expect(discarded).toHaveLength(4);
});

test("[SJ4] what ran when the server stopped runs again with the next one", async () => {
  jobs.register("export", ({ signal }) => never(signal));
  await jobs.open();
  await jobs.start({ id: "j", projectId: "p", kind: "export", payload: {}, createdBy: "u" });
  while ((await store.jobs.find("j"))?.state !== "running") await new Promise(setImmediate);
  await jobs.close();
  expect((await store.jobs.find("j"))?.state).toBe("running");
  jobs = openJobs();
  jobs.register("export", async () => ({ message: "Second time." }));
  const end = ended("j");
  await jobs.open();
  expect(await end).toMatchObject({ state: "done", message: "Second time." });
});

test("[SJ4] a job that was interrupted five times is given up", async () => {
  jobs.register("export", async () => ({}));
  await jobs.start({ id: "j", projectId: "p", kind: "export", payload: {}, createdBy: "u" });
  await store.jobs.update("j", { state: "running", tries: 5 });
  await jobs.open();
  expect(await store.jobs.find("j")).toMatchObject({ state: "failed" });
});
