import { useNavigate } from "react-router";
import { useMe } from "~/components/me.ts";
import { useSignOut, useSwitch } from "~/components/session.ts";
import { setTheme } from "~/lib/theme.ts";
import { type Command, useCommands } from "~/lib/use-hotkeys.ts";
import { paths, settingsFor } from "~/paths.ts";

/** What can be done from everywhere. */
export function useGlobalCommands(app: {
  open: (what: "palette" | "keys") => void;
  toggleRail: () => void;
}): void {
  const navigate = useNavigate();
  const me = useMe();
  const signOut = useSignOut();
  const change = useSwitch();
  const go = (keys: string, label: string, to: string, icon: string): Command => ({
    id: `go:${to}`,
    label,
    group: "Go to",
    keys,
    icon,
    run: () => void navigate(to),
  });
  useCommands([
    {
      id: "palette",
      label: "Search and commands",
      group: "Global",
      keys: "mod+k",
      inFields: true,
      hidden: true,
      run: () => app.open("palette"),
    },
    {
      id: "keys",
      label: "Keyboard shortcuts",
      group: "Global",
      keys: "?",
      icon: "keyboard",
      run: () => app.open("keys"),
    },
    {
      id: "rail",
      label: "Fold the navigation",
      group: "Global",
      keys: "[",
      icon: "sidebar",
      run: app.toggleRail,
    },
    go("g h", "Home", paths.home, "home"),
    go("g i", "Inbox", paths.inbox(), "inbox"),
    go("g q", "Send queue", paths.queue, "send"),
    go("g c", "Campaigns", paths.campaigns, "campaigns"),
    go("g f", "Funnels", paths.funnels, "graph"),
    go("g p", "Contacts", paths.contacts, "contacts"),
    go("g o", "Companies", paths.companies, "company"),
    go("g k", "Tasks", paths.tasks, "check"),
    go("g t", "Targets", paths.targets, "flag"),
    go("g s", "Segments", paths.segments, "filter"),
    go("g b", "Notifications", paths.notifications, "bell"),
    go("g j", "Jobs", paths.jobs, "jobs"),
    go("g ,", "Settings", paths.settings(), "settings"),
    {
      id: "import",
      label: "Import contacts",
      group: "Do",
      icon: "upload",
      run: () => void navigate(paths.imports),
    },
    {
      id: "campaign-new",
      label: "New campaign",
      group: "Do",
      icon: "campaigns",
      run: () => void navigate(paths.newCampaign),
    },
    {
      id: "funnel-new",
      label: "New funnel",
      group: "Do",
      icon: "graph",
      run: () => void navigate(paths.newFunnel),
    },
    {
      id: "uncertain",
      label: "Decide about uncertain messages",
      group: "Do",
      icon: "question",
      run: () => void navigate(paths.inbox("uncertain")),
    },
    {
      id: "stop",
      label: "Stop all sending",
      group: "Do",
      icon: "stop",
      run: () => void navigate(paths.settings("sending")),
    },
    ...(me.member.role === "admin"
      ? [
          {
            id: "invite",
            label: "Invite a colleague",
            group: "Do",
            icon: "user",
            run: () => void navigate(paths.inviteColleague),
          },
        ]
      : []),
    ...settingsFor(me.member.role)
      .flatMap(({ sections }) => sections)
      .map(({ id, label }) => ({
        id: `settings:${id}`,
        label: `Settings: ${label}`,
        group: "Settings",
        icon: "settings",
        run: () => void navigate(paths.settings(id)),
      })),
    ...me.workspaces
      .filter((place) => !place.current)
      .map((place) => ({
        id: `workspace:${place.id}`,
        label: `Switch to ${place.name}`,
        group: "Workspaces",
        icon: "globe",
        run: () => change.run(place.id),
      })),
    { id: "light", label: "Light theme", group: "Appearance", icon: "sun", run: () => setTheme("light") },
    { id: "dark", label: "Dark theme", group: "Appearance", icon: "moon", run: () => setTheme("dark") },
    {
      id: "system",
      label: "Theme of the system",
      group: "Appearance",
      icon: "system",
      run: () => setTheme("system"),
    },
    { id: "sign-out", label: "Sign out", group: "Appearance", icon: "logout", run: signOut.run },
  ]);
}
