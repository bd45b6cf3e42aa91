import { api, type Job } from "@limn/shared/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { cocoFile, pictureFile, SAMPLE, samplePictures } from "../testing/coco-file.ts";
import { countsOf } from "../testing/project-contents.ts";
import { type Actor, joinProject } from "../testing/test-app.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";
import { endOf, importFiles } from "../testing/transfers.ts";
import { multipartBody } from "../testing/upload.ts";
import { createImportJob, type ImportPayload } from "./import-job.ts";

let server: TestProject;
beforeAll(async () => {
  server = await buildTestProject();
});
afterAll(() => server.close());

test("[IM8] a job that runs again after a stop adds nothing twice, and replaces nothing of its own", async () => {
  for (const mode of ["append", "merge", "replace"] as const) {
    const projectId = await server.makeProject();
    const files = [...(await samplePictures()), SAMPLE];
    const payload: ImportPayload = {
      format: "auto",
      mode,
      dryRun: false,
      files: files.map(({ name }, i) => ({ name, key: `jobs/again-${mode}/in/${i}` })),
    };
    for (const [i, { bytes }] of files.entries())
      await server.parts.blobs.put(payload.files[i]?.key ?? "", bytes);
    const handler = createImportJob(server.parts);
    const run = (stopAt: string): ReturnType<typeof handler> => {
      const stop = new AbortController();
      return handler({
        id: `again-${mode}`,
        projectId,
        createdBy: server.owner.id,
        payload,
        signal: stop.signal,
        progress(_share, message) {
          if (message.includes(stopAt)) stop.abort(new Error("stopped"));
        },
      });
    };
    await expect(run("Adding objects to a.png")).rejects.toThrow("stopped");
    await expect(run("Taking in b/b.png")).rejects.toThrow("stopped");
    const { receipt } = await run("never");
    expect(receipt).toMatchObject({ objects: 4, images: 2, warnings: [] });
    expect(await countsOf(server.owner, projectId)).toEqual({ "a.png": 2, "b/b.png": 2 });
  }
});

test("[IM8] the files of the request are removed with the end of the job", async () => {
  const projectId = await server.makeProject();
  const job = await importFiles(server.owner, projectId, [SAMPLE]);
  await expect.poll(() => server.parts.blobs.size(`jobs/${job.id}/in/0`)).toBeNull();
});

test("[IM8] a cancelled import ends, keeps what it has done and can be made again", async () => {
  const projectId = await server.makeProject();
  const files = await Promise.all(
    Array.from({ length: 30 }, (_, i) => pictureFile(`${i}.png`, 200 + i)),
  );
  const names = files.map(({ name }) => name);
  const boxes = names.map((image) => ({ image, class: "t", bbox: [1, 2, 3, 4] }));
  const all = [...files, cocoFile(names, boxes)];
  const { body } = await server.owner.inject({
    method: "POST",
    url: `/api/projects/${projectId}/imports`,
    ...multipartBody(all),
  });
  const { id: jobId } = JSON.parse(body) as Job;
  await server.owner.call(api.cancelJob, { params: { jobId } });
  expect((await endOf(server.owner, jobId)).state).toBe("cancelled");
  await expect.poll(() => server.parts.blobs.size(`jobs/${jobId}/in/0`)).toBeNull();
  const { receipt } = await importFiles(server.owner, projectId, all, { mode: "merge" });
  expect(receipt?.warnings.filter((text) => !text.includes("there already"))).toEqual([]);
  expect(new Set(Object.values(await countsOf(server.owner, projectId)))).toEqual(new Set([1]));
});

test("[IM9] leads import, others do not; a request that makes no sense is refused at once", async () => {
  const projectId = await server.makeProject();
  const reviewer = await joinProject(server.app, server.owner, projectId, "reviewer");
  const send = async (
    actor: Actor,
    fields: Record<string, string>,
    files = [SAMPLE],
  ): Promise<[number, unknown]> => {
    const { statusCode, body } = await actor.inject({
      method: "POST",
      url: `/api/projects/${projectId}/imports`,
      ...multipartBody(files, fields),
    });
    return [statusCode, (JSON.parse(body) as { detail?: string }).detail];
  };
  expect((await send(reviewer, {}))[0]).toBe(403);
  expect(await send(server.owner, { format: "fancy" })).toEqual([
    422,
    'format: There is no format "fancy"; there is coco.',
  ]);
  expect((await send(server.owner, { mode: "wipe" }))[0]).toBe(400);
  expect((await send(server.owner, { dryRun: "perhaps" }))[0]).toBe(400);
  expect(await send(server.owner, {}, [])).toEqual([
    400,
    "No file was sent: put annotation files, pictures or ZIP files into the field `files`.",
  ]);
  const { items } = await server.owner.call(api.listJobs, { params: { projectId } });
  expect(items).toEqual([]);
});
