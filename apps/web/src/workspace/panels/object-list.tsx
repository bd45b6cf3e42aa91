import type { Annotation } from "@limn/shared/document";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore, type ReactNode } from "react";
import type { Editor } from "../editor.ts";
import { className } from "../state/class-list.ts";
import { useStore } from "../state/use-store.ts";
import { ObjectRow } from "./object-row.tsx";
import { toggled } from "./toggled.ts";
import classes from "./workspace.module.css";

type Row =
  | {
      readonly kind: "class";
      readonly classId: string;
      readonly count: number;
      readonly key: string;
    }
  | {
      readonly kind: "object";
      readonly annotation: Annotation;
      readonly number: number;
      readonly key: string;
    };

const ROW_PX = 30;

/** Objects grouped by class; only the rows on screen exist in the page, so 10,000 are no trouble. */
export function ObjectList(props: { editor: Editor; children?: ReactNode }) {
  const { editor } = props;
  const list = useSyncExternalStore(editor.document.onChange, editor.document.list);
  const classMap = useStore(editor.classes);
  const selection = useStore(editor.selection);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(
    () => groupRows(list, [...classMap.keys()], closed),
    [list, classMap, closed],
  );
  const scroll = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
    getItemKey: (index) => rows[index]?.key ?? index,
  });
  const sole = selection.length === 1 ? selection[0] : undefined;
  useEffect(() => {
    const index = rows.findIndex((row) => row.key === sole);
    if (index >= 0) virtual.scrollToIndex(index, { align: "auto" });
    // Only a new selection scrolls the list, not every edit.
    // eslint-disable-next-line react/exhaustive-deps
  }, [sole]);
  const selected = useMemo(() => new Set(selection), [selection]);

  return (
    <section className={classes["objects"]} aria-label="Objects">
      <div className={classes["panelHead"]}>
        <h2>Objects</h2>
        <span>{list.length.toLocaleString("en")}</span>
      </div>
      <div
        ref={scroll}
        className={classes["list"]}
        tabIndex={0}
        role="region"
        aria-label="List of objects"
      >
        {list.length === 0 && (
          <p className={classes["empty"]}>
            Nothing is drawn yet. Press <kbd>S</kbd> and drag a box around an object: the network
            finds its outline.
          </p>
        )}
        <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
          {virtual.getVirtualItems().map((item) => {
            const row = rows[item.index];
            if (!row) return null;
            return row.kind === "class" ? (
              <ClassRow
                key={row.key}
                editor={editor}
                row={row}
                top={item.start}
                closed={closed.has(row.classId)}
                onToggle={() => setClosed((before) => toggled(before, row.classId))}
              />
            ) : (
              <ObjectRow
                key={row.key}
                editor={editor}
                annotation={row.annotation}
                number={row.number}
                top={item.start}
                selected={selected.has(row.annotation.id)}
              />
            );
          })}
        </div>
      </div>
      {props.children}
    </section>
  );
}

function groupRows(
  list: readonly Annotation[],
  order: readonly string[],
  closed: ReadonlySet<string>,
): Row[] {
  const groups = new Map<string, Annotation[]>(order.map((id) => [id, []]));
  for (const annotation of list) {
    const group = groups.get(annotation.classId);
    if (group) group.push(annotation);
    else groups.set(annotation.classId, [annotation]);
  }
  const rows: Row[] = [];
  for (const [classId, group] of groups) {
    if (group.length === 0) continue;
    rows.push({ kind: "class", classId, count: group.length, key: `class ${classId}` });
    if (closed.has(classId)) continue;
    group.forEach((annotation, i) =>
      rows.push({ kind: "object", annotation, number: i + 1, key: annotation.id }),
    );
  }
  return rows;
}

function ClassRow(props: {
  editor: Editor;
  row: Row & { kind: "class" };
  top: number;
  closed: boolean;
  onToggle: () => void;
}) {
  const { editor, row } = props;
  const list = useStore(editor.classes);
  const item = list.get(row.classId);
  const place = [...list.values()]
    .filter((each) => !each.removed)
    .findIndex((each) => each.id === row.classId);
  const Chevron = props.closed ? IconChevronRight : IconChevronDown;
  return (
    <div className={classes["group"]} style={{ transform: `translateY(${props.top}px)` }}>
      <button
        type="button"
        className={classes["groupButton"]}
        aria-expanded={!props.closed}
        onClick={props.onToggle}
      >
        <Chevron size={14} aria-hidden />
        <span className={classes["dot"]} style={{ background: item?.color ?? "#8A8F98" }} />
        <span className={classes["groupName"]}>{className(list, row.classId)}</span>
        <span className={classes["count"]}>{row.count}</span>
      </button>
      {place >= 0 && place < 9 && <kbd className={classes["kbd"]}>{place + 1}</kbd>}
    </div>
  );
}
