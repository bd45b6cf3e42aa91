import { expect, test } from "vitest";
import { decodeBase64, encodeBase64 } from "./base64.ts";
import {
  decodePresence,
  encodePresence,
  PRESENCE_BYTES_LIMIT,
  type PresenceState,
} from "./index.ts";

const user = { id: "u1", name: "Ana", color: "#ff8800" };

const full: PresenceState = {
  user,
  tool: "brush",
  classId: "c1",
  cursor: { x: 10.25, y: -3 },
  selection: ["a", "b"],
  stroke: {
    annotation: "a",
    author: 2 ** 47,
    counter: 12,
    mode: "remove",
    radius: 20.5,
    points: [1, 2, 3.25, 4.5],
  },
  draft: {
    kind: "smart",
    box: { x: 1, y: 2, width: 3, height: 4 },
    clicks: [
      { x: 1.5, y: 2, inside: true },
      { x: 100, y: 2.25, inside: false },
    ],
  },
};

const travel = (state: PresenceState): PresenceState | undefined =>
  decodePresence(JSON.parse(JSON.stringify(encodePresence(state))));

test("[W1] a state arrives as it was sent, through JSON", () => {
  expect(travel(full)).toEqual(full);
  expect(travel({ user, tool: "select" })).toEqual({ user, tool: "select" });
  const polygon = { kind: "polygon" as const, points: [1, 2, 3, 4, 5.5, 6] };
  expect(travel({ user, tool: "polygon", draft: polygon })?.draft).toEqual(polygon);
  const box = { kind: "box" as const, box: { x: 0, y: 0, width: 5, height: 6 } };
  expect(travel({ user, tool: "box", draft: box })?.draft).toEqual(box);
});

test("[W2] a stroke of 64 points takes some 250 bytes, a full state stays far below the limit", () => {
  const points = Array.from({ length: 128 }, (_value, i) => 1000 + Math.sin(i) * 9 + i);
  const stroke = {
    ...full.stroke,
    annotation: "a",
    author: 1,
    counter: 1,
    mode: "add",
    radius: 9,
    points,
  } as const;
  const bytes = JSON.stringify(encodePresence({ user, tool: "brush", stroke }).stroke).length;
  expect(bytes).toBeLessThan(500);
  const selection = Array.from({ length: 9000 }, (_item, i) => `annotation-${i}`);
  const all = encodePresence({ ...full, stroke, selection });
  expect(JSON.stringify(all).length).toBeLessThan(PRESENCE_BYTES_LIMIT);
});

test("[W3] what others send is believed only as far as it can be read", () => {
  for (const nothing of [
    null,
    5,
    "x",
    [],
    {},
    { user: {} },
    { user: { ...user, color: "red;}" } },
  ]) {
    expect(decodePresence(nothing)).toBeUndefined();
  }
  expect(
    decodePresence({
      user: { ...user, name: "x".repeat(500) },
      tool: 7,
      cursor: [1, "2"],
      selection: ["ok", "not ok!", 5],
      stroke: { annotation: "a", author: -1, counter: 1, mode: "add", radius: 1, points: "AAAA" },
      draft: { kind: "polygon", points: "%%%" },
      extra: "dropped",
    }),
  ).toEqual({ user: { ...user, name: "x".repeat(100) }, tool: "", selection: ["ok"] });
  const tooLong = encodePresence({
    user,
    tool: "brush",
    stroke: {
      annotation: "a",
      author: 1,
      counter: 1,
      mode: "add",
      radius: 1,
      points: Array<number>(400).fill(1),
    },
  });
  expect(decodePresence(tooLong)?.stroke).toBeUndefined();
});

test("base64 of every length comes back, and other characters are refused", () => {
  for (let length = 0; length < 40; length++) {
    const bytes = Uint8Array.from({ length }, (_byte, i) => (i * 73 + length) & 255);
    expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
    expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString("base64url"));
  }
  expect(decodeBase64("ab=c")).toBeUndefined();
});
