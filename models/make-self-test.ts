// Writes the stored answer of a model's self-test. usage: node models/make-self-test.ts models/default
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { makeSelfTestInput } from "@limn/shared/segment";
import { InferenceSession, Tensor } from "onnxruntime-node";

const folder = process.argv[2];
if (folder === undefined) throw new Error("usage: node models/make-self-test.ts FOLDER");
const card = JSON.parse(await readFile(join(folder, "model.json"), "utf8")) as {
  files: { cpu: { path: string } };
};
const session = await InferenceSession.create(join(folder, card.files.cpu.path));
const { size, image, prompt } = makeSelfTestInput();
const answer = await session.run(
  {
    image: new Tensor("float32", image, [1, 3, size, size]),
    prompt: new Tensor("float32", prompt, [1, 4, size, size]),
  },
  ["logits"],
);
const logits = [...((answer["logits"]?.data ?? []) as Float32Array)].map(
  (value) => Math.round(value * 1000) / 1000,
);
await writeFile(join(folder, "self-test.json"), `${JSON.stringify({ size, logits })}\n`);
console.log(`${logits.length} logits, ${logits.filter((value) => value > 0).length} above 0`);
