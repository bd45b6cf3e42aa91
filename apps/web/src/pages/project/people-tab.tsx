import {
  Button,
  CopyButton,
  Group,
  Select,
  Stack,
  Table,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { ROLES, type Role } from "@limn/shared/access";
import { api } from "@limn/shared/api";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";
import { sentenceOf } from "../../api/client.ts";
import { keys, useCall, useInvitations, useMe, useMembers, useProject } from "../../api/queries.ts";
import { Face } from "../../ui/avatar.tsx";
import { Failure } from "../../ui/failure.tsx";
import { useMay } from "./project-page.tsx";

const MEANING: Record<Role, string> = {
  lead: "all: images, classes, people, import, export",
  reviewer: "draws, and judges what others drew",
  labeler: "draws",
  viewer: "sees and exports, changes nothing",
};
const roleOf = (value: string | null): Role | undefined => ROLES.find((role) => role === value);
const options = ROLES.map((role) => ({ value: role, label: role }));

export function PeopleTab() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/people" });
  const may = useMay(useProject(projectId).data);
  const me = useMe();
  const members = useMembers(projectId);
  const stale = [keys.members(projectId), keys.project(projectId)];
  const change = useCall(api.patchMember, stale);
  const remove = useCall(api.removeMember, stale);
  const manage = may("member.manage");
  const failure = change.error ?? remove.error;
  return (
    <Stack maw={820} mx="auto" p={24} gap={24}>
      <Title order={1} fz={20}>
        People
      </Title>
      {members.isError && (
        <Failure sentence={sentenceOf(members.error)} onRetry={() => void members.refetch()} />
      )}
      {failure && <Failure sentence={sentenceOf(failure)} />}
      {manage && <Invite projectId={projectId} />}
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Person</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th aria-label="Actions" />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {members.data?.map((member) => (
            <Table.Tr key={member.userId}>
              <Table.Td>
                <Group gap={10} wrap="nowrap">
                  <Face name={member.name} color={member.color} size={30} />
                  <div>
                    <Text size="sm" fw={600}>
                      {member.name}
                      {member.userId === me.data?.id ? " (you)" : ""}
                      {member.owner ? " · owner" : ""}
                    </Text>
                    <Text size="xs" c="dimmed">
                      {member.email}
                    </Text>
                  </div>
                </Group>
              </Table.Td>
              <Table.Td w={180}>
                {manage ? (
                  <Select
                    aria-label={`Role of ${member.name}`}
                    size="xs"
                    data={options}
                    value={member.role}
                    allowDeselect={false}
                    onChange={(value) => {
                      const role = roleOf(value);
                      if (role)
                        change.mutate({
                          params: { projectId, userId: member.userId },
                          body: { role },
                        });
                    }}
                  />
                ) : (
                  member.role
                )}
              </Table.Td>
              <Table.Td w={110} ta="right">
                {manage && (
                  <Button
                    size="compact-sm"
                    variant="subtle"
                    color="red"
                    onClick={() => remove.mutate({ params: { projectId, userId: member.userId } })}
                  >
                    Remove
                  </Button>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Text size="sm" c="dimmed" component="div">
        {ROLES.map((role) => (
          <div key={role}>
            <b>{role}</b>: {MEANING[role]}
          </div>
        ))}
      </Text>
    </Stack>
  );
}

function Invite(props: { projectId: string }) {
  const { projectId } = props;
  const [role, setRole] = useState<Role>("labeler");
  const invitations = useInvitations(projectId, true);
  const stale = [keys.invitations(projectId)];
  const create = useCall(api.createInvitation, stale);
  const revoke = useCall(api.revokeInvitation, stale);
  const link = create.data ? new URL(create.data.path, location.origin).href : "";
  return (
    <Stack
      gap="sm"
      p="md"
      style={{
        border: "1px solid var(--limn-line)",
        borderRadius: 12,
        background: "var(--limn-panel)",
      }}
    >
      <Group align="end">
        <Select
          label="Invite by link, as"
          description="The link works for 7 days; whoever opens it makes an account or signs in."
          data={options}
          value={role}
          allowDeselect={false}
          style={{ flex: 1 }}
          onChange={(value) => setRole(roleOf(value) ?? "labeler")}
        />
        <Button
          loading={create.isPending}
          onClick={() => create.mutate({ params: { projectId }, body: { role } })}
        >
          Make invitation link
        </Button>
      </Group>
      {create.isError && <Failure sentence={sentenceOf(create.error)} />}
      {link !== "" && (
        <Group align="end" wrap="nowrap">
          <TextInput
            label="Invitation link (shown only now)"
            readOnly
            value={link}
            style={{ flex: 1 }}
            onFocus={(event) => event.currentTarget.select()}
          />
          <CopyButton value={link}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? "Copied" : "Copy"}
              </Button>
            )}
          </CopyButton>
        </Group>
      )}
      {invitations.data?.map((invitation) => (
        <Group key={invitation.id} justify="space-between">
          <Text size="sm" c="dimmed">
            Open invitation as {invitation.role}, until{" "}
            {new Date(invitation.expiresAt).toLocaleDateString()}
          </Text>
          <Button
            size="compact-sm"
            variant="subtle"
            color="red"
            onClick={() => revoke.mutate({ params: { projectId, invitationId: invitation.id } })}
          >
            Revoke
          </Button>
        </Group>
      ))}
    </Stack>
  );
}
