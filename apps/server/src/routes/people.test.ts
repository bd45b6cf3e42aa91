import { api } from "@limn/shared/api";
import { afterEach, beforeEach, expect, test } from "vitest";
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
beforeEach(async () => {
  server = await buildTestApp();
});
afterEach(() => server.close());

test("[SP1] setup is open on the first start only, and signs in", async () => {
  const stranger = createActor(server.app);
  expect((await stranger.call(api.health, {})).setup).toBe(true);
  owner = await createOwner(server.app);
  expect(await owner.call(api.getMe, {})).toMatchObject({
    name: "Olga Owner",
    email: "owner@example.org",
    owner: true,
  });
  expect((await stranger.call(api.health, {})).setup).toBe(false);
  expect(
    await stranger.refusal(api.setUp, {
      body: { name: "Eve", email: "eve@example.org", password: "long enough" },
    }),
  ).toBe("already-set-up");
});

test("[SP1] a setup with a short password says so and leaves setup open", async () => {
  const response = await server.app.inject({
    method: "POST",
    url: "/api/setup",
    payload: { name: "O", email: "o@example.org", password: "short" },
  });
  expect(response.statusCode).toBe(400);
  expect(response.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
  expect(response.json()).toEqual({
    type: "urn:limn:problem:invalid-request",
    title: "The request is not valid",
    status: 400,
    detail: "password: A password has at least 8 characters.",
    code: "invalid-request",
  });
  await createOwner(server.app);
});

test("[SP2] signing out ends the session", async () => {
  owner = await createOwner(server.app);
  await owner.call(api.signOut, {});
  expect(await owner.refusal(api.getMe, {})).toBe("not-signed-in");
});

test("[SP3] the eleventh sign-in to one account within a minute waits, another account does not", async () => {
  owner = await createOwner(server.app);
  const stranger = createActor(server.app);
  const tryPassword = (email: string) =>
    stranger.refusal(api.signIn, { body: { email, password: "guess" } });
  for (let i = 0; i < 10; i++)
    expect(await tryPassword("owner@example.org")).toBe("wrong-credentials");
  expect(await tryPassword("OWNER@example.org")).toBe("too-many-requests");
  expect(await tryPassword("nobody@example.org")).toBe("wrong-credentials");
});

test("[SP4] a token works as its maker, is listed without its secret, and can be revoked", async () => {
  owner = await createOwner(server.app);
  const { token, id } = await owner.call(api.createToken, { body: { name: "script" } });
  const script = createActor(server.app, owner.id, { authorization: `Bearer ${token}` });
  expect((await script.call(api.getMe, {})).id).toBe(owner.id);
  const listed = await owner.call(api.listTokens, {});
  expect(listed.items).toEqual([
    expect.objectContaining({ id, name: "script", prefix: token.slice(0, 10) }),
  ]);
  expect(listed.items[0]?.lastUsedAt).not.toBeNull();
  expect(
    await script.refusal(api.patchMe, {
      body: { password: "a new password", currentPassword: "correct horse battery" },
    }),
  ).toBe("forbidden");
  await owner.call(api.deleteToken, { params: { tokenId: id } });
  expect(await script.refusal(api.getMe, {})).toBe("not-signed-in");
  expect(await owner.refusal(api.deleteToken, { params: { tokenId: id } })).toBe("not-found");
});

test("[SP5] name, colour and password can be changed", async () => {
  owner = await createOwner(server.app);
  expect(
    await owner.call(api.patchMe, { body: { name: " Olga ", color: "#123456" } }),
  ).toMatchObject({ name: "Olga", color: "#123456" });
  expect(await owner.refusal(api.patchMe, { body: { color: "red" } })).toBe("invalid-request");
  expect(await owner.refusal(api.patchMe, { body: { password: "a new password" } })).toBe(
    "invalid-request",
  );
  expect(
    await owner.refusal(api.patchMe, {
      body: { password: "a new password", currentPassword: "wrong" },
    }),
  ).toBe("wrong-credentials");
  await owner.call(api.patchMe, {
    body: { password: "a new password", currentPassword: "correct horse battery" },
  });
  const stranger = createActor(server.app);
  await stranger.call(api.signIn, {
    body: { email: "owner@example.org", password: "a new password" },
  });
});

test("[SP6] a request that another site made a browser send is refused", async () => {
  owner = await createOwner(server.app);
  const post = (headers: Record<string, string>) =>
    owner.inject({ method: "POST", url: "/api/projects", payload: { name: "P" }, headers });
  const evil = await post({ host: "limn.example", origin: "https://evil.example" });
  expect(evil.statusCode).toBe(403);
  expect(evil.json()).toMatchObject({ code: "foreign-origin" });
  expect((await post({ host: "limn.example", origin: "https://limn.example" })).statusCode).toBe(
    201,
  );
  expect((await post({})).statusCode).toBe(201);
});

test("[SP7] an invitation link carries a role, works for seven days, for new and for known people", async () => {
  owner = await createOwner(server.app);
  const { id: projectId } = await owner.call(api.createProject, { body: { name: "Birds" } });
  const other = await owner.call(api.createProject, { body: { name: "Dogs" } });
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  expect(await labeler.call(api.listProjects, { query: {} })).toMatchObject({
    items: [{ id: projectId, name: "Birds", role: "labeler" }],
    next: null,
  });

  const { path, id } = await owner.call(api.createInvitation, {
    params: { projectId: other.id },
    body: { role: "viewer" },
  });
  const secret = path.slice("/invite/".length);
  expect(
    await createActor(server.app).call(api.readInvitation, { params: { secret } }),
  ).toMatchObject({ projectName: "Dogs", role: "viewer", invitedBy: "Olga Owner" });
  await labeler.call(api.acceptInvitation, { params: { secret }, body: {} });
  expect((await labeler.call(api.listProjects, { query: {} })).items).toHaveLength(2);

  server.advance(7 * 86_400_000 + 1);
  expect(await createActor(server.app).refusal(api.readInvitation, { params: { secret } })).toBe(
    "gone",
  );
  expect(
    await createActor(server.app).refusal(api.readInvitation, { params: { secret: "x" } }),
  ).toBe("not-found");
  expect(
    await owner.refusal(api.revokeInvitation, {
      params: { projectId, invitationId: id },
    }),
  ).toBe("not-found");
});

test("[SP7] a revoked invitation is gone; an e-mail that has an account is told to sign in", async () => {
  owner = await createOwner(server.app);
  const { id: projectId } = await owner.call(api.createProject, { body: { name: "Birds" } });
  const invite = async () =>
    owner.call(api.createInvitation, { params: { projectId }, body: { role: "viewer" } });
  const first = await invite();
  await owner.call(api.revokeInvitation, { params: { projectId, invitationId: first.id } });
  const stranger = createActor(server.app);
  const account = { name: "O", email: "owner@example.org", password: "long enough" };
  const accept = (path: string) =>
    stranger.refusal(api.acceptInvitation, {
      params: { secret: path.slice("/invite/".length) },
      body: account,
    });
  expect(await accept(first.path)).toBe("gone");
  expect(await accept((await invite()).path)).toBe("already-exists");
  expect((await owner.call(api.listInvitations, { params: { projectId } })).items).toHaveLength(1);
});

test("[SP8] roles can be changed by leads only, and the last lead stays one", async () => {
  owner = await createOwner(server.app);
  const { id: projectId } = await owner.call(api.createProject, { body: { name: "Birds" } });
  const labeler = await joinProject(server.app, owner, projectId, "labeler");
  const demote = { params: { projectId, userId: owner.id }, body: { role: "viewer" as const } };
  expect(await labeler.refusal(api.patchMember, demote)).toBe("forbidden");
  expect(await owner.refusal(api.patchMember, demote)).toBe("conflict");
  await owner.call(api.patchMember, {
    params: { projectId, userId: labeler.id },
    body: { role: "lead" },
  });
  await labeler.call(api.patchMember, demote);
  expect((await owner.call(api.listMembers, { params: { projectId } })).items).toMatchObject([
    { userId: owner.id, role: "viewer", owner: true },
    { userId: labeler.id, role: "lead", owner: false },
  ]);
  await labeler.call(api.removeMember, { params: { projectId, userId: owner.id } });
  expect(
    await labeler.refusal(api.addMember, {
      params: { projectId },
      body: { email: "nobody@example.org", role: "viewer" },
    }),
  ).toBe("not-found");
  await labeler.call(api.addMember, {
    params: { projectId },
    body: { email: "owner@example.org", role: "viewer" },
  });
});
