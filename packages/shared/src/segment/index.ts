export type {
  Click,
  EncodedPicture,
  Family,
  NetworkInput,
  PixelSource,
  PixelWindow,
  RunNetwork,
  SegmentHost,
  SegmentInput,
  SegmentOutput,
  StageTimes,
  Tensor,
} from "./family.ts";
export { type Candidate, distinctCandidates } from "./candidates.ts";
export { clickNet } from "./click-net.ts";
export { FAMILIES, familyOf } from "./families.ts";
export { type Crop, cropFor, inputSizeFor } from "./crop.ts";
export { makeTensors } from "./tensors.ts";
export { createPixelPyramid } from "./pixel-pyramid.ts";
export { farthestApart, makeSelfTestInput, SELF_TEST_SIZE } from "./self-test.ts";
export { isEmbeddingOf, packEmbedding, unpackEmbedding } from "./embedding.ts";
export { recogniseModel, type Recognised, SignatureRefusal } from "./recognise.ts";
export { keepLast } from "./keep-last.ts";
export { encodePicture, type Network, notAskedWhole, runWhole } from "./network.ts";
export { sam } from "./sam.ts";
export { embeddingShapes } from "./sam-signatures.ts";
export { describePort, type Port, type Signature } from "./signature.ts";
export { projectBack } from "./project-back.ts";
export { dropStrayParts, fillSmallHoles, mergeNearClick, obeyClicks } from "./refine-mask.ts";
