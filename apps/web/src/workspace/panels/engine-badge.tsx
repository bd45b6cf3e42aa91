import { Popover, UnstyledButton } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import type { EngineStatus } from "../state/status.ts";
import type { ReadableStore } from "../../state/store.ts";
import { useStore } from "../state/use-store.ts";
import classes from "./workspace.module.css";

const LABELS: Record<EngineStatus["engine"], string> = {
  starting: "starting",
  gpu: "GPU",
  cpu: "CPU",
  server: "server",
  none: "no network",
};
const MEANING: Record<EngineStatus["engine"], string> = {
  starting: "The network is being loaded.",
  gpu: "The network runs on this computer's graphics card.",
  cpu: "The network runs on this computer's processor.",
  server: "The network runs on the server.",
  none: "The network does not run anywhere at the moment.",
};

/** Where the network runs, how long its last answer took, and why not somewhere faster. */
export function EngineBadge(props: { status: ReadableStore<EngineStatus> }) {
  const status = useStore(props.status);
  return (
    <Popover position="bottom-end" withArrow width={320}>
      <Popover.Target>
        <UnstyledButton
          className={classes["engine"] ?? ""}
          data-engine={status.engine}
          data-testid="engine"
        >
          <IconBolt size={14} aria-hidden />
          <b>{LABELS[status.engine]}</b>
          {status.lastMs !== undefined && <span>{Math.round(status.lastMs)} ms</span>}
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown fz="sm">
        <p className={classes["plain"]}>{MEANING[status.engine]}</p>
        {status.model !== undefined && (
          <p className={classes["plain"]}>
            In use: <b>{status.model}</b>
          </p>
        )}
        {status.stages && (
          <table className={classes["stages"]}>
            <tbody>
              {Object.entries(status.stages).map(([stage, ms]) => (
                <tr key={stage}>
                  <td>{stage}</td>
                  <td>{ms.toFixed(1)} ms</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
        {status.reasons.map((reason) => (
          <p key={reason} className={classes["plain"]}>
            {reason}
          </p>
        ))}
      </Popover.Dropdown>
    </Popover>
  );
}
