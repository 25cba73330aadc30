import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import type { Contact } from "~/api/types/contacts.ts";
import type { Message, NewMessage } from "~/api/types/inbox.ts";
import { personName } from "~/lib/format.ts";
import { smsSegments } from "~/lib/sms.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Frame, Segmented, TextField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";

/** One message to one person, outside any campaign. */
export function WriteDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  // One id for all attempts: the server knows a repeat and sends once.
  const [clientId] = useState(() => crypto.randomUUID());
  const [channel, setChannel] = useState<"email" | "sms">(contact.email ? "email" : "sms");
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const send = useMutation({
    mutationFn: () => {
      const body: NewMessage = { client_id: clientId, channel, contact_id: contact.id, text };
      if (channel === "email") body.subject = subject;
      return post<Message>("/api/messages", body);
    },
    onSuccess: (message) => {
      for (const key of ["timeline", "conversations"]) void client.invalidateQueries({ queryKey: [key] });
      void navigate(paths.inbox("open", message.conversation_id));
    },
  });
  const segments = smsSegments(text);
  const refused = contact.suppressed.includes(channel) || contact.suppressed.includes("all");
  const ready =
    text.trim() !== "" && (channel === "sms" || subject.trim() !== "") && !refused && !send.isPending;
  return (
    <Dialog
      title={`Write to ${personName(contact)}`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="primary"
            icon="send"
            busy={send.isPending}
            keys="mod+enter"
            disabled={!ready}
            onClick={() => send.mutate()}
          >
            Send
          </Button>
        </>
      }
    >
      {send.error ? (
        <Callout tone="bad" alert>
          {messageOf(send.error)}
        </Callout>
      ) : null}
      {refused ? (
        <Callout tone="warn">
          {personName(contact)} must not be written to this way. If they changed their mind, allow it again on
          this page first.
        </Callout>
      ) : null}
      <Segmented
        label="Channel"
        value={channel}
        onChange={setChannel}
        options={[
          ...(contact.email ? [{ value: "email" as const, label: "Email" }] : []),
          ...(contact.phone ? [{ value: "sms" as const, label: "Text" }] : []),
        ]}
      />
      {channel === "email" ? (
        <TextField label="Subject" value={subject} onChange={(event) => setSubject(event.target.value)} />
      ) : null}
      <Frame
        label="Message"
        hint={
          channel === "sms"
            ? `${segments.units} characters, sent as ${segments.segments} ${segments.segments === 1 ? "text" : "texts"}`
            : undefined
        }
      >
        {(control) => (
          <textarea
            {...control}
            className="input"
            rows={6}
            value={text}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => {
              if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !ready) return;
              event.preventDefault();
              send.mutate();
            }}
          />
        )}
      </Frame>
    </Dialog>
  );
}
