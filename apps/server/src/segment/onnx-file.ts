import { ModelRefusal } from "./model-refusal.ts";

/*
 * A look at an ONNX file before the runtime gets it: is it one at all, and is it whole? The format is a protocol buffer
 * (onnx.proto of github.com/onnx/onnx); only the few fields that lead to tensors are followed.
 */

interface Field {
  readonly number: number;
  /** Of a varint. */
  readonly value: number;
  /** Of what has a length. */
  readonly from: number;
  readonly to: number;
}

const broken = new RangeError("This is no protocol buffer.");

/** @throws RangeError when the bytes are no message. */
function* fieldsOf(bytes: Uint8Array, from: number, to: number): Generator<Field> {
  let at = from;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= to) throw broken;
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw broken;
  };
  while (at < to) {
    const key = varint();
    const number = Math.floor(key / 8);
    const kind = key % 8;
    let value = 0;
    let length = 0;
    if (kind === 0) value = varint();
    else if (kind === 1) length = 8;
    else if (kind === 2) length = varint();
    else if (kind === 5) length = 4;
    else throw broken;
    if (number === 0 || length > to - at) throw broken;
    yield { number, value, from: at, to: at + length };
    at += length;
  }
}

/** Fields that hold messages which may hold tensors. */
const MODEL = { 7: "graph", 25: "function" } as const;
const INSIDE = {
  graph: { 1: "node", 5: "tensor" },
  function: { 7: "node" },
  node: { 5: "attribute" },
  attribute: { 5: "tensor", 6: "graph", 10: "tensor", 11: "graph" },
} as const;
type Message = keyof typeof INSIDE | "tensor";
/** `TensorProto.data_location`, and its value for a tensor that lies in another file. */
const DATA_LOCATION = 14;
const EXTERNAL = 1;
/** Deeper graphs within graphs would be made to exhaust whoever reads them. */
const MOST_DEPTH = 32;

function keepsWeightsElsewhere(
  bytes: Uint8Array,
  message: Message,
  from: number,
  to: number,
  depth: number,
): boolean {
  if (depth > MOST_DEPTH) throw broken;
  for (const field of fieldsOf(bytes, from, to)) {
    if (message === "tensor") {
      if (field.number === DATA_LOCATION && field.value === EXTERNAL) return true;
      continue;
    }
    const inside: Partial<Record<number, Message>> = INSIDE[message];
    const next = inside[field.number];
    if (next && keepsWeightsElsewhere(bytes, next, field.from, field.to, depth + 1)) return true;
  }
  return false;
}

/** @throws ModelRefusal when the file, called `name`, is no ONNX model or not all of one. */
export function checkOnnxFile(bytes: Uint8Array, name: string): void {
  let hasGraph = false;
  let hasVersion = false;
  let elsewhere = false;
  try {
    for (const field of fieldsOf(bytes, 0, bytes.length)) {
      if (field.number === 8) hasVersion = true;
      const models: Partial<Record<number, Message>> = MODEL;
      const message = models[field.number];
      if (message === "graph") hasGraph = true;
      elsewhere ||=
        message !== undefined && keepsWeightsElsewhere(bytes, message, field.from, field.to, 0);
    }
  } catch (error) {
    if (error !== broken) throw error;
    hasGraph = false;
  }
  if (!hasGraph || !hasVersion)
    throw new ModelRefusal(`${name} is no ONNX model, or only a part of one: export it again.`);
  if (elsewhere)
    throw new ModelRefusal(
      `${name} keeps its weights in other files: export it as one file (under 2 GB).`,
    );
}
