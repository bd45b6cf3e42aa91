import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
} from "@tanstack/react-router";
import { NotFound, PageFailure } from "./page-failure.tsx";
import { SignedIn } from "./signed-in.tsx";

const rootRoute = createRootRoute({ component: Outlet });

const setup = createRoute({
  getParentRoute: () => rootRoute,
  path: "/setup",
  component: lazyRouteComponent(() => import("../pages/setup.tsx"), "SetupPage"),
});
const signIn = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search["next"] === "string" ? { next: search["next"] } : {},
  component: lazyRouteComponent(() => import("../pages/sign-in.tsx"), "SignInPage"),
});
const invite = createRoute({
  getParentRoute: () => rootRoute,
  path: "/invite/$secret",
  component: lazyRouteComponent(() => import("../pages/invite.tsx"), "InvitePage"),
});

const signedIn = createRoute({
  getParentRoute: () => rootRoute,
  id: "signed-in",
  component: SignedIn,
});
const projects = createRoute({
  getParentRoute: () => signedIn,
  path: "/",
  component: lazyRouteComponent(() => import("../pages/projects.tsx"), "ProjectsPage"),
});
const account = createRoute({
  getParentRoute: () => signedIn,
  path: "/account",
  component: lazyRouteComponent(() => import("../pages/account.tsx"), "AccountPage"),
});
const project = createRoute({
  getParentRoute: () => signedIn,
  path: "/projects/$projectId",
  component: lazyRouteComponent(() => import("../pages/project/project-page.tsx"), "ProjectPage"),
});
const images = createRoute({
  getParentRoute: () => project,
  path: "/",
  component: lazyRouteComponent(() => import("../pages/project/images-tab.tsx"), "ImagesTab"),
});
const classes = createRoute({
  getParentRoute: () => project,
  path: "/classes",
  component: lazyRouteComponent(() => import("../pages/project/classes-tab.tsx"), "ClassesTab"),
});
const people = createRoute({
  getParentRoute: () => project,
  path: "/people",
  component: lazyRouteComponent(() => import("../pages/project/people-tab.tsx"), "PeopleTab"),
});
const model = createRoute({
  getParentRoute: () => project,
  path: "/model",
  component: lazyRouteComponent(() => import("../pages/project/model-tab.tsx"), "ModelTab"),
});
const transfer = createRoute({
  getParentRoute: () => project,
  path: "/transfer",
  component: lazyRouteComponent(() => import("../pages/project/transfer-tab.tsx"), "TransferTab"),
});
const settings = createRoute({
  getParentRoute: () => project,
  path: "/settings",
  component: lazyRouteComponent(() => import("../pages/project/settings-tab.tsx"), "SettingsTab"),
});
const workspace = createRoute({
  getParentRoute: () => signedIn,
  path: "/projects/$projectId/images/$imageId",
  component: lazyRouteComponent(
    () => import("../pages/workspace/workspace-page.tsx"),
    "WorkspacePage",
  ),
});

const tree = rootRoute.addChildren([
  setup,
  signIn,
  invite,
  signedIn.addChildren([
    projects,
    account,
    project.addChildren([images, classes, people, model, transfer, settings]),
    workspace,
  ]),
]);

export const router = createRouter({
  routeTree: tree,
  defaultPreload: "intent",
  defaultErrorComponent: PageFailure,
  defaultNotFoundComponent: NotFound,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
