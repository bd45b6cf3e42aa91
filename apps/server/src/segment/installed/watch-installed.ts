import { type FSWatcher, watch } from "node:fs";
import { mkdir } from "node:fs/promises";
import { UNFINISHED } from "./installed.ts";

/** What happens within this time is one change: a model that replaces another comes and goes. */
const DELAY_MS = 200;

/** Calls `onChange` soon after a model came to the folder or left it, whoever did that; gives the end of it. */
export async function watchInstalled(
  folder: string,
  onChange: () => void,
  onError: (error: unknown) => void,
): Promise<() => void> {
  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  try {
    await mkdir(folder, { recursive: true });
    watcher = watch(folder, (_event, name) => {
      if (name?.startsWith(UNFINISHED)) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, DELAY_MS);
    });
    watcher.on("error", onError);
  } catch (error) {
    // Where nothing can be watched, pages see the change when they are opened again.
    onError(error);
  }
  return () => {
    watcher?.close();
    clearTimeout(timer);
  };
}
