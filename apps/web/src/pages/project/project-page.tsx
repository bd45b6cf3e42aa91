import { Center, Loader } from "@mantine/core";
import { can, type Action } from "@limn/shared/access";
import { ApiError, type Project } from "@limn/shared/api";
import { IconChevronRight } from "@tabler/icons-react";
import { Link, Outlet, useParams } from "@tanstack/react-router";
import { sentenceOf } from "../../api/client.ts";
import { useMe, useProject } from "../../api/queries.ts";
import { NotFound } from "../../app/page-failure.tsx";
import { Shell } from "../../app/shell.tsx";
import { Faces } from "../../ui/avatar.tsx";
import { Failure } from "../../ui/failure.tsx";
import { LiveProvider } from "./live-context.tsx";
import classes from "./project-page.module.css";

/** What the signed-in person may do in this project; the server asks the same function. */
export function useMay(project: Project | undefined): (action: Action) => boolean {
  const me = useMe();
  const actor = { owner: me.data?.owner ?? false, role: project?.role ?? null };
  return (action) => can(actor, action);
}

export function ProjectPage() {
  const { projectId } = useParams({ from: "/signed-in/projects/$projectId" });
  const project = useProject(projectId);
  const may = useMay(project.data);
  if (project.isPending)
    return (
      <Shell>
        <Center py={80}>
          <Loader aria-label="Loading the project" />
        </Center>
      </Shell>
    );
  if (!project.data)
    return project.error instanceof ApiError && project.error.code === "not-found" ? (
      <Shell>
        <NotFound />
      </Shell>
    ) : (
      <Shell>
        <Center p="xl">
          <Failure sentence={sentenceOf(project.error)} onRetry={() => void project.refetch()} />
        </Center>
      </Shell>
    );
  const to = { params: { projectId } } as const;
  const tab = { className: classes["tab"], activeProps: { "data-on": true } };
  return (
    <LiveProvider projectId={projectId}>
      <Shell
        trail={
          <>
            <IconChevronRight size={16} className={classes["sep"]} aria-hidden />
            <span className={classes["name"]}>{project.data.name}</span>
            <nav className={classes["tabs"]} aria-label="Project">
              <Link to="/projects/$projectId" activeOptions={{ exact: true }} {...to} {...tab}>
                Images
              </Link>
              <Link to="/projects/$projectId/classes" {...to} {...tab}>
                Classes
              </Link>
              <Link to="/projects/$projectId/people" {...to} {...tab}>
                People
              </Link>
              <Link to="/projects/$projectId/model" {...to} {...tab}>
                Model
              </Link>
              <Link to="/projects/$projectId/transfer" {...to} {...tab}>
                Import / Export
              </Link>
              {may("project.edit") && (
                <Link to="/projects/$projectId/settings" {...to} {...tab}>
                  Settings
                </Link>
              )}
            </nav>
            <Faces people={project.data.members} most={5} size={26} />
          </>
        }
      >
        <Outlet />
      </Shell>
    </LiveProvider>
  );
}
