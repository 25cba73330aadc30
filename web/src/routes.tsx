import { createBrowserRouter, Navigate, type RouteObject } from "react-router";
import { NotFoundPage, RouteErrorPage } from "~/features/shell/error-pages.tsx";
import { Shell } from "~/features/shell/shell.tsx";
import { paths } from "./paths.ts";

/** Everything behind the login, inside the shell. */
const inside: RouteObject[] = [
  {
    index: true,
    lazy: async () => ({ Component: (await import("~/features/home/home-page.tsx")).HomePage }),
  },
  {
    path: "contacts",
    lazy: async () => ({ Component: (await import("~/features/contacts/contacts-page.tsx")).ContactsPage }),
  },
  {
    path: "contacts/duplicates",
    lazy: async () => ({
      Component: (await import("~/features/contacts/duplicates-page.tsx")).DuplicatesPage,
    }),
  },
  {
    path: "contacts/:id",
    lazy: async () => ({ Component: (await import("~/features/contacts/contact-page.tsx")).ContactPage }),
  },
  {
    path: "targets",
    lazy: async () => ({ Component: (await import("~/features/targets/targets-page.tsx")).TargetsPage }),
  },
  {
    path: "tasks",
    lazy: async () => ({ Component: (await import("~/features/tasks/tasks-page.tsx")).TasksPage }),
  },
  {
    path: "notifications",
    lazy: async () => ({
      Component: (await import("~/features/notifications/notifications-page.tsx")).NotificationsPage,
    }),
  },
  {
    path: "queue",
    lazy: async () => ({ Component: (await import("~/features/queue/queue-page.tsx")).QueuePage }),
  },
  {
    path: "companies",
    lazy: async () => ({
      Component: (await import("~/features/companies/companies-page.tsx")).CompaniesPage,
    }),
  },
  {
    path: "companies/:id",
    lazy: async () => ({ Component: (await import("~/features/companies/company-page.tsx")).CompanyPage }),
  },
  ...(["lists", "tags"] as const).map((path) => ({
    path,
    lazy: async () => {
      const { SetsPage } = await import("~/features/segments/sets-page.tsx");
      return { element: <SetsPage key={path} kind={path} /> };
    },
  })),
  {
    path: "segments",
    lazy: async () => ({ Component: (await import("~/features/segments/segments-page.tsx")).SegmentsPage }),
  },
  {
    path: "segments/:id",
    lazy: async () => ({ Component: (await import("~/features/segments/segment-page.tsx")).SegmentPage }),
  },
  {
    path: "import",
    lazy: async () => ({ Component: (await import("~/features/imports/imports-page.tsx")).ImportsPage }),
  },
  {
    path: "import/:id",
    lazy: async () => ({ Component: (await import("~/features/imports/import-page.tsx")).ImportPage }),
  },
  {
    path: "funnels",
    lazy: async () => ({ Component: (await import("~/features/funnels/funnels-page.tsx")).FunnelsPage }),
  },
  {
    path: "funnels/:id",
    lazy: async () => ({ Component: (await import("~/features/funnels/builder-page.tsx")).BuilderPage }),
  },
  {
    path: "campaigns",
    lazy: async () => ({
      Component: (await import("~/features/campaigns/campaigns-page.tsx")).CampaignsPage,
    }),
  },
  {
    path: "campaigns/new",
    lazy: async () => ({
      Component: (await import("~/features/campaigns/new-campaign-page.tsx")).NewCampaignPage,
    }),
  },
  {
    path: "campaigns/:id/steps",
    lazy: async () => ({
      Component: (await import("~/features/funnels/campaign/steps-page.tsx")).CampaignStepsPage,
    }),
  },
  {
    path: "campaigns/:id/:tab?",
    lazy: async () => ({ Component: (await import("~/features/campaigns/campaign-page.tsx")).CampaignPage }),
  },
  { path: "inbox", element: <Navigate to={paths.inbox()} replace /> },
  {
    path: "inbox/:view/:conversationId?",
    lazy: async () => ({ Component: (await import("~/features/inbox/inbox-page.tsx")).InboxPage }),
  },
  { path: "settings", element: <Navigate to={paths.settings()} replace /> },
  {
    path: "settings/icp/:id",
    lazy: async () => ({ Component: (await import("~/features/icp/profile-page.tsx")).ProfilePage }),
  },
  {
    path: "settings/:section",
    lazy: async () => ({ Component: (await import("~/features/settings/settings-page.tsx")).SettingsPage }),
  },
  {
    path: "jobs",
    lazy: async () => ({ Component: (await import("~/features/jobs/jobs-page.tsx")).JobsPage }),
  },
  { path: "*", Component: NotFoundPage },
];

/** Until the first page has loaded, nothing: it takes less time than a reader needs to see it. */
const Nothing = () => null;

export const router = createBrowserRouter([
  {
    path: paths.login,
    ErrorBoundary: RouteErrorPage,
    HydrateFallback: Nothing,
    lazy: async () => ({ Component: (await import("~/features/auth/login-page.tsx")).LoginPage }),
  },
  {
    path: paths.setup,
    ErrorBoundary: RouteErrorPage,
    HydrateFallback: Nothing,
    lazy: async () => ({ Component: (await import("~/features/auth/setup-page.tsx")).SetupPage }),
  },
  {
    path: paths.invite,
    ErrorBoundary: RouteErrorPage,
    HydrateFallback: Nothing,
    lazy: async () => ({ Component: (await import("~/features/auth/invite-page.tsx")).InvitePage }),
  },
  { path: "/", Component: Shell, ErrorBoundary: RouteErrorPage, HydrateFallback: Nothing, children: inside },
]);
