import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { isExpired, isSignedOut } from "~/api/client.ts";
import { goLive } from "~/api/live.ts";
import { meQuery } from "~/api/queries.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useOtherTabs } from "~/components/session.ts";
import { recall, remember } from "~/lib/storage.ts";
import { paths } from "~/paths.ts";
import { Banners } from "./banners.tsx";
import { useGlobalCommands } from "./global-commands.ts";
import { MoreSheet } from "./more-sheet.tsx";
import { Palette } from "./palette.tsx";
import { Rail } from "./rail.tsx";
import { ShortcutSheet } from "./shortcut-sheet.tsx";
import { Strip } from "./strip.tsx";
import { TabBar } from "./tab-bar.tsx";
import { useBell } from "./use-bell.ts";
import { useOffline } from "./use-offline.ts";

/** Waits for the member, then shows the application around the page. */
export function Shell() {
  const { data, error, refetch } = useQuery(meQuery);
  const location = useLocation();
  useOtherTabs();
  // Another workspace is another application: nothing of the last one stays on the screen.
  if (data) return <SignedIn key={data.workspace.id} />;
  if (isSignedOut(error))
    return <Navigate to={paths.loginFor(location.pathname + location.search, isExpired(error))} replace />;
  if (error) {
    return (
      <main className="page-body measure-narrow">
        <h1 className="sr-only">Overture</h1>
        <ErrorBlock error={error} title="Overture could not be opened." onRetry={() => void refetch()} />
      </main>
    );
  }
  return <main aria-busy="true" aria-label="Loading" />;
}

type Overlay = "palette" | "keys" | "more" | null;

function SignedIn() {
  const client = useQueryClient();
  const [overlay, setOverlay] = useState<Overlay>(null);
  const [narrow, setNarrow] = useState(recall("overture.rail") === "narrow");
  const toggleRail = () => {
    remember("overture.rail", narrow ? null : "narrow");
    setNarrow(!narrow);
  };
  useEffect(() => goLive(client), [client]);
  useBell();
  useOffline();
  useGlobalCommands({ open: setOverlay, toggleRail });
  const close = () => setOverlay(null);
  return (
    <div className="shell" data-rail={narrow ? "narrow" : "wide"}>
      <a className="skip-link" href="#content">
        Skip to the page
      </a>
      <Rail onPalette={() => setOverlay("palette")} />
      <Strip />
      <Banners />
      <main className="content" id="content" tabIndex={-1}>
        <Outlet />
      </main>
      <TabBar onMore={() => setOverlay("more")} />
      {overlay === "palette" ? <Palette onClose={close} /> : null}
      {overlay === "keys" ? <ShortcutSheet onClose={close} /> : null}
      {overlay === "more" ? <MoreSheet onClose={close} /> : null}
    </div>
  );
}
