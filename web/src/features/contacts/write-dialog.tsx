import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { sendersQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Contact } from "~/api/types/contacts.ts";
import type { Message, NewMessage } from "~/api/types/inbox.ts";
import type { Sender } from "~/api/types/senders.ts";
import { TemplateFields } from "~/components/template-fields.tsx";
import { NO_TEMPLATE, templateOf } from "~/components/template-text.ts";
import { channelLabel } from "~/lib/channel.ts";
import { personName } from "~/lib/format.ts";
import { smsSegments } from "~/lib/sms.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Frame, Segmented, TextField } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { isFormer } from "./addresses.ts";

/** The ways of writing to somebody: by the addresses that they have, and on platforms by the senders that there are. */
function waysTo(contact: Contact, senders: readonly Sender[]): Channel[] {
  const has = (kind: string) =>
    contact.addresses.some((address) => address.kind === kind && !isFormer(address));
  const sends = (channel: Channel) => senders.some((sender) => sender.channel === channel);
  const ways: [Channel, boolean][] = [
    ["email", contact.email !== null],
    ["sms", contact.phone !== null],
    ["whatsapp", (has("whatsapp") || contact.phone !== null) && sends("whatsapp")],
    ["messenger", has("messenger") && sends("messenger")],
    ["voicemail", contact.phone !== null && sends("voicemail")],
  ];
  return ways.filter(([, possible]) => possible).map(([channel]) => channel);
}

/** How long it takes to say, at the pace of a voice: Slybroadcast takes nothing that is shorter than five seconds. */
function spokenHint(text: string): string {
  const seconds = Math.round([...text.trim()].length / 15);
  const rule =
    "It is dropped between 8:00 and 21:00 where they are, and only if they have agreed to voicemails.";
  if (seconds === 0) return rule;
  return `About ${seconds} ${seconds === 1 ? "second" : "seconds"}${seconds < 6 ? ": too short, say a little more" : ""}. ${rule}`;
}

/** One message to one person, outside any campaign. */
export function WriteDialog({ contact, onClose }: { contact: Contact; onClose: () => void }) {
  // One id for all attempts: the server knows a repeat and sends once.
  const [clientId] = useState(() => crypto.randomUUID());
  const senders = useQuery(sendersQuery);
  const ways = waysTo(contact, senders.data ?? []);
  const [chosen, setChannel] = useState<Channel | null>(null);
  const channel = chosen ?? ways[0] ?? "email";
  const [template, setTemplate] = useState(NO_TEMPLATE);
  // Who has written lately can be written to freely; the server says so when they have not.
  const [asTemplate, setAsTemplate] = useState(true);
  const needsTemplate = channel === "whatsapp" && asTemplate;
  const [subject, setSubject] = useState("");
  const [text, setText] = useState("");
  const client = useQueryClient();
  const navigate = useNavigate();
  const send = useMutation({
    mutationFn: () => {
      const body: NewMessage = { client_id: clientId, channel, contact_id: contact.id, text };
      if (channel === "email") body.subject = subject;
      if (needsTemplate) body.template = templateOf(template);
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
    text.trim() !== "" &&
    (channel !== "email" || subject.trim() !== "") &&
    (!needsTemplate || template.name.trim() !== "") &&
    !refused &&
    !send.isPending;
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
        options={ways.map((way) => ({ value: way, label: channelLabel(way) }))}
      />
      {channel === "whatsapp" ? (
        <label className="check">
          <input
            type="checkbox"
            checked={asTemplate}
            onChange={(event) => setAsTemplate(event.target.checked)}
          />
          Begin with an approved template
        </label>
      ) : null}
      {needsTemplate ? (
        <TemplateFields
          draft={template}
          onChange={setTemplate}
          onText={(says) => setText((written) => says ?? written)}
        />
      ) : null}
      {channel === "email" ? (
        <TextField label="Subject" value={subject} onChange={(event) => setSubject(event.target.value)} />
      ) : null}
      <Frame
        label={needsTemplate ? "What it says" : channel === "voicemail" ? "What the voice says" : "Message"}
        hint={
          channel === "sms"
            ? `${segments.units} characters, sent as ${segments.segments} ${segments.segments === 1 ? "text" : "texts"}`
            : channel === "voicemail"
              ? spokenHint(text)
              : needsTemplate
                ? "Kept here, so that your team can read it. WhatsApp sends the text that it approved."
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
