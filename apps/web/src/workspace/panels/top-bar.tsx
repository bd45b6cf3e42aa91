import { ActionIcon, Tooltip } from "@mantine/core";
import type { Image } from "@limn/shared/api";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconChevronLeft,
  IconKeyboard,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useEffect, useReducer } from "react";
import { ThemeSwitch } from "../../ui/theme-switch.tsx";
import { Faces } from "../../ui/avatar.tsx";
import type { Editor } from "../editor.ts";
import { STATE_LABELS } from "../state/image-states.ts";
import type { EngineStatus, SaveState } from "../state/status.ts";
import type { ReadableStore } from "../../state/store.ts";
import { useStore } from "../state/use-store.ts";
import { EngineBadge } from "./engine-badge.tsx";
import { SaveBadge } from "./save-badge.tsx";
import classes from "./workspace.module.css";

export function TopBar(props: {
  editor: Editor;
  image: Image;
  projectName: string;
  position: { index: number; total: number } | undefined;
  me: { id: string; name: string; color: string };
  save: ReadableStore<SaveState>;
  engine: ReadableStore<EngineStatus>;
  onKeys: () => void;
}) {
  const { editor, image, position } = props;
  const peers = useStore(editor.peers);
  const writable = useStore(editor.writable);
  const people = new Map([
    [props.me.id, { ...props.me, userId: props.me.id, name: `${props.me.name} (you)` }],
  ]);
  for (const { state } of peers)
    if (!people.has(state.user.id))
      people.set(state.user.id, { ...state.user, userId: state.user.id });
  return (
    <header className={classes["top"]}>
      <Tooltip label="Back to the images">
        <ActionIcon
          component={Link}
          to={`/projects/${image.projectId}`}
          variant="subtle"
          color="gray"
          aria-label="Back to the images"
        >
          <IconChevronLeft size={20} />
        </ActionIcon>
      </Tooltip>
      <span className={classes["crumb"]}>
        {props.projectName} <span aria-hidden>/</span>
      </span>
      <h1 className={classes["imageName"]} title={image.name}>
        {image.name}
      </h1>
      {position && (
        <span className={classes["position"]} data-testid="position">
          {position.index + 1} / {position.total}
        </span>
      )}
      <span className={classes["chip"]} data-state={image.state}>
        {STATE_LABELS[image.state]}
      </span>
      <UndoButtons editor={editor} />
      {!writable && <span className={classes["chip"]}>View only</span>}
      <span className={classes["space"]} />
      <Faces people={[...people.values()]} most={6} />
      <SaveBadge state={props.save} />
      {writable && <EngineBadge status={props.engine} />}
      <Tooltip label="All keys (?)">
        <ActionIcon variant="subtle" color="gray" aria-label="Show all keys" onClick={props.onKeys}>
          <IconKeyboard size={19} />
        </ActionIcon>
      </Tooltip>
      <ThemeSwitch />
    </header>
  );
}

function UndoButtons(props: { editor: Editor }) {
  const { history } = props.editor;
  const [, refresh] = useReducer((count: number) => count + 1, 0);
  useEffect(() => history.onChange(refresh), [history]);
  const undo = history.undoLabel();
  const redo = history.redoLabel();
  return (
    <span>
      <Tooltip label={undo === undefined ? "Nothing of yours to undo" : `Undo “${undo}” (Ctrl+Z)`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Undo"
          data-off={undo === undefined || undefined}
          onClick={() => props.editor.undo()}
        >
          <IconArrowBackUp size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={redo === undefined ? "Nothing to redo" : `Redo “${redo}” (Ctrl+Shift+Z)`}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Redo"
          data-off={redo === undefined || undefined}
          onClick={() => props.editor.redo()}
        >
          <IconArrowForwardUp size={18} />
        </ActionIcon>
      </Tooltip>
    </span>
  );
}
