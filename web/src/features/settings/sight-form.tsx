import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { patch } from "~/api/client.ts";
import type { Settings, Visibility } from "~/api/types/workspace.ts";
import { Form, FormError, Submit } from "~/components/form.tsx";
import { useMe } from "~/components/me.ts";
import { Choices } from "~/ui/field.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";

const SIGHTS: { value: Visibility; title: string; text: string }[] = [
  {
    value: "private",
    title: "Each rep sees their own",
    text: "The contacts, conversations, campaigns and imports that are theirs. Nothing of a colleague, in no list and by no link.",
  },
  {
    value: "shared",
    title: "Everybody sees everything",
    text: "Every rep sees and works with all contacts, conversations, campaigns and imports.",
  },
];
/** What a change does the moment it is saved. */
const AT_ONCE: Record<Visibility, string> = {
  private:
    "At once, what a rep does not own disappears from their pages. Nothing is deleted: managers and admins still see it, and can hand it over.",
  shared: "At once, every rep sees the contacts and reads the conversations of all others.",
};

/** Whether reps see what their colleagues own. */
export function SightForm({ now }: { now: Visibility }) {
  const [chosen, setChosen] = useState(now);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => patch<Settings>("/api/settings", { visibility: chosen }),
    onSuccess: (after) => {
      for (const key of ["settings", "me"]) void client.invalidateQueries({ queryKey: [key] });
      toast(
        after.visibility === "private" ? "Each rep sees their own now." : "Everybody sees everything now.",
      );
    },
  });
  return (
    <Form className="panel" request={save} onSend={save.mutate} aria-labelledby="who-sees-what">
      <div className="panel-head">
        <h3 id="who-sees-what">Who sees what</h3>
      </div>
      <div className="panel-body stack">
        <FormError />
        <Choices
          legend="What reps see"
          name="visibility"
          value={chosen}
          options={SIGHTS}
          onChange={setChosen}
        />
        <p className="small soft">Managers and admins see everything, whatever is chosen here.</p>
        {chosen === now ? null : <Callout tone="warn">{AT_ONCE[chosen]}</Callout>}
        <div className="row">
          <Submit disabled={chosen === now}>Save who sees what</Submit>
        </div>
      </div>
    </Form>
  );
}

export function SightFacts({ now }: { now: Visibility }) {
  const me = useMe();
  const sight = SIGHTS.find(({ value }) => value === now);
  return (
    <section className="panel" aria-labelledby="who-sees-what">
      <div className="panel-head">
        <h3 id="who-sees-what">Who sees what</h3>
      </div>
      <div className="panel-body stack-2">
        <p className="strong">{sight?.title}</p>
        <p className="soft">{sight?.text}</p>
        <p className="small soft">
          {me.member.role === "rep"
            ? "Managers and admins see everything."
            : "You see everything, as managers and admins do."}
        </p>
      </div>
    </section>
  );
}
