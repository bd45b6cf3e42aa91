import type { Candidate, SegmentInput } from "@limn/shared/segment";
import { createStore, type ReadableStore } from "../state/store.ts";
import { createAhead } from "./ahead.ts";
import { createLocalEncoder } from "./local-encoder.ts";
import type { ImageRef, ProjectModel, WorkerEngine } from "./messages.ts";
import { prepareRemotely, segmentRemotely } from "./remote.ts";
import { createTurns } from "./turns.ts";
import { createWorkerClient, disposeSoon, type WorkerClient } from "./worker-client.ts";

export type EngineName = "starting" | "gpu" | "cpu" | "server" | "none";

export interface EngineStatus {
  readonly engine: EngineName;
  /** From the question to the mask, of the last answer. */
  readonly lastMs?: number;
  readonly stages?: Readonly<Record<string, number>>;
  /** The network in use, once it is known. */
  readonly model?: string;
  /** One sentence for each faster engine that is not used. */
  readonly reasons: readonly string[];
}

export interface Answer extends Candidate {
  /** What else it may be, best first; nothing once the next question was asked. */
  others(): Promise<readonly Candidate[]>;
}

export interface Segmenter {
  readonly status: ReadableStore<EngineStatus>;
  /** From the next question on. */
  use(model: ProjectModel): void;
  /** Starts the engines, once, and decodes the picture, so that the first click waits for nothing. */
  prepare(image: ImageRef): void;
  /** An image that will probably be opened next: what takes the server its time is asked for ahead. */
  prefetch(image: ImageRef): void;
  /** Undefined when a later question took its place or it was cancelled. Rejects with a sentence when no engine answers. */
  run(image: ImageRef, input: SegmentInput): Promise<Answer | undefined>;
  /** Nobody waits any more for what was asked. */
  cancel(): void;
  dispose(): void;
}

export interface SegmenterOptions {
  /** Uses one engine alone; for tests and for comparing. */
  readonly only?: "webgpu" | "wasm" | "server";
  /** Admits a software GPU, with `only: "webgpu"`. */
  readonly softwareGpu?: boolean;
}

type Place = "gpu" | "cpu" | "server";

const MOST_THREADS = 4;
const NO_THREADS =
  "Not this computer's processor: browsers give threads only to pages served over https or from this computer, and the server is faster than one thread.";

const ON_THE_SERVER =
  "Not this computer: the network that this project uses is too large for a browser.";

/** Finds the fastest place for the network and asks it; one question runs, one waits, older ones are dropped. */
export function createSegmenter(options: SegmenterOptions = {}): Segmenter {
  const status = createStore<EngineStatus>({ engine: "starting", reasons: [] });
  const workers = new Map<Place, Promise<WorkerClient>>();
  const broken = new Set<Place>();
  let started = false;
  const turns = createTurns();
  let abort = new AbortController();
  let model: ProjectModel | undefined;

  const tell = (change: Partial<EngineStatus>): void =>
    status.update((before) => ({ ...before, ...change }));
  const refusals: string[] = [];
  /** Where the project's own network failed, and what was said. */
  const failed = new Map<Place, string>();
  const tellReasons = (): void =>
    tell({
      reasons:
        model?.runsHere === false
          ? [ON_THE_SERVER]
          : [...new Set([...refusals, ...failed.values()])],
    });
  const addReason = (sentence: string): void => {
    if (!refusals.includes(sentence)) refusals.push(sentence);
    tellReasons();
  };
  /** The images at hand and next, for when the network becomes known or another one is chosen. */
  const images = new Map<"open" | "next", ImageRef>();
  const encoder = createLocalEncoder(options.softwareGpu ?? false);
  const ahead = createAhead(encoder, prepareRemotely);
  const prepareAhead = (image: ImageRef): void => {
    // Who may not ask the network has not started it either.
    if (started && model?.encodes === true && !broken.has("server")) ahead.see(image, model.own);
  };
  const threads = Math.max(1, Math.min(MOST_THREADS, navigator.hardwareConcurrency ?? 1));
  const isAllowed = (place: Place): boolean =>
    options.only === undefined ||
    { webgpu: "gpu", wasm: "cpu", server: "server" }[options.only] === place;

  async function load(place: "gpu" | "cpu", engine: WorkerEngine): Promise<WorkerClient> {
    const client = createWorkerClient();
    try {
      await client.ask(
        { type: "load", engine, threads, softwareGpu: options.softwareGpu ?? false },
        "loaded",
      );
      return client;
    } catch (error) {
      client.dispose();
      broken.add(place);
      addReason(sentenceOf(error));
      throw error;
    }
  }

  /** The processor (or the server) answers while the GPU is still being tried. */
  function start(): void {
    if (started) return;
    started = true;
    const useProcessor = isAllowed("cpu") && (crossOriginIsolated || options.only === "wasm");
    if (useProcessor) keep("cpu", load("cpu", "wasm"));
    else {
      broken.add("cpu");
      if (isAllowed("cpu")) addReason(NO_THREADS);
    }
    if (isAllowed("gpu")) keep("gpu", load("gpu", "webgpu"));
    else broken.add("gpu");
    if (!isAllowed("server")) broken.add("server");
    settle();
  }

  function keep(place: Place, client: Promise<WorkerClient>): void {
    workers.set(place, client);
    client.then(
      () => settle(place),
      () => {
        workers.delete(place);
        settle();
      },
    );
  }

  const ready = new Set<Place>();
  /** What the badge shows: the fastest place that is ready. */
  function settle(place?: Place): void {
    if (place) ready.add(place);
    if (model?.runsHere === false) {
      tell({ engine: broken.has("server") ? "none" : "server" });
      return;
    }
    const isReady = (each: Place): boolean => ready.has(each) && !failed.has(each);
    const isBroken = (each: Place): boolean => broken.has(each) || failed.has(each);
    const best = isReady("gpu") ? "gpu" : isReady("cpu") ? "cpu" : undefined;
    if (best) tell({ engine: best });
    else if (isBroken("cpu") && !broken.has("server")) tell({ engine: "server" });
    else if (isBroken("cpu") && isBroken("gpu") && broken.has("server")) tell({ engine: "none" });
    else tell({ engine: "starting" });
  }

  const places = (): Place[] => {
    const order: Place[] = [];
    if (model?.runsHere === false) return broken.has("server") ? [] : ["server"];
    if (ready.has("gpu")) order.push("gpu");
    if (!broken.has("cpu")) order.push("cpu");
    else if (!broken.has("gpu") && broken.has("server")) order.push("gpu");
    if (!broken.has("server")) order.push("server");
    return order.filter((place) => !failed.has(place));
  };

  /** A place that failed is left alone: for the project's own network, or for all where it cannot be that one's fault. */
  function leave(place: Place, asked: ProjectModel | undefined, error: unknown): void {
    if (asked?.own) {
      // Another network may have been chosen meanwhile.
      if (asked === model) failed.set(place, sentenceOf(error));
      tellReasons();
    } else {
      broken.add(place);
      ready.delete(place);
      addReason(sentenceOf(error));
    }
    settle();
  }

  async function askAt(
    place: Place,
    image: ImageRef,
    input: SegmentInput,
    signal: AbortSignal,
  ): Promise<Answer> {
    const began = performance.now();
    await ahead.whenMade(image);
    if (place === "server") {
      const { ms, others, ...best } = await segmentRemotely(image, input, signal);
      const total = performance.now() - began;
      tell({
        lastMs: total,
        stages: { "on the server": ms, "on the way": Math.max(0, total - ms) },
      });
      return { ...best, others: () => Promise.resolve(others) };
    }
    const client = await workers.get(place);
    if (!client) throw new Error("The network is not loaded.");
    const { layer = null, own = null } = model ?? {};
    const question = { type: "segment", image, input, layer, own } as const;
    const { id, output } = await client.ask(question, "segmented");
    const { mask, score, times } = output;
    tell({
      lastMs: performance.now() - began,
      stages: { crop: times.crop, network: times.network, mask: times.mask },
    });
    const others = async () => (await client.ask({ type: "others", of: id }, "others")).others;
    return { mask, score, others };
  }

  async function ask(image: ImageRef, input: SegmentInput, signal: AbortSignal): Promise<Answer> {
    let last: unknown;
    const asked = model;
    for (const place of places()) {
      try {
        return await askAt(place, image, input, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        last = error;
        // The next place is tried; a refusal by the server is about the question, not about the place.
        if (place !== "server") leave(place, asked, error);
      }
    }
    throw new Error(
      last === undefined
        ? "The network cannot run here: see the badge for the reasons."
        : sentenceOf(last),
    );
  }

  async function prepareWorker(place: Place, image: ImageRef): Promise<void> {
    const worker = await workers.get(place);
    await ahead.whenMade(image);
    const own = model?.own ?? null;
    await worker?.ask({ type: "prepare", image, own }, "prepared");
    if (place === "gpu" && own) await encoder.tryOut(image, own);
  }
  /** What fails here fails again, and is told, when somebody asks. */
  const prepareWorkers = (image: ImageRef): void => {
    for (const place of workers.keys()) prepareWorker(place, image).catch(() => undefined);
  };

  return {
    status,
    use(next) {
      model = next;
      failed.clear();
      tell({ model: next.name });
      tellReasons();
      settle();
      for (const image of images.values()) prepareAhead(image);
      const open = images.get("open");
      if (open && next.own) prepareWorkers(open);
    },
    prefetch(image) {
      images.set("next", image);
      prepareAhead(image);
    },
    prepare(image) {
      start();
      images.set("open", image);
      prepareAhead(image);
      prepareWorkers(image);
    },
    async run(image, input) {
      start();
      const { signal } = abort;
      const turn = await turns.take();
      if (!turn) return undefined;
      try {
        if (signal.aborted) return undefined;
        const answer = await ask(image, input, signal);
        return turn.isLatest() ? answer : undefined;
      } catch (error) {
        if (!turn.isLatest() || signal.aborted) return undefined;
        throw error;
      } finally {
        turn.end();
      }
    },
    cancel() {
      turns.drop();
      abort.abort();
      abort = new AbortController();
    },
    dispose() {
      turns.drop();
      abort.abort();
      for (const client of workers.values()) disposeSoon(client);
      workers.clear();
      encoder.dispose();
    },
  };
}

const sentenceOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);
