import { Paper, Stack, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";
import { Logo } from "../ui/logo.tsx";

/** The frame of the pages before the sign-in: one card in the middle, one thing to do. */
export function Door(props: { title: string; text: string; children: ReactNode }) {
  return (
    <main style={{ minHeight: "100%", display: "grid", placeItems: "center", padding: 24 }}>
      <Stack w="100%" maw={400} gap={20}>
        <Stack align="center" gap={6}>
          <Logo size={44} />
          <Title order={1} fz={24} ta="center">
            {props.title}
          </Title>
          <Text c="dimmed" ta="center" maw={360}>
            {props.text}
          </Text>
        </Stack>
        <Paper
          p="xl"
          radius={12}
          bg="var(--limn-panel)"
          withBorder
          style={{ boxShadow: "var(--limn-shadow)" }}
        >
          {props.children}
        </Paper>
      </Stack>
    </main>
  );
}
