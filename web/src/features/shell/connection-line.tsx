import { type Connection, connection } from "~/lib/connection.ts";
import { useStore } from "~/lib/store.ts";

const LOOK: Record<Connection, { dot: string; text: string }> = {
  connecting: { dot: "dot", text: "Connecting" },
  live: { dot: "dot dot-good", text: "Live updates" },
  reconnecting: { dot: "dot dot-warn", text: "Reconnecting" },
  offline: { dot: "dot dot-bad", text: "Offline" },
};

export function ConnectionLine() {
  const state = useStore(connection);
  return (
    <div className="status-line" role="status" title={LOOK[state].text}>
      <span className={LOOK[state].dot} />
      <span className="status-text">{LOOK[state].text}</span>
    </div>
  );
}

export function ConnectionDot() {
  const state = useStore(connection);
  return (
    <span className="push" role="status">
      <span className={LOOK[state].dot} />
      {LOOK[state].text}
    </span>
  );
}
