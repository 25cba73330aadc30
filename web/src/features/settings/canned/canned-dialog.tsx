import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { patch, post } from "~/api/client.ts";
import { customFieldsQuery } from "~/api/set-queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Snippet } from "~/api/types/snippets.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { CHANNELS, channelLabel } from "~/lib/channel.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Frame, SelectField, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { CannedPreview } from "./canned-preview.tsx";

/** What every contact may have. */
const FIELDS: readonly [string, string][] = [
  ["first_name", "First name"],
  ["last_name", "Last name"],
  ["company", "Company"],
  ["title", "Title"],
  ["city", "City"],
];

/** A new canned reply, or what one says. */
export function CannedDialog({ snippet, onClose }: { snippet: Snippet | null; onClose: () => void }) {
  const [name, setName] = useState(snippet?.name ?? "");
  const [channel, setChannel] = useState<Channel>(snippet?.channel ?? "email");
  const [subject, setSubject] = useState(snippet?.subject ?? "");
  const [body, setBody] = useState(snippet?.body ?? "");
  const text = useRef<HTMLTextAreaElement>(null);
  const customs = useQuery(customFieldsQuery).data ?? [];
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => {
      const said = { name: name.trim(), body, subject: channel === "email" ? subject.trim() : undefined };
      return snippet
        ? patch<Snippet>(`/api/snippets/${snippet.id}`, said)
        : post<Snippet>("/api/snippets", { ...said, channel });
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ["snippets"] });
      toast(snippet ? "Saved." : "A slash in an answer offers it now.");
      onClose();
    },
  });
  const insert = (field: string) => {
    const tag = `{{ contact.${field} | default("") }}`;
    const at = text.current?.selectionEnd ?? body.length;
    setBody(body.slice(0, at) + tag + body.slice(at));
    text.current?.focus();
  };
  return (
    <Dialog title={snippet ? `Change ${snippet.name}` : "Write a reply"} onClose={onClose}>
      <Form request={save} onSend={save.mutate}>
        <FormError />
        <div className="form-pairs">
          <TextField
            label="Name"
            name="name"
            required
            maxLength={100}
            autoComplete="off"
            hint="What you look for behind the slash."
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <SelectField
            label="Written for"
            name="channel"
            hint="Offered first there, and on every other channel."
            disabled={snippet !== null}
            value={channel}
            onChange={(event) => setChannel(event.target.value as Channel)}
          >
            {CHANNELS.map((one) => (
              <option key={one} value={one}>
                {channelLabel(one)}
              </option>
            ))}
          </SelectField>
        </div>
        {channel === "email" ? (
          <TextField
            label="Subject"
            name="subject"
            hint="May be left out: an answer keeps the subject of its thread."
            value={subject}
            onChange={(event) => setSubject(event.target.value)}
          />
        ) : null}
        <Frame label="Text" name="body">
          {(control) => (
            <textarea
              {...control}
              ref={text}
              className="input"
              rows={6}
              required
              value={body}
              onChange={(event) => setBody(event.target.value)}
            />
          )}
        </Frame>
        <SelectField
          label="Put in what is known of the person"
          value=""
          onChange={({ target }) => insert(target.value)}
        >
          <option value="">Choose a field</option>
          {FIELDS.map(([key, label]) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
          {customs.map(({ key, name: label }) => (
            <option key={key} value={`custom.${key}`}>
              {label}
            </option>
          ))}
        </SelectField>
        <CannedPreview channel={channel} subject={channel === "email" ? subject : ""} body={body} />
        <FormFoot verb={snippet ? "Save" : "Keep the reply"} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
