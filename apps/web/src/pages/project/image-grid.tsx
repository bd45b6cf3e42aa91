import { Checkbox } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import type { Image } from "@limn/shared/api";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { Faces } from "../../ui/avatar.tsx";
import { STATE_COLORS, STATE_LABELS } from "../../workspace/state/image-states.ts";
import { usePlaces } from "./live-context.tsx";
import classes from "./images-tab.module.css";

const CARD_WIDTH_PX = 220;
const ROW_HEIGHT_PX = 228;
const GAP_PX = 12;

/** Thumbnails with their objects drawn on them; only the rows on screen exist in the page. */
export function ImageGrid(props: {
  projectId: string;
  items: readonly Image[];
  selected: ReadonlySet<string>;
  onSelect: (selected: ReadonlySet<string>) => void;
  onEnd: () => void;
}) {
  const { items, onEnd } = props;
  const scroll = useRef<HTMLDivElement>(null);
  const size = useElementSize();
  const columns = Math.max(1, Math.floor((size.width + GAP_PX) / (CARD_WIDTH_PX + GAP_PX)));
  const count = Math.ceil(items.length / columns);
  const rows = useVirtualizer({
    count,
    getScrollElement: () => scroll.current,
    estimateSize: () => ROW_HEIGHT_PX + GAP_PX,
    overscan: 3,
  });
  const visible = rows.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (count > 0 && last >= count - 2) onEnd();
  }, [last, count, onEnd]);
  const anchor = useRef<number | undefined>(undefined);

  function toggle(index: number, range: boolean) {
    const next = new Set(props.selected);
    const item = items[index];
    if (!item) return;
    if (range && anchor.current !== undefined) {
      const [from, to] = [Math.min(anchor.current, index), Math.max(anchor.current, index)];
      for (const each of items.slice(from, to + 1)) next.add(each.id);
    } else if (!next.delete(item.id)) next.add(item.id);
    anchor.current = index;
    props.onSelect(next);
  }

  return (
    // A scrolling region must be reachable by keyboard.
    <div ref={scroll} className={classes["grid"]} tabIndex={0} role="region" aria-label="Images">
      <div ref={size.ref} className={classes["rows"]} style={{ height: rows.getTotalSize() }}>
        {visible.map((row) => (
          <div
            key={row.key}
            className={classes["row"]}
            style={{
              transform: `translateY(${row.start}px)`,
              height: ROW_HEIGHT_PX,
              gridTemplateColumns: `repeat(${columns}, 1fr)`,
            }}
          >
            {items.slice(row.index * columns, (row.index + 1) * columns).map((image, column) => (
              <ImageCard
                key={image.id}
                image={image}
                selected={props.selected.has(image.id)}
                onToggle={(range) => toggle(row.index * columns + column, range)}
              />
            ))}
          </div>
        ))}
      </div>
    </div>
  );
}

function ImageCard(props: { image: Image; selected: boolean; onToggle: (range: boolean) => void }) {
  const { image } = props;
  const here = usePlaces().filter((place) => place.imageId === image.id);
  return (
    <article
      className={classes["card"]}
      data-selected={props.selected || undefined}
      title={image.credit ?? undefined}
    >
      <div className={classes["picture"]}>
        <img src={`/api/images/${image.id}/thumbnail`} alt="" loading="lazy" decoding="async" />
        {image.overlay !== null && (
          <img
            src={`/api/images/${image.id}/overlay?v=${encodeURIComponent(image.overlay)}`}
            alt=""
            loading="lazy"
            decoding="async"
          />
        )}
        <Link
          to="/projects/$projectId/images/$imageId"
          params={{ projectId: image.projectId, imageId: image.id }}
          className={classes["open"]}
          aria-label={`Open ${image.name}`}
        />
        <Checkbox
          className={classes["check"] ?? ""}
          aria-label={`Select ${image.name}`}
          checked={props.selected}
          readOnly
          onClick={(event) => props.onToggle(event.shiftKey)}
        />
        {here.length > 0 && (
          <span className={classes["here"]}>
            <Faces people={here} most={3} size={24} />
          </span>
        )}
      </div>
      <div className={classes["text"]}>
        <span className={classes["name"]} title={image.name}>
          {image.name}
        </span>
        <span className={classes["meta"]}>
          <span
            className={classes["state"]}
            style={{ ["--s" as string]: STATE_COLORS[image.state] }}
          />
          {STATE_LABELS[image.state]} · {image.objects} {image.objects === 1 ? "object" : "objects"}
        </span>
      </div>
    </article>
  );
}
