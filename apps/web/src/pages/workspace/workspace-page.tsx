import { Button, Center, Loader } from "@mantine/core";
import { api, ApiError, type Image, type Me, type Project } from "@limn/shared/api";
import { IconPhotoOff } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { call, sentenceOf } from "../../api/client.ts";
import { keys, useClasses, useImages, useMe, useProject } from "../../api/queries.ts";
import { NotFound } from "../../app/page-failure.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { Failure } from "../../ui/failure.tsx";
import type { WorkspaceActions } from "../../workspace/input/actions.ts";
import { Filmstrip } from "../../workspace/panels/filmstrip.tsx";
import { KeyCard } from "../../workspace/panels/key-card.tsx";
import { NewClass } from "../../workspace/panels/new-class.tsx";
import { ObjectList } from "../../workspace/panels/object-list.tsx";
import { OptionBar } from "../../workspace/panels/option-bar.tsx";
import { PictureFoot } from "../../workspace/panels/picture-foot.tsx";
import { StageView } from "../../workspace/panels/stage-view.tsx";
import { ToolRail } from "../../workspace/panels/tool-rail.tsx";
import { TopBar } from "../../workspace/panels/top-bar.tsx";
import { ViewSliders } from "../../workspace/panels/view-sliders.tsx";
import { createStore } from "../../state/store.ts";
import { describeSaving } from "../../workspace/state/status.ts";
import type { EditorClass } from "../../workspace/state/class-list.ts";
import { useStore } from "../../workspace/state/use-store.ts";
import { LiveProvider, usePlaces } from "../project/live-context.tsx";
import { useMay } from "../project/project-page.tsx";
import { DraftBanner } from "./draft-banner.tsx";
import { createActiveClass, type OpenWorkspace } from "./open-workspace.ts";
import { createPicture, prefetchPicture } from "./picture.ts";
import { segmenter } from "./segmenter.ts";
import { useProjectModel } from "./use-project-model.ts";
import { useWorkspace } from "./use-workspace.ts";
import classes from "../../workspace/panels/workspace.module.css";

export function WorkspacePage() {
  const { projectId, imageId } = useParams({
    from: "/signed-in/projects/$projectId/images/$imageId",
  });
  const me = useMe();
  const project = useProject(projectId);
  const image = useQuery({
    queryKey: keys.image(imageId),
    queryFn: () => call(api.getImage, { params: { imageId } }),
    // The live socket keeps it fresh.
    staleTime: 60_000,
  });
  if (me.data && project.data && image.data)
    return (
      <LiveProvider projectId={projectId}>
        <Workspace key={projectId} me={me.data} project={project.data} image={image.data} />
      </LiveProvider>
    );
  const error = project.error ?? image.error;
  if (error instanceof ApiError && error.code === "not-found") return <NotFound />;
  return (
    <Center h="100%" p="xl">
      {error ? (
        <Failure sentence={sentenceOf(error)} onRetry={() => void image.refetch()} />
      ) : (
        <Loader aria-label="Opening the image" />
      )}
    </Center>
  );
}

/** The project's classes as the editor reads them, renewed whenever a lead changes them. */
function useEditorClasses(projectId: string) {
  const list = useClasses(projectId);
  const store = useMemo(() => createStore<ReadonlyMap<string, EditorClass>>(new Map()), []);
  useEffect(() => {
    if (list.data) store.set(new Map(list.data.map((item) => [item.id, item])));
  }, [list.data, store]);
  return { store, loaded: list.data !== undefined };
}

const runSegment = (image: Image, request: Parameters<typeof segmenter.run>[1]) =>
  segmenter.run(image, request);
const cancelSegment = () => segmenter.cancel();

function Workspace(props: { me: Me; project: Project; image: Image }) {
  const { me, project, image } = props;
  const may = useMay(project);
  const { store: classList, loaded } = useEditorClasses(project.id);
  const activeClass = useMemo(
    () => createActiveClass(project.id, classList),
    [project.id, classList],
  );
  const { open, end } = useWorkspace(image, me, may("annotation.write"), {
    classes: classList,
    activeClass,
    segment: runSegment,
    cancelSegment,
  });
  useProjectModel(project.id);
  useEffect(() => {
    if (may("segment.run")) segmenter.prepare(image);
    // eslint-disable-next-line react/exhaustive-deps
  }, [image.id]);
  if (end)
    return (
      <EmptyState
        icon={<IconPhotoOff size={40} stroke={1.5} />}
        title="This image is closed"
        text={end.sentence}
      >
        {end.waiting > 0 && <p>{end.waiting} unsaved edits are kept in this browser.</p>}
        <Button mt="md" component={Link} to={`/projects/${project.id}`}>
          Back to the images
        </Button>
      </EmptyState>
    );
  // Without the classes a first quick gesture would be told that there are none.
  if (!open || !loaded || open.image.id !== image.id)
    return (
      <Center h="100%">
        <Loader aria-label="Opening the image" />
      </Center>
    );
  return <OpenImage key={image.id} {...props} open={open} mayEditClasses={may("class.edit")} />;
}

function OpenImage(props: {
  me: Me;
  project: Project;
  image: Image;
  open: OpenWorkspace;
  mayEditClasses: boolean;
}) {
  const { me, project, image, open } = props;
  const { editor, session } = open;
  const client = useQueryClient();
  const navigate = useNavigate();
  const places = usePlaces();
  const list = useImages(project.id, { sort: "name" });
  const images = useMemo(() => list.data?.pages.flatMap((page) => page.items) ?? [], [list.data]);
  const total = list.data?.pages[0]?.total ?? 0;
  const index = images.findIndex((each) => each.id === image.id);
  const [keysShown, setKeysShown] = useState(false);
  const settings = useStore(editor.settings);
  const { id, width, height } = image;
  const picture = useMemo(() => createPicture({ id, width, height }), [id, width, height]);
  const previous = images[index - 1];
  const next = images[index + 1];

  useEffect(() => {
    if (!next) return;
    prefetchPicture(next);
    segmenter.prefetch(next);
    client.setQueryData(keys.image(next.id), (before: Image | undefined) => before ?? next);
  }, [next, client]);

  const actions = useMemo<WorkspaceActions>(() => {
    const go = (target: Image | undefined, edge: string) => {
      if (!target) editor.notify(edge);
      else
        void navigate({
          to: "/projects/$projectId/images/$imageId",
          params: { projectId: project.id, imageId: target.id },
        });
    };
    return {
      nextImage: () => go(next, "This is the last image."),
      previousImage: () => go(previous, "This is the first image."),
      showKeys: () => setKeysShown(true),
      describeSaving: () => describeSaving(session.status.get()),
    };
  }, [editor, session, navigate, project.id, next, previous]);

  async function addClass(name: string): Promise<string | undefined> {
    try {
      const made = await call(api.createClass, {
        params: { projectId: project.id },
        body: { name },
      });
      await client.invalidateQueries({ queryKey: keys.classes(project.id) });
      editor.activeClass.set(made.id);
      return undefined;
    } catch (error) {
      return sentenceOf(error);
    }
  }

  return (
    <main className={classes["page"]}>
      <TopBar
        editor={editor}
        image={image}
        projectName={project.name}
        position={index >= 0 ? { index, total } : undefined}
        me={me}
        save={session.status}
        engine={segmenter.status}
        onKeys={() => setKeysShown(true)}
      />
      <ToolRail editor={editor} />
      <section className={classes["canvas"]} aria-label="Canvas">
        <StageView editor={editor} picture={picture} actions={actions} />
        <OptionBar editor={editor} />
        <PictureFoot editor={editor} opened={session.opened} credit={image.credit} />
        <DraftBanner open={open} />
      </section>
      <aside className={classes["side"]}>
        <ObjectList editor={editor}>
          {props.mayEditClasses && <NewClass onAdd={addClass} />}
          <ViewSliders editor={editor} />
        </ObjectList>
      </aside>
      {settings.filmstrip && (
        <Filmstrip
          images={images}
          current={image.id}
          places={places}
          me={me.id}
          onEnd={() => {
            if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
          }}
        />
      )}
      <KeyCard opened={keysShown} onClose={() => setKeysShown(false)} />
    </main>
  );
}
