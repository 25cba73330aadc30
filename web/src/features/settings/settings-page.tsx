import { type ReactNode, useEffect, useRef } from "react";
import { Link, useParams } from "react-router";
import { useMe } from "~/components/me.ts";
import { Page } from "~/components/page.tsx";
import { paths, SETTINGS, type SettingsSection, settingsFor } from "~/paths.ts";
import { AppearanceSection } from "./appearance-section.tsx";
import { AssignmentSection } from "./assignment/assignment-section.tsx";
import { AuditSection } from "./audit/audit-section.tsx";
import { CannedSection } from "./canned/canned-section.tsx";
import { CustomFieldsSection } from "./custom-fields/custom-fields-section.tsx";
import { IcpSection } from "./icp/icp-section.tsx";
import { KeysSection } from "./keys/keys-section.tsx";
import { LabelsSection } from "./labels/labels-section.tsx";
import { MacrosSection } from "./macros/macros-section.tsx";
import { NotificationsSection } from "./notifications/notifications-section.tsx";
import { PrivacySection } from "./privacy/privacy-section.tsx";
import { RelayersSection } from "./relayers/relayers-section.tsx";
import { ReplyTimesSection } from "./reply-times/reply-times-section.tsx";
import { SendersSection } from "./senders-section.tsx";
import { SendingSection } from "./sending-section.tsx";
import { ShortcutsSection } from "./shortcuts-section.tsx";
import { SuppressionSection } from "./suppression/suppression-section.tsx";
import { TeamSection } from "./team/team-section.tsx";
import { WebhooksSection } from "./webhooks/webhooks-section.tsx";
import { WorkspaceSection } from "./workspace-section.tsx";
import { ProfileSection } from "./you/profile-section.tsx";
import { SecuritySection } from "./you/security-section.tsx";
import "./settings.css";

const SHOW: Record<SettingsSection, () => ReactNode> = {
  profile: () => <ProfileSection />,
  notifications: () => <NotificationsSection />,
  security: () => <SecuritySection />,
  keys: () => <KeysSection />,
  relayers: () => <RelayersSection />,
  appearance: () => <AppearanceSection />,
  shortcuts: () => <ShortcutsSection />,
  workspace: () => <WorkspaceSection />,
  team: () => <TeamSection />,
  sending: () => <SendingSection />,
  senders: () => <SendersSection />,
  "custom-fields": () => <CustomFieldsSection />,
  icp: () => <IcpSection />,
  labels: () => <LabelsSection />,
  canned: () => <CannedSection />,
  macros: () => <MacrosSection />,
  assignment: () => <AssignmentSection />,
  "reply-times": () => <ReplyTimesSection />,
  suppression: () => <SuppressionSection />,
  privacy: () => <PrivacySection />,
  webhooks: () => <WebhooksSection />,
  audit: () => <AuditSection />,
};
const SECTIONS = SETTINGS.flatMap(({ sections }) => sections);
const GENERAL = { id: "workspace", label: "General" } as const;

export function SettingsPage() {
  const me = useMe();
  const { section } = useParams();
  const current = SECTIONS.find(({ id }) => id === section) ?? GENERAL;
  const here = useRef<HTMLAnchorElement>(null);
  // On a phone the sections are one row that is wider than the screen.
  useEffect(() => {
    if (current.id) here.current?.scrollIntoView({ block: "nearest", inline: "center" });
  }, [current.id]);
  return (
    <Page title={`${current.label}, settings`} heading="Settings" flush>
      <div className="settings">
        <nav className="settings-nav" aria-label="Settings">
          {settingsFor(me.member.role).map(({ label, sections }) => (
            <section key={label} aria-label={label}>
              <p className="nav-heading" aria-hidden="true">
                {label}
              </p>
              {sections.map(({ id, label: name }) => (
                <Link
                  key={id}
                  className="nav-item"
                  ref={id === current.id ? here : undefined}
                  to={paths.settings(id)}
                  aria-current={id === current.id ? "page" : undefined}
                >
                  {name}
                </Link>
              ))}
            </section>
          ))}
        </nav>
        <div className="settings-body stack">
          <h2 className="settings-title">{current.label}</h2>
          {SHOW[current.id]()}
        </div>
      </div>
    </Page>
  );
}
