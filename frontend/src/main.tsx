/** Start the app. */
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "./app/styles/global.css";

import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Providers } from "./app/providers";
import { createDeskRouter } from "./app/router";
import { sessionKey } from "./features/auth/api/session";
import { createQueryClient } from "./lib/query-client";

const queryClient = createQueryClient(() => {
  // the session ended elsewhere: ask again, the routes then lead to the sign-in page
  void queryClient.invalidateQueries({ queryKey: sessionKey }).then(() => router.invalidate());
});
const router = createDeskRouter(queryClient);

const root = document.getElementById("root");
if (root === null) throw new Error("index.html has no #root");
createRoot(root).render(
  <StrictMode>
    <Providers queryClient={queryClient}>
      <RouterProvider router={router} />
    </Providers>
  </StrictMode>,
);
