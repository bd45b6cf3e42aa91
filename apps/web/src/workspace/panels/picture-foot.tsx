import type { Editor } from "../editor.ts";
import type { ReadableStore } from "../../state/store.ts";
import { useStore } from "../state/use-store.ts";
import { NoticeLine } from "./notice-line.tsx";
import classes from "./workspace.module.css";

/** The lower edge of the picture: zoom and credit, and above them the notice, so that none covers another. */
export function PictureFoot(props: {
  editor: Editor;
  opened: ReadableStore<boolean>;
  credit: string | null;
}) {
  const { editor, opened, credit } = props;
  const view = useStore(editor.viewport);
  return (
    <div className={classes["foot"]}>
      <NoticeLine notice={editor.notice} opened={opened} />
      <span className={classes["zoom"]}>{Math.round(view.scale * 100)} %</span>
      {credit !== null && <span className={classes["credit"]}>{credit}</span>}
    </div>
  );
}
