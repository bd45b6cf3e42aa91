import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { api, DEFAULT_MODEL, type LearnReport, type Model } from "@limn/shared/api";
import { useParams } from "@tanstack/react-router";
import { useId, useState } from "react";
import { sentenceOf } from "../../api/client.ts";
import { keys, useCall, useJobs, useMembers, useModels, useProject } from "../../api/queries.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { countOf } from "../../ui/count-of.ts";
import { Failure } from "../../ui/failure.tsx";
import { timeAgo } from "../../ui/time-ago.ts";
import { useNow } from "../../ui/use-now.ts";
import { BringModel, TrialResult } from "./bring-model.tsx";
import { JobRow } from "./job-row.tsx";
import classes from "./model-tab.module.css";
import { useMay } from "./project-page.tsx";

/** The network that answers clicks in this project: which one, and how to make it know the project's pictures. */
export function ModelTab() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/model" });
  const may = useMay(useProject(projectId).data);
  const models = useModels(projectId);
  const manage = may("model.manage");
  const heading = useId();
  const items = models.data?.items ?? [];
  const isInUse = ({ id }: Model): boolean => id === models.data?.chosen;
  const inUseFirst = items.toSorted((a, b) => Number(isInUse(b)) - Number(isInUse(a)));
  return (
    <Stack maw={820} mx="auto" p={24} gap={24}>
      <div>
        <Title order={1} fz={20}>
          Model
        </Title>
        <Text size="sm" c="dimmed">
          The network that finds an outline from a box or clicks. Everybody in this project gets the
          one in use.
        </Text>
      </div>
      {models.isError && (
        <Failure sentence={sentenceOf(models.error)} onRetry={() => void models.refetch()} />
      )}
      <Stack gap={12} component="section" aria-labelledby={heading}>
        <Title order={2} fz={16} id={heading}>
          Networks
        </Title>
        {inUseFirst.map((model) => (
          <ModelCard
            key={model.id}
            projectId={projectId}
            model={model}
            inUse={isInUse(model)}
            manage={manage}
          />
        ))}
      </Stack>
      {manage && <Learn projectId={projectId} />}
      {manage && <BringModel projectId={projectId} />}
    </Stack>
  );
}

function Learn(props: { projectId: string }) {
  const { projectId } = props;
  const jobs = useJobs(projectId);
  const learn = useCall(api.learnModel, [keys.jobs(projectId)]);
  const latest = jobs.data?.find(({ kind }) => kind === "learn");
  const busy = latest?.state === "waiting" || latest?.state === "running";
  return (
    <section className={classes["card"]}>
      <Group justify="space-between" align="start" wrap="nowrap" gap={24}>
        <div>
          <Title order={2} fz={16}>
            Learn from this project
          </Title>
          <Text size="sm" c="dimmed">
            Fits the network&apos;s last layer to the masks that are finished here, up to 200 of
            them, and counts the clicks it saves on images that it was not fitted to. It takes
            minutes, pays most where all pictures are of one kind, and changes nothing until you
            choose it.
          </Text>
        </div>
        <Button
          loading={learn.isPending}
          disabled={busy}
          style={{ flex: "none" }}
          onClick={() => learn.mutate({ params: { projectId } })}
        >
          Learn
        </Button>
      </Group>
      {learn.isError && <Failure sentence={sentenceOf(learn.error)} />}
      {latest && <JobRow job={latest} />}
    </section>
  );
}

const KINDS: Record<Model["kind"], string> = {
  default: "comes with Limn",
  installed: "installed on this server",
  learnt: "learnt here",
  uploaded: "uploaded here",
};

function ModelCard(props: { projectId: string; model: Model; inUse: boolean; manage: boolean }) {
  const { projectId, model, inUse, manage } = props;
  const stale = [keys.models(projectId)];
  const choose = useCall(api.chooseModel, stale);
  const remove = useCall(api.deleteModel, stale);
  const [asking, setAsking] = useState(false);
  const now = useNow();
  const members = useMembers(projectId);
  const by = members.data?.find((member) => member.userId === model.createdBy)?.name;
  const facts = [
    KINDS[model.kind],
    model.architecture,
    model.licence,
    model.createdAt === null ? null : timeAgo(model.createdAt, now),
    by,
  ].filter((fact) => fact !== null && fact !== undefined);
  const failure = choose.error ?? remove.error;
  return (
    <article className={classes["card"]} data-in-use={inUse || undefined}>
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Group gap={8}>
            <Text fw={600}>{model.name}</Text>
            {inUse && <Badge size="sm">In use</Badge>}
          </Group>
          <Text size="xs" c="dimmed">
            {facts.join(" · ")}
          </Text>
        </div>
        {manage && (
          <Group gap={8} wrap="nowrap">
            {!inUse && (
              <Button
                size="compact-sm"
                variant="default"
                loading={choose.isPending}
                onClick={() => choose.mutate({ params: { projectId }, body: { model: model.id } })}
              >
                Use in this project
              </Button>
            )}
            {model.id !== DEFAULT_MODEL && model.kind !== "installed" && (
              <Button
                size="compact-sm"
                variant="subtle"
                color="red"
                onClick={() => setAsking(true)}
              >
                Remove
              </Button>
            )}
          </Group>
        )}
      </Group>
      {failure && <Failure sentence={sentenceOf(failure)} />}
      {model.report && <Report report={model.report} />}
      {model.trial && <TrialResult projectId={projectId} modelId={model.id} trial={model.trial} />}
      <Confirm
        opened={asking}
        title={`Remove ${model.name}?`}
        action="Remove"
        busy={remove.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          remove.mutate(
            { params: { projectId, modelId: model.id } },
            { onSuccess: () => setAsking(false) },
          )
        }
      >
        {inUse
          ? "The project goes back to the network that comes with Limn. Masks that were drawn stay as they are."
          : "Masks that were drawn with it stay as they are."}
      </Confirm>
    </article>
  );
}

function Report(props: { report: LearnReport }) {
  const { objects, images, measured, before, after } = props.report;
  return (
    <div>
      <dl className={classes["figures"]}>
        <Figure
          label="Clicks to 90 % after a box"
          before={before.clicks.toFixed(1)}
          after={after.clicks.toFixed(1)}
        />
        <Figure
          label="Overlap after the box alone"
          before={`${Math.round(before.iou * 100)} %`}
          after={`${Math.round(after.iou * 100)} %`}
        />
      </dl>
      <Text size="xs" c="dimmed">
        From {countOf(objects, "object")} of {countOf(images, "image")}; clicks counted on{" "}
        {countOf(measured, "object")}, each by a layer fitted without its image.
      </Text>
    </div>
  );
}

function Figure(props: { label: string; before: string; after: string }) {
  return (
    <div>
      <dt>{props.label}</dt>
      <dd>
        <span>{props.before}</span> → <b>{props.after}</b>
      </dd>
    </div>
  );
}
