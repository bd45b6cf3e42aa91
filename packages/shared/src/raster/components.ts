/** Parts of a mask that hang together, found by uniting the runs of neighbouring rows. */
import { type Bitmask, createBitmask, forEachRun } from "./bitmask.ts";
import type { PixelBox } from "./pixel-box.ts";

/** 4: pixels that share an edge; 8: also those that share a corner. */
export type Connectivity = 4 | 8;

export interface LabelledRun {
  readonly y: number;
  readonly x0: number;
  readonly x1: number;
  /** Number of its component, from 0 in the order of first appearance. */
  readonly component: number;
}

/** The mask's runs, row by row, each with the component that it belongs to. */
export function labelRuns(mask: Bitmask, connectivity: Connectivity): LabelledRun[] {
  const runs: { y: number; x0: number; x1: number }[] = [];
  forEachRun(mask, (y, x0, x1) => runs.push({ y, x0, x1 }));
  const parents = runs.map((_run, index) => index);
  const find = (index: number): number => {
    let root = index;
    while (parents[root] !== root) root = parents[root] ?? root;
    for (let at = index; at !== root;) {
      const next = parents[at] ?? root;
      parents[at] = root;
      at = next;
    }
    return root;
  };
  const reach = connectivity === 8 ? 1 : 0;
  let above = 0;
  runs.forEach((run, index) => {
    // `above` is the first run of the row before that may still touch this one or a later one.
    for (;;) {
      const candidate = runs[above];
      if (candidate === undefined || above >= index) break;
      const isPast =
        candidate.y < run.y - 1 || (candidate.y === run.y - 1 && candidate.x1 + reach <= run.x0);
      if (!isPast) break;
      above++;
    }
    for (let i = above; i < index; i++) {
      const candidate = runs[i];
      if (candidate === undefined || candidate.y !== run.y - 1) break;
      if (candidate.x0 >= run.x1 + reach) break;
      const a = find(i);
      const b = find(index);
      // The earlier run stays the root, so that components are numbered as they appear.
      parents[Math.max(a, b)] = Math.min(a, b);
    }
  });
  const numbers = new Map<number, number>();
  return runs.map((run, index) => {
    const root = find(index);
    const component = numbers.get(root) ?? numbers.size;
    numbers.set(root, component);
    return { ...run, component };
  });
}

export interface Component {
  readonly area: number;
  readonly box: PixelBox;
  readonly runs: readonly LabelledRun[];
}

/** In the order of their topmost, then leftmost pixel. */
export function findComponents(mask: Bitmask, connectivity: Connectivity = 8): Component[] {
  const byNumber = Map.groupBy(labelRuns(mask, connectivity), ({ component }) => component);
  return [...byNumber.values()].map((runs) => ({
    area: runs.reduce((area, { x0, x1 }) => area + x1 - x0, 0),
    box: {
      left: runs.reduce((left, { x0 }) => Math.min(left, x0), Infinity),
      top: runs[0]?.y ?? 0,
      right: runs.reduce((right, { x1 }) => Math.max(right, x1), -Infinity),
      bottom: (runs.at(-1)?.y ?? 0) + 1,
    },
    runs,
  }));
}

/** A component's pixels in its own box. */
export function componentBitmask(component: Component): Bitmask {
  const mask = createBitmask(component.box);
  for (const { y, x0, x1 } of component.runs) {
    const row = (y - mask.top) * mask.width - mask.left;
    mask.data.fill(1, row + x0, row + x1);
  }
  return mask;
}
