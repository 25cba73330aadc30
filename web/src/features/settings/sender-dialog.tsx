import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { patch, post } from "~/api/client.ts";
import { fieldError } from "~/api/errors.ts";
import { providersQuery } from "~/api/queries.ts";
import type { Channel } from "~/api/types/channel.ts";
import type { Provider, Sender, SenderCheck, SenderInput } from "~/api/types/senders.ts";
import { Async } from "~/components/async.tsx";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useMe } from "~/components/me.ts";
import { channelLabel } from "~/lib/channel.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Segmented, TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { AccountFields } from "./account-fields.tsx";
import { draftOf, fieldsOf, isEmpty, toAccount } from "./account-form.ts";
import { LimitFields, limitsOf, toLimits } from "./sender-limits.tsx";
import { TestResult } from "./sender-test.tsx";

/** The kinds of sender by what people call them, where that is not the name of the service. */
const KINDS: Record<string, string> = {
  smtp: "Email by SMTP",
  twilio: "Text by Twilio",
  whatsapp: "WhatsApp",
  messenger: "Messenger",
  slybroadcast: "Voicemail",
  tiktok: "TikTok",
  bonzo: "Text by Bonzo",
};

/** What is asked of a sender of each channel, in the words of the service. */
const ASKED: Partial<Record<Channel, { address: string; hint: string; name: string; account: string }>> = {
  email: {
    address: "E-mail address",
    hint: "you@your-company.com",
    name: "What people see beside the address.",
    account: "Account at the mail server",
  },
  whatsapp: {
    address: "WhatsApp number",
    hint: "+1 202 555 0188, as it stands in the WhatsApp manager",
    name: "For your team; people see the display name that Meta approved.",
    account: "Number in the Meta app",
  },
  messenger: {
    address: "Page ID",
    hint: "A number such as 104310000000001, from the About section of the page",
    name: "For your team; people see the name of the page.",
    account: "Page in the Meta app",
  },
  tiktok: {
    address: "Business ID",
    hint: "The open_id that TikTok gives with the access token",
    name: "For your team; people see the name of the account.",
    account: "Account in the TikTok app",
  },
  voicemail: {
    address: "Caller ID",
    hint: "+1 202 555 0188, a number that Slybroadcast has verified",
    name: "For your team; people see the caller ID.",
    account: "Slybroadcast, and the voice at ElevenLabs",
  },
};
const ASKED_OF_A_NUMBER = {
  address: "Phone number",
  hint: "+1 202 555 0188",
  name: "For your team; a text shows only the number.",
  account: "Account at Twilio",
};

const BY_ID: readonly Channel[] = ["messenger", "tiktok"];

function askedOf(provider: Provider) {
  if (provider.id === "bonzo") return { ...ASKED_OF_A_NUMBER, account: "Account at Bonzo" };
  return ASKED[provider.channel] ?? ASKED_OF_A_NUMBER;
}

/** A new sender, or an old one with everything that can be changed of it. */
export function SenderDialog({ sender, onClose }: { sender: Sender | null; onClose: () => void }) {
  // A new Gmail account comes by its owner's consent, with a button of its own.
  const providers = useQuery({
    ...providersQuery,
    select: (list) => (sender ? list : list.filter((item) => item.id !== "gmail")),
  });
  const [chosen, setChosen] = useState(sender?.provider ?? "smtp");
  return (
    <Dialog title={sender ? `Edit ${sender.name}` : "Add a sender"} onClose={onClose} className="dialog-wide">
      <Async of={providers}>
        {(list) => {
          const provider = list.find((item) => item.id === chosen) ?? list[0];
          if (!provider) return null;
          return (
            <>
              {sender ? null : (
                <Segmented
                  label="Kind of sender"
                  value={provider.id}
                  options={list.map((item) => ({
                    value: item.id,
                    label: KINDS[item.id] ?? `${channelLabel(item.channel)} by ${item.name}`,
                  }))}
                  onChange={setChosen}
                />
              )}
              <SenderForm key={provider.id} sender={sender} provider={provider} onClose={onClose} />
            </>
          );
        }}
      </Async>
    </Dialog>
  );
}

function SenderForm({
  sender,
  provider,
  onClose,
}: {
  sender: Sender | null;
  provider: Provider;
  onClose: () => void;
}) {
  const me = useMe();
  const client = useQueryClient();
  const [saved, setSaved] = useState<Sender | null>(sender);
  const fields = fieldsOf(provider.credentials, provider.id);
  const boxFields = fieldsOf(provider.mailbox ?? {}, "imap");
  const [name, setName] = useState(sender?.name ?? me.workspace.name);
  const [address, setAddress] = useState(sender?.address ?? "");
  const [account, setAccount] = useState(() => draftOf(fields, sender?.account ?? null));
  const [reads, setReads] = useState(sender?.mailbox != null);
  const [box, setBox] = useState(() => draftOf(boxFields, sender?.mailbox ?? null));
  const [limits, setLimits] = useState(() => limitsOf(sender));
  const [result, setResult] = useState<SenderCheck | null>(null);
  const email = provider.channel === "email";
  const asked = askedOf(provider);
  const form = useRef<HTMLFormElement>(null);

  const input = (): SenderInput => {
    const body: SenderInput = {
      name: name.trim(),
      ...toLimits(limits),
    };
    if (provider.id !== "gmail" && (!isEmpty(fields, account) || saved?.account))
      body.credentials = toAccount(fields, account, saved?.account ?? null);
    if (provider.mailbox) {
      if (reads) body.imap = toAccount(boxFields, box, saved?.mailbox ?? null);
      else if (saved?.mailbox) body.imap = null;
    }
    return body;
  };
  const save = useMutation({
    mutationFn: async () => {
      setResult(null);
      const kept = saved
        ? await patch<Sender>(`/api/senders/${saved.id}`, input())
        : await post<Sender>("/api/senders", { provider: provider.id, address, ...input() });
      setSaved(kept);
      // What was typed is stored now; the fields go back to saying that it is.
      setAccount(draftOf(fields, kept.account));
      setBox(draftOf(boxFields, kept.mailbox));
      if (!kept.account && !kept.connection) return { kept, check: null };
      return {
        kept,
        check: await post<SenderCheck>(`/api/senders/${kept.id}/check`, { account: kept.account !== null }),
      };
    },
    onSuccess: ({ kept, check }) => {
      if (check && !check.ok) {
        setResult(check);
        return;
      }
      toast(
        check ? `${kept.name} is saved and works.` : `${kept.name} is saved. It works in the sandbox only.`,
      );
      onClose();
    },
    onSettled: () => {
      void client.invalidateQueries({ queryKey: ["senders"] });
      void client.invalidateQueries({ queryKey: ["campaign"] });
    },
  });
  // The button is at the end of a long form; what is wrong may be above what can be seen.
  useEffect(() => {
    if (save.error === null && result === null) return;
    const wrong = form.current?.querySelector<HTMLElement>("[aria-invalid=true]");
    if (wrong) wrong.focus();
    else form.current?.querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
  }, [save.error, result]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  const errorOf = (group: string) => (field: string) => fieldError(save.error, `${group}.${field}`);
  return (
    <form className="stack" ref={form} onSubmit={submit} noValidate>
      {save.error ? <ErrorBlock error={save.error} /> : null}
      {result ? <TestResult check={result} title="It is saved, but it does not work yet." /> : null}
      <div className="form-pairs">
        <TextField
          label="Name"
          hint={asked.name}
          required
          value={name}
          error={fieldError(save.error, "name")}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          label={asked.address}
          type={email ? "email" : BY_ID.includes(provider.channel) ? "text" : "tel"}
          inputMode={provider.channel === "messenger" ? "numeric" : undefined}
          hint={saved ? "An address stays; add another sender for another one." : asked.hint}
          required
          readOnly={saved !== null}
          value={address}
          error={fieldError(save.error, "address")}
          onChange={(event) => setAddress(event.target.value)}
        />
      </div>
      {provider.id === "gmail" ? null : (
        <fieldset className="stack-2 group">
          <legend>{asked.account}</legend>
          {saved?.account ? null : (
            <p className="small soft">Leave it empty for a sender that works in the sandbox only.</p>
          )}
          <AccountFields
            kind={provider.id}
            fields={fields}
            draft={account}
            stored={saved?.account ?? null}
            onChange={setAccount}
            errorOf={errorOf("credentials")}
          />
        </fieldset>
      )}
      {provider.mailbox ? (
        <fieldset className="stack-2 group">
          <legend>Answers</legend>
          <label className="check">
            <input type="checkbox" checked={reads} onChange={(event) => setReads(event.target.checked)} />
            Read answers from the mailbox over IMAP
          </label>
          {reads ? (
            <AccountFields
              kind="imap"
              fields={boxFields}
              draft={box}
              stored={saved?.mailbox ?? null}
              onChange={setBox}
              errorOf={errorOf("imap")}
            />
          ) : (
            <p className="small soft">
              Without it, your mail service has to post what comes in to a webhook.
            </p>
          )}
        </fieldset>
      ) : null}
      <LimitFields email={email} draft={limits} error={save.error} onChange={setLimits} />
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>{result ? "Close" : "Cancel"}</Button>
        <Button look="primary" type="submit" busy={save.isPending}>
          {save.isPending && saved ? "Testing…" : result ? "Save and test again" : "Save and test"}
        </Button>
      </div>
    </form>
  );
}
