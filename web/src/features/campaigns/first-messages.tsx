import { useQuery } from "@tanstack/react-query";
import { type KeyboardEvent, useRef, useState } from "react";
import { campaignQuery, settingsQuery } from "~/api/queries.ts";
import type { LaunchCheck } from "~/api/types/campaigns.ts";
import { useMe } from "~/components/me.ts";
import { now } from "~/lib/clock.ts";
import { count, plural } from "~/lib/format.ts";
import { type FirstDay, firstWeeks, moved } from "./first-messages.ts";
import "./first-messages.css";

const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const format = (options: Intl.DateTimeFormatOptions) => {
  const made = new Intl.DateTimeFormat("en-GB", { ...options, timeZone: "UTC" });
  return (day: string) => made.format(new Date(`${day}T12:00:00Z`));
};
const longDay = format({ weekday: "long", day: "numeric", month: "long" });
const shortDay = format({ day: "numeric", month: "short" });

/** What happens on a day, and why nothing does. */
function said(one: FirstDay, today: string): string {
  const what = one.past
    ? "over"
    : one.messages > 0
      ? plural(one.messages, "first message")
      : one.holiday !== null
        ? `closed, ${one.holiday}`
        : one.hours.length === 0
          ? "closed, none of the campaign's hours"
          : one.day === today
            ? "nothing more today"
            : "nothing left to send";
  const hours = !one.past && one.messages > 0 ? `, ${one.hours.join(" and ")}` : "";
  return `${longDay(one.day)}: ${what}${hours}${one.last ? ". The last person has had the first step" : ""}`;
}

/** When the first messages leave, week by week: hours, holidays, and the day on which the last person has had theirs. */
export function FirstMessages({ id, check }: { id: string; check: LaunchCheck }) {
  const campaign = useQuery(campaignQuery(id));
  const settings = useQuery(settingsQuery);
  const me = useMe();
  const [at, setAt] = useState<number | null>(null);
  const grid = useRef<HTMLTableElement>(null);
  // Half of it would call a holiday an open day.
  if (!campaign.data || !settings.data) return null;
  const today = new Intl.DateTimeFormat("en-CA", { timeZone: me.workspace.time_zone }).format(now());
  const weeks = firstWeeks(check.calendar, {
    today,
    windows: campaign.data.windows ?? [],
    holidays: campaign.data.on_holidays ? [] : settings.data.holidays,
    ends: check.finish_at !== null || check.calendar.at(-1)?.day === today,
  });
  const days = weeks.flat();
  const end = check.calendar.at(-1)?.day;
  if (end === undefined) return null;
  const most = Math.max(1, ...days.map((one) => one.messages));
  const first = days.findIndex((one) => one.day === today);
  const here = Math.min(at ?? Math.max(0, first), days.length - 1);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = moved(event.key, here, days.length);
    if (to === null || event.metaKey || event.ctrlKey || event.altKey) return;
    event.preventDefault();
    setAt(to);
    grid.current?.querySelectorAll<HTMLButtonElement>(".first-day")[to]?.focus();
  };
  const shown = days[here];
  const beyond = end > (days.at(-1)?.day ?? "");
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>First messages, day by day</h2>
        <span className="small soft push">{me.workspace.time_zone}</span>
      </div>
      <div className="panel-body stack">
        <table className="first-days" ref={grid} aria-label="First messages by day" onKeyDown={onKeyDown}>
          <thead>
            <tr>
              {WEEKDAYS.map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {weeks.map((week, row) => (
              <tr key={week[0]?.day}>
                {week.map((one, column) => (
                  <td key={one.day}>
                    <button
                      type="button"
                      className={`first-day${one.past ? " first-day-past" : ""}${one.hours.length === 0 ? " first-day-closed" : ""}${one.last ? " first-day-last" : ""}`}
                      tabIndex={row * 7 + column === here ? 0 : -1}
                      aria-label={said(one, today)}
                      aria-current={one.day === today ? "date" : undefined}
                      onClick={() => setAt(row * 7 + column)}
                      onFocus={() => setAt(row * 7 + column)}
                    >
                      <span className="first-day-date">{shortDay(one.day)}</span>
                      <span className="first-day-count">
                        {one.messages > 0
                          ? count(one.messages)
                          : one.holiday !== null && !one.past
                            ? "Holiday"
                            : ""}
                      </span>
                      <span
                        className="first-day-bar"
                        style={{
                          width: `${one.messages > 0 ? Math.max(4, (100 * one.messages) / most) : 0}%`,
                        }}
                      />
                    </button>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
        <p className="small" aria-live="polite">
          {shown ? said(shown, today) : ""}
        </p>
        <p className="small soft">
          {beyond ? `It goes on until ${longDay(end)}, ${end.slice(0, 4)}. ` : ""}
          Worked out from the senders' limits, the campaign's own limit a day, its hours and the holidays.
          Limits for each recipient domain are not counted, nor that people in other time zones have these
          hours at another time: it may take longer.
        </p>
      </div>
    </section>
  );
}
