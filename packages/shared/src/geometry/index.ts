export {
  distanceBetween,
  distanceToSegment,
  type ImagePoint,
  nearestOnSegment,
  type Point,
  type ScreenPoint,
} from "./point.ts";
export {
  type Box,
  boxBetween,
  boxContains,
  boxesIntersect,
  boxToRing,
  clipBox,
  expandBox,
  uniteBoxes,
} from "./box.ts";
export {
  distanceToRing,
  dropRepeatedPoints,
  forEachEdge,
  type Ring,
  ringBounds,
  ringContains,
  ringsBounds,
  ringsContain,
  signedRingArea,
  translateRing,
} from "./ring.ts";
export {
  fitBox,
  imageToScreen,
  panBy,
  screenToImage,
  type ViewTransform,
  zoomAbout,
} from "./view-transform.ts";
export { simplifyRing, simplifyRings } from "./simplify.ts";
