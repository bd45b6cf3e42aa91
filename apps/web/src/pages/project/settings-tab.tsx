import { Button, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { api, type Project } from "@limn/shared/api";
import { IconLock } from "@tabler/icons-react";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { sentenceOf } from "../../api/client.ts";
import { keys, useCall, useImages, useProject } from "../../api/queries.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { countOf } from "../../ui/count-of.ts";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Failure } from "../../ui/failure.tsx";
import { useMay } from "./project-page.tsx";

export function SettingsTab() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/settings" });
  const project = useProject(projectId);
  const may = useMay(project.data);
  if (!project.data) return null;
  if (!may("project.edit"))
    return (
      <EmptyState
        icon={<IconLock size={40} stroke={1.5} />}
        title="Settings are for leads"
        text="A lead of the project can change them, or make you one under People."
      />
    );
  return (
    <Stack maw={720} mx="auto" p={24} gap={32}>
      <Title order={1} fz={20}>
        Settings
      </Title>
      <General project={project.data} />
      <Bin projectId={projectId} />
      <Danger project={project.data} />
    </Stack>
  );
}

function General(props: { project: Project }) {
  const { project } = props;
  const [name, setName] = useState(project.name);
  const [description, setDescription] = useState(project.description);
  const change = useCall(api.patchProject, [keys.project(project.id), keys.projects]);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate(
      { params: { projectId: project.id }, body: { name, description } },
      { onSuccess: () => notifications.show({ message: "The project is changed." }) },
    );
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {change.isError && <Failure sentence={sentenceOf(change.error)} />}
        <TextInput
          label="Name"
          required
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="What is to be segmented"
          autosize
          minRows={3}
          maxLength={2000}
          value={description}
          onChange={(event) => setDescription(event.currentTarget.value)}
        />
        <Button type="submit" loading={change.isPending} style={{ alignSelf: "start" }}>
          Save
        </Button>
      </Stack>
    </form>
  );
}

function Bin(props: { projectId: string }) {
  const { projectId } = props;
  const images = useImages(projectId, { deleted: "1", sort: "name" });
  const restore = useCall(api.restoreImage, [keys.images(projectId), keys.project(projectId)]);
  const items = images.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <section>
      <Title order={2} fz={16} mb={4}>
        Bin
      </Title>
      <Text c="dimmed" size="sm" mb="sm">
        Deleted images stay here for 30 days, with their objects.
      </Text>
      {restore.isError && <Failure sentence={sentenceOf(restore.error)} />}
      {items.length === 0 && <Text size="sm">The bin is empty.</Text>}
      <Stack gap={6}>
        {items.map((image) => (
          <Group key={image.id} justify="space-between">
            <Text size="sm">
              {image.name} · {countOf(image.objects, "object")}
            </Text>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => restore.mutate({ params: { imageId: image.id } })}
            >
              Restore
            </Button>
          </Group>
        ))}
      </Stack>
    </section>
  );
}

function Danger(props: { project: Project }) {
  const { project } = props;
  const [asking, setAsking] = useState(false);
  const remove = useCall(api.deleteProject, [keys.projects]);
  const navigate = useNavigate();
  return (
    <section>
      <Title order={2} fz={16} mb={4}>
        Delete the project
      </Title>
      <Text c="dimmed" size="sm" mb="sm">
        It disappears for everybody at once and is kept in the bin for 30 days.
      </Text>
      {remove.isError && <Failure sentence={sentenceOf(remove.error)} />}
      <Button color="red" variant="light" onClick={() => setAsking(true)}>
        Delete project
      </Button>
      <Confirm
        opened={asking}
        title={`Delete “${project.name}”?`}
        action="Delete project"
        busy={remove.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() =>
          remove.mutate(
            { params: { projectId: project.id } },
            { onSuccess: () => void navigate({ to: "/" }) },
          )
        }
      >
        {countOf(project.images, "image")} with {countOf(project.objects, "object")} will be gone
        with it. Whoever works in it now is sent out; unsent edits stay in their browsers.
      </Confirm>
    </section>
  );
}
