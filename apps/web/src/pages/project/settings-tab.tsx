import { Button, Group, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { api, type Project } from "@limn/shared/api";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { sentenceOf } from "../../api/client.ts";
import { keys, useCall, useImages, useProject } from "../../api/queries.ts";
import { Confirm } from "../../ui/confirm.tsx";
import { Failure } from "../../ui/failure.tsx";

export function SettingsTab() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId/settings" });
  const project = useProject(projectId);
  if (!project.data) return null;
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
              {image.name} · {image.objects} objects
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
        {project.images} images with {project.objects} objects go with it. Whoever works in it now
        is sent out; unsent edits stay in their browsers.
      </Confirm>
    </section>
  );
}
