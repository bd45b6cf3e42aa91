import { api } from "@limn/shared/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { uploadPicture } from "../testing/pictures.ts";
import {
  buildTestApp,
  createActor,
  createOwner,
  joinProject,
  type Actor,
  type TestApp,
} from "../testing/test-app.ts";

let server: TestApp;
let owner: Actor;
beforeAll(async () => {
  server = await buildTestApp();
  owner = await createOwner(server.app);
});
afterAll(() => server.close());

const makeProject = async (name = "P") =>
  (await owner.call(api.createProject, { body: { name } })).id;

test("[SO1] the maker of a project is its lead; others see it only as members", async () => {
  const projectId = await makeProject("Mine");
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  const own = await labeler.call(api.createProject, { body: { name: "Theirs" } });
  expect(own).toMatchObject({
    role: "lead",
    images: 0,
    objects: 0,
    members: [{ userId: labeler.id }],
  });
  const names = async (who: Actor) =>
    (await who.call(api.listProjects, { query: {} })).items.map((p) => p.name);
  expect(await names(labeler)).toEqual(["Theirs", "Mine"]);
  // The owner of the installation sees all.
  expect(await names(owner)).toEqual(expect.arrayContaining(["Mine", "Theirs"]));
  const stranger = await joinProject(server.app, owner, await makeProject(), "lead");
  expect(await stranger.refusal(api.getProject, { params: { projectId } })).toBe("forbidden");
  expect(await createActor(server.app).refusal(api.listProjects, { query: {} })).toBe(
    "not-signed-in",
  );
});

const listPage = (cursor: string | null) =>
  owner.call(api.listProjects, { query: { limit: 1, ...(cursor === null ? {} : { cursor }) } });

test("[SO1] pages of projects add up to all", async () => {
  const all = (await owner.call(api.listProjects, { query: {} })).items.map((p) => p.id);
  const pages: string[] = [];
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof listPage>> = await listPage(cursor);
    pages.push(...page.items.map((p) => p.id));
    cursor = page.next;
  } while (cursor !== null);
  expect(pages).toEqual(all);
});

test("[SO2] leads rename and delete, nobody else; what is deleted is not there", async () => {
  const projectId = await makeProject();
  const params = { projectId };
  const imageId = await uploadPicture(owner, projectId, "a.png");
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  expect(await labeler.refusal(api.patchProject, { params, body: { name: "X" } })).toBe(
    "forbidden",
  );
  expect(await labeler.refusal(api.deleteProject, { params })).toBe("forbidden");
  expect(
    await owner.call(api.patchProject, { params, body: { name: " New ", description: "D" } }),
  ).toMatchObject({ name: "New", description: "D", images: 1, cover: [imageId] });
  expect(await owner.refusal(api.patchProject, { params, body: { name: " " } })).toBe(
    "invalid-request",
  );
  await owner.call(api.deleteProject, { params });
  expect(await owner.refusal(api.getProject, { params })).toBe("not-found");
  expect(await owner.refusal(api.getImage, { params: { imageId } })).toBe("not-found");
  server.advance(31 * 86_400_000);
  await server.parts.tidy();
  expect(await server.parts.store.projects.find(projectId)).toBeUndefined();
  expect(await server.parts.store.images.find(imageId)).toBeUndefined();
});

test("[SC1] classes have an order, colours of their own, and no two the same name", async () => {
  const params = { projectId: await makeProject() };
  const make = (name: string) => owner.call(api.createClass, { params, body: { name } });
  const [a, b, c] = [await make("a"), await make("b"), await make("é")];
  expect(new Set([a.color, b.color, c.color]).size).toBe(3);
  expect([a.order, b.order, c.order]).toEqual([0, 1, 2]);
  expect(await owner.refusal(api.createClass, { params, body: { name: "e\u0301" } })).toBe(
    "already-exists",
  );
  await owner.call(api.patchClass, { params: { classId: c.id }, body: { order: 0 } });
  const names = async () =>
    (await owner.call(api.listClasses, { params })).items.map((x) => [x.name, x.order, x.removed]);
  expect(await names()).toEqual([
    ["é", 0, false],
    ["a", 1, false],
    ["b", 2, false],
  ]);
  await owner.call(api.deleteClass, { params: { classId: a.id } });
  expect(await names()).toEqual([
    ["é", 0, false],
    ["b", 1, false],
    ["a", 2, true],
  ]);
  const again = await make("a");
  expect(
    await owner.refusal(api.patchClass, { params: { classId: a.id }, body: { removed: false } }),
  ).toBe("already-exists");
  expect(
    await owner.call(api.patchClass, {
      params: { classId: a.id },
      body: { name: "a old", removed: false, kind: "box" },
    }),
  ).toMatchObject({ name: "a old", removed: false, kind: "box" });
  expect(again.removed).toBe(false);
});

test("[SC2] only leads change classes; an unknown class is not there", async () => {
  const projectId = await makeProject();
  const { id: classId } = await owner.call(api.createClass, {
    params: { projectId },
    body: { name: "a" },
  });
  for (const role of ["reviewer", "labeler", "viewer"] as const) {
    const member = await joinProject(server.app, owner, projectId, role);
    expect(
      await member.refusal(api.createClass, { params: { projectId }, body: { name: "b" } }),
    ).toBe("forbidden");
    expect(await member.refusal(api.deleteClass, { params: { classId } })).toBe("forbidden");
    expect((await member.call(api.listClasses, { params: { projectId } })).items).toHaveLength(1);
  }
  expect(await owner.refusal(api.deleteClass, { params: { classId: "nope" } })).toBe("not-found");
  expect(
    await owner.refusal(api.createClass, {
      params: { projectId },
      body: { name: "c", color: "red" },
    }),
  ).toBe("invalid-request");
});
