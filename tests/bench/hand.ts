import type { BrowserContext } from "playwright-core";

/** What a bench does with the pointer, inside the page. Points are shares of the picture's element, 0..1. */
export interface Hand {
  press(x: number, y: number, button?: 0 | 1): void;
  move(x: number, y: number): void;
  release(x: number, y: number): void;
  /** Turns the wheel over the middle; negative is towards the picture. */
  wheel(deltaY: number): void;
  /** Resolves in the next animation frame. */
  frame(): Promise<void>;
  /** Resolves when the next frame was handed to the browser's compositor, which in software has drawn it by then. */
  drawn(): Promise<void>;
  /** Main-thread milliseconds of the stage's frames so far. */
  stage(): { readonly frames: readonly number[]; readonly complete: boolean };
}

declare global {
  interface Window {
    hand: Hand;
  }
}

/** Every page of the context gets a hand: events dispatched in the page, so that no messages to it are measured. */
export async function giveHand(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    type Host = HTMLElement & { stageCost?: () => ReturnType<Hand["stage"]> };
    let button: 0 | 1 = 0;
    const host = (): Host => {
      const found = document.querySelector<Host>('[role="application"]');
      if (!found) throw new Error("the picture is not on screen");
      // Events made by scripts have no pointer that could be captured.
      found.setPointerCapture = () => {};
      return found;
    };
    const send = (type: string, x: number, y: number): void => {
      const element = host();
      const area = element.getBoundingClientRect();
      element.dispatchEvent(
        new PointerEvent(type, {
          pointerId: 1,
          button: type === "pointermove" ? -1 : button,
          buttons: button === 1 ? 4 : 1,
          clientX: area.left + x * area.width,
          clientY: area.top + y * area.height,
          bubbles: true,
        }),
      );
    };
    const frame = () => new Promise<void>((resolve) => requestAnimationFrame(() => resolve()));
    window.hand = {
      press(x, y, which = 0) {
        button = which;
        send("pointerdown", x, y);
      },
      move: (x, y) => send("pointermove", x, y),
      release: (x, y) => send("pointerup", x, y),
      wheel(deltaY) {
        const area = host().getBoundingClientRect();
        const clientX = area.left + area.width / 2;
        const clientY = area.top + area.height / 2;
        const init = { deltaY, clientX, clientY, bubbles: true, cancelable: true };
        host().dispatchEvent(new WheelEvent("wheel", init));
      },
      frame,
      async drawn() {
        await frame();
        // A message comes after the rendering that the frame belongs to.
        await new Promise<void>((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener("message", () => {
            port1.close();
            resolve();
          });
          port1.start();
          port2.postMessage(undefined);
        });
      },
      stage: () => host().stageCost?.() ?? { frames: [], complete: false },
    };
  });
}
