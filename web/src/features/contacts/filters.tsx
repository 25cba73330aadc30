import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import type { Rule } from "~/api/types/sets.ts";
import { SortSelect } from "~/components/grid-table.tsx";
import { ruleWords } from "~/components/rule/words.ts";
import { SaveSegmentDialog } from "~/components/save-segment-dialog.tsx";
import { kindOf, useNames, useSet } from "~/components/sets.ts";
import type { Sorting } from "~/components/sorting.ts";
import { CONTACT_STATUSES } from "~/components/state-badge.tsx";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { OwnerFilter } from "./owner-filter.tsx";
import { RuleDialog } from "./rule-dialog.tsx";
import { type ContactsView, ORDERS, ruleIn } from "./view.ts";

/** What narrows the list: words, a status, an owner, conditions, and what a link to here brought along. */
export function Filters({
  view,
  text,
  owners,
  sorting,
  views,
  onText,
  onChange,
  children,
}: {
  view: ContactsView;
  /** What stands in the search field; the address follows it. */
  text: string;
  owners: boolean;
  sorting: Sorting;
  /** The menu of saved ones. */
  views: ReactNode;
  onText: (text: string) => void;
  onChange: (part: Partial<ContactsView>) => void;
  /** What can be done with whom they find. */
  children: ReactNode;
}) {
  const [editing, setEditing] = useState(false);
  const [saving, setSaving] = useState<Rule | null>(null);
  const navigate = useNavigate();
  const names = useNames();
  const set = useSet(view.set_id);
  const rule = ruleIn(view);
  useCommands([
    {
      id: "contacts.filter",
      label: "Filter contacts",
      group: "Contacts",
      keys: "f",
      icon: "filter",
      run: () => setEditing(true),
    },
  ]);
  return (
    <>
      <div className="filters contact-filters">
        {views}
        <SearchField
          id="contact-search"
          label="Search name, company, e-mail, phone"
          value={text}
          onChange={onText}
          keys="/"
        />
        <select
          className="input"
          aria-label="Status"
          value={view.status}
          onChange={(event) => onChange({ status: event.target.value })}
        >
          <option value="">Any status</option>
          {CONTACT_STATUSES.map((status) => (
            <option key={status}>{status}</option>
          ))}
        </select>
        {owners || view.owner !== "" ? (
          <OwnerFilter value={view.owner} onChange={(owner) => onChange({ owner })} />
        ) : null}
        <SortSelect sorting={sorting} options={ORDERS} />
        <Button icon="filter" keys="f" onClick={() => setEditing(true)}>
          Filter
        </Button>
        {view.set_id !== "" ? (
          <Button small icon="cross" onClick={() => onChange({ set_id: "" })}>
            <span className="clip">
              In the {kindOf(view.set_id)} {set?.name ?? ""}
            </span>
          </Button>
        ) : null}
        {view.import_id !== "" ? (
          <Button small icon="cross" onClick={() => onChange({ import_id: "" })}>
            From one import
          </Button>
        ) : null}
        {view.campaign_id !== "" ? (
          <Button small icon="cross" onClick={() => onChange({ campaign_id: "" })}>
            In one campaign
          </Button>
        ) : null}
        {children}
      </div>
      {view.rule !== "" ? (
        <section className="rule-line" aria-label="Filter">
          <span className="grow small">
            {rule ? ruleWords(rule, names) : "A filter that cannot be read."}
          </span>
          <Button small look="quiet" icon="pencil" onClick={() => setEditing(true)}>
            Change
          </Button>
          {rule ? (
            <Button small look="quiet" onClick={() => setSaving(rule)}>
              Save as segment
            </Button>
          ) : null}
          <Button small look="quiet" icon="cross" onClick={() => onChange({ rule: "" })}>
            Clear
          </Button>
        </section>
      ) : null}
      {editing ? (
        <RuleDialog
          rule={rule}
          onClose={() => setEditing(false)}
          onApply={(next) => {
            setEditing(false);
            onChange({ rule: JSON.stringify(next) });
          }}
          onSave={(next) => {
            setEditing(false);
            setSaving(next);
          }}
        />
      ) : null}
      {saving ? (
        <SaveSegmentDialog
          rule={saving}
          onClose={() => setSaving(null)}
          onSaved={({ id, name }) => {
            setSaving(null);
            toast(`${name} is saved, and keeps itself up to date.`);
            void navigate(paths.contactsIn(id));
          }}
        />
      ) : null}
    </>
  );
}
