import { useQuery } from "@tanstack/react-query";
import { labelsQuery } from "~/api/inbox-queries.ts";
import { useMembers } from "~/components/owner.tsx";
import { CHANNELS, channelLabel } from "~/lib/channel.ts";
import { Button } from "~/ui/button.tsx";
import { ActionPop } from "./action-pop.tsx";

/** What the list is narrowed to beside its view: the names are those in the address. */
export type InboxFilter = { q: string; channel: string; label: string; assignee: string };

export const NO_FILTER: InboxFilter = { q: "", channel: "", label: "", assignee: "" };

export function filterOf(query: URLSearchParams): InboxFilter {
  const of = (name: keyof InboxFilter) => query.get(name) ?? "";
  return { q: of("q"), channel: of("channel"), label: of("label"), assignee: of("assignee") };
}

/** As the server asks for it. */
export function asked({ q, channel, label, assignee }: InboxFilter) {
  return { search: q, channel, label_id: label, assignee_id: assignee };
}

/** Channel, label and who is to answer. */
export function ListFilter({
  filter,
  onFilter,
}: {
  filter: InboxFilter;
  onFilter: (part: Partial<InboxFilter>) => void;
}) {
  const labels = useQuery(labelsQuery).data ?? [];
  const members = useMembers();
  const set = [filter.channel, filter.label, filter.assignee].filter((value) => value !== "").length;
  return (
    <ActionPop
      id="inbox.filter"
      label={set === 0 ? "Filter" : `Filter (${set})`}
      does="Narrow the list"
      keys="f"
      icon="filter"
      end
    >
      {(close) => (
        <div className="stack filter-pop">
          <label className="field">
            <span>Channel</span>
            <select
              className="input"
              value={filter.channel}
              onChange={({ target }) => onFilter({ channel: target.value })}
            >
              <option value="">All channels</option>
              {CHANNELS.map((channel) => (
                <option key={channel} value={channel}>
                  {channelLabel(channel)}
                </option>
              ))}
            </select>
          </label>
          {labels.length > 0 ? (
            <label className="field">
              <span>Label</span>
              <select
                className="input"
                value={filter.label}
                onChange={({ target }) => onFilter({ label: target.value })}
              >
                <option value="">Any label or none</option>
                {labels.map(({ id, name, open }) => (
                  <option key={id} value={id}>
                    {name} ({open})
                  </option>
                ))}
              </select>
            </label>
          ) : null}
          {members.length > 1 ? (
            <label className="field">
              <span>Who is to answer</span>
              <select
                className="input"
                value={filter.assignee}
                onChange={({ target }) => onFilter({ assignee: target.value })}
              >
                <option value="">Anybody</option>
                {members.map(({ id, name, you }) => (
                  <option key={id} value={id}>
                    {name}
                    {you ? " (you)" : ""}
                  </option>
                ))}
              </select>
            </label>
          ) : null}
          {set > 0 ? (
            <Button
              onClick={() => {
                onFilter({ channel: "", label: "", assignee: "" });
                close();
              }}
            >
              Clear
            </Button>
          ) : null}
        </div>
      )}
    </ActionPop>
  );
}
