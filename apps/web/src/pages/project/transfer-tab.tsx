import {
  Button,
  Checkbox,
  FileInput,
  Group,
  Progress,
  Select,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { addressOf, api, IMAGE_STATES } from "@limn/shared/api";
import { IconFileZip } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { sendForm, sentenceOf } from "../../api/client.ts";
import { keys, useCall, useFormats, useJobs, useProject } from "../../api/queries.ts";
import { whenAllSaved } from "../../collab/all-saved.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Failure } from "../../ui/failure.tsx";
import { STATE_LABELS } from "../../workspace/state/image-states.ts";
import { JobRow } from "./job-row.tsx";
import { useMay } from "./project-page.tsx";
import classes from "./transfer-tab.module.css";

export function TransferTab() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/transfer" });
  const may = useMay(useProject(projectId).data);
  const jobs = useJobs(projectId);
  const transfers = jobs.data?.filter(({ kind }) => kind !== "learn");
  return (
    <Stack maw={920} mx="auto" p={24} gap={28}>
      <Title order={1} fz={20}>
        Import / Export
      </Title>
      <div className={classes["columns"]}>
        <ExportCard projectId={projectId} />
        {may("data.import") && <ImportCard projectId={projectId} />}
      </div>
      <section>
        <Title order={2} fz={16} mb="sm">
          Jobs
        </Title>
        {jobs.isError && (
          <Failure sentence={sentenceOf(jobs.error)} onRetry={() => void jobs.refetch()} />
        )}
        {transfers?.length === 0 && (
          <EmptyState
            icon={<IconFileZip size={36} stroke={1.5} />}
            title="Nothing was exported or imported yet"
            text="Each export and import stands here with its progress and a receipt of what it did."
          />
        )}
        <Stack gap={8}>
          {transfers?.map((job) => (
            <JobRow key={job.id} job={job} />
          ))}
        </Stack>
      </section>
    </Stack>
  );
}

function Card(props: { title: string; text: string; children: ReactNode }) {
  return (
    <section className={classes["card"]}>
      <Title order={2} fz={16}>
        {props.title}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {props.text}
      </Text>
      {props.children}
    </section>
  );
}

function ExportCard(props: { projectId: string }) {
  const { projectId } = props;
  const formats = useFormats();
  const writable = formats.data?.filter((format) => format.write) ?? [];
  const [format, setFormat] = useState("coco");
  const [state, setState] = useState<string | null>(null);
  const [withImages, setWithImages] = useState(false);
  const create = useCall(api.createExport, [keys.jobs(projectId)], whenAllSaved);
  const chosen = writable.find((candidate) => candidate.id === format);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const filterState = IMAGE_STATES.find((candidate) => candidate === state);
    create.mutate({
      params: { projectId },
      body: { format, withImages, ...(filterState ? { filter: { state: filterState } } : {}) },
    });
  };
  return (
    <Card title="Export" text="Takes what is stored at this moment, the last stroke included.">
      <form onSubmit={submit}>
        <Stack>
          {create.isError && <Failure sentence={sentenceOf(create.error)} />}
          <Select
            label="Format"
            description={chosen?.keeps}
            allowDeselect={false}
            data={writable.map((candidate) => ({ value: candidate.id, label: candidate.label }))}
            value={format}
            onChange={(value) => setFormat(value ?? "coco")}
          />
          <Select
            label="Images"
            placeholder="All images"
            clearable
            data={IMAGE_STATES.map((each) => ({ value: each, label: STATE_LABELS[each] }))}
            value={state}
            onChange={setState}
          />
          <Checkbox
            label="Put the pictures into the archive"
            checked={withImages}
            onChange={(event) => setWithImages(event.currentTarget.checked)}
          />
          <Button type="submit" loading={create.isPending}>
            Export
          </Button>
        </Stack>
      </form>
    </Card>
  );
}

const MODES = [
  { value: "append", label: "Add the objects to what is there" },
  { value: "merge", label: "Add only what is not there yet" },
  { value: "replace", label: "Replace the objects of the images in the file" },
];

function ImportCard(props: { projectId: string }) {
  const { projectId } = props;
  const client = useQueryClient();
  const formats = useFormats();
  const readable = formats.data?.filter((format) => format.read) ?? [];
  const [files, setFiles] = useState<File[]>([]);
  const [format, setFormat] = useState("auto");
  const [mode, setMode] = useState("append");
  const [share, setShare] = useState<number | null>(null);
  const [failure, setFailure] = useState("");
  async function start(dryRun: boolean) {
    const form = new FormData();
    form.append("format", format);
    form.append("mode", mode);
    form.append("dryRun", String(dryRun));
    for (const file of files) form.append("files", file, file.name);
    setFailure("");
    setShare(0);
    try {
      await sendForm(addressOf(api.createImport, { params: { projectId } }), form, {
        onProgress: setShare,
      });
      if (!dryRun) setFiles([]);
      await client.invalidateQueries({ queryKey: keys.jobs(projectId) });
    } catch (error) {
      setFailure(sentenceOf(error));
    }
    setShare(null);
  }
  return (
    <Card
      title="Import"
      text="Annotation files, or a zip with annotations and pictures. Pictures are matched by their path."
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void start(false);
        }}
      >
        <Stack>
          {failure !== "" && <Failure sentence={failure} />}
          <FileInput
            label="Files"
            placeholder="Choose .json, .zip and pictures"
            multiple
            clearable
            value={files}
            onChange={setFiles}
          />
          <Select
            label="Format"
            allowDeselect={false}
            data={[
              { value: "auto", label: "Find out" },
              ...readable.map((candidate) => ({ value: candidate.id, label: candidate.label })),
            ]}
            value={format}
            onChange={(value) => setFormat(value ?? "auto")}
          />
          <Select
            label="What to do"
            allowDeselect={false}
            data={MODES}
            value={mode}
            onChange={(value) => setMode(value ?? "append")}
          />
          {share !== null && <Progress value={share * 100} aria-label="Sending" />}
          <Group grow>
            <Button
              variant="default"
              disabled={files.length === 0 || share !== null}
              onClick={() => void start(true)}
            >
              Try without writing
            </Button>
            <Button type="submit" disabled={files.length === 0} loading={share !== null}>
              Import
            </Button>
          </Group>
        </Stack>
      </form>
    </Card>
  );
}
