import { Button } from "@mantine/core";
import { useEffect, useState } from "react";
import type { RecoveredDrafts } from "../../collab/session.ts";
import { useStore } from "../../workspace/state/use-store.ts";
import type { OpenWorkspace } from "./open-workspace.ts";
import classes from "../../workspace/panels/workspace.module.css";

/** Edits that an earlier session could not save are offered, never thrown away in silence. */
export function DraftBanner(props: { open: OpenWorkspace }) {
  const { editor, session } = props.open;
  const opened = useStore(session.opened);
  const status = useStore(session.status);
  const [drafts, setDrafts] = useState<RecoveredDrafts>();
  useEffect(() => {
    if (!opened) return undefined;
    let gone = false;
    void session.recoverDrafts(editor.document).then((found) => {
      if (!gone) setDrafts(found);
      return undefined;
    });
    return () => {
      gone = true;
    };
  }, [opened, session, editor]);

  if (status.kind === "problem")
    return (
      <div className={classes["banner"]} role="alert">
        <span>{status.sentence}</span>
      </div>
    );
  if (!drafts) return null;
  const settle = (put: boolean) => {
    if (put) {
      try {
        editor.history.perform("Put back unsaved edits", drafts.commands);
      } catch {
        editor.notify("These edits cannot be put back here; they are still kept in this browser.");
        return;
      }
    }
    setDrafts(undefined);
    void session.dropDrafts();
  };
  return (
    <div className={classes["banner"]} role="alert">
      <span>
        Edits of yours to {drafts.objects} {drafts.objects === 1 ? "object" : "objects"} were not
        saved. {drafts.sentence}
      </span>
      <Button size="compact-sm" onClick={() => settle(true)}>
        Put them back
      </Button>
      <Button size="compact-sm" variant="default" onClick={() => settle(false)}>
        Discard
      </Button>
    </div>
  );
}
