import type {
  Annotation,
  AnnotationId,
  DocumentChange,
  ImageDocument,
} from "@limn/shared/document";
import { boxToRing } from "@limn/shared/geometry";
import { tilesOfBox, tileBox, type TileMask } from "@limn/shared/raster";
import { Container } from "pixi.js";
import { packColor } from "./color.ts";
import { measurePolygonGeometry, type PolygonGeometry } from "./polygon-geometry.ts";
import { createQuadMesh, type GeometryPart, type ObjectStyle, type QuadMesh } from "./quad-mesh.ts";
import { measureTileGeometry, type TileGeometry } from "./tile-geometry.ts";

/** A chunk is drawn in at most four calls; a change copies the geometry of its objects once more. */
const OBJECTS_PER_CHUNK = 128;
/** Measuring goes on in slices of this length between other work of the page. */
const SLICE_MS = 10;

interface ObjectGeometry {
  readonly tiles: Map<number, TileGeometry>;
  polygon: PolygonGeometry | undefined;
}

interface Chunk {
  readonly container: Container;
  readonly ids: AnnotationId[];
  readonly rectangles: QuadMesh;
  readonly triangles: QuadMesh;
  readonly edges: QuadMesh;
  readonly segments: QuadMesh;
  dirty: boolean;
}

export interface ObjectLayer {
  readonly container: Container;
  /**
   * Rebuilds what changed; the stage calls it once before a frame. Objects that were never shown are measured until
   * the deadline (ms, as performance.now), the rest between frames, so that opening a full image blocks nothing and does
   * not wait for a slow graphics card either.
   */
  prepare(deadline: number): void;
  apply(change: DocumentChange): void;
  /** Colours or visibility of objects changed, not their pixels. */
  recolor(): void;
  /** What is drawn instead of the document's pixels in these tiles (a stroke under way); undefined: nothing. */
  preview(id: AnnotationId, mask: TileMask, tiles: readonly number[]): void;
  geometryOf(id: AnnotationId): ObjectGeometry | undefined;
  /** Nothing waits to be measured. */
  isComplete(): boolean;
  destroy(): void;
}

export interface ObjectLook {
  colorOf(annotation: Annotation): string;
  isHidden(id: AnnotationId): boolean;
}

/** All objects of the image: masks as exact runs, polygons and boxes as triangles, outlines as wide as the slider says. */
export function createObjectLayer(
  document: ImageDocument,
  look: ObjectLook,
  style: ObjectStyle,
  requestDraw: () => void,
): ObjectLayer {
  const container = new Container();
  const objects = new Map<AnnotationId, ObjectGeometry>();
  const chunkOf = new Map<AnnotationId, Chunk>();
  const chunks: Chunk[] = [];
  let orderDirty = true;

  const measure = (annotation: Annotation): ObjectGeometry => {
    const geometry: ObjectGeometry = { tiles: new Map(), polygon: undefined };
    if (annotation.shape === "mask") {
      const mask = document.mask(annotation.id);
      if (mask)
        for (const index of mask.tiles.keys())
          geometry.tiles.set(index, measureTileGeometry(mask, index));
    } else geometry.polygon = measurePolygonGeometry(ringsOf(annotation));
    return geometry;
  };

  const geometryOf = (id: AnnotationId): ObjectGeometry | undefined => {
    const known = objects.get(id);
    if (known) return known;
    const annotation = document.annotation(id);
    if (!annotation || annotation.deleted) return undefined;
    const geometry = measure(annotation);
    objects.set(id, geometry);
    return geometry;
  };

  const markDirty = (id: AnnotationId): void => {
    const chunk = chunkOf.get(id);
    if (chunk) chunk.dirty = true;
    requestDraw();
  };

  const measureTiles = (id: AnnotationId, mask: TileMask, tiles: readonly number[]): void => {
    const geometry = objects.get(id);
    if (!geometry) return;
    // The outline of a neighbour depends on the bits along the common border.
    const wanted = new Set<number>();
    for (const index of tiles) {
      const box = tileBox(mask, index);
      const around = {
        left: box.left - 1,
        top: box.top - 1,
        right: box.right + 1,
        bottom: box.bottom + 1,
      };
      for (const near of tilesOfBox(mask, around)) wanted.add(near);
    }
    for (const index of wanted)
      if (mask.tiles.has(index)) geometry.tiles.set(index, measureTileGeometry(mask, index));
      else geometry.tiles.delete(index);
    markDirty(id);
  };

  const createChunk = (): Chunk => {
    const chunk: Chunk = {
      container: new Container(),
      ids: [],
      rectangles: createQuadMesh("rectangles", style),
      triangles: createQuadMesh("triangles", style),
      edges: createQuadMesh("edges", style),
      segments: createQuadMesh("segments", style),
      dirty: true,
    };
    chunk.container.addChild(
      chunk.rectangles.mesh,
      chunk.triangles.mesh,
      chunk.edges.mesh,
      chunk.segments.mesh,
    );
    container.addChild(chunk.container);
    return chunk;
  };

  /** Deals the objects out to the chunks again, in z order; a chunk whose list stays the same is not rebuilt. */
  const deal = (): void => {
    orderDirty = false;
    const ids = document.list().map((annotation) => annotation.id);
    chunkOf.clear();
    const count = Math.ceil(ids.length / OBJECTS_PER_CHUNK);
    while (chunks.length < count) chunks.push(createChunk());
    chunks.forEach((chunk, i) => {
      const mine = ids.slice(i * OBJECTS_PER_CHUNK, (i + 1) * OBJECTS_PER_CHUNK);
      for (const id of mine) chunkOf.set(id, chunk);
      if (mine.length === chunk.ids.length && mine.every((id, k) => id === chunk.ids[k])) return;
      chunk.ids.splice(0, chunk.ids.length, ...mine);
      chunk.dirty = true;
    });
  };

  const isMeasured = (chunk: Chunk): boolean =>
    chunk.ids.every((id) => objects.has(id) || look.isHidden(id));
  const measureAll = (chunk: Chunk, deadline: number): boolean => {
    for (const id of chunk.ids) {
      if (objects.has(id) || look.isHidden(id)) continue;
      if (performance.now() > deadline) return false;
      geometryOf(id);
    }
    return true;
  };

  let later: ReturnType<typeof setTimeout> | undefined;
  const measureLater = (): void => {
    later ??= setTimeout(() => {
      later = undefined;
      const deadline = performance.now() + SLICE_MS;
      for (const chunk of chunks) {
        if (!chunk.dirty || isMeasured(chunk)) continue;
        if (!measureAll(chunk, deadline)) {
          measureLater();
          return;
        }
        requestDraw();
      }
    }, 0);
  };

  const rebuild = (chunk: Chunk): void => {
    chunk.dirty = false;
    const parts: Record<"rectangles" | "triangles" | "edges" | "segments", GeometryPart[]> = {
      rectangles: [],
      triangles: [],
      edges: [],
      segments: [],
    };
    for (const id of chunk.ids) {
      const annotation = document.annotation(id);
      const geometry = geometryOf(id);
      if (!annotation || !geometry || look.isHidden(id)) continue;
      const color = packColor(look.colorOf(annotation));
      for (const tile of geometry.tiles.values()) {
        parts.rectangles.push({ numbers: tile.rectangles, color });
        parts.edges.push({ numbers: tile.edges, color });
      }
      if (geometry.polygon) {
        parts.triangles.push({ numbers: geometry.polygon.triangles, color });
        parts.segments.push({ numbers: geometry.polygon.segments, color });
      }
    }
    chunk.rectangles.fill(parts.rectangles);
    chunk.triangles.fill(parts.triangles);
    chunk.edges.fill(parts.edges);
    chunk.segments.fill(parts.segments);
  };

  return {
    container,
    geometryOf,
    prepare(deadline) {
      if (orderDirty) deal();
      for (const chunk of chunks) {
        if (!chunk.dirty) continue;
        if (!measureAll(chunk, deadline)) {
          measureLater();
          return;
        }
        rebuild(chunk);
      }
    },
    apply(change) {
      for (const id of change.removed) objects.delete(id);
      for (const id of [...change.created, ...change.changed]) {
        const annotation = document.annotation(id);
        const before = objects.get(id);
        const wasPolygon = before?.polygon !== undefined;
        // A mask's pixels are told by tiles; anything else is measured again as a whole.
        if (annotation?.shape !== "mask" || wasPolygon) objects.delete(id);
        markDirty(id);
      }
      for (const [id, tiles] of change.tiles) {
        const mask = document.mask(id);
        if (mask) measureTiles(id, mask, tiles);
      }
      orderDirty = true;
      requestDraw();
    },
    recolor() {
      for (const chunk of chunks) chunk.dirty = true;
      requestDraw();
    },
    preview: measureTiles,
    isComplete: () => !orderDirty && chunks.every(isMeasured),
    destroy() {
      clearTimeout(later);
      for (const chunk of chunks)
        for (const mesh of [chunk.rectangles, chunk.triangles, chunk.edges, chunk.segments])
          mesh.destroy();
      container.destroy({ children: true });
    },
  };
}

function ringsOf(annotation: Annotation): readonly (readonly number[])[] {
  if (annotation.shape === "box") return annotation.box ? [boxToRing(annotation.box)] : [];
  return annotation.rings ?? [];
}
