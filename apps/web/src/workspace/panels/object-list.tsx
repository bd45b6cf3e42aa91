import { Menu, Tooltip } from "@mantine/core";
import type { Annotation, AnnotationId } from "@limn/shared/document";
import {
  IconChevronDown,
  IconChevronRight,
  IconEye,
  IconEyeOff,
  IconLock,
  IconLockOpen,
  IconTrash,
} from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import {
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
  type MouseEvent,
  type ReactNode,
} from "react";
import type { Editor } from "../editor.ts";
import { className } from "../state/class-list.ts";
import { useStore } from "../state/use-store.ts";
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
            const style = { transform: `translateY(${item.start}px)` };
            return row.kind === "class" ? (
              <ClassRow
                key={row.key}
                editor={editor}
                row={row}
                style={style}
                closed={closed.has(row.classId)}
                onToggle={() => setClosed((before) => toggled(before, row.classId))}
              />
            ) : (
              <ObjectRow
                key={row.key}
                editor={editor}
                row={row}
                style={style}
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

function toggled<T>(set: ReadonlySet<T>, value: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(value)) next.add(value);
  return next;
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
  style: { transform: string };
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
    <div className={classes["group"]} style={props.style}>
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

const SHAPES: Record<Annotation["shape"], string> = {
  mask: "mask",
  polygon: "polygon",
  box: "box",
};

function sourceOf(annotation: Annotation): string {
  const clicks = annotation.prompts.filter(
    (prompt) => prompt.kind === "in" || prompt.kind === "out",
  ).length;
  if (annotation.prompts.length > 0)
    return clicks === 0 ? "smart" : `${clicks} ${clicks === 1 ? "click" : "clicks"}`;
  return SHAPES[annotation.shape];
}

function ObjectRow(props: {
  editor: Editor;
  row: Row & { kind: "object" };
  style: { transform: string };
  selected: boolean;
}) {
  const { editor, row, selected } = props;
  const { annotation } = row;
  const { id } = annotation;
  const list = useStore(editor.classes);
  const hidden = useStore(editor.hidden).has(id);
  const locked = useStore(editor.locked).has(id);
  const hovered = useStore(editor.hover) === id;
  const holders = useStore(editor.peers).filter((peer) => peer.state.selection?.includes(id));
  const writable = useStore(editor.writable);
  const name =
    annotation.name ??
    `${capitalise(list.get(annotation.classId)?.name ?? "Object")} ${row.number}`;

  const choose = (event: MouseEvent): void => {
    if (event.shiftKey || event.ctrlKey || event.metaKey)
      editor.selection.update((before) =>
        before.includes(id) ? before.filter((one) => one !== id) : [...before, id],
      );
    else editor.selection.set([id]);
  };
  const zoom = (): void => {
    const bounds = editor.document.bounds(id);
    if (bounds) editor.viewport.fitTo(bounds);
  };
  const remove = (ids: readonly AnnotationId[]): void => {
    editor.selection.set(ids);
    editor.deleteSelection();
  };
  return (
    <div
      className={classes["row"]}
      style={props.style}
      data-selected={selected || undefined}
      data-hovered={hovered || undefined}
      data-hidden={hidden || undefined}
      onPointerEnter={() => editor.hover.set(id)}
      onPointerLeave={() => editor.hover.set(undefined)}
    >
      <button
        type="button"
        className={classes["rowButton"]}
        aria-pressed={selected}
        onClick={choose}
        onDoubleClick={zoom}
      >
        <span className={classes["dot"]} style={{ background: editor.colorOf(id) }} />
        <span className={classes["rowName"]}>{name}</span>
        {holders.map((peer) => (
          <span
            key={peer.clientId}
            className={classes["who"]}
            style={{ ["--c" as string]: peer.state.user.color }}
          >
            {peer.state.user.name}
          </span>
        ))}
        <span className={classes["rowMeta"]}>{sourceOf(annotation)}</span>
      </button>
      {writable && (
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <button type="button" className={classes["icon"]} aria-label={`Class of ${name}`}>
              <IconChevronDown size={15} />
            </button>
          </Menu.Target>
          <Menu.Dropdown mah={360} style={{ overflow: "auto" }}>
            {[...list.values()]
              .filter((item) => !item.removed)
              .map((item) => (
                <Menu.Item
                  key={item.id}
                  leftSection={
                    <span className={classes["dot"]} style={{ background: item.color }} />
                  }
                  onClick={() => {
                    editor.selection.set([id]);
                    editor.setClass(item.id);
                  }}
                >
                  {item.name}
                </Menu.Item>
              ))}
            <Menu.Divider />
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={14} />}
              onClick={() => remove([id])}
            >
              Delete
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      )}
      <Tooltip label={hidden ? "Show" : "Hide"} openDelay={500}>
        <button
          type="button"
          className={classes["icon"]}
          aria-label={`${hidden ? "Show" : "Hide"} ${name}`}
          aria-pressed={hidden}
          onClick={() => editor.hidden.update((before) => toggled(before, id))}
        >
          {hidden ? <IconEyeOff size={15} /> : <IconEye size={15} />}
        </button>
      </Tooltip>
      <Tooltip label={locked ? "Unlock" : "Lock"} openDelay={500}>
        <button
          type="button"
          className={classes["icon"]}
          aria-label={`${locked ? "Unlock" : "Lock"} ${name}`}
          aria-pressed={locked}
          onClick={() => editor.locked.update((before) => toggled(before, id))}
        >
          {locked ? <IconLock size={15} /> : <IconLockOpen size={15} />}
        </button>
      </Tooltip>
    </div>
  );
}

const capitalise = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);
