import type { LiveMessage, Place } from "@limn/shared/api";
import { useQueryClient, type QueryClient } from "@tanstack/react-query";
import { createContext, useContext, useEffect, useState, type ReactNode } from "react";
import { onSignedInAgain, reportSignedOut } from "../../api/client.ts";
import { keys, patchImageInLists } from "../../api/queries.ts";
import { openLive } from "../../collab/live.ts";

const Places = createContext<readonly Place[]>([]);
/** Who is on which image of this project now. */
export const usePlaces = () => useContext(Places);

/** Keeps everything that the project's pages show up to date while one of them is open. */
export function LiveProvider(props: { projectId: string; children: ReactNode }) {
  const { projectId } = props;
  const client = useQueryClient();
  const [places, setPlaces] = useState<readonly Place[]>([]);
  useEffect(() => {
    let opened = false;
    const start = () =>
      openLive(projectId, {
        message: (message) => {
          if (message.type === "places") setPlaces(message.places);
          else applyLiveMessage(client, projectId, message);
        },
        open: () => {
          // After a gap anything may have changed.
          if (opened) void client.invalidateQueries();
          opened = true;
        },
        ended: (code) => {
          if (code === 4401) reportSignedOut();
          else void client.invalidateQueries({ queryKey: keys.project(projectId) });
        },
      });
    let live = start();
    const stop = onSignedInAgain(() => {
      live.close();
      live = start();
    });
    return () => {
      stop();
      live.close();
    };
  }, [client, projectId]);
  return <Places.Provider value={places}>{props.children}</Places.Provider>;
}

function applyLiveMessage(client: QueryClient, projectId: string, message: LiveMessage): void {
  const stale = (queryKey: readonly unknown[]) => void client.invalidateQueries({ queryKey });
  switch (message.type) {
    case "image":
      patchImageInLists(client, message.image);
      break;
    case "image-removed":
    case "images-added":
      stale(keys.images(projectId));
      stale(keys.project(projectId));
      break;
    case "classes":
      client.setQueryData(keys.classes(projectId), message.classes);
      break;
    case "project":
    case "rights":
      stale(keys.project(projectId));
      stale(keys.members(projectId));
      break;
    case "members":
      stale(keys.members(projectId));
      stale(keys.project(projectId));
      break;
    case "models":
      stale(keys.models(projectId));
      break;
    case "job":
      stale(keys.jobs(projectId));
      break;
    case "places":
      break;
  }
}
