import { Button, Group } from "@mantine/core";
import { IconMapOff, IconMoodSad } from "@tabler/icons-react";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { EmptyState } from "../ui/empty-state.tsx";

/** Shown when a page itself fails: what is safe and the way on. */
export function PageFailure(props: ErrorComponentProps) {
  return (
    <main>
      <EmptyState
        icon={<IconMoodSad size={40} />}
        title="This page stopped working"
        text="Everything that was called saved is safe on the server, and unsent edits are kept in this browser. Reload to go on."
      >
        <Group mt="md">
          <Button onClick={() => location.reload()}>Reload</Button>
          <Button variant="default" component={Link} to="/">
            All projects
          </Button>
        </Group>
        <details>
          <summary>Details</summary>
          <code>{props.error instanceof Error ? props.error.message : String(props.error)}</code>
        </details>
      </EmptyState>
    </main>
  );
}

export function NotFound() {
  return (
    <main>
      <EmptyState
        icon={<IconMapOff size={40} />}
        title="There is nothing at this address"
        text="The page may have moved, or the link is incomplete."
      >
        <Button mt="md" component={Link} to="/">
          All projects
        </Button>
      </EmptyState>
    </main>
  );
}
