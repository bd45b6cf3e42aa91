import type { LastLayer, NetworkOutput } from "@limn/shared/learn";
import { adaptedRun } from "@limn/shared/learn";
import type { Network, NetworkInput, Port, RunNetwork } from "@limn/shared/segment";
import { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";

function openSession(modelPath: string, threads: number): Promise<InferenceSession> {
  return InferenceSession.create(modelPath, {
    executionProviders: ["cpu"],
    graphOptimizationLevel: "all",
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  });
}

/** A network in this thread, whose memory can be given back. */
export interface OpenNetwork extends Network {
  release(): Promise<void>;
}

/** Neither NaN nor infinite? */
export function areNumbers(data: ArrayLike<number | bigint>): boolean {
  for (let i = 0; i < data.length; i++) if (!Number.isFinite(Number(data[i]))) return false;
  return true;
}

/** The network; `refusal` is thrown where it gives a value that is no number. */
export const onlyNumbers = (network: Network, refusal: () => Error): Network => ({
  ...network,
  async run(inputs) {
    const outputs = await network.run(inputs);
    if (!outputs.every(({ data }) => areNumbers(data))) throw refusal();
    return outputs;
  },
});

const portsOf = (values: InferenceSession["inputMetadata"]): Port[] =>
  values.map((value) =>
    value.isTensor
      ? { name: value.name, type: value.type, dims: value.shape }
      : { name: value.name, type: "no tensor", dims: [] },
  );

/** @throws when the file is no model that the runtime can load */
export async function openAnyNetwork(modelPath: string, threads: number): Promise<OpenNetwork> {
  const session = await openSession(modelPath, threads);
  const signature = {
    inputs: portsOf(session.inputMetadata),
    outputs: portsOf(session.outputMetadata),
  };
  return {
    signature,
    release: () => session.release(),
    async run(inputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { data, dims }]) => [
          name,
          data instanceof Float32Array
            ? new OrtTensor("float32", data, dims)
            : new OrtTensor("int64", data, dims),
        ]),
      );
      const answer = await session.run(feeds);
      return session.outputNames.map((name) => {
        const { data, dims } = answer[name] ?? {};
        if (!(data instanceof Float32Array) || !dims)
          throw new Error(`The model's output ${name} is not of 32-bit numbers.`);
        return { data, dims };
      });
    },
  };
}

/** A click network in this thread: a session blocks whatever thread it runs in. */
export interface ClickNetwork {
  readonly run: RunNetwork;
  /** With what the last layer sees. */
  readonly runWithFeatures: (input: NetworkInput) => Promise<NetworkOutput>;
  release(): Promise<void>;
}

/** @throws when the file is no model that the runtime can load */
export async function openNetwork(modelPath: string, threads: number): Promise<ClickNetwork> {
  const session = await openSession(modelPath, threads);
  async function ask({ size, image, prompt }: NetworkInput, names: readonly string[]) {
    const answer = await session.run(
      {
        image: new OrtTensor("float32", image, [1, 3, size, size]),
        prompt: new OrtTensor("float32", prompt, [1, 4, size, size]),
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
    release: () => session.release(),
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
