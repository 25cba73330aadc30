import type { HourCount } from "~/api/types/home.ts";
import { clockTime, count, plural } from "~/lib/format.ts";

/** Sent and received by the hour, the last 24; the same as a table for those who do not see it. */
export function HourBars({ hours, zone }: { hours: readonly HourCount[]; zone: string }) {
  const top = Math.max(1, ...hours.map((hour) => Math.max(hour.sent, hour.received)));
  const sent = hours.reduce((sum, hour) => sum + hour.sent, 0);
  const received = hours.reduce((sum, hour) => sum + hour.received, 0);
  const marks = hours.filter((_, index) => index % 6 === 0);
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>By the hour</h2>
        <span className="hour-key push">
          <i className="hour-sent" />
          {count(sent)} sent
        </span>
        <span className="hour-key">
          <i className="hour-received" style={{ borderBottom: "1.5px solid var(--ch-chat)" }} />
          {count(received)} received
        </span>
      </div>
      <div className="panel-body">
        <div
          className="hours"
          role="img"
          aria-label={`The last 24 hours: ${plural(sent, "message")} sent, ${count(received)} received.`}
        >
          {hours.map((hour, index) => (
            <div
              key={hour.at}
              className={index === hours.length - 1 ? "hour hour-now" : "hour"}
              title={`${clockTime(hour.at, zone)}: ${hour.sent} sent, ${hour.received} received`}
            >
              <span className="hour-sent" style={{ height: `${(hour.sent / top) * 100}%` }} />
              {hour.received > 0 ? (
                <span className="hour-received" style={{ height: `${(hour.received / top) * 100}%` }} />
              ) : null}
            </div>
          ))}
        </div>
        <div className="hour-axis" aria-hidden="true">
          {marks.map((hour) => (
            <span key={hour.at}>{clockTime(hour.at, zone)}</span>
          ))}
          <span>now</span>
        </div>
        <table className="sr-only">
          <caption>Messages by the hour</caption>
          <thead>
            <tr>
              <th>Hour</th>
              <th>Sent</th>
              <th>Received</th>
            </tr>
          </thead>
          <tbody>
            {hours.map((hour) => (
              <tr key={hour.at}>
                <td>{clockTime(hour.at, zone)}</td>
                <td>{hour.sent}</td>
                <td>{hour.received}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
