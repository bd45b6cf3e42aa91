import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { api } from "@limn/shared/api";
import { afterEach, beforeEach, expect, test } from "vitest";
import { buildApp } from "../app.ts";
import { readConfig } from "../config.ts";
import { openParts } from "../open-parts.ts";
import { createClient, until } from "../rooms/testing/clients.ts";
import { uploadPicture } from "../testing/pictures.ts";
import { createOwner } from "../testing/test-app.ts";

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "limn-summaries-"));
});
afterEach(() => rm(dataDir, { recursive: true }));
const open = () =>
  openParts(readConfig({ DATA_DIR: dataDir, LIMN_SAMPLE: "0", LOG_LEVEL: "silent" }));

test("[SS1] what had not been folded when the server stopped is folded by the next one", async () => {
  const first = await open();
  const app = await buildApp(first, dataDir, first.drain);
  await first.start();
  const owner = await createOwner(app);
  const { id: projectId } = await owner.call(api.createProject, { body: { name: "P" } });
  const { id: classId } = await owner.call(api.createClass, {
    params: { projectId },
    body: { name: "c" },
  });
  const imageId = await uploadPicture(owner, projectId, "a.png");
  await owner.call(api.createAnnotations, {
    params: { imageId },
    body: { annotations: [{ id: "kept-0001", classId, bbox: [1, 1, 5, 5] }] },
  });
  // Less than the second after which it would have been folded.
  await app.close();
  await first.close();

  const second = await open();
  try {
    const stored = async () => second.store.images.findListed(imageId);
    expect(await stored()).toMatchObject({ objects: 0, state: "todo" });
    await second.start();
    await second.summarizer.flush();
    expect(await stored()).toMatchObject({
      objects: 1,
      state: "in-progress",
      perClass: { [classId]: 1 },
    });
    const image = await second.store.images.find(imageId);
    if (image === undefined) throw new Error("the image is gone");
    expect(await second.documents.readAnnotations(image)).toMatchObject([{ id: "kept-0001" }]);
    expect((await second.store.summaries.listAuthorship(imageId)).get("kept-0001")).toMatchObject({
      createdBy: owner.id,
    });
  } finally {
    await second.close();
  }
});

test("[SS2] lists follow within five seconds of a commit, also while somebody goes on drawing", async () => {
  const parts = await open();
  const app = await buildApp(parts, dataDir, parts.drain);
  await parts.start();
  const port = Number(new URL(await app.listen({ port: 0, host: "127.0.0.1" })).port);
  try {
    const owner = await createOwner(app);
    const { id: projectId } = await owner.call(api.createProject, { body: { name: "P" } });
    const imageId = await uploadPicture(owner, projectId, "a.png");
    const { token } = await owner.call(api.createToken, { body: { name: "t" } });
    const ann = createClient({ port, room: `api/rooms/${imageId}`, user: "", token });
    await until("ann in step", ann.saved);
    const drawn: number[] = [];
    const drawing = setInterval(() => {
      ann.set("props", `box-${drawn.length}`, { t: "box", c: "class-1", z: drawn.length });
      drawn.push(performance.now());
    }, 50);
    let longest = 0;
    for (const end = performance.now() + 9_000; performance.now() < end;) {
      const listed = (await parts.store.images.findListed(imageId))?.objects ?? 0;
      longest = Math.max(longest, performance.now() - (drawn[listed] ?? performance.now()));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    clearInterval(drawing);
    ann.dispose();
    expect(drawn.length).toBeGreaterThan(100);
    expect(longest).toBeLessThan(5_000);
  } finally {
    await app.close();
    await parts.close();
  }
}, 30_000);
