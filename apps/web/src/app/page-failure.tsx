import { Button, Group } from "@mantine/core";
import { IconMapOff, IconMoodSad } from "@tabler/icons-react";
import { Link, type ErrorComponentProps } from "@tanstack/react-router";
import { EmptyState } from "../ui/empty-state.tsx";

/** How Chromium, Firefox, Safari and the bundler say that a part of the program did not come. */
const NOT_LOADED =
  /dynamically imported module|Importing a module script failed|Unable to preload CSS/;

/** Shown when a page itself fails: what is safe and the way on. */
export function PageFailure(props: ErrorComponentProps) {
  const unloaded = props.error instanceof Error && NOT_LOADED.test(props.error.message);
  return (
    <main>
      <EmptyState
        icon={<IconMoodSad size={40} />}
        title={unloaded ? "This page could not be loaded" : "This page stopped working"}
        text={`${unloaded ? "The server does not answer, or it has been updated since. " : ""}Everything that was called saved is safe on the server, and unsent edits are kept in this browser. Reload to go on.`}
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
