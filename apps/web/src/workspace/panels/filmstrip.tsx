import type { Image, Place } from "@limn/shared/api";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { STATE_COLORS } from "../state/image-states.ts";
import classes from "./workspace.module.css";

const THUMB_PX = 112;

/** The images of the project in order; the present one stays in sight. */
export function Filmstrip(props: {
  images: readonly Image[];
  current: string;
  places: readonly Place[];
  me: string;
  onEnd: () => void;
}) {
  const { images, onEnd } = props;
  const scroll = useRef<HTMLElement>(null);
  const virtual = useVirtualizer({
    horizontal: true,
    count: images.length,
    getScrollElement: () => scroll.current,
    estimateSize: () => THUMB_PX,
    overscan: 6,
  });
  const index = images.findIndex((image) => image.id === props.current);
  useEffect(() => {
    if (index >= 0) virtual.scrollToIndex(index, { align: "center" });
  }, [index, virtual]);
  const last = virtual.getVirtualItems().at(-1)?.index ?? 0;
  useEffect(() => {
    if (images.length > 0 && last >= images.length - 3) onEnd();
  }, [last, images.length, onEnd]);
  return (
    <footer
      ref={scroll}
      className={classes["film"]}
      aria-label="Images of the project"
      tabIndex={0}
    >
      <div style={{ width: virtual.getTotalSize(), position: "relative", height: "100%" }}>
        {virtual.getVirtualItems().map((item) => {
          const image = images[item.index];
          if (!image) return null;
          const here = props.places.filter(
            (place) => place.imageId === image.id && place.userId !== props.me,
          );
          return (
            <Link
              key={image.id}
              to="/projects/$projectId/images/$imageId"
              params={{ projectId: image.projectId, imageId: image.id }}
              className={classes["thumb"]}
              data-current={image.id === props.current || undefined}
              aria-current={image.id === props.current ? "page" : undefined}
              aria-label={image.name}
              style={{ transform: `translateX(${item.start}px)` }}
            >
              <img src={`/api/images/${image.id}/thumbnail`} alt="" decoding="async" />
              {image.overlay !== null && (
                <img
                  src={`/api/images/${image.id}/overlay?v=${encodeURIComponent(image.overlay)}`}
                  alt=""
                  decoding="async"
                />
              )}
              <i style={{ background: STATE_COLORS[image.state] }} aria-hidden />
              <span className={classes["hereDots"]}>
                {here.slice(0, 4).map((place) => (
                  <b key={place.userId} style={{ background: place.color }} title={place.name} />
                ))}
              </span>
            </Link>
          );
        })}
      </div>
    </footer>
  );
}
