import { useRef, useState, type DragEvent, type ReactNode } from "react";
import { filesOfDrop, type PathFile } from "./dropped-files.ts";
import classes from "./images-tab.module.css";

/** Takes files and folders dropped anywhere on the page. Folders need the entries API, which file inputs do not give. */
export function DropZone(props: {
  enabled: boolean;
  onFiles: (files: readonly PathFile[]) => void;
  children: ReactNode;
}) {
  const [over, setOver] = useState(false);
  // Enter and leave also fire for every child; the page is left when they balance.
  const depth = useRef(0);
  const carriesFiles = (event: DragEvent) =>
    props.enabled && event.dataTransfer.types.includes("Files");
  return (
    <div
      style={{ height: "100%", position: "relative" }}
      onDragEnter={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth.current++;
        setOver(true);
      }}
      onDragOver={(event) => {
        if (carriesFiles(event)) event.preventDefault();
      }}
      onDragLeave={(event) => {
        if (carriesFiles(event) && --depth.current === 0) setOver(false);
      }}
      onDrop={(event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        void filesOfDrop(event.dataTransfer).then(props.onFiles);
      }}
    >
      {props.children}
      {over && <div className={classes["drop"]}>Drop to add images, folders or zip files</div>}
    </div>
  );
}
