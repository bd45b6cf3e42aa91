import { Anchor, Button, Group, Progress, Text } from "@mantine/core";
import { api, type Job } from "@limn/shared/api";
import { IconDownload } from "@tabler/icons-react";
import { keys, useCall, useMembers } from "../../api/queries.ts";
import { countOf } from "../../ui/count-of.ts";
import { timeAgo } from "../../ui/time-ago.ts";
import { useNow } from "../../ui/use-now.ts";
import classes from "./transfer-tab.module.css";

/** A job with its progress, and what came of it. */
export function JobRow(props: { job: Job }) {
  const { job } = props;
  const members = useMembers(job.projectId);
  const by = members.data?.find((member) => member.userId === job.createdBy)?.name;
  const cancel = useCall(api.cancelJob, [keys.jobs(job.projectId)]);
  const now = useNow();
  const busy = job.state === "waiting" || job.state === "running";
  return (
    <article className={classes["job"]} data-state={job.state}>
      <Group justify="space-between" wrap="nowrap">
        <div>
          <Text size="sm" fw={600}>
            {KINDS[job.kind]} · {STATES[job.state]}
          </Text>
          <Text size="xs" c={job.state === "failed" ? "var(--limn-bad)" : "dimmed"}>
            {by ?? (members.data ? "Somebody who has left" : "…")}, {timeAgo(job.createdAt, now)}
            {job.message === "" ? "" : ` · ${job.message}`}
          </Text>
        </div>
        {busy && (
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => cancel.mutate({ params: { jobId: job.id } })}
          >
            Cancel
          </Button>
        )}
        {job.file !== null && job.state === "done" && (
          <Anchor
            href={`/api/jobs/${job.id}/file`}
            download={job.file}
            className={classes["download"] ?? ""}
          >
            <IconDownload size={16} /> {job.file}
          </Anchor>
        )}
      </Group>
      {busy && <Progress size="sm" value={job.progress * 100} aria-label="Progress" />}
      {job.receipt && <ReceiptView receipt={job.receipt} />}
    </article>
  );
}

const KINDS: Record<Job["kind"], string> = {
  export: "Export",
  import: "Import",
  learn: "Learning",
};
const STATES: Record<Job["state"], string> = {
  waiting: "waiting",
  running: "running",
  done: "done",
  failed: "failed",
  cancelled: "cancelled",
};

function ReceiptView(props: { receipt: NonNullable<Job["receipt"]> }) {
  const { receipt } = props;
  const refused = receipt.files.filter((file) => file.reason !== undefined && file.reason !== "");
  return (
    <div>
      <Text size="sm">
        {countOf(receipt.images, "image")}, {countOf(receipt.objects, "object")}, {receipt.classes}{" "}
        {receipt.classes === 1 ? "class" : "classes"}
      </Text>
      {receipt.warnings.length + refused.length > 0 && (
        <details>
          <summary>
            {receipt.warnings.length + refused.length}{" "}
            {receipt.warnings.length + refused.length === 1 ? "remark" : "remarks"}
          </summary>
          <ul className={classes["remarks"]}>
            {receipt.warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
            {refused.map((file) => (
              <li key={file.name}>
                {file.name}: {file.reason}
              </li>
            ))}
          </ul>
        </details>
      )}
    </div>
  );
}
