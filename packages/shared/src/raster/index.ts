export {
  intersectPixelBoxes,
  isEmptyPixelBox,
  type PixelBox,
  uniteAllPixelBoxes,
} from "./pixel-box.ts";
export { type ByteReader, type ByteWriter, createByteReader, createByteWriter } from "./varint.ts";
export {
  type BaseOperation,
  type BrushMode,
  type BrushOperation,
  decodeOperation,
  formatOperationId,
  isPaintOperation,
  MAX_RADIUS_QUARTERS,
  type Operation,
  OPERATION_BYTES_LIMIT,
  type OperationHead,
  operationHead,
  type OperationKind,
  type OperationRef,
  type PaintOperation,
  parseOperationId,
  QUARTERS_PER_PIXEL,
  type RegionMode,
  type RegionOperation,
  type UndoOperation,
} from "./operation.ts";
export { isNearSegment, paintCapsule, type PaintSpan } from "./capsule.ts";
export { paintOperation } from "./paint-operation.ts";
export {
  createTileMask,
  type ImageSize,
  isPixelSet,
  measureTile,
  type MutableTileMask,
  paintTileSpan,
  TILE_BYTES,
  TILE_SIDE,
  TILE_STRIDE,
  tileBox,
  type TileMask,
  tilesOfBox,
  type TileStats,
} from "./tile-mask.ts";
export { activeOperations, createMaskFold, foldOperations, type MaskFold } from "./fold.ts";
export {
  type Bitmask,
  bitmaskArea,
  bitmaskBounds,
  bitmaskBox,
  bitmaskFromTiles,
  createBitmask,
  cropBitmask,
  forEachRun,
  isBitSet,
  moveBitmask,
  tilesFromBitmask,
  trimBitmask,
} from "./bitmask.ts";
export {
  differenceOf,
  intersectBitmasks,
  type MaskDifference,
  subtractBitmask,
  uniteBitmasks,
} from "./combine.ts";
export { encodeRegionOperations } from "./region.ts";
export {
  countFilledPixels,
  fillRings,
  type FillRule,
  forEachFilledRun,
  ringsPixelBox,
} from "./fill.ts";
export { RasterError, type RasterErrorCode } from "./raster-error.ts";
export {
  type AnyRle,
  bitmaskFromRle,
  type CocoRle,
  compressRuns,
  expandRuns,
  readRuns,
  rleFromBitmask,
  rleFromTiles,
  runsArea,
  runsFromTiles,
} from "./rle.ts";
export { type Contour, contourRings, traceContours } from "./contour.ts";
export {
  type Component,
  componentBitmask,
  type Connectivity,
  findComponents,
} from "./components.ts";
export { forEachTileRun } from "./tile-runs.ts";
export {
  type BrushStroke,
  encodeBase,
  encodeBrush,
  encodeRedo,
  encodeRegion,
  encodeUndo,
} from "./encode-operation.ts";
