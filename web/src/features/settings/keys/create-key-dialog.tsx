import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { post } from "~/api/client.ts";
import { fieldError, formError } from "~/api/errors.ts";
import type { MadeApiKey, NewApiKey } from "~/api/types/keys.ts";
import { ErrorBlock } from "~/components/error-block.tsx";
import { useWallClock } from "~/lib/clock.ts";
import { exactDay } from "~/lib/format.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { Choices, Segmented, TextField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
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
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const scopes = { read: ["*:read"], all: ["*"], some: [...chosen] }[may];
    make.mutate({ name: name.trim(), scopes, expires_in_days: daysOf(life) });
  };
  const error = formError(make.error, ["name", "scopes", "expires_in_days"]);
  const scopesError = fieldError(make.error, "scopes");
  return (
    <form className="stack" onSubmit={submit}>
      {error ? <ErrorBlock error={error} /> : null}
      <TextField
        label="Name"
        required
        maxLength={100}
        autoComplete="off"
        hint="What uses it, so that you know it again: “Sign-up form”, “Nightly report”."
        value={name}
        error={fieldError(make.error, "name")}
        onChange={(event) => setName(event.target.value)}
      />
      <div className="stack-2">
        <div className="key-may">
          <Choices legend="What it may do" name="key-may" value={may} options={MAY} onChange={setMay} />
        </div>
        {may === "some" ? <ScopeTable chosen={chosen} onChange={setChosen} /> : null}
        {scopesError ? (
          <span className="field-error" role="alert">
            <Icon name="warning" />
            {scopesError}
          </span>
        ) : null}
      </div>
      <LifeChoice life={life} onChange={setLife} error={fieldError(make.error, "expires_in_days")} />
      <div className="dialog-foot dialog-foot-in">
        <Button onClick={onClose}>Cancel</Button>
        <Button
          look="primary"
          type="submit"
          busy={make.isPending}
          disabled={may === "some" && chosen.length === 0}
        >
          Make the key
        </Button>
      </div>
    </form>
  );
}

function LifeChoice({
  life,
  error,
  onChange,
}: {
  life: Life;
  error: string | undefined;
  onChange: (life: Life) => void;
}) {
  const now = useWallClock();
  const days = daysOf(life);
  return (
    <div className="field">
      <span className="label" aria-hidden="true">
        Good for
      </span>
      <Segmented label="Good for" value={life} options={LIVES} onChange={onChange} />
      <span className="field-hint" aria-live="polite">
        {days === undefined
          ? "It works until somebody revokes it. A key that is forgotten stays open."
          : `It stops by itself on ${exactDay(now + days * DAY, now)}.`}
      </span>
      {error ? (
        <span className="field-error">
          <Icon name="warning" />
          {error}
        </span>
      ) : null}
    </div>
  );
}
