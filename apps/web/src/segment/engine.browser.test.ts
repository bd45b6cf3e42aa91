import { farthestApart, makeSelfTestInput } from "@limn/shared/segment";
import { expect, test } from "vitest";
import selfTest from "../../../../models/default/self-test.json";
import { EngineRefusal, loadEngine } from "./engine.ts";

test("[S2] the processor gives the logits that Node gave, within float rounding, with threads", async () => {
  const { run, threads } = await loadEngine("wasm", 2, false);
  expect(threads).toBe(2);
  const logits = await run(makeSelfTestInput());
  // Stored with three decimals.
  expect(farthestApart(logits, selfTest.logits)).toBeLessThan(0.005);
});

test("[S2] WebGPU, here in software, gives the same logits on the small self-test", async () => {
  const { run } = await loadEngine("webgpu", 1, true);
  const logits = await run(makeSelfTestInput());
  expect(farthestApart(logits, selfTest.logits)).toBeLessThan(0.05);
  // Compiling hundreds of shaders for a software adapter takes its time.
}, 180_000);

test("[S3] a software graphics adapter is refused with a reason", async () => {
  await expect(loadEngine("webgpu", 1, false)).rejects.toThrow(EngineRefusal);
  await expect(loadEngine("webgpu", 1, false)).rejects.toThrow(/software|trusts/);
});
