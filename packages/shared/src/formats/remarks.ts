/** How many of a kind are named; the rest is counted. */
const NAMED = 50;

/** What people should know about an export or import, the same remark about many things in one sentence. */
export interface Remarks {
  /** A sentence of its own; the same one twice is one. */
  add(sentence: string): void;
  /**
   * `about("Annotation", 7, "its mask is empty, so that it was left out.")` gives "Annotation 7: its mask ...", or
   * "Annotations 7, 9, 12: ..." when said of several; `where` begins the sentence.
   */
  about(subject: string, name: string | number, text: string, where?: string): void;
  /** In the order in which they first came up. */
  list(): string[];
}

interface Group {
  readonly subject: string;
  readonly text: string;
  readonly where: string;
  readonly names: (string | number)[];
  count: number;
}

export function createRemarks(): Remarks {
  const groups = new Map<string, Group | null>();
  return {
    add(sentence) {
      groups.set(sentence, null);
    },
    about(subject, name, text, where = "") {
      const key = JSON.stringify([where, subject, text]);
      const group = groups.get(key) ?? { subject, text, where, names: [], count: 0 };
      const isNamed = group.names.includes(name);
      if (!isNamed) group.count++;
      if (!isNamed && group.names.length < NAMED) group.names.push(name);
      groups.set(key, group);
    },
    list: () =>
      [...groups].map(([key, group]) => {
        if (group === null) return key;
        const { subject, text, where, names, count } = group;
        const rest = count > names.length ? ` and ${count - names.length} more` : "";
        const begin = where === "" ? "" : `${where}: `;
        const what = begin === "" ? subject : subject.toLowerCase();
        const many = what.endsWith("y") ? `${what.slice(0, -1)}ies` : `${what}s`;
        return `${begin}${count > 1 ? many : what} ${names.join(", ")}${rest}: ${text}`;
      }),
  };
}
