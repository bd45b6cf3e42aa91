import { fileURLToPath } from "node:url";

const folder = new URL("../../../../models/testing/", import.meta.url);

/** Networks of models/testing: the real signatures, random weights. */
export const tinyModel = (name: string): string => fileURLToPath(new URL(`${name}.onnx`, folder));

export const TINY_SAMS = ["sam2", "efficient-sam"] as const;
