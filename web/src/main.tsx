import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { RouterProvider } from "react-router";
import { isTransient, whenSignedOut } from "~/api/client.ts";
import { keepFocus } from "~/lib/keep-focus.ts";
import { forgetKept } from "~/lib/kept.ts";
import { listenForKeys } from "~/lib/use-hotkeys.ts";
import { startWorker } from "~/lib/worker.ts";
import { IconSprite } from "~/ui/sprite.tsx";
import { Toasts } from "~/ui/toast.tsx";
import { paths } from "./paths.ts";
import { router } from "./routes.tsx";
import "./styles/tokens.css";
import "./styles/fonts.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/forms.css";
import "./styles/panels.css";
import "./styles/states.css";
import "./styles/overlays.css";
import "./styles/lists.css";
import "./styles/phone.css";
import "./styles/shell.css";
import "./styles/palette.css";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // Events tell what changed; what is older than this is asked for again when it is shown.
      staleTime: 5000,
      // Without a network what is kept in this browser is shown, and what is done waits: nothing is held back before.
      networkMode: "always",
      refetchOnReconnect: true,
      retry: (failures, error) => isTransient(error) && failures < 3,
      retryDelay: (attempt) => Math.min(500 * 2 ** attempt, 4000),
    },
    mutations: { networkMode: "always" },
  },
});

whenSignedOut((expired) => {
  // Whoever may no longer come in reads nothing offline either.
  void forgetKept();
  if (location.pathname.startsWith(paths.login)) return;
  void router.navigate(paths.loginFor(location.pathname + location.search, expired));
});
startWorker();
window.addEventListener("overture:go", (event) => {
  if (event instanceof CustomEvent) void router.navigate(String(event.detail));
});
listenForKeys();
keepFocus();

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root element.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <IconSprite />
      {/* What a key opened is on the page before the next key: it must not act on what is about to go. */}
      <RouterProvider router={router} useTransitions={false} />
      <Toasts />
    </QueryClientProvider>
  </StrictMode>,
);
