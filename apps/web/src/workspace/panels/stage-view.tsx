import { useEffect, useRef, useState } from "react";
import type { Editor } from "../editor.ts";
import type { WorkspaceActions } from "../input/actions.ts";
import { attachKeyboard } from "../input/keyboard.ts";
import { attachPointer } from "../input/pointer.ts";
import { mountStage } from "../mount-stage.ts";
import type { PictureSource } from "../state/picture-source.ts";
import { useStore } from "../state/use-store.ts";
import classes from "./workspace.module.css";

/** The element that the stage draws into; nothing that happens on it passes through React. */
export function StageView(props: {
  editor: Editor;
  picture: PictureSource;
  actions: WorkspaceActions;
}) {
  const { editor, picture, actions } = props;
  const host = useRef<HTMLDivElement>(null);
  const [failure, setFailure] = useState("");
  // What the keys do changes with the list of images; a stage that were made anew for that would lose a gesture under way.
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  }, [actions]);
  useEffect(() => {
    const element = host.current;
    if (!element) return undefined;
    const pointer = attachPointer(element, editor);
    const detachKeys = attachKeyboard(editor, () => latest.current, pointer);
    const unmount = mountStage(element, editor, picture, (error) =>
      setFailure(
        `The picture cannot be drawn: this browser gives no WebGL (${error.message}). Turn on hardware acceleration, or use another browser.`,
      ),
    );
    return () => {
      detachKeys();
      pointer.dispose();
      unmount();
    };
  }, [editor, picture]);
  const tool = useStore(editor.runner.tool);
  return (
    <>
      <div
        ref={host}
        className={classes["stage"]}
        style={{ cursor: tool.cursor }}
        tabIndex={0}
        role="application"
        aria-label="Picture. Use the tools on the left; all keys are listed under the question mark."
      />
      {failure !== "" && (
        <p className={classes["failure"]} role="alert">
          {failure}
        </p>
      )}
    </>
  );
}
