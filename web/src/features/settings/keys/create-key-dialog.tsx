import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { MadeApiKey, NewApiKey } from "~/api/types/keys.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { exactDay } from "~/lib/format.ts";
import { Dialog } from "~/ui/dialog.tsx";
import { Choices, FieldError, Frame, Segmented, TextField, useFieldError } from "~/ui/field.tsx";
import { daysOf, LIVES, type Life } from "./life.ts";
import { MadeKey } from "./made-key.tsx";
import { ScopeTable } from "./scope-table.tsx";

type May = "read" | "all" | "some";
const MAY = [
  { value: "read", title: "Read everything", text: "Looks at what you see. Changes nothing, sends nothing." },
  {
    value: "all",
    title: "Everything I may do",
    text: "Reads, changes and sends messages as if it were you.",
  },
  { value: "some", title: "Choose…", text: "Only what you tick." },
] as const;
const DAY = 24 * 3_600_000;

/** First what the key is for and may do, then its text, this once. */
export function CreateKeyDialog({ onClose }: { onClose: () => void }) {
  const [made, setMade] = useState<MadeApiKey | null>(null);
  if (made) return <MadeKey made={made} onClose={onClose} />;
  return (
    <Dialog title="New API key" className="dialog-wide" onClose={onClose}>
      <KeyForm onMade={setMade} onClose={onClose} />
    </Dialog>
  );
}

function KeyForm({ onMade, onClose }: { onMade: (made: MadeApiKey) => void; onClose: () => void }) {
  const [name, setName] = useState("");
  const [may, setMay] = useState<May>("read");
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const [life, setLife] = useState<Life>("90");
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: (key: NewApiKey) => post<MadeApiKey>("/api/api-keys", key),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["api-keys"] });
      onMade(made);
    },
  });
  const send = () => {
    const scopes = { read: ["*:read"], all: ["*"], some: [...chosen] }[may];
    make.mutate({ name: name.trim(), scopes, expires_in_days: daysOf(life) });
  };
  return (
    <Form request={make} onSend={send}>
      <FormError />
      <TextField
        label="Name"
        name="name"
        required
        maxLength={100}
        autoComplete="off"
        hint="What uses it, so that you know it again: “Sign-up form”, “Nightly report”."
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="stack-2">
        <div className="key-may">
          <Choices legend="What it may do" name="key-may" value={may} options={MAY} onChange={setMay} />
        </div>
        {may === "some" ? <ScopeTable chosen={chosen} onChange={setChosen} /> : null}
        <ScopesError />
      </div>
      <LifeChoice life={life} onChange={setLife} />
      <FormFoot verb="Make the key" disabled={may === "some" && chosen.length === 0} onCancel={onClose} />
    </Form>
  );
}

function ScopesError() {
  const wrong = useFieldError("scopes");
  return wrong ? <FieldError alert>{wrong}</FieldError> : null;
}

function LifeChoice({ life, onChange }: { life: Life; onChange: (life: Life) => void }) {
  const now = useWallClock();
  const days = daysOf(life);
  const hint =
    days === undefined
      ? "It works until somebody revokes it. A key that is forgotten stays open."
      : `It stops by itself on ${exactDay(now + days * DAY, now)}.`;
  return (
    <Frame label="Good for" name="expires_in_days" group hint={<span aria-live="polite">{hint}</span>}>
      {(control) => (
        <Segmented
          label="Good for"
          value={life}
          options={LIVES}
          describedBy={control["aria-describedby"]}
          onChange={onChange}
        />
      )}
    </Frame>
  );
}
