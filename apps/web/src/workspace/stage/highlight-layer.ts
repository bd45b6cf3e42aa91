import type { AnnotationId } from "@limn/shared/document";
import { Container } from "pixi.js";
import { packColor } from "./color.ts";
import type { ObjectLayer } from "./object-layer.ts";
import { createObjectStyle, createQuadMesh, type GeometryPart } from "./quad-mesh.ts";

export interface Highlight {
  readonly id: AnnotationId;
  /** Outline colour, #rrggbb. */
  readonly outline: string;
  /** Fill over the object's own, 0..1 of white. */
  readonly fill: number;
}

export interface HighlightLayer {
  readonly container: Container;
  show(highlights: readonly Highlight[]): void;
  /** Geometry of objects changed: draw them again. */
  refresh(): void;
  destroy(): void;
}

/** Selected and hovered objects, and those that others edit, once more on top with a stronger outline. */
export function createHighlightLayer(objects: ObjectLayer): HighlightLayer {
  const style = createObjectStyle(1, 2.5);
  const container = new Container();
  const rectangles = createQuadMesh("rectangles", style);
  const triangles = createQuadMesh("triangles", style);
  const edges = createQuadMesh("edges", style);
  const segments = createQuadMesh("segments", style);
  container.addChild(rectangles.mesh, triangles.mesh, edges.mesh, segments.mesh);
  let shown: readonly Highlight[] = [];

  const refresh = (): void => {
    const parts: Record<"rectangles" | "triangles" | "edges" | "segments", GeometryPart[]> = {
      rectangles: [],
      triangles: [],
      edges: [],
      segments: [],
    };
    for (const { id, outline, fill } of shown) {
      const geometry = objects.geometryOf(id);
      if (!geometry) continue;
      const line = packColor(outline);
      const white = packColor("#ffffff", fill);
      for (const tile of geometry.tiles.values()) {
        if (fill > 0) parts.rectangles.push({ numbers: tile.rectangles, color: white });
        parts.edges.push({ numbers: tile.edges, color: line });
      }
      if (geometry.polygon) {
        if (fill > 0) parts.triangles.push({ numbers: geometry.polygon.triangles, color: white });
        parts.segments.push({ numbers: geometry.polygon.segments, color: line });
      }
    }
    rectangles.fill(parts.rectangles);
    triangles.fill(parts.triangles);
    edges.fill(parts.edges);
    segments.fill(parts.segments);
  };

  return {
    container,
    show(highlights) {
      shown = highlights;
      refresh();
    },
    refresh,
    destroy() {
      for (const mesh of [rectangles, triangles, edges, segments]) mesh.destroy();
      container.destroy({ children: true });
    },
  };
}
