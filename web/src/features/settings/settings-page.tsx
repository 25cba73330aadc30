import type { ReactNode } from "react";
import { Link, useParams } from "react-router";
import { Page } from "~/components/page.tsx";
import { paths, SETTINGS_SECTIONS, type SettingsSection } from "~/paths.ts";
import { AppearanceSection } from "./appearance-section.tsx";
import { SendersSection } from "./senders-section.tsx";
import { SendingSection } from "./sending-section.tsx";
import { ShortcutsSection } from "./shortcuts-section.tsx";
import { SuppressionSection } from "./suppression-section.tsx";
import { WorkspaceSection } from "./workspace-section.tsx";
import "./settings.css";

const SECTIONS: Record<SettingsSection, { label: string; show: () => ReactNode }> = {
  workspace: { label: "Workspace", show: () => <WorkspaceSection /> },
  sending: { label: "Sending", show: () => <SendingSection /> },
  senders: { label: "Senders", show: () => <SendersSection /> },
  suppression: { label: "Suppression list", show: () => <SuppressionSection /> },
  appearance: { label: "Appearance", show: () => <AppearanceSection /> },
  shortcuts: { label: "Shortcuts", show: () => <ShortcutsSection /> },
};

export function SettingsPage() {
  const { section } = useParams();
  const current = SETTINGS_SECTIONS.find((item) => item === section) ?? "workspace";
  return (
    <Page title="Settings" flush>
      <div className="settings">
        <nav className="settings-nav" aria-label="Settings">
          {SETTINGS_SECTIONS.map((item) => (
            <Link
              key={item}
              className="nav-item"
              to={paths.settings(item)}
              aria-current={item === current ? "page" : undefined}
            >
              {SECTIONS[item].label}
            </Link>
          ))}
        </nav>
        <div className="settings-body stack">
          <h2 className="settings-title">{SECTIONS[current].label}</h2>
          {SECTIONS[current].show()}
        </div>
      </div>
    </Page>
  );
}
