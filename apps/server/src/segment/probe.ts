import { readFile } from "node:fs/promises";
import { createBitmask } from "@limn/shared/raster";
import {
  createPixelPyramid,
  encodePicture,
  familyOf,
  type Network,
  notAskedWhole,
  type PixelSource,
  recogniseModel,
  runWhole,
  type SegmentInput,
  type SegmentOutput,
  SignatureRefusal,
} from "@limn/shared/segment";
import { ModelRefusal } from "./model-refusal.ts";
import { onlyNumbers, openAnyNetwork } from "./network.ts";
import { checkOnnxFile } from "./onnx-file.ts";

export type ModelFamily = "click-net" | "sam";
/** What each file of a model is. */
export type ModelRole = "network" | "encoder" | "decoder";

/** A file on its way to become (a part of) a model. */
export interface ModelFile {
  readonly path: string;
  /** As whoever gave it calls it. */
  readonly name: string;
}

export interface Probed {
  readonly family: ModelFamily;
  /** What it is, for people. */
  readonly architecture: string;
  readonly files: Partial<Record<ModelRole, ModelFile>>;
  /** Asks the model about a picture. @throws ModelRefusal when it fails or answers with what are no numbers */
  ask(pixels: PixelSource, input: SegmentInput): Promise<SegmentOutput>;
}

const THREADS = 2;

/** Loads the file or files of a model and finds out what it is. @throws ModelRefusal */
export async function probeModel(files: readonly ModelFile[]): Promise<Probed> {
  const opened: { key: { file: ModelFile; network: Network }; signature: Network["signature"] }[] =
    [];
  for (const file of files) {
    checkOnnxFile(await readFile(file.path), file.name);
    const network = await openAnyNetwork(file.path, THREADS).catch((error: unknown) => {
      throw new ModelRefusal(`${file.name} cannot be loaded: ${reasonOf(error, file)}`);
    });
    opened.push({ key: { file, network }, signature: network.signature });
  }
  let found;
  try {
    found = recogniseModel(opened);
  } catch (error) {
    throw error instanceof SignatureRefusal ? new ModelRefusal(error.message) : error;
  }
  const { architecture } = found;
  if (found.family === "click-net") {
    const { file, network } = found.files.network;
    return {
      family: "click-net",
      architecture,
      files: { network: file },
      ask: (pixels, input) => askModel("click-net", pixels, input, { network: { file, network } }),
    };
  }
  const { encoder, decoder } = found.files;
  return {
    family: "sam",
    architecture,
    files: { encoder: encoder.file, decoder: decoder.file },
    ask: (pixels, input) => askModel("sam", pixels, input, { encoder, decoder }),
  };
}

/**
 * Asks about an empty picture, first with a box, then about the mask of a large object, which a click network sees at its
 * larger size: what cannot run is not kept. @throws ModelRefusal
 */
export async function tryWithZeros(model: Probed): Promise<void> {
  const side = 512;
  const data = new Uint8Array(4 * side * side);
  const pixels = createPixelPyramid({ data, columns: side, rows: side }, side, side);
  const box = { x: 56, y: 56, width: 400, height: 400 };
  await model.ask(pixels, { box, clicks: [] });
  const mask = createBitmask({ left: 60, top: 60, right: 450, bottom: 450 });
  mask.data.fill(1);
  await model.ask(pixels, { box, clicks: [{ x: 256, y: 256, inside: true }], mask });
}

interface Opened {
  readonly file: ModelFile;
  readonly network: Network;
}
type Networks =
  | { readonly network: Opened }
  | { readonly encoder: Opened; readonly decoder: Opened };

async function askModel(
  familyId: ModelFamily,
  pixels: PixelSource,
  input: SegmentInput,
  networks: Networks,
): Promise<SegmentOutput> {
  const family = familyOf(familyId);
  if (!family) throw new Error(`The family ${familyId} is missing.`);
  const now = () => performance.now();
  if ("network" in networks) {
    const { network } = networks;
    const run = runWhole(checked(network));
    return refuseFailure(network.file, () => family.segment(input, { pixels, now, run }));
  }
  const encoder = checked(networks.encoder);
  const decoder = checked(networks.decoder);
  const embedding = await refuseFailure(networks.encoder.file, () =>
    encodePicture(family, pixels, encoder),
  );
  return refuseFailure(networks.decoder.file, () =>
    family.segment(input, {
      pixels,
      now,
      run: notAskedWhole,
      encoded: { embedding, decoder },
    }),
  );
}

const checked = ({ file, network }: Opened): Network =>
  onlyNumbers(
    network,
    () =>
      new ModelRefusal(
        `${file.name} answers with values that are no numbers (NaN or infinite): export it again in 32-bit precision.`,
      ),
  );

async function refuseFailure<T>(file: ModelFile, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ModelRefusal) throw error;
    throw new ModelRefusal(`${file.name} fails when it is asked: ${reasonOf(error, file)}`);
  }
}

/** The runtime's own words, without the server's paths. */
function reasonOf(error: unknown, file: ModelFile): string {
  const words = error instanceof Error ? error.message : String(error);
  const line = words.replaceAll(file.path, file.name).split("\n", 1)[0] ?? "";
  return `${line.slice(0, 300).replace(/\.$/, "")}.`;
}
