import { UnstyledButton } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Notice } from "../state/notice.ts";
import type { ReadableStore } from "../../state/store.ts";
import { useStore } from "../state/use-store.ts";
import classes from "./workspace.module.css";

const SHOWN_MS = 5000;
/** A button needs time to be reached. */
const SHOWN_WITH_ACTION_MS = 15_000;

/** One sentence at the lower edge of the picture, gone after some seconds; read out by screen readers. */
export function NoticeLine(props: {
  notice: ReadableStore<Notice | undefined>;
  opened: ReadableStore<boolean>;
}) {
  const notice = useStore(props.notice);
  const opened = useStore(props.opened);
  const [gone, setGone] = useState(0);
  useEffect(() => {
    if (!notice) return undefined;
    const timer = setTimeout(
      () => setGone(notice.id),
      notice.action ? SHOWN_WITH_ACTION_MS : SHOWN_MS,
    );
    return () => clearTimeout(timer);
  }, [notice]);
  const shown = notice && notice.id !== gone ? notice : undefined;
  const text = shown?.sentence ?? (opened ? "" : "Loading the objects …");
  const action = shown?.action;
  return (
    <div role="status" aria-live="polite">
      {text !== "" && (
        <p className={classes["notice"]}>
          {text}
          {action && (
            <UnstyledButton
              className={classes["noticeAction"] ?? ""}
              onClick={() => {
                setGone(shown.id);
                action.run();
              }}
            >
              {action.label}
            </UnstyledButton>
          )}
        </p>
      )}
    </div>
  );
}
