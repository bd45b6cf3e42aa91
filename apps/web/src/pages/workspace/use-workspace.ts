import type { Image, Me } from "@limn/shared/api";
import { useEffect, useState } from "react";
import { onSignedInAgain, reportSignedOut } from "../../api/client.ts";
import type { SessionEnd } from "../../collab/session.ts";
import { openWorkspace, type OpenOptions, type OpenWorkspace } from "./open-workspace.ts";

export interface WorkspaceState {
  readonly open: OpenWorkspace | undefined;
  /** The image cannot be worked on any more, and why. */
  readonly end: SessionEnd | undefined;
}

/** One open image at a time; opened afresh when the server says that its document cannot go on. */
export function useWorkspace(
  image: Image,
  me: Me,
  write: boolean,
  options: Omit<OpenOptions, "image" | "me" | "write">,
): WorkspaceState {
  const [state, setState] = useState<WorkspaceState>({ open: undefined, end: undefined });
  const [round, setRound] = useState(0);
  const { classes, activeClass, segment, cancelSegment } = options;
  // The image's numbers change with every edit; only its identity and size open it anew.
  const { id, width, height } = image;
  useEffect(() => {
    let gone = false;
    let opened: OpenWorkspace | undefined;
    const stops: (() => void)[] = [];
    const opening = openWorkspace({
      image,
      me,
      write,
      classes,
      activeClass,
      segment,
      cancelSegment,
    }).then((open) => {
      opened = open;
      if (gone) return open.close();
      const { session } = open;
      stops.push(
        session.ended.subscribe(() => {
          const end = session.ended.get();
          if (end?.action === "rebuild") setRound((before) => before + 1);
          else if (end) setState({ open, end });
        }),
        session.status.subscribe(() => {
          const status = session.status.get();
          if (status.kind === "problem" && status.code === 4401) reportSignedOut();
        }),
        onSignedInAgain(() => session.connect()),
      );
      setState({ open, end: undefined });
      return undefined;
    });
    return () => {
      gone = true;
      for (const stop of stops) stop();
      setState({ open: undefined, end: undefined });
      void opening.then(() => opened?.close());
    };
    // eslint-disable-next-line react/exhaustive-deps
  }, [
    id,
    width,
    height,
    me.id,
    me.name,
    me.color,
    write,
    classes,
    activeClass,
    segment,
    cancelSegment,
    round,
  ]);
  return state;
}
