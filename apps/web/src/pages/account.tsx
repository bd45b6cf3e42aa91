import {
  Button,
  ColorInput,
  CopyButton,
  Group,
  PasswordInput,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { api } from "@limn/shared/api";
import { useState, type ReactNode, type SyntheticEvent } from "react";
import { sentenceOf } from "../api/client.ts";
import { keys, useCall, useMe, useTokens } from "../api/queries.ts";
import { Shell } from "../app/shell.tsx";
import { Face } from "../ui/avatar.tsx";
import { Failure } from "../ui/failure.tsx";
import { useNow } from "../ui/use-now.ts";
import { timeAgo } from "../ui/time-ago.ts";

const SWATCHES = [
  "#8B5CF6",
  "#12A594",
  "#E5484D",
  "#F5A524",
  "#4C9AFF",
  "#E93D82",
  "#30A46C",
  "#F76B15",
  "#0EA5E9",
  "#A18072",
  "#84CC16",
  "#D946EF",
];

export function AccountPage() {
  return (
    <Shell>
      <Stack maw={720} mx="auto" p={24} gap={32}>
        <Title order={1} fz={22}>
          Account
        </Title>
        <Profile />
        <Password />
        <Tokens />
      </Stack>
    </Shell>
  );
}

function Section(props: { title: string; text: string; children: ReactNode }) {
  return (
    <section>
      <Title order={2} fz={16} mb={4}>
        {props.title}
      </Title>
      <Text c="dimmed" size="sm" mb="md">
        {props.text}
      </Text>
      {props.children}
    </section>
  );
}

function Profile() {
  const me = useMe();
  const change = useCall(api.patchMe, [keys.me]);
  const [name, setName] = useState(me.data?.name ?? "");
  const [color, setColor] = useState(me.data?.color ?? "#8B5CF6");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate(
      { body: { name, color } },
      { onSuccess: () => notifications.show({ message: "Name and colour are changed." }) },
    );
  };
  return (
    <Section
      title="How others see you"
      text="Your name and colour go with your cursor and strokes."
    >
      <form onSubmit={submit}>
        <Stack>
          {change.isError && <Failure sentence={sentenceOf(change.error)} />}
          <Group align="end">
            <TextInput
              label="Name"
              value={name}
              required
              maxLength={80}
              style={{ flex: 1 }}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <ColorInput
              label="Colour"
              value={color}
              onChange={setColor}
              swatches={SWATCHES}
              swatchesPerRow={6}
              format="hex"
              withEyeDropper={false}
            />
            <Face name={name || "?"} color={color} size={36} />
          </Group>
          <Button type="submit" loading={change.isPending} style={{ alignSelf: "start" }}>
            Save
          </Button>
        </Stack>
      </form>
    </Section>
  );
}

function Password() {
  const change = useCall(api.patchMe);
  const [currentPassword, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate(
      { body: { currentPassword, password } },
      {
        onSuccess: () => {
          setCurrent("");
          setPassword("");
          notifications.show({
            message: "The password is changed; other sessions were signed out.",
          });
        },
      },
    );
  };
  return (
    <Section title="Password" text="Changing it signs out your other sessions.">
      <form onSubmit={submit}>
        <Stack>
          {change.isError && <Failure sentence={sentenceOf(change.error)} />}
          <Group grow align="start">
            <PasswordInput
              label="Present password"
              autoComplete="current-password"
              required
              value={currentPassword}
              onChange={(event) => setCurrent(event.currentTarget.value)}
            />
            <PasswordInput
              label="New password"
              autoComplete="new-password"
              required
              minLength={8}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          </Group>
          <Button
            type="submit"
            variant="default"
            loading={change.isPending}
            style={{ alignSelf: "start" }}
          >
            Change password
          </Button>
        </Stack>
      </form>
    </Section>
  );
}

function Tokens() {
  const now = useNow();
  const tokens = useTokens();
  const create = useCall(api.createToken, [keys.tokens]);
  const revoke = useCall(api.deleteToken, [keys.tokens]);
  const [name, setName] = useState("");
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate({ body: { name } }, { onSuccess: () => setName("") });
  };
  return (
    <Section
      title="API tokens"
      text="For scripts: send it as “Authorization: Bearer …”. A token can do what you can do."
    >
      <Stack>
        {create.isError && <Failure sentence={sentenceOf(create.error)} />}
        {create.data && (
          <Group
            wrap="nowrap"
            p="sm"
            style={{ border: "1px solid var(--limn-line)", borderRadius: 8 }}
          >
            <Text ff="monospace" size="sm" style={{ overflowWrap: "anywhere", flex: 1 }}>
              {create.data.token}
            </Text>
            <CopyButton value={create.data.token}>
              {({ copied, copy }) => (
                <Button size="xs" variant="default" onClick={copy}>
                  {copied ? "Copied" : "Copy"}
                </Button>
              )}
            </CopyButton>
          </Group>
        )}
        {create.data && (
          <Text size="sm" c="dimmed">
            Copy it now: it is shown only once.
          </Text>
        )}
        <form onSubmit={submit}>
          <Group align="end">
            <TextInput
              label="Name of a new token"
              placeholder="nightly export"
              required
              value={name}
              style={{ flex: 1 }}
              onChange={(event) => setName(event.currentTarget.value)}
            />
            <Button type="submit" variant="default" loading={create.isPending}>
              Make token
            </Button>
          </Group>
        </form>
        {(tokens.data?.length ?? 0) > 0 && (
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Begins with</Table.Th>
                <Table.Th>Last used</Table.Th>
                <Table.Th aria-label="Actions" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {tokens.data?.map((token) => (
                <Table.Tr key={token.id}>
                  <Table.Td>{token.name}</Table.Td>
                  <Table.Td ff="monospace">{token.prefix}…</Table.Td>
                  <Table.Td>{token.lastUsedAt ? timeAgo(token.lastUsedAt, now) : "never"}</Table.Td>
                  <Table.Td ta="right">
                    <Button
                      size="compact-sm"
                      variant="subtle"
                      color="red"
                      onClick={() => revoke.mutate({ params: { tokenId: token.id } })}
                    >
                      Revoke
                    </Button>
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        )}
      </Stack>
    </Section>
  );
}
