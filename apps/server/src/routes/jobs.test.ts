import { api, type Job } from "@limn/shared/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  buildTestApp,
  createOwner,
  joinProject,
  type Actor,
  type TestApp,
} from "../testing/test-app.ts";

let server: TestApp;
let owner: Actor;
let projectId: string;
let proceed: () => void;
beforeAll(async () => {
  server = await buildTestApp();
  owner = await createOwner(server.app);
  projectId = (await owner.call(api.createProject, { body: { name: "P" } })).id;
  server.parts.jobs.register("export", async ({ id, signal }) => {
    await new Promise<void>((resolve, reject) => {
      proceed = resolve;
      signal.addEventListener("abort", () => reject(new Error("cancelled")));
    });
    const key = `jobs/${id}/out`;
    await server.parts.blobs.put(key, Buffer.from("result"));
    return { file: { key, name: "Ergebnis ü.txt", mediaType: "text/plain" } };
  });
});
afterAll(() => server.close());

const start = (createdBy: string): Promise<Job> =>
  server.parts.jobs.start({ projectId, kind: "export", payload: {}, createdBy });

/** Asks until the job is as wanted. */
async function reach(jobId: string, state: Job["state"]): Promise<Job> {
  for (;;) {
    const job = await owner.call(api.getJob, { params: { jobId } });
    if (job.state === state) return job;
    await new Promise(setImmediate);
  }
}

test("[SJ5] a job is watched, and its file handed out once it is done", async () => {
  const { id: jobId } = await start(owner.id);
  await reach(jobId, "running");
  expect(await owner.refusal(api.jobFile, { params: { jobId } })).toBe("conflict");
  proceed();
  expect(await reach(jobId, "done")).toMatchObject({ progress: 1, file: "Ergebnis ü.txt" });
  const file = await owner.inject({ method: "GET", url: `/api/jobs/${jobId}/file` });
  expect([file.statusCode, file.body, file.headers["content-length"]]).toEqual([
    200,
    "result",
    "6",
  ]);
  expect(file.headers["content-disposition"]).toContain("filename*=UTF-8''Ergebnis%20%C3%BC.txt");
  expect((await owner.call(api.listJobs, { params: { projectId } })).items).toMatchObject([
    { id: jobId, state: "done" },
  ]);
  server.advance(8 * 86_400_000);
  await server.parts.tidy();
  expect(await owner.refusal(api.jobFile, { params: { jobId } })).toBe("gone");
});

test("[SJ5] whoever started a job may cancel it, a lead any, others none", async () => {
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  const viewer = await joinProject(server.app, owner, projectId, "viewer");
  const params = async (createdBy: string) => ({ params: { jobId: (await start(createdBy)).id } });
  const mine = await params(labeler.id);
  expect(await viewer.refusal(api.cancelJob, mine)).toBe("forbidden");
  await labeler.call(api.cancelJob, mine);
  await reach(mine.params.jobId, "cancelled");
  expect(await labeler.refusal(api.cancelJob, mine)).toBe("conflict");
  await owner.call(api.cancelJob, await params(labeler.id));
  expect(await owner.refusal(api.getJob, { params: { jobId: "none" } })).toBe("not-found");
});
