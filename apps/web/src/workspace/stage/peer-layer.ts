import { boxToRing, imageToScreen, type ViewTransform } from "@limn/shared/geometry";
import { Container, Graphics } from "pixi.js";
import type { Peer } from "../state/peers.ts";
import classes from "./peer-layer.module.css";
import { toScreen } from "./to-screen.ts";

export interface PeerLayer {
  readonly container: Container;
  draw(peers: readonly Peer[], view: ViewTransform): void;
  destroy(): void;
}

/** Other people: strokes and shapes under way in their colour, cursors with name and tool as elements over the canvas. */
export function createPeerLayer(overlay: HTMLElement): PeerLayer {
  const container = new Container();
  const graphics = new Graphics();
  container.addChild(graphics);
  const cursors = new Map<number, { root: HTMLElement; label: HTMLElement }>();

  const cursorOf = (peer: Peer) => {
    const known = cursors.get(peer.clientId);
    if (known) return known;
    const root = document.createElement("div");
    root.className = classes["cursor"] ?? "";
    root.setAttribute("aria-hidden", "true");
    root.innerHTML =
      '<svg width="18" height="18" viewBox="0 0 24 24"><path d="M4 3l16 8-7 2-3 7z" fill="var(--c)" stroke="#fff" stroke-width="1.5"/></svg>';
    const label = document.createElement("span");
    root.append(label);
    overlay.append(root);
    const made = { root, label };
    cursors.set(peer.clientId, made);
    return made;
  };

  const drawCursor = (peer: Peer, view: ViewTransform): void => {
    if (!peer.state.cursor) return;
    const { root, label } = cursorOf(peer);
    const at = imageToScreen(view, peer.state.cursor);
    root.style.transform = `translate(${at.x}px, ${at.y}px)`;
    root.style.setProperty("--c", peer.state.user.color);
    const { name } = peer.state.user;
    const doing = peer.state.tool === "" ? "" : ` · ${peer.state.tool}`;
    if (label.textContent !== name + doing) {
      // Isolated: a name in Arabic, or with marks of direction in it, must not turn the rest around.
      const isolated = document.createElement("bdi");
      isolated.textContent = name;
      label.replaceChildren(isolated, doing);
    }
    root.dataset["idle"] = String(peer.idle);
  };

  const drawWork = (peer: Peer, view: ViewTransform): void => {
    const { stroke, draft } = peer.state;
    const { color } = peer.state.user;
    if (stroke && stroke.points.length >= 2) {
      const flat = toScreen(stroke.points, view);
      const width = 2 * stroke.radius * view.scale;
      const alpha = stroke.mode === "add" ? 0.5 : 0.25;
      if (flat.length === 2)
        graphics.circle(flat[0] ?? 0, flat[1] ?? 0, width / 2).fill({ color, alpha });
      else graphics.poly(flat, false).stroke({ color, width, alpha, cap: "round", join: "round" });
    }
    if (draft?.kind === "polygon" && draft.points.length >= 4)
      graphics.poly(toScreen(draft.points, view), false).stroke({ color, width: 2 });
    if (draft && draft.kind !== "polygon" && draft.box)
      graphics.poly(toScreen(boxToRing(draft.box), view), true).stroke({ color, width: 2 });
    if (draft?.kind !== "smart") return;
    for (const click of draft.clicks) {
      const at = imageToScreen(view, click);
      graphics
        .circle(at.x, at.y, 5)
        .fill(click.inside ? "#30a46c" : "#e5484d")
        .stroke({ color, width: 2 });
    }
  };

  return {
    container,
    draw(peers, view) {
      graphics.clear();
      const present = new Set<number>();
      for (const peer of peers) {
        drawWork(peer, view);
        if (!peer.state.cursor) continue;
        present.add(peer.clientId);
        drawCursor(peer, view);
      }
      for (const [id, { root }] of cursors)
        if (!present.has(id)) {
          root.remove();
          cursors.delete(id);
        }
    },
    destroy() {
      for (const { root } of cursors.values()) root.remove();
      container.destroy({ children: true });
    },
  };
}
