/**
 * Keeps the last `most` things that were made, by key; several askers wait for one making, and what failed is made anew. `drop`
 * is told of what is kept no more.
 */
export function keepLast<T>(most: number, drop: (thing: T) => void = () => {}) {
  const kept = new Map<string, Promise<T>>();
  return (key: string, make: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    if (known) {
      // Used last, dropped last.
      kept.delete(key);
      kept.set(key, known);
      return known;
    }
    const making = make();
    kept.set(key, making);
    making.catch(() => kept.delete(key));
    for (const [oldest, thing] of kept) {
      if (kept.size <= most) break;
      kept.delete(oldest);
      thing.then(drop, () => undefined);
    }
    return making;
  };
}
