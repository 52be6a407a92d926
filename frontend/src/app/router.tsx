/** The screens and who may see them. */
import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect, type RouterHistory } from "@tanstack/react-router";

import { sessionQuery } from "@/features/auth/api/session";
import type { Me } from "@/types/models";

import { DeskRoute } from "./routes/desk";
import { NotFoundRoute, RouteError } from "./routes/route-error";
import { parseDeskSearch } from "./routes/search";
import { SettingsRoute } from "./routes/settings";
import { SignInRoute } from "./routes/sign-in";

/** Nothing but the settings opens to who has yet to set up the second factor their role needs. */
function isFactorDue(user: Me | null): boolean {
  return user !== null && user.second_factor.required && !user.second_factor.enrolled;
}

interface RouterContext {
  queryClient: QueryClient;
}

const rootRoute = createRootRouteWithContext<RouterContext>()({
  component: Outlet,
  errorComponent: RouteError,
  notFoundComponent: NotFoundRoute,
});

const deskRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/",
  validateSearch: parseDeskSearch,
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.query(sessionQuery);
    if (!session.authenticated) throw redirect({ to: "/sign-in", search: { next: location.href } });
    if (isFactorDue(session.user)) throw redirect({ to: "/settings" });
  },
  component: DeskRoute,
});

const settingsRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/settings",
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.query(sessionQuery);
    if (!session.authenticated) throw redirect({ to: "/sign-in", search: { next: location.href } });
  },
  component: SettingsRoute,
});

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: "/sign-in",
  validateSearch: (search: Record<string, unknown>): { next?: string } =>
    typeof search.next === "string" ? { next: search.next } : {},
  beforeLoad: async ({ context }) => {
    const session = await context.queryClient.query(sessionQuery);
    if (session.authenticated) throw redirect({ to: "/" });
  },
  component: SignInRoute,
});

/** `history` is given by tests; a browser has its own. */
export function createDeskRouter(queryClient: QueryClient, history?: RouterHistory) {
  return createRouter({
    routeTree: rootRoute.addChildren([deskRoute, settingsRoute, signInRoute]),
    context: { queryClient },
    history,
    defaultPendingMs: 300,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof createDeskRouter>;
  }
}
