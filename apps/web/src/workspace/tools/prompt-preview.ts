import type { StoredPrompt } from "@limn/shared/document";
import type { ImagePoint } from "@limn/shared/geometry";
import type { CandidatePlace } from "../state/preview.ts";
import { clicksOf, isClick, type PromptChange } from "./prompts.ts";
import type { ToolContext } from "./tool.ts";

/** A shorter wait is not shown: marks that come and go at once tell nothing, and drawing them keeps the network waiting. */
const WAIT_SHOWN_MS = 150;

export interface PromptPreview {
  /** Shows the prompts as they are now; `hot` is the one under the pointer. */
  show(hot?: string): void;
  /** Shows what is new, unless a gesture shows something else by now. */
  refresh(): void;
  clear(): void;
}

/** Shows the prompts of the object at hand, to its user on the stage and to the others. */
export function createPromptPreview(
  ctx: ToolContext,
  read: () => {
    prompts: readonly StoredPrompt[];
    pending: PromptChange | undefined;
    candidate: CandidatePlace | undefined;
  },
): PromptPreview {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLong = false;

  const watchWait = (isWaiting: boolean): void => {
    if (!isWaiting) {
      clearTimeout(timer);
      timer = undefined;
      isLong = false;
    } else
      timer ??= setTimeout(() => {
        isLong = true;
        refresh();
      }, WAIT_SHOWN_MS);
  };

  const show = (hot?: string): void => {
    const { prompts, pending, candidate } = read();
    watchWait(pending !== undefined);
    const [first, ...rest] = prompts;
    // A first box looks as it did while it was drawn, so that nothing is drawn anew.
    if (pending && !isLong && first?.kind === "box" && rest.length === 0)
      ctx.preview.set({ box: first.box });
    else {
      const busy = isLong ? placeOf(pending?.set.at(-1)) : undefined;
      ctx.preview.set({
        prompts,
        ...(candidate ? { candidate } : {}),
        ...(hot === undefined ? {} : { hotPrompt: hot }),
        ...(busy ? { busy } : {}),
      });
    }
    shown = ctx.preview.get();
    const box = pending?.set.findLast((prompt) => prompt.kind === "box");
    ctx.showDraft(
      pending && {
        kind: "smart",
        ...(box?.kind === "box" ? { box: box.box } : {}),
        clicks: clicksOf(prompts),
      },
    );
  };
  const refresh = (): void => {
    if (ctx.preview.get() === shown) show();
  };
  let shown = ctx.preview.get();

  return {
    show,
    refresh,
    clear() {
      watchWait(false);
      ctx.preview.set({});
      ctx.showDraft(undefined);
    },
  };
}

function placeOf(prompt: StoredPrompt | undefined): ImagePoint | undefined {
  if (prompt?.kind === "box")
    return { x: prompt.box.x + prompt.box.width / 2, y: prompt.box.y + prompt.box.height / 2 };
  return prompt && isClick(prompt) ? prompt.point : undefined;
}
