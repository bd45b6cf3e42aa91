import { useEffect, useState } from "react";
import type { Notice } from "../editor.ts";
import type { ReadableStore } from "../state/store.ts";
import { useStore } from "../state/use-store.ts";
import classes from "./workspace.module.css";

const SHOWN_MS = 5000;

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
    const timer = setTimeout(() => setGone(notice.id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  const text =
    notice && notice.id !== gone ? notice.sentence : opened ? "" : "Loading the objects …";
  return (
    <div role="status" aria-live="polite">
      {text !== "" && <p className={classes["notice"]}>{text}</p>}
    </div>
  );
}
