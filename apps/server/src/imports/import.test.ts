import { api } from "@limn/shared/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTestApp, createOwner, type Actor, type TestApp } from "../testing/test-app.ts";
import { exportFile, importFiles } from "../testing/transfers.ts";
import { type FilePart, readCaseFile } from "../testing/upload.ts";

let server: TestApp;
let owner: Actor;
beforeAll(async () => {
  server = await buildTestApp();
  owner = await createOwner(server.app);
});
afterAll(() => server.close());

const makeProject = async (): Promise<string> =>
  (await owner.call(api.createProject, { body: { name: "P" } })).id;

const caseFiles = (folder: string, names: readonly string[]): FilePart[] =>
  names.map((name) => ({ name, bytes: readCaseFile(`${folder}/${name}`) }));

test("pictures, classes and objects of a COCO file come in and go out", async () => {
  const projectId = await makeProject();
  const job = await importFiles(
    owner,
    projectId,
    caseFiles("018-category-ids-with-gaps", ["images/p.png", "annotations.json"]),
  );
  expect(job).toMatchObject({
    state: "done",
    message: "Imported 3 objects on 1 image; 1 new image, 3 new classes.",
    receipt: { images: 1, objects: 3, classes: 3, warnings: [] },
  });
  const { bytes } = await exportFile(owner, projectId, { format: "coco" });
  const written = JSON.parse(bytes.toString()) as Record<string, unknown[]>;
  expect(written["categories"]).toMatchObject([
    { id: 1, name: "leaf" },
    { id: 2, name: "stem" },
    { id: 3, name: "fruit" },
  ]);
  expect(written["annotations"]).toMatchObject([
    { id: 1, category_id: 2, area: 100, bbox: [5, 5, 10, 10], iscrowd: 0 },
    { id: 2, category_id: 1, area: 72, bbox: [20, 8, 12, 6] },
    { id: 3, category_id: 3, area: 25, bbox: [30, 20, 5, 5] },
  ]);
});
