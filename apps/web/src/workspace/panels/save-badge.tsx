import { Popover, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconCloudOff, IconLoader2 } from "@tabler/icons-react";
import { describeSaving, type SaveState } from "../state/status.ts";
import type { ReadableStore } from "../../state/store.ts";
import { useStore } from "../state/use-store.ts";
import classes from "./workspace.module.css";

const ICONS = {
  saved: IconCheck,
  saving: IconLoader2,
  offline: IconCloudOff,
  problem: IconAlertTriangle,
};

function textOf(state: SaveState): string {
  switch (state.kind) {
    case "saved":
      return "Saved";
    case "saving":
      return "Saving";
    case "offline":
      return state.waiting === 0 ? "Offline" : `Offline, ${state.waiting} waiting`;
    case "problem":
      return "Problem";
  }
}

/** The honest state of saving, in a word; a click says it in a sentence. */
export function SaveBadge(props: { state: ReadableStore<SaveState> }) {
  const state = useStore(props.state);
  const Icon = ICONS[state.kind];
  return (
    <Popover position="bottom-end" withArrow width={300}>
      <Popover.Target>
        <UnstyledButton
          className={classes["save"] ?? ""}
          data-kind={state.kind}
          data-testid="save-state"
        >
          <Icon size={16} aria-hidden />
          <span role="status">{textOf(state)}</span>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown fz="sm">{describeSaving(state)}</Popover.Dropdown>
    </Popover>
  );
}
