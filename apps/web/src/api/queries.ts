import { api, ApiError, type Image, type Input, type Reply, type Route } from "@limn/shared/api";
import {
  QueryClient,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
  type InfiniteData,
} from "@tanstack/react-query";
import { call } from "./client.ts";

/** A refusal stays one; what the network or the server failed at is tried once more. */
const retry = (failures: number, error: Error): boolean =>
  failures < 1 && !(error instanceof ApiError && error.status < 500);

export const queryClient = new QueryClient({
  defaultOptions: { queries: { retry, staleTime: 15_000, refetchOnWindowFocus: true } },
});

export const keys = {
  health: ["health"] as const,
  me: ["me"] as const,
  projects: ["projects"] as const,
  project: (projectId: string) => ["project", projectId] as const,
  classes: (projectId: string) => ["classes", projectId] as const,
  members: (projectId: string) => ["members", projectId] as const,
  invitations: (projectId: string) => ["invitations", projectId] as const,
  images: (projectId: string) => ["images", projectId] as const,
  image: (imageId: string) => ["image", imageId] as const,
  jobs: (projectId: string) => ["jobs", projectId] as const,
  models: (projectId: string) => ["models", projectId] as const,
  formats: ["formats"] as const,
  tokens: ["tokens"] as const,
};

export const useHealth = () =>
  useQuery({ queryKey: keys.health, queryFn: () => call(api.health, {}) });
/** Whoever is signed in; an error when nobody is. */
export const useMe = () =>
  useQuery({
    queryKey: keys.me,
    queryFn: () => call(api.getMe, {}),
    retry: false,
    staleTime: 60_000,
  });
export const useProjects = () =>
  useInfiniteQuery({
    queryKey: keys.projects,
    queryFn: ({ pageParam }) =>
      call(api.listProjects, { query: { limit: 60, ...(pageParam ? { cursor: pageParam } : {}) } }),
    initialPageParam: "",
    getNextPageParam: (last: Reply<typeof api.listProjects>) => last.next,
  });
export const useProject = (projectId: string) =>
  useQuery({
    queryKey: keys.project(projectId),
    queryFn: () => call(api.getProject, { params: { projectId } }),
  });
export const useClasses = (projectId: string) =>
  useQuery({
    queryKey: keys.classes(projectId),
    queryFn: async () => (await call(api.listClasses, { params: { projectId } })).items,
  });
export const useMembers = (projectId: string) =>
  useQuery({
    queryKey: keys.members(projectId),
    queryFn: async () => (await call(api.listMembers, { params: { projectId } })).items,
  });
export const useInvitations = (projectId: string, enabled: boolean) =>
  useQuery({
    queryKey: keys.invitations(projectId),
    queryFn: async () => (await call(api.listInvitations, { params: { projectId } })).items,
    enabled,
  });
export const useJobs = (projectId: string) =>
  useQuery({
    queryKey: keys.jobs(projectId),
    queryFn: async () => (await call(api.listJobs, { params: { projectId } })).items,
    refetchInterval: (query) =>
      query.state.data?.some((job) => job.state === "waiting" || job.state === "running")
        ? 1000
        : false,
  });
export const useModels = (projectId: string) =>
  useQuery({
    queryKey: keys.models(projectId),
    queryFn: () => call(api.listModels, { params: { projectId } }),
  });
export const useFormats = () =>
  useQuery({
    queryKey: keys.formats,
    queryFn: async () => (await call(api.listFormats, {})).items,
    staleTime: Infinity,
  });
export const useTokens = () =>
  useQuery({
    queryKey: keys.tokens,
    queryFn: async () => (await call(api.listTokens, {})).items,
  });

export type ImageQuery = Omit<Input<typeof api.listImages>["query"], "limit" | "cursor">;
type ImagePage = Reply<typeof api.listImages>;

/** Images of a project page by page, in the order and with the filters given. */
export const useImages = (projectId: string, query: ImageQuery) =>
  useInfiniteQuery({
    queryKey: [...keys.images(projectId), query],
    queryFn: ({ pageParam }) =>
      call(api.listImages, {
        params: { projectId },
        query: { ...query, limit: 200, ...(pageParam ? { cursor: pageParam } : {}) },
      }),
    initialPageParam: "",
    getNextPageParam: (last: ImagePage) => last.next,
  });

/** Puts a changed image into every list that shows it, without asking the server again. */
export function patchImageInLists(client: QueryClient, image: Image): void {
  client.setQueriesData<InfiniteData<ImagePage>>(
    { queryKey: keys.images(image.projectId) },
    (data) =>
      data && {
        ...data,
        pages: data.pages.map((page) => ({
          ...page,
          items: page.items.map((item) => (item.id === image.id ? image : item)),
        })),
      },
  );
  client.setQueryData(keys.image(image.id), image);
}

/** A change on the server; afterwards the lists under `stale` are asked for again. */
export function useCall<R extends Route>(
  route: R,
  stale: readonly (readonly unknown[])[] = [],
  before: () => Promise<void> = () => Promise.resolve(),
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (input: Input<R>) => before().then(() => call(route, input)),
    onSuccess: async () => {
      await Promise.all(stale.map((queryKey) => client.invalidateQueries({ queryKey })));
    },
  });
}
