import { Button, Group, Loader, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { api, IMAGE_SORTS, IMAGE_STATES } from "@limn/shared/api";
import { IconFolder, IconPhotoPlus, IconSearch, IconTrash, IconUpload } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useMemo, useRef, useState, useSyncExternalStore } from "react";
import { call, sentenceOf } from "../../api/client.ts";
import { keys, useClasses, useImages, useProject, type ImageQuery } from "../../api/queries.ts";
import { whenAllSaved } from "../../collab/all-saved.ts";
import { createUploadQueue } from "../../api/upload-queue.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Failure } from "../../ui/failure.tsx";
import { filesOfInput, type PathFile } from "./dropped-files.ts";
import { DropZone } from "./drop-zone.tsx";
import { ImageGrid } from "./image-grid.tsx";
import { STATE_LABELS } from "../../workspace/state/image-states.ts";
import { useMay } from "./project-page.tsx";
import { UploadPanel } from "./upload-panel.tsx";
import classes from "./images-tab.module.css";

const SORT_LABELS: Record<(typeof IMAGE_SORTS)[number], string> = {
  name: "Name, A to Z",
  "-name": "Name, Z to A",
  created: "Oldest first",
  "-created": "Newest first",
  updated: "Longest untouched",
  "-updated": "Last changed",
  objects: "Fewest objects",
  "-objects": "Most objects",
};

export function ImagesTab() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/" });
  const project = useProject(projectId);
  const may = useMay(project.data);
  const client = useQueryClient();
  const queue = useMemo(
    () =>
      createUploadQueue(projectId, () => {
        void client.invalidateQueries({ queryKey: keys.images(projectId) });
        void client.invalidateQueries({ queryKey: keys.project(projectId) });
      }),
    [projectId, client],
  );
  const rows = useSyncExternalStore(queue.subscribe, queue.get);
  const [filter, setFilter] = useState<ImageQuery>({ sort: "name" });
  const [text, setText] = useState("");
  const [q] = useDebouncedValue(text, 200);
  const images = useImages(projectId, q === "" ? filter : { ...filter, q });
  const items = useMemo(
    () => images.data?.pages.flatMap((page) => page.items) ?? [],
    [images.data],
  );
  const total = images.data?.pages[0]?.total ?? 0;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const filtered = q !== "" || filter.state !== undefined || filter.class !== undefined;
  const upload = may("image.upload");
  const add = (files: readonly PathFile[]) => queue.add(files);

  return (
    <DropZone enabled={upload} onFiles={add}>
      <div className={classes["page"]}>
        <Toolbar
          projectId={projectId}
          filter={filter}
          onFilter={setFilter}
          text={text}
          onText={setText}
          total={total}
          upload={upload}
          onFiles={add}
        />
        {selected.size > 0 && (
          <SelectionBar
            projectId={projectId}
            selected={selected}
            mayDelete={may("image.delete")}
            onClear={() => setSelected(new Set())}
          />
        )}
        {images.isError && (
          <Failure sentence={sentenceOf(images.error)} onRetry={() => void images.refetch()} />
        )}
        {images.isPending && <Loader aria-label="Loading images" m="auto" />}
        {images.data && items.length === 0 && rows.length === 0 && (
          <EmptyState
            icon={<IconPhotoPlus size={40} stroke={1.5} />}
            title={filtered ? "No image fits the filter" : "No images yet"}
            text={
              filtered
                ? "Take a filter away to see more."
                : upload
                  ? "Drop photos, folders or zip files anywhere on this page. JPEG, PNG, WebP and TIFF are read."
                  : "A lead of the project adds images."
            }
          />
        )}
        <ImageGrid
          projectId={projectId}
          items={items}
          selected={selected}
          onSelect={setSelected}
          onEnd={() => {
            if (images.hasNextPage && !images.isFetchingNextPage) void images.fetchNextPage();
          }}
        />
        <UploadPanel queue={queue} rows={rows} />
      </div>
    </DropZone>
  );
}

function Toolbar(props: {
  projectId: string;
  filter: ImageQuery;
  onFilter: (filter: ImageQuery) => void;
  text: string;
  onText: (text: string) => void;
  total: number;
  upload: boolean;
  onFiles: (files: readonly PathFile[]) => void;
}) {
  const { filter } = props;
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const list = useClasses(props.projectId);
  const { state: _state, ...withoutState } = filter;
  const { class: _class, ...withoutClass } = filter;
  return (
    <Group gap={8} className={classes["tools"] ?? ""}>
      <TextInput
        aria-label="Find by name"
        placeholder="Find by name"
        leftSection={<IconSearch size={16} />}
        value={props.text}
        onChange={(event) => props.onText(event.currentTarget.value)}
        w={220}
      />
      <Select
        aria-label="State"
        placeholder="Any state"
        clearable
        data={IMAGE_STATES.map((state) => ({ value: state, label: STATE_LABELS[state] }))}
        value={filter.state ?? null}
        onChange={(value) => {
          const state = IMAGE_STATES.find((candidate) => candidate === value);
          props.onFilter(state ? { ...filter, state } : withoutState);
        }}
        w={150}
      />
      <Select
        aria-label="Has class"
        placeholder="Any class"
        clearable
        searchable
        data={(list.data ?? []).map((item) => ({ value: item.id, label: item.name }))}
        value={filter.class ?? null}
        onChange={(value) => props.onFilter(value ? { ...filter, class: value } : withoutClass)}
        w={160}
      />
      <Select
        aria-label="Order"
        allowDeselect={false}
        data={IMAGE_SORTS.map((sort) => ({ value: sort, label: SORT_LABELS[sort] }))}
        value={filter.sort ?? "name"}
        onChange={(value) => {
          const sort = IMAGE_SORTS.find((candidate) => candidate === value);
          if (sort) props.onFilter({ ...filter, sort });
        }}
        w={180}
      />
      <Text size="sm" c="dimmed" style={{ flex: 1 }}>
        {props.total.toLocaleString("en")} images
      </Text>
      {props.upload && (
        <>
          <input
            ref={files}
            type="file"
            hidden
            multiple
            accept="image/*,.zip,.tif,.tiff"
            aria-label="Choose files"
            onChange={(event) => {
              props.onFiles(filesOfInput(event.currentTarget.files));
              event.currentTarget.value = "";
            }}
          />
          <input
            ref={folder}
            type="file"
            hidden
            multiple
            aria-label="Choose a folder"
            {...{ webkitdirectory: "" }}
            onChange={(event) => {
              props.onFiles(filesOfInput(event.currentTarget.files));
              event.currentTarget.value = "";
            }}
          />
          <Button
            variant="default"
            leftSection={<IconFolder size={16} />}
            onClick={() => folder.current?.click()}
          >
            Add a folder
          </Button>
          <Button leftSection={<IconUpload size={16} />} onClick={() => files.current?.click()}>
            Add images
          </Button>
        </>
      )}
    </Group>
  );
}

function SelectionBar(props: {
  projectId: string;
  selected: ReadonlySet<string>;
  mayDelete: boolean;
  onClear: () => void;
}) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const ids = [...props.selected];
  async function exportSelection() {
    try {
      await whenAllSaved();
      await call(api.createExport, {
        params: { projectId: props.projectId },
        body: { format: "coco", filter: { images: ids } },
      });
      await client.invalidateQueries({ queryKey: keys.jobs(props.projectId) });
      notifications.show({ message: "The export has started; it is under Import / Export." });
    } catch (error) {
      notifications.show({ color: "red", message: sentenceOf(error) });
    }
  }
  async function remove() {
    setBusy(true);
    try {
      for (const imageId of ids) await call(api.deleteImage, { params: { imageId } });
      notifications.show({
        message: `${ids.length} images are in the bin (Settings) for 30 days.`,
      });
      props.onClear();
    } catch (error) {
      notifications.show({ color: "red", message: sentenceOf(error) });
    }
    await client.invalidateQueries({ queryKey: keys.images(props.projectId) });
    await client.invalidateQueries({ queryKey: keys.project(props.projectId) });
    setBusy(false);
    setAsking(false);
  }
  return (
    <Group gap={8} className={classes["selection"] ?? ""}>
      <Text size="sm" fw={600} style={{ flex: 1 }}>
        {ids.length} selected
      </Text>
      <Button size="compact-sm" variant="default" onClick={() => void exportSelection()}>
        Export as COCO
      </Button>
      {props.mayDelete && (
        <Button
          size="compact-sm"
          color="red"
          variant="light"
          leftSection={<IconTrash size={14} />}
          onClick={() => setAsking(true)}
        >
          Delete
        </Button>
      )}
      <Button size="compact-sm" variant="subtle" color="gray" onClick={props.onClear}>
        Clear
      </Button>
      <Confirm
        opened={asking}
        title={`Delete ${ids.length} images?`}
        action="Delete"
        busy={busy}
        onConfirm={() => void remove()}
        onClose={() => setAsking(false)}
      >
        They go into the bin for 30 days with their objects; whoever works on one of them now is
        sent out of it.
      </Confirm>
    </Group>
  );
}
