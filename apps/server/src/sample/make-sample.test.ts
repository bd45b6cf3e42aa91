import { api } from "@limn/shared/api";
import { afterEach, expect, test } from "vitest";
import { buildTestApp, createOwner, type TestApp } from "../testing/test-app.ts";
import { makeSample } from "./make-sample.ts";

let server: TestApp;
afterEach(() => server.close());

test("[SE1] the first start brings photos with credits and finished objects; the owner is their lead", async () => {
  server = await buildTestApp();
  const never = new AbortController().signal;
  await makeSample(server.parts, never);
  const owner = await createOwner(server.app);
  const { items } = await owner.call(api.listProjects, { query: {} });
  expect(items).toMatchObject([
    { name: "Sample project", sample: true, role: "lead", images: 14, objects: 47 },
  ]);
  const projectId = items[0]?.id ?? "";
  const images = await owner.call(api.listImages, { params: { projectId }, query: {} });
  expect(images.items.every((image) => (image.credit ?? "").length > 10)).toBe(true);
  const nuclei = images.items.find((image) => image.name === "nuclei.jpg");
  expect(nuclei).toMatchObject({ objects: 14, state: "in-progress" });
  const { items: objects } = await owner.call(api.listAnnotations, {
    params: { imageId: nuclei?.id ?? "" },
  });
  expect(objects).toHaveLength(14);
  // The first nucleus of the instance map has 11,037 pixels.
  expect(objects.find(({ id }) => id === "sample-nuclei-1")).toMatchObject({
    shape: "mask",
    area: 11_037,
    bbox: [0, 556, 114, 139],
    createdBy: null,
  });
  // A second start changes nothing, whatever people did to it in between.
  await owner.call(api.deleteProject, { params: { projectId } });
  await makeSample(server.parts, never);
  expect((await owner.call(api.listProjects, { query: {} })).items).toEqual([]);
});

test("[SE1] a start that was stopped in the middle goes on with the next one", async () => {
  server = await buildTestApp();
  const owner = await createOwner(server.app);
  const stop = new AbortController();
  stop.abort();
  await makeSample(server.parts, stop.signal);
  expect((await owner.call(api.listProjects, { query: {} })).items).toMatchObject([{ images: 0 }]);
  await makeSample(server.parts, new AbortController().signal);
  expect((await owner.call(api.listProjects, { query: {} })).items).toMatchObject([
    { images: 14, objects: 47, role: "lead" },
  ]);
});
