import { Menu, Tooltip } from "@mantine/core";
import type { Annotation, AnnotationId } from "@limn/shared/document";
import {
  IconChevronDown,
  IconEye,
  IconEyeOff,
  IconLock,
  IconLockOpen,
  IconTrash,
} from "@tabler/icons-react";
import { memo, type MouseEvent } from "react";
import type { Editor } from "../editor.ts";
import type { Peer } from "../state/peers.ts";
import { useStore, useStoreValue } from "../state/use-store.ts";
import { toggled } from "./toggled.ts";
import classes from "./workspace.module.css";

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

/** One object. Drawn again only when something of it changed: others' cursors and the rest of the list cost it nothing. */
export const ObjectRow = memo(function ObjectRow(props: {
  editor: Editor;
  annotation: Annotation;
  number: number;
  /** Pixels below the list's upper edge. */
  top: number;
  selected: boolean;
}) {
  const { editor, annotation, selected } = props;
  const { id } = annotation;
  const list = useStore(editor.classes);
  const hidden = useStoreValue(editor.hidden, (ids) => ids.has(id));
  const locked = useStoreValue(editor.locked, (ids) => ids.has(id));
  const hovered = useStoreValue(editor.hover, (hover) => hover === id);
  const holders = useHolders(editor, id);
  const writable = useStore(editor.writable);
  const name =
    annotation.name ??
    `${capitalise(list.get(annotation.classId)?.name ?? "Object")} ${props.number}`;

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
      style={{ transform: `translateY(${props.top}px)` }}
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
});

/** Those who have the object selected. */
function useHolders(editor: Editor, id: AnnotationId): Peer[] {
  const holding = (peers: readonly Peer[]): Peer[] =>
    peers.filter((peer) => peer.state.selection?.includes(id));
  // Told apart by what is shown of them, not by where their cursors are.
  useStoreValue(editor.peers, (peers) =>
    holding(peers)
      .map(({ clientId, state: { user } }) => `${clientId} ${user.color} ${user.name}`)
      .join(),
  );
  return holding(editor.peers.get());
}

const capitalise = (text: string): string => text.charAt(0).toLocaleUpperCase() + text.slice(1);
