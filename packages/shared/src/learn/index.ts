export { distanceToClear, deepest, type DistanceMap } from "./distance-transform.ts";
export {
  boxFigures,
  type BoxFigures,
  clickFigures,
  type ClickFigures,
  clicksTo,
  mean,
  quantile,
} from "./figures.ts";
export {
  adaptedRun,
  fitLastLayer,
  isLastLayer,
  type LastLayer,
  type NetworkOutput,
  type RunWithFeatures,
} from "./last-layer.ts";
export {
  type Example,
  type Figures,
  learn,
  LEAST_EXAMPLES,
  type Lesson,
  type Teacher,
} from "./learn.ts";
export { CLICKS_SHOWN, GOOD_ENOUGH, measureObject, MOST_CLICKS } from "./measure-object.ts";
export { openPictureSession } from "./picture-session.ts";
export { createRandom, normal, type Random, shuffle } from "./random.ts";
export { type FeatureSamples, sampleFeatures } from "./sample-features.ts";
export { loosenBox, nextClick } from "./simulated-person.ts";
export type { Mode, PictureSession, Prompt, Shown, Trace } from "./trace.ts";
export { errorsOf, farChange, overlap, overPicture, type Truth } from "./truth.ts";
