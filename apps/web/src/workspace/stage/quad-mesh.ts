import { Buffer, BufferUsage, Geometry, Mesh, Shader, State, UniformGroup } from "pixi.js";

/** How all objects are drawn; the sliders set it, no geometry changes. */
export type ObjectStyle = UniformGroup<{
  uFill: { value: number; type: "f32" };
  uWidth: { value: number; type: "f32" };
}>;

export function createObjectStyle(fill: number, widthPx: number): ObjectStyle {
  return new UniformGroup({
    uFill: { value: fill, type: "f32" },
    uWidth: { value: widthPx, type: "f32" },
  });
}

const FRAGMENT = `
in vec4 vColor;
out vec4 finalColor;
void main() { finalColor = vec4(vColor.rgb * vColor.a, vColor.a); }`;

const PROJECT = `
uniform mat3 uProjectionMatrix;
uniform mat3 uWorldTransformMatrix;
uniform mat3 uTransformMatrix;
uniform float uFill;
uniform float uWidth;
out vec4 vColor;
vec2 toScreen(vec2 p) { return (uWorldTransformMatrix * uTransformMatrix * vec3(p, 1.0)).xy; }
vec4 project(vec2 s) { return vec4((uProjectionMatrix * vec3(s, 1.0)).xy, 0.0, 1.0); }`;

/** One instance is a rectangle x0 y0 x1 y1. */
const RECTANGLES = `
in vec2 aCorner; in vec4 aQuad; in vec4 aColor;
${PROJECT}
void main() {
  gl_Position = project(toScreen(mix(aQuad.xy, aQuad.zw, aCorner)));
  vColor = vec4(aColor.rgb, aColor.a * uFill);
}`;

/** One instance is a segment x0 y0 x1 y1, drawn uWidth CSS pixels wide at every zoom, with square ends that close corners. */
const SEGMENTS = `
in vec2 aCorner; in vec4 aQuad; in vec4 aColor;
${PROJECT}
void main() {
  vec2 a = toScreen(aQuad.xy);
  vec2 b = toScreen(aQuad.zw);
  vec2 along = b - a;
  float len = length(along);
  along = len > 0.0 ? along / len : vec2(1.0, 0.0);
  vec2 side = vec2(-along.y, along.x);
  float half_ = uWidth * 0.5;
  vec2 p = mix(a, b, aCorner.x) + along * half_ * (aCorner.x * 2.0 - 1.0) + side * half_ * (aCorner.y * 2.0 - 1.0);
  gl_Position = project(p);
  vColor = aColor;
}`;

/** One instance is a triangle; aCorner.x says which of its corners this is. */
const TRIANGLES = `
in vec2 aCorner; in vec4 aQuad; in vec2 aThird; in vec4 aColor;
${PROJECT}
void main() {
  vec2 p = aCorner.x < 0.5 ? aQuad.xy : aCorner.x < 1.5 ? aQuad.zw : aThird;
  gl_Position = project(toScreen(p));
  vColor = vec4(aColor.rgb, aColor.a * uFill);
}`;

const QUAD_CORNERS = new Float32Array([0, 0, 1, 0, 1, 1, 0, 1]);
const QUAD_INDEX = new Uint32Array([0, 1, 2, 0, 2, 3]);
const TRIANGLE_CORNERS = new Float32Array([0, 0, 1, 0, 2, 0]);
const TRIANGLE_INDEX = new Uint32Array([0, 1, 2]);

export type GeometryKind = "rectangles" | "edges" | "segments" | "triangles";

/** Numbers and bytes per item and how they lie in memory; the colour's four bytes come last. */
const LAYOUT = {
  rectangles: { numbers: 4, bytes: 12, format: "uint16x4", vertex: RECTANGLES },
  edges: { numbers: 4, bytes: 12, format: "uint16x4", vertex: SEGMENTS },
  segments: { numbers: 4, bytes: 20, format: "float32x4", vertex: SEGMENTS },
  triangles: { numbers: 6, bytes: 28, format: "float32x4", vertex: TRIANGLES },
} as const;

export interface GeometryPart {
  readonly numbers: Uint16Array | Float32Array;
  /** Red in the lowest byte, then green, blue, alpha. */
  readonly color: number;
}

export interface QuadMesh {
  readonly mesh: Mesh<Geometry, Shader>;
  /** Replaces what is drawn. Costs one copy and one upload of its bytes. */
  fill(parts: readonly GeometryPart[]): void;
  destroy(): void;
}

/** Many rectangles, segments or triangles in one draw call. */
export function createQuadMesh(kind: GeometryKind, style: ObjectStyle): QuadMesh {
  const layout = LAYOUT[kind];
  let capacity = 64;
  let bytes = new Uint8Array(capacity * layout.bytes);
  const buffer = new Buffer({
    data: bytes,
    usage: BufferUsage.VERTEX | BufferUsage.COPY_DST,
    shrinkToFit: false,
  });
  const corners = kind === "triangles" ? TRIANGLE_CORNERS : QUAD_CORNERS;
  const index = kind === "triangles" ? TRIANGLE_INDEX : QUAD_INDEX;
  const perItem = { buffer, stride: layout.bytes, instance: true };
  const geometry = new Geometry({
    attributes: {
      aCorner: {
        buffer: new Buffer({ data: corners, usage: BufferUsage.VERTEX }),
        format: "float32x2",
      },
      aQuad: { ...perItem, format: layout.format, offset: 0 },
      ...(kind === "triangles"
        ? { aThird: { ...perItem, format: "float32x2" as const, offset: 16 } }
        : {}),
      aColor: { ...perItem, format: "unorm8x4", offset: layout.bytes - 4 },
    },
    indexBuffer: new Buffer({ data: index, usage: BufferUsage.INDEX }),
    instanceCount: 0,
  });
  const shader = Shader.from({
    gl: { vertex: layout.vertex, fragment: FRAGMENT },
    resources: { style },
  });
  const mesh = new Mesh({ geometry, shader, state: State.for2d() });
  mesh.visible = false;
  mesh.cullable = false;
  mesh.eventMode = "none";

  return {
    mesh,
    fill(parts) {
      let count = 0;
      for (const part of parts) count += part.numbers.length / layout.numbers;
      if (count > capacity) {
        capacity = Math.max(count, capacity * 2);
        bytes = new Uint8Array(capacity * layout.bytes);
      }
      writeParts(bytes, parts, kind);
      buffer.setDataWithSize(bytes, count * layout.bytes, true);
      geometry.instanceCount = count;
      mesh.visible = count > 0;
    },
    destroy() {
      mesh.destroy();
      geometry.destroy(true);
      shader.destroy();
    },
  };
}

function writeParts(bytes: Uint8Array, parts: readonly GeometryPart[], kind: GeometryKind): void {
  if (kind === "rectangles" || kind === "edges") {
    const out = new Uint16Array(bytes.buffer);
    let at = 0;
    for (const { numbers, color } of parts) {
      const low = color & 0xffff;
      const high = color >>> 16;
      for (let i = 0; i < numbers.length; i += 4) {
        out[at] = numbers[i] ?? 0;
        out[at + 1] = numbers[i + 1] ?? 0;
        out[at + 2] = numbers[i + 2] ?? 0;
        out[at + 3] = numbers[i + 3] ?? 0;
        out[at + 4] = low;
        out[at + 5] = high;
        at += 6;
      }
    }
    return;
  }
  const floats = new Float32Array(bytes.buffer);
  const words = new Uint32Array(bytes.buffer);
  const per = LAYOUT[kind].numbers;
  let at = 0;
  for (const { numbers, color } of parts)
    for (let i = 0; i < numbers.length; i += per) {
      for (let j = 0; j < per; j++) floats[at++] = numbers[i + j] ?? 0;
      words[at++] = color >>> 0;
    }
}
