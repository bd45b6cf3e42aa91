import { ActionIcon, Button, Progress } from "@mantine/core";
import {
  IconAlertCircle,
  IconCheck,
  IconClock,
  IconCopy,
  IconLoader2,
  IconX,
} from "@tabler/icons-react";
import type { UploadQueue, UploadRow } from "../../api/upload-queue.ts";
import { formatBytes } from "../../ui/bytes.ts";
import classes from "./images-tab.module.css";

const ICONS: Record<UploadRow["state"], typeof IconCheck> = {
  waiting: IconClock,
  sending: IconLoader2,
  done: IconCheck,
  duplicate: IconCopy,
  refused: IconAlertCircle,
  failed: IconAlertCircle,
};

/** One row per file that is on its way: how far, done, known already, or refused and why. */
export function UploadPanel(props: { queue: UploadQueue; rows: readonly UploadRow[] }) {
  const { queue, rows } = props;
  if (rows.length === 0) return null;
  const busy = rows.filter((row) => row.state === "waiting" || row.state === "sending").length;
  const failed = rows.filter((row) => row.state === "failed").length;
  return (
    <section className={classes["uploads"]} aria-label="Uploads">
      <div className={classes["uploadHead"]} role="status">
        <span style={{ flex: 1 }}>
          {busy > 0
            ? `Adding ${rows.length - busy + 1} of ${rows.length}`
            : `${rows.length} files looked at`}
        </span>
        {failed > 0 && (
          <Button size="compact-xs" variant="default" onClick={() => queue.retryFailed()}>
            Retry {failed}
          </Button>
        )}
        {busy > 0 ? (
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => queue.cancelAll()}>
            Cancel
          </Button>
        ) : (
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label="Close the list"
            onClick={() => queue.clearFinished()}
          >
            <IconX size={16} />
          </ActionIcon>
        )}
      </div>
      <ul className={classes["uploadList"]}>
        {rows.map((row) => (
          <Row key={row.id} row={row} onRetry={() => queue.retry(row.id)} />
        ))}
      </ul>
    </section>
  );
}

const COLORS: Record<UploadRow["state"], string> = {
  waiting: "var(--limn-dim)",
  sending: "var(--limn-accent-text)",
  done: "var(--limn-ok)",
  duplicate: "var(--limn-dim)",
  refused: "var(--limn-bad)",
  failed: "var(--limn-bad)",
};

function Row(props: { row: UploadRow; onRetry: () => void }) {
  const { row } = props;
  const Icon = ICONS[row.state];
  const bad = row.state === "refused" || row.state === "failed";
  const refused =
    row.results.length > 1 ? row.results.filter((result) => result.status === "refused") : [];
  return (
    <li className={classes["upload"]} data-bad={bad || undefined} data-state={row.state}>
      <Icon size={16} color={COLORS[row.state]} aria-hidden />
      <span
        style={{ overflow: "hidden", textOverflow: "ellipsis", whiteSpace: "nowrap" }}
        title={row.name}
      >
        {row.name}
      </span>
      <span style={{ color: "var(--limn-dim)", fontSize: 12 }}>
        {row.state === "sending"
          ? row.share < 1
            ? `${Math.round(row.share * 100)} %`
            : "reading"
          : row.state === "done"
            ? "done"
            : row.state === "duplicate"
              ? "known already"
              : row.state === "waiting"
                ? formatBytes(row.size)
                : row.state}
      </span>
      {row.state === "sending" && (
        <Progress
          style={{ gridColumn: "2 / 4" }}
          size={3}
          value={row.share * 100}
          aria-label={`Sending ${row.name}`}
        />
      )}
      {row.reason !== "" && <p>{row.reason}</p>}
      {refused.map((result) => (
        <p key={result.name}>
          {result.name}: {result.reason}
        </p>
      ))}
      {row.state === "failed" && (
        <p>
          <Button size="compact-xs" variant="default" onClick={props.onRetry}>
            Try again
          </Button>
        </p>
      )}
    </li>
  );
}
