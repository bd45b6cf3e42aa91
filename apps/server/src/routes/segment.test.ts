import type { AddressInfo } from "node:net";
import { addressOf, api, type ErrorCode, type Rle } from "@limn/shared/api";
import { bitmaskArea, bitmaskFromRle, isBitSet } from "@limn/shared/raster";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { uploadPhoto } from "../testing/pictures.ts";
import { type Actor, joinProject } from "../testing/test-app.ts";
import { buildTestProject, type TestProject } from "../testing/test-project.ts";

let server: TestProject;
let owner: Actor;
let projectId: string;
let imageId: string;
beforeAll(async () => {
  server = await buildTestProject();
  ({ owner, projectId } = server);
  imageId = await uploadPhoto(owner, projectId, "pizza-table.jpg");
});
afterAll(() => server.close());

/** 640 x 461; the box around the pizza. */
const box: [number, number, number, number] = [98, 200, 522, 255];
const ask = (body: {
  box?: [number, number, number, number];
  clicks?: { x: number; y: number; inside: boolean }[];
  mask?: Rle;
  model?: string;
}) => owner.call(api.segment, { params: { imageId }, body });

test("a box gives a mask of the image's size; a click outside takes away what is under it", async () => {
  const first = await ask({ box });
  expect(first).toMatchObject({ engine: "server", model: "default" });
  expect(first.rle.size).toEqual([461, 640]);
  const mask = bitmaskFromRle(first.rle);
  expect(bitmaskArea(mask)).toBeGreaterThan(20_000);
  expect(isBitSet(mask, 320, 250)).toBe(true);
  expect(first.bbox[2]).toBeGreaterThan(300);
  const second = await ask({
    box,
    clicks: [{ x: 320.5, y: 250.5, inside: false }],
    mask: first.rle,
  });
  expect(isBitSet(bitmaskFromRle(second.rle), 320, 250)).toBe(false);
});

test("a click alone is enough", async () => {
  const { rle, score } = await ask({ clicks: [{ x: 320, y: 230, inside: true }] });
  expect(isBitSet(bitmaskFromRle(rle), 320, 230)).toBe(true);
  expect(score).toBeGreaterThan(0.5);
});

test("questions that make no sense are refused in a sentence", async () => {
  const refusal = async (code: ErrorCode, part: string, body: Parameters<typeof ask>[0]) =>
    expect(ask(body)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(part) as string,
    });
  await refusal("invalid-request", "A box or at least one click", {});
  await refusal("unprocessable", "lies outside the image, which is 640 x 461", {
    clicks: [{ x: 900, y: 10, inside: true }],
  });
  await refusal("unprocessable", "does not cover any", { box: [700, 10, 20, 20] });
  await refusal("unprocessable", "does not cover any", { box: [10, 10, 0, 20] });
  await refusal("unprocessable", "There is no model", { box, model: "sam-9" });
  await refusal("unprocessable", "send it in the image's size", {
    box,
    mask: { size: [10, 10], counts: "T3" },
  });
  await refusal("unprocessable", "cannot be read", {
    box,
    mask: { size: [461, 640], counts: "~~" },
  });
});

test("a viewer may not use the network", async () => {
  const viewer = await joinProject(server.app, owner, projectId, "viewer");
  await expect(
    viewer.call(api.segment, { params: { imageId }, body: { box } }),
  ).rejects.toMatchObject({
    code: "forbidden",
  });
});

const QUESTIONS = 12;

test("who closes the connection is not answered any more, and nobody waits for it", async () => {
  await server.app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = server.app.server.address() as AddressInfo;
  const { segmenter } = server.parts;
  const segment = segmenter.segment.bind(segmenter);
  const gone = new AbortController();
  const asked = vi.spyOn(segmenter, "segment").mockImplementation((...question) => {
    const answer = segment(...question);
    // At once when all have come: a fast machine answers the first ones while others are looked for.
    if (asked.mock.calls.length === QUESTIONS) gone.abort();
    return answer;
  });
  const askAway = (signal: AbortSignal) =>
    fetch(`http://127.0.0.1:${port}${addressOf(api.segment, { params: { imageId } })}`, {
      method: "POST",
      headers: { ...owner.headers, "content-type": "application/json" },
      body: JSON.stringify({ box }),
      signal,
    });
  try {
    const replies = await Promise.allSettled(
      Array.from({ length: QUESTIONS }, () => askAway(gone.signal)),
    );
    const ends = await Promise.allSettled(asked.mock.results.map(({ value }) => value as unknown));
    // The first ones were answered, or being answered, by then.
    const aborted = replies.filter(({ status }) => status === "rejected");
    expect(aborted.length).toBeGreaterThan(QUESTIONS / 2);
    expect(aborted.at(-1)).toMatchObject({ reason: { name: "AbortError" } });
    const cancelled = ends.filter(({ status }) => status === "rejected");
    expect(cancelled.length).toBeGreaterThan(QUESTIONS / 2);
    expect(cancelled.at(-1)).toMatchObject({ reason: { message: "The work was cancelled." } });
    expect((await askAway(new AbortController().signal)).status).toBe(200);
  } finally {
    asked.mockRestore();
  }
});
