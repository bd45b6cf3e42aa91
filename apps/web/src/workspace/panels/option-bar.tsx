import { Menu, Slider, UnstyledButton } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import type { Editor } from "../editor.ts";
import { useStore } from "../state/use-store.ts";
import classes from "./workspace.module.css";

/** What matters for the tool in hand: its class, its size, what a click does, how to end. */
export function OptionBar(props: { editor: Editor }) {
  const { editor } = props;
  const tool = useStore(editor.runner.tool);
  const preview = useStore(editor.preview);
  const writable = useStore(editor.writable);
  if (!writable) return null;
  const { candidate } = preview;
  const refining = tool.id === "smart" && (preview.prompts?.length ?? 0) > 0;
  return (
    <div className={classes["options"]} role="toolbar" aria-label="Tool options">
      {tool.writes && <ClassMenu editor={editor} />}
      {(tool.id === "brush" || tool.id === "eraser") && <BrushSize editor={editor} />}
      {tool.writes && <i aria-hidden />}
      {refining ? (
        <>
          <span>
            <span className={classes["plus"]} aria-hidden /> click adds
          </span>
          <span>
            <span className={classes["minus"]} aria-hidden /> right click removes
          </span>
          {candidate && (
            <button
              type="button"
              className={classes["quiet"]}
              title="Another mask of the network's for the same prompts"
              onClick={() => editor.runner.key("next")}
            >
              Mask {candidate.index + 1} of {candidate.count} <kbd>Z</kbd>
            </button>
          )}
          <i aria-hidden />
          <button type="button" onClick={() => editor.runner.key("finish")}>
            Accept <kbd>Enter</kbd>
          </button>
          <button
            type="button"
            className={classes["quiet"]}
            onClick={() => editor.runner.key("escape")}
          >
            Cancel <kbd>Esc</kbd>
          </button>
        </>
      ) : (
        <span className={classes["hint"]}>{tool.hint}</span>
      )}
    </div>
  );
}

function ClassMenu(props: { editor: Editor }) {
  const { editor } = props;
  const list = useStore(editor.classes);
  const active = useStore(editor.activeClass);
  const chosen = active === undefined ? undefined : list.get(active);
  const present = [...list.values()].filter((item) => !item.removed);
  return (
    <Menu position="bottom-start" withinPortal>
      <Menu.Target>
        <UnstyledButton className={classes["classButton"] ?? ""} aria-label="Class of new objects">
          <span className={classes["dot"]} style={{ background: chosen?.color ?? "#8A8F98" }} />
          {chosen?.name ?? "no class"}
          <IconChevronDown size={12} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown mah={360} style={{ overflow: "auto" }}>
        {present.length === 0 && <Menu.Label>No classes yet</Menu.Label>}
        {present.map((item, i) => (
          <Menu.Item
            key={item.id}
            leftSection={<span className={classes["dot"]} style={{ background: item.color }} />}
            rightSection={i < 9 ? <kbd className={classes["kbd"]}>{i + 1}</kbd> : undefined}
            onClick={() => editor.setClass(item.id)}
          >
            {item.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function BrushSize(props: { editor: Editor }) {
  const { settings } = props.editor;
  const { brushRadius } = useStore(settings);
  return (
    <span className={classes["size"]}>
      <Slider
        w={120}
        size="sm"
        label={null}
        thumbLabel="Brush radius"
        // The square root spreads the small sizes, where a pixel matters.
        value={Math.sqrt(brushRadius)}
        min={Math.sqrt(0.5)}
        max={Math.sqrt(512)}
        step={0.01}
        onChange={(root) =>
          settings.update((before) => ({
            ...before,
            brushRadius: Math.max(0.5, Math.round(root * root * 2) / 2),
          }))
        }
      />
      <span>{brushRadius.toFixed(brushRadius < 10 ? 1 : 0)} px</span>
    </span>
  );
}
