import { Tooltip } from "@mantine/core";
import {
  IconBrush,
  IconEraser,
  IconHandStop,
  IconPointer,
  IconPolygon,
  IconSparkles,
  IconSquare,
} from "@tabler/icons-react";
import type { Editor } from "../editor.ts";
import { useStore } from "../state/use-store.ts";
import { TOOLS } from "../tools/index.ts";
import type { ToolId } from "../tools/tool.ts";
import classes from "./workspace.module.css";

const ICONS: Record<ToolId, typeof IconBrush> = {
  select: IconPointer,
  smart: IconSparkles,
  brush: IconBrush,
  eraser: IconEraser,
  polygon: IconPolygon,
  box: IconSquare,
  pan: IconHandStop,
};

export function ToolRail(props: { editor: Editor }) {
  const { editor } = props;
  const active = useStore(editor.runner.tool);
  const writable = useStore(editor.writable);
  return (
    <nav className={classes["rail"]} aria-label="Tools">
      {TOOLS.filter((tool) => writable || !tool.writes).map((tool) => {
        const Icon = ICONS[tool.id];
        return (
          <Tooltip
            key={tool.id}
            label={`${tool.label} (${tool.printed})`}
            position="right"
            withArrow
          >
            <button
              type="button"
              className={classes["tool"]}
              aria-label={tool.label}
              aria-pressed={active.id === tool.id}
              onClick={() => editor.runner.choose(tool.id)}
            >
              <Icon size={20} stroke={1.7} aria-hidden />
              <kbd>{tool.printed}</kbd>
            </button>
          </Tooltip>
        );
      })}
    </nav>
  );
}
