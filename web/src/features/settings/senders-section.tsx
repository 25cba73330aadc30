import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { providersQuery, sendersQuery } from "~/api/queries.ts";
import type { Sender } from "~/api/types/senders.ts";
import { AdminsOnly } from "~/components/admins-only.tsx";
import { Async } from "~/components/async.tsx";
import { useMe } from "~/components/me.ts";
import { Button } from "~/ui/button.tsx";
import { Callout, Empty } from "~/ui/states.tsx";
import { ConnectGmail } from "./gmail/connect-gmail.tsx";
import { GmailOutcome } from "./gmail/gmail-outcome.tsx";
import { GoogleAppDialog } from "./gmail/google-app-dialog.tsx";
import { SenderDialog } from "./sender-dialog.tsx";
import { SenderLine } from "./sender-line.tsx";

export function SendersSection() {
  const me = useMe();
  const admin = me.member.role === "admin";
  const senders = useQuery(sendersQuery);
  // There before the dialog opens, so that it opens in its first field.
  useQuery(providersQuery);
  const [app, setApp] = useState(false);
  const [open, setOpen] = useState<Sender | "new" | null>(null);
  const live = me.workspace.send_mode === "live";
  return (
    <>
      <div className="row row-wrap">
        <p className="soft grow">The accounts that messages leave from, each with its own limits.</p>
        {admin ? <ConnectGmail onApp={() => setApp(true)} /> : null}
        {admin ? (
          <Button look="primary" icon="plus" onClick={() => setOpen("new")}>
            Add a sender
          </Button>
        ) : null}
      </div>
      <GmailOutcome />
      {admin ? null : <AdminsOnly to="add and change senders" />}
      {live ? null : (
        <Callout tone="info">
          Sandbox mode: whatever account a sender has, its messages go to the built-in sandbox. A test signs
          in to the real account and sends nothing.
        </Callout>
      )}
      <Async of={senders}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title="No sender yet."
              text="A mailbox, a phone number, a WhatsApp number or a page that messages leave from."
            >
              {admin ? (
                <Button icon="plus" onClick={() => setOpen("new")}>
                  Add the first one
                </Button>
              ) : null}
            </Empty>
          ) : (
            <ul className="panel">
              {list.map((sender) => (
                <SenderLine
                  key={sender.id}
                  sender={sender}
                  live={live}
                  onEdit={admin ? () => setOpen(sender) : undefined}
                />
              ))}
            </ul>
          )
        }
      </Async>
      {app ? <GoogleAppDialog onClose={() => setApp(false)} /> : null}
      {open ? <SenderDialog sender={open === "new" ? null : open} onClose={() => setOpen(null)} /> : null}
    </>
  );
}
