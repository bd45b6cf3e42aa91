import {
  Button,
  Center,
  Loader,
  Modal,
  Stack,
  Text,
  Textarea,
  TextInput,
  Title,
} from "@mantine/core";
import { api, type Project } from "@limn/shared/api";
import { IconFolderPlus, IconPlus } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type SyntheticEvent } from "react";
import { sentenceOf } from "../api/client.ts";
import { keys, useCall, useProjects } from "../api/queries.ts";
import { Shell } from "../app/shell.tsx";
import { Faces } from "../ui/avatar.tsx";
import { countOf } from "../ui/count-of.ts";
import { EmptyState } from "../ui/empty-state.tsx";
import { Failure } from "../ui/failure.tsx";
import { ProgressRing } from "../ui/progress-ring.tsx";
import { useNow } from "../ui/use-now.ts";
import { timeAgo } from "../ui/time-ago.ts";
import classes from "./projects.module.css";

export function ProjectsPage() {
  const projects = useProjects();
  const [making, setMaking] = useState(false);
  const items = projects.data?.pages.flatMap((page) => page.items);
  return (
    <Shell>
      <div className={classes["page"]}>
        <div className={classes["head"]}>
          <Title order={1} fz={22}>
            Projects
          </Title>
          <Button leftSection={<IconPlus size={16} />} onClick={() => setMaking(true)}>
            New project
          </Button>
        </div>
        {projects.isPending && (
          <Center py={80}>
            <Loader aria-label="Loading projects" />
          </Center>
        )}
        {projects.isError && (
          <Failure sentence={sentenceOf(projects.error)} onRetry={() => void projects.refetch()} />
        )}
        {items?.length === 0 && (
          <EmptyState
            icon={<IconFolderPlus size={40} stroke={1.5} />}
            title="No projects yet"
            text="A project holds images, the classes to look for, and the people who segment them together."
          >
            <Button mt="sm" onClick={() => setMaking(true)}>
              Make the first project
            </Button>
          </EmptyState>
        )}
        <ul className={classes["cards"]}>
          {items?.map((project) => (
            <ProjectCard key={project.id} project={project} />
          ))}
        </ul>
        {projects.hasNextPage && (
          <Center mt="lg">
            <Button
              variant="default"
              loading={projects.isFetchingNextPage}
              onClick={() => void projects.fetchNextPage()}
            >
              Show more
            </Button>
          </Center>
        )}
      </div>
      <NewProject opened={making} onClose={() => setMaking(false)} />
    </Shell>
  );
}

function ProjectCard(props: { project: Project }) {
  const { project } = props;
  const now = useNow();
  const done = project.states["accepted"] ?? 0;
  const started = project.images - (project.states["todo"] ?? project.images);
  const share = project.images === 0 ? 0 : Math.max(done, started) / project.images;
  return (
    <li className={classes["card"]}>
      <div className={classes["mosaic"]} data-count={project.cover.length}>
        {project.cover.map((imageId) => (
          <img key={imageId} src={`/api/images/${imageId}/thumbnail`} alt="" loading="lazy" />
        ))}
        {project.cover.length === 0 && <span>No images yet</span>}
      </div>
      <div className={classes["body"]}>
        <div className={classes["line"]}>
          <Link
            to="/projects/$projectId"
            params={{ projectId: project.id }}
            className={classes["name"]}
          >
            {project.name}
          </Link>
          <ProgressRing
            share={share}
            label={`${Math.round(share * 100)} % of the images have objects`}
          />
        </div>
        <div className={classes["line"]}>
          <Text size="sm" c="dimmed">
            {countOf(project.images, "image")} · {countOf(project.objects, "object")}
          </Text>
          <Faces people={project.members} most={4} size={24} />
        </div>
        <Text size="xs" c="dimmed">
          Last activity {timeAgo(project.lastActivityAt, now)}
        </Text>
      </div>
    </li>
  );
}

function NewProject(props: { opened: boolean; onClose: () => void }) {
  const [name, setName] = useState("");
  const [description, setDescription] = useState("");
  const create = useCall(api.createProject, [keys.projects]);
  const navigate = useNavigate();
  function submit(event: SyntheticEvent) {
    event.preventDefault();
    create.mutate(
      { body: { name, description } },
      {
        onSuccess: (project) =>
          void navigate({ to: "/projects/$projectId", params: { projectId: project.id } }),
      },
    );
  }
  return (
    <Modal opened={props.opened} onClose={props.onClose} title="New project" centered>
      <form onSubmit={submit}>
        <Stack>
          {create.isError && <Failure sentence={sentenceOf(create.error)} />}
          <TextInput
            label="Name"
            placeholder="Paris streets"
            data-autofocus
            required
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            label="What is to be segmented"
            description="Labelers see this; it can be changed later."
            autosize
            minRows={3}
            maxLength={2000}
            value={description}
            onChange={(event) => setDescription(event.currentTarget.value)}
          />
          <Button type="submit" loading={create.isPending} disabled={name.trim() === ""}>
            Make project
          </Button>
        </Stack>
      </form>
    </Modal>
  );
}
