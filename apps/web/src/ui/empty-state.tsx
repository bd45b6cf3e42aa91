import { Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** What a list shows when there is nothing in it: what it is for and what to do next. */
export function EmptyState(props: {
  icon: ReactNode;
  title: string;
  text: string;
  children?: ReactNode;
}) {
  return (
    <Stack align="center" gap={8} py={72} px={24} ta="center">
      <span style={{ color: "var(--limn-dim)" }} aria-hidden>
        {props.icon}
      </span>
      <Title order={3} fz={18}>
        {props.title}
      </Title>
      <Text c="dimmed" maw={440}>
        {props.text}
      </Text>
      {props.children}
    </Stack>
  );
}
