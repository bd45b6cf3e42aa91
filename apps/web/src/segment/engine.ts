/// <reference lib="webworker" />
import type { RunWithFeatures } from "@limn/shared/learn";
import {
  farthestApart,
  makeSelfTestInput,
  type Network,
  type NetworkInput,
  type Port,
  type RunNetwork,
} from "@limn/shared/segment";
// Loader and program of each flavour, served from our own origin under hashed names.
import wasmLoader from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import wasmProgram from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import asyncifyLoader from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import asyncifyProgram from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import jspiLoader from "onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url";
import jspiProgram from "onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url";
import cpuModel from "../../../../models/default/model.w16.onnx?url";
import f16Model from "../../../../models/default/model.fp16.onnx?url";
import selfTest from "../../../../models/default/self-test.json";
import type { WorkerEngine } from "./messages.ts";

/** A sentence that says why an engine cannot be used; anything else that is thrown is a fault. */
export class EngineRefusal extends Error {}

/** Half precision moves logits by 0.13 at most; a wrong kernel moves them by whole numbers. */
const SELF_TEST_TOLERANCE = 0.5;
const SELF_TEST_MS = 3000;

type Ort = typeof import("onnxruntime-web");
type Flavour = { readonly ort: Ort; readonly mjs: string; readonly wasm: string };

async function wasmFlavour(): Promise<Flavour> {
  return { ort: await import("onnxruntime-web/wasm"), mjs: wasmLoader, wasm: wasmProgram };
}

/** Suspending whole stacks is the smaller and faster way where the browser can do it. */
async function gpuFlavour(): Promise<Flavour> {
  return "Suspending" in WebAssembly
    ? { ort: await import("onnxruntime-web/jspi"), mjs: jspiLoader, wasm: jspiProgram }
    : { ort: await import("onnxruntime-web/webgpu"), mjs: asyncifyLoader, wasm: asyncifyProgram };
}

/** What is asked of a graphics adapter here; TypeScript's own DOM types do not have it everywhere yet. */
interface Adapter {
  readonly features: { has(name: string): boolean };
  readonly info?: { readonly architecture?: string; readonly isFallbackAdapter?: boolean };
}

async function requestAdapter(softwareGpu: boolean): Promise<Adapter> {
  const { gpu } = navigator as {
    gpu?: { requestAdapter(options: object): Promise<Adapter | null> };
  };
  if (!gpu)
    throw new EngineRefusal(
      isSecureContext
        ? "No GPU: this browser does not offer WebGPU."
        : "No GPU: browsers offer it only to pages served over https or from this computer.",
    );
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter)
    throw new EngineRefusal("No GPU: the browser found no graphics adapter that it trusts.");
  const software =
    adapter.info?.isFallbackAdapter === true || adapter.info?.architecture === "swiftshader";
  if (software && !softwareGpu)
    throw new EngineRefusal(
      "No GPU: the browser's graphics adapter is software, which is slower than the processor.",
    );
  return adapter;
}

/** A place in which networks can run. */
export interface Runtime {
  readonly threads: number;
  readonly open: (bytes: Uint8Array) => Promise<OpenNetwork>;
  /** On a graphics card: the same network on the processor, to compare with. */
  readonly openOnProcessor?: (bytes: Uint8Array) => Promise<OpenNetwork>;
}

/** The network that comes with the product, in a place where any other can be opened too. */
export interface LoadedEngine extends Runtime {
  readonly run: RunNetwork;
  /** With what the last layer sees, for networks that learnt from a project. */
  readonly runWithFeatures: RunWithFeatures;
}

export interface OpenNetwork extends Network {
  /** Gives its memory back. */
  release(): Promise<void>;
}

/** @throws EngineRefusal when this browser cannot run networks this way */
export async function openRuntime(
  engine: WorkerEngine,
  wantedThreads: number,
  softwareGpu: boolean,
): Promise<Runtime & { readonly ort: Ort; readonly adapter: Adapter | undefined }> {
  const adapter = engine === "webgpu" ? await requestAdapter(softwareGpu) : undefined;
  const { ort, mjs, wasm } = await (adapter ? gpuFlavour() : wasmFlavour());
  const threads = crossOriginIsolated ? wantedThreads : 1;
  ort.env.wasm.wasmPaths = {
    mjs: new URL(mjs, location.href).href,
    wasm: new URL(wasm, location.href).href,
  };
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = "error";
  return {
    ort,
    adapter,
    threads,
    open: (bytes) => openNetwork(ort, bytes, engine),
    ...(adapter ? { openOnProcessor: (bytes) => openNetwork(ort, bytes, "wasm") } : {}),
  };
}

/** Loads the network. @throws EngineRefusal when this browser cannot run it this way. */
export async function loadEngine(
  engine: WorkerEngine,
  wantedThreads: number,
  softwareGpu: boolean,
): Promise<LoadedEngine> {
  const { ort, adapter, ...runtime } = await openRuntime(engine, wantedThreads, softwareGpu);
  const model = adapter?.features.has("shader-f16") === true ? f16Model : cpuModel;
  const session = await ort.InferenceSession.create(new URL(model, location.href).href, {
    executionProviders: [engine],
    graphOptimizationLevel: "all",
  });
  async function ask({ size, image, prompt }: NetworkInput, names: readonly string[]) {
    const answer = await session.run(
      {
        image: new ort.Tensor("float32", image, [1, 3, size, size]),
        prompt: new ort.Tensor("float32", prompt, [1, 4, size, size]),
      },
      names,
    );
    return (name: string): Float32Array => {
      const data = answer[name]?.data;
      if (!(data instanceof Float32Array)) throw new Error(`The model gives no ${name}.`);
      return data;
    };
  }
  const run: RunNetwork = async (input) => (await ask(input, ["logits"]))("logits");
  const runWithFeatures: RunWithFeatures = async (input) => {
    const of = await ask(input, ["logits", "features", "features4"]);
    return { logits: of("logits"), features: of("features"), features4: of("features4") };
  };
  await checkAnswer(run, engine, softwareGpu ? Infinity : SELF_TEST_MS);
  if (engine === "wasm") await warmUp(run);
  return { ...runtime, run, runWithFeatures };
}

async function openNetwork(
  ort: Ort,
  bytes: Uint8Array,
  engine: WorkerEngine,
): Promise<OpenNetwork> {
  const session = await ort.InferenceSession.create(bytes, {
    executionProviders: [engine],
    graphOptimizationLevel: "all",
    // Errors alone: that a graphics card leaves some nodes to the processor is nobody's trouble.
    logSeverityLevel: 3,
  });
  const portsOf = (values: typeof session.inputMetadata): Port[] =>
    values.map((value) =>
      value.isTensor
        ? { name: value.name, type: value.type, dims: value.shape }
        : { name: value.name, type: "no tensor", dims: [] },
    );
  return {
    signature: {
      inputs: portsOf(session.inputMetadata),
      outputs: portsOf(session.outputMetadata),
    },
    release: () => session.release(),
    async run(inputs) {
      const feeds = Object.fromEntries(
        Object.entries(inputs).map(([name, { data, dims }]) => [
          name,
          data instanceof Float32Array
            ? new ort.Tensor("float32", data, dims)
            : new ort.Tensor("int64", data, dims),
        ]),
      );
      const answer = await session.run(feeds);
      return session.outputNames.map((name) => {
        const { data, dims } = answer[name] ?? {};
        if (!(data instanceof Float32Array) || !dims)
          throw new Error(`The network's output ${name} is not of 32-bit numbers.`);
        return { data, dims };
      });
    },
  };
}

/** The browser compiles the program's inner loops for speed once they have run: better now than during the first box. */
async function warmUp(run: RunNetwork): Promise<void> {
  const size = 256;
  await run({
    size,
    image: new Float32Array(3 * size * size),
    prompt: new Float32Array(4 * size * size),
  });
}

async function checkAnswer(run: RunNetwork, engine: WorkerEngine, limitMs: number): Promise<void> {
  const began = performance.now();
  const logits = await run(makeSelfTestInput());
  const apart = farthestApart(logits, selfTest.logits);
  if (apart > SELF_TEST_TOLERANCE)
    throw new EngineRefusal(
      `${engine === "webgpu" ? "No GPU" : "Not the processor"}: it answered the self-test wrongly (off by ${apart.toFixed(2)}).`,
    );
  const ms = performance.now() - began;
  if (engine === "webgpu" && ms > limitMs)
    throw new EngineRefusal(`No GPU: it took ${Math.round(ms)} ms for the self-test.`);
}
