import type { LastLayer, NetworkOutput } from "@limn/shared/learn";
import { adaptedRun } from "@limn/shared/learn";
import type { NetworkInput, RunNetwork } from "@limn/shared/segment";
import { InferenceSession, Tensor } from "onnxruntime-node";

/** A click network in this thread: a session blocks whatever thread it runs in. */
export interface ClickNetwork {
  readonly run: RunNetwork;
  /** With what the last layer sees. */
  readonly runWithFeatures: (input: NetworkInput) => Promise<NetworkOutput>;
}

/** @throws when the file is no model that the runtime can load */
export async function openNetwork(modelPath: string, threads: number): Promise<ClickNetwork> {
  const session = await InferenceSession.create(modelPath, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
  async function ask({ size, image, prompt }: NetworkInput, names: readonly string[]) {
    const answer = await session.run(
      {
        image: new Tensor("float32", image, [1, 3, size, size]),
        prompt: new Tensor("float32", prompt, [1, 4, size, size]),
      },
      names,
    );
    return (name: string): Float32Array => {
      const data = answer[name]?.data;
      if (!(data instanceof Float32Array)) throw new Error(`The model gives no ${name}.`);
      return data;
    };
  }
  return {
    run: async (input) => (await ask(input, ["logits"]))("logits"),
    async runWithFeatures(input) {
      const of = await ask(input, ["logits", "features", "features4"]);
      return { logits: of("logits"), features: of("features"), features4: of("features4") };
    },
  };
}

/** The network as it is, or with its last layer changed. */
export function runOf(network: ClickNetwork, layer: LastLayer | null): RunNetwork {
  return layer === null ? network.run : adaptedRun(network.runWithFeatures, layer);
}
