import type { Box } from "../geometry/index.ts";
import type { SegmentInput, Tensor } from "./family.ts";
import { portFits, type Signature } from "./signature.ts";

/** Logits a side: what the decoders give before they enlarge their answer, which is done here, exactly. */
export const LOGITS_SIDE = 256;
/** The square that both encoders look at, whatever the picture's proportions. */
export const INPUT_SIDE = 1024;

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** How one kind of SAM export is talked to. A new kind is one object and one line in `SAM_SIGNATURES`. */
export interface SamSignature {
  readonly id: string;
  /** For people. */
  readonly name: string;
  readonly isEncoder: (signature: Signature) => boolean;
  /** All inputs of the decoder; `null` stands for any size. */
  readonly decoder: readonly (readonly [
    name: string,
    type: string,
    dims: readonly (number | null)[],
  ])[];
  /** Names of the decoder's inputs for what the encoder gave, in the encoder's order. */
  readonly embeddings: readonly string[];
  /** A colour 0..255 of channel 0..2 as the encoder wants it. */
  readonly shade: (value: number, channel: number) => number;
  /** Does the decoder take the mask there is? */
  readonly takesMask: boolean;
  /** The prompts; undefined when none of them means anything to this network. `mask`: logits of the mask there is. */
  readonly prompts: (
    input: SegmentInput,
    picture: Size,
    mask: Float32Array | undefined,
  ) => Record<string, Tensor> | undefined;
}

const OUTSIDE = 0;
const INSIDE = 1;
const TOP_LEFT = 2;
const BOTTOM_RIGHT = 3;

type Labelled = readonly [x: number, y: number, label: number];

const cornersOf = ({ x, y, width, height }: Box): Labelled[] => [
  [x, y, TOP_LEFT],
  [x + width, y + height, BOTTOM_RIGHT],
];

const clicksOf = (input: SegmentInput): Labelled[] =>
  input.clicks.map(({ x, y, inside }) => [x, y, inside ? INSIDE : OUTSIDE]);

/** Both networks add half a pixel of their input to whatever they are given. */
function pointTensors(points: readonly Labelled[], picture: Size, side: number) {
  const half = (0.5 * side) / INPUT_SIDE;
  const coords = points.flatMap(([x, y]) => [
    Math.max(0, (x * side) / picture.width - half),
    Math.max(0, (y * side) / picture.height - half),
  ]);
  return {
    coords: new Float32Array(coords),
    labels: new Float32Array(points.map(([, , label]) => label)),
  };
}

/** The decoder enlarges its logits to this size; to their own it leaves them as they are. */
const answerSize: Tensor = {
  dims: [2],
  data: new BigInt64Array([BigInt(LOGITS_SIDE), BigInt(LOGITS_SIDE)]),
};

const MEAN = [123.675, 116.28, 103.53] as const;
const DEVIATION = [58.395, 57.12, 57.375] as const;

/**
 * SAM 2 and 2.1 as exported by github.com/ryouchinsa/sam-cpp-macos and packed by `osam`: points in pixels of the encoder's
 * input, four candidates with the IoU that each expects of itself.
 */
const sam2: SamSignature = {
  id: "sam2",
  name: "SAM 2",
  isEncoder: ({ inputs, outputs }) =>
    inputs.length === 1 &&
    portFits(inputs[0], null, "float32", [1, 3, INPUT_SIDE, INPUT_SIDE]) &&
    outputs.length >= 3,
  decoder: [
    ["image_embeddings", "float32", [1, 256, 64, 64]],
    ["high_res_features1", "float32", [1, 32, 256, 256]],
    ["high_res_features2", "float32", [1, 64, 128, 128]],
    ["point_coords", "float32", [1, null, 2]],
    ["point_labels", "float32", [1, null]],
    ["mask_input", "float32", [1, 1, LOGITS_SIDE, LOGITS_SIDE]],
    ["has_mask_input", "float32", [1]],
    ["orig_im_size", "int64", [2]],
  ],
  embeddings: ["image_embeddings", "high_res_features1", "high_res_features2"],
  shade: (value, channel) => (value - (MEAN[channel] ?? 0)) / (DEVIATION[channel] ?? 1),
  takesMask: true,
  prompts(input, picture, mask) {
    const points = [...(input.box ? cornersOf(input.box) : []), ...clicksOf(input)];
    const { coords, labels } = pointTensors(points, picture, INPUT_SIDE);
    return {
      point_coords: { dims: [1, points.length, 2], data: coords },
      point_labels: { dims: [1, points.length], data: labels },
      mask_input: {
        dims: [1, 1, LOGITS_SIDE, LOGITS_SIDE],
        data: mask ?? new Float32Array(LOGITS_SIDE * LOGITS_SIDE),
      },
      has_mask_input: { dims: [1], data: new Float32Array([mask ? 1 : 0]) },
      orig_im_size: answerSize,
    };
  },
};

/** More are cut off by the network itself. */
const EFFICIENT_MOST_POINTS = 6;

/**
 * EfficientSAM as exported by github.com/labelmeai/efficient-sam: the encoder scales and normalises by itself, points are in
 * pixels of `orig_im_size`, three candidates. It was never taught clicks outside, and takes no mask.
 */
const efficientSam: SamSignature = {
  id: "efficient-sam",
  name: "EfficientSAM",
  isEncoder: ({ inputs, outputs }) =>
    inputs.length === 1 &&
    portFits(inputs[0], "batched_images", "float32", [1, 3, INPUT_SIDE, INPUT_SIDE]) &&
    outputs.length === 1,
  decoder: [
    ["image_embeddings", "float32", [1, 256, 64, 64]],
    ["batched_point_coords", "float32", [1, 1, null, 2]],
    ["batched_point_labels", "float32", [1, 1, null]],
    ["orig_im_size", "int64", [2]],
  ],
  embeddings: ["image_embeddings"],
  shade: (value) => value / 255,
  takesMask: false,
  prompts(input, picture) {
    const corners = input.box ? cornersOf(input.box) : [];
    const clicks = clicksOf(input).filter(([, , label]) => label === INSIDE);
    const room = EFFICIENT_MOST_POINTS - corners.length;
    const points = [...corners, ...clicks.slice(-room)];
    if (points.length === 0) return undefined;
    const { coords, labels } = pointTensors(points, picture, LOGITS_SIDE);
    return {
      batched_point_coords: { dims: [1, 1, points.length, 2], data: coords },
      batched_point_labels: { dims: [1, 1, points.length], data: labels },
      orig_im_size: answerSize,
    };
  },
};

const SAM_SIGNATURES: readonly SamSignature[] = [sam2, efficientSam];

/** The kind of a decoder, by its inputs; undefined for any other network. */
export function samDecoder({ inputs }: Signature): SamSignature | undefined {
  return SAM_SIGNATURES.find(
    ({ decoder }) =>
      decoder.length === inputs.length &&
      decoder.every(([name, type, dims]) =>
        portFits(
          inputs.find((port) => port.name === name),
          name,
          type,
          dims,
        ),
      ),
  );
}

/** The shapes of what an encoder gives, in its order, by the name of its kind; undefined for other names. */
export function embeddingShapes(kind: string): number[][] | undefined {
  const signature = SAM_SIGNATURES.find(({ name }) => name === kind);
  return signature?.embeddings.map((wanted) => {
    const [, , dims = []] = signature.decoder.find(([name]) => name === wanted) ?? [];
    return dims.filter((dim) => dim !== null);
  });
}

export function samEncoder(signature: Signature): SamSignature | undefined {
  return SAM_SIGNATURES.find(({ isEncoder }) => isEncoder(signature));
}
