import { Slider } from "@mantine/core";
import type { Editor } from "../editor.ts";
import { useStore } from "../state/use-store.ts";
import classes from "./workspace.module.css";

/** How strongly objects cover the picture; kept in this browser. */
export function ViewSliders(props: { editor: Editor }) {
  const { settings } = props.editor;
  const { fill, outlinePx } = useStore(settings);
  return (
    <div className={classes["sliders"]}>
      <label>
        Fill
        <Slider
          size="sm"
          label={null}
          thumbLabel="Fill opacity"
          min={0}
          max={1}
          step={0.01}
          value={fill}
          onChange={(value) => settings.update((before) => ({ ...before, fill: value }))}
        />
        <span>{Math.round(fill * 100)} %</span>
      </label>
      <label>
        Outline
        <Slider
          size="sm"
          label={null}
          thumbLabel="Outline width"
          min={0}
          max={5}
          step={0.25}
          value={outlinePx}
          onChange={(value) => settings.update((before) => ({ ...before, outlinePx: value }))}
        />
        <span>{outlinePx} px</span>
      </label>
    </div>
  );
}
