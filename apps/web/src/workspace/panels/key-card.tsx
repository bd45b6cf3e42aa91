import { Modal, TextInput } from "@mantine/core";
import { useState } from "react";
import { ACTIONS } from "../input/actions.ts";
import classes from "./workspace.module.css";

const MORE: readonly { group: string; label: string; shown: string }[] = [
  { group: "View", label: "Zoom at the pointer", shown: "Wheel" },
  { group: "View", label: "Move the picture", shown: "Space or middle button, drag" },
  { group: "View", label: "See the picture without objects", shown: "hold M" },
  {
    group: "Tools",
    label: "Finish the shape or accept the object",
    shown: "Enter, N or tap Space",
  },
  { group: "Tools", label: "Step back: prompt, shape, selection", shown: "Esc" },
  { group: "Tools", label: "Take back the last point or click", shown: "Backspace" },
  { group: "Tools", label: "Smart: this is not part of it", shown: "Right click or Shift+click" },
  { group: "Tools", label: "Smart: remove a click", shown: "Alt+click on it" },
];

/** All keys, found by what they do. */
export function KeyCard(props: { opened: boolean; onClose: () => void }) {
  const [text, setText] = useState("");
  const all = [...ACTIONS, ...MORE].filter((action) =>
    `${action.label} ${action.shown}`.toLowerCase().includes(text.toLowerCase()),
  );
  const groups = [...new Set(all.map((action) => action.group))];
  return (
    <Modal
      opened={props.opened}
      onClose={props.onClose}
      title="Keys"
      size={760}
      centered
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <TextInput
        aria-label="Find a key"
        placeholder="Find: undo, zoom, class …"
        data-autofocus
        mb="md"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <div className={classes["keyColumns"]}>
        {groups.map((group) => (
          <section key={group}>
            <h3>{group}</h3>
            <dl>
              {all
                .filter((action) => action.group === group)
                .map((action) => (
                  <div key={action.label}>
                    <dt>{action.label}</dt>
                    <dd>
                      <kbd className={classes["kbd"]}>{action.shown}</kbd>
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
        {groups.length === 0 && <p>No key does that.</p>}
      </div>
    </Modal>
  );
}
