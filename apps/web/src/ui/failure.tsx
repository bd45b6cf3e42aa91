import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";

/** A failure in place: what happened and the one thing to do about it. */
export function Failure(props: { sentence: string; onRetry?: () => void }) {
  return (
    <Alert
      role="alert"
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} />}
      styles={{ message: { color: "var(--limn-text)" } }}
    >
      <Group justify="space-between" gap={12}>
        <Text size="sm">{props.sentence}</Text>
        {props.onRetry && (
          <Button size="xs" variant="default" onClick={props.onRetry}>
            Try again
          </Button>
        )}
      </Group>
    </Alert>
  );
}
