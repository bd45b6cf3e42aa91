import { api, type UploadResult } from "@limn/shared/api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildTestApp, createOwner, type Actor, type TestApp } from "../testing/test-app.ts";

let server: TestApp;
let owner: Actor;
let projectId: string;
beforeAll(async () => {
  server = await buildTestApp();
  owner = await createOwner(server.app);
  projectId = (await owner.call(api.createProject, { body: { name: "P" } })).id;
});
afterAll(() => server.close());

/** A body as some program may write it, and not as multipart wants it. */
const send = (place: "images" | "imports", payload: string, type: string) =>
  owner.inject({
    method: "POST",
    url: `/api/projects/${projectId}/${place}`,
    headers: { "content-type": type },
    payload,
  });
const PART = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\nabc';
const MULTIPART = "multipart/form-data; boundary=x";

test.each(["images", "imports"] as const)(
  "[SH3] an upload to %s that is cut off or no multipart is the sender's fault, said in a sentence",
  async (place) => {
    for (const [payload, type] of [
      [PART, MULTIPART],
      ["--x\r\nfoo", MULTIPART],
      ["foo", "multipart/form-data"],
    ] as const) {
      const response = await send(place, payload, type);
      const { code, detail } = response.json<{ code: string; detail: string }>();
      expect([payload, response.statusCode, code]).toEqual([payload, 400, "malformed-body"]);
      expect(detail).toMatch(/send them again/);
    }
  },
);

test("[SH3] a file without a name is refused by itself, and the others come in", async () => {
  const nameless =
    '--x\r\nContent-Disposition: form-data; name="files"; filename=""\r\n\r\nabc\r\n';
  const response = await send("images", `${nameless}${PART}\r\n--x--\r\n`, MULTIPART);
  const { items } = response.json<{ items: UploadResult[] }>();
  expect(items.map((item) => item.reason)).toEqual([
    expect.stringMatching(/no name/),
    expect.stringMatching(/not an image/),
  ]);
});

test("[SH3] more fields than a request may have is told as such", async () => {
  const many = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nabc\r\n'.repeat(101);
  const response = await send("images", `${many}--x--\r\n`, MULTIPART);
  expect(response.statusCode).toBe(413);
  expect(response.json()).toMatchObject({ code: "too-large" });
});

test("[SH3] an address that cannot be read is a problem like any other", async () => {
  const response = await owner.inject({ method: "GET", url: "/api/images/%E0%A4%A" });
  expect(response.statusCode).toBe(400);
  expect(response.headers["content-type"]).toMatch(/problem\+json/);
  expect(response.json()).toMatchObject({ code: "invalid-request" });
});

test("[SH3] what the form of a request lacks is said in whole sentences", async () => {
  const refused = async (payload: object) => {
    const response = await owner.inject({ method: "POST", url: "/api/projects", payload });
    expect(response.statusCode).toBe(400);
    return response.json<{ detail: string }>().detail;
  };
  expect(await refused({})).toBe("name: This is missing.");
  expect(await refused({ name: 5 })).toBe("name: This must be a text.");
  expect(await refused({ name: " " })).toBe("name: A project needs a name.");
  expect(await refused({ name: "x".repeat(121) })).toBe(
    "name: The name has at most 120 characters.",
  );
  expect(await refused({ name: "x", description: "y".repeat(2001) })).toBe(
    "description: At most 2000 characters are allowed here.",
  );
  const list = (query: string) =>
    owner.inject({ method: "GET", url: `/api/projects/${projectId}/images?${query}` });
  expect((await list("sort=colour")).json<{ detail: string }>().detail).toMatch(
    /^sort: This must be one of: name, -name, /,
  );
  for (const [limit, sentence] of [
    ["many", "a number"],
    ["0", "at least 1"],
    ["501", "at most 500"],
    ["1.5", "a whole number"],
  ])
    expect((await list(`limit=${limit}`)).json<{ detail: string }>().detail).toBe(
      `limit: This must be ${sentence}.`,
    );
});

test("[SH3] names that hide what they say are refused; names of all languages are not", async () => {
  const make = (name: string) => owner.call(api.createProject, { body: { name } });
  for (const name of ["a\u202Egpj.exe", "a\u0007b", "line\nbreak", "\u2067hidden"])
    await expect(make(name)).rejects.toMatchObject({
      code: "invalid-request",
      message: "name: The name has invisible control characters in it: type it anew.",
    });
  for (const name of ["Straßen 2026", "شوارع", "道路", "Каша 🥣", "👩‍👩‍👧 family"])
    expect((await make(name)).name).toBe(name);
});
