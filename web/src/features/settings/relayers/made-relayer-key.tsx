import { useQuery } from "@tanstack/react-query";
import { relayersQuery } from "~/api/access-queries.ts";
import type { MadeRelayer } from "~/api/types/relayers.ts";
import { Badge } from "~/ui/badge.tsx";
import { KeyOnce } from "../keys/key-once.tsx";
import { heartbeatCommand } from "./state.ts";

/** The key of a device, this once; it says when the device is there. */
export function MadeRelayerKey({ made, onClose }: { made: MadeRelayer; onClose: () => void }) {
  const { id, name, key, employee_id } = made;
  const relayers = useQuery({ ...relayersQuery, refetchInterval: 2000 });
  const seen = relayers.data?.some((relayer) => relayer.id === id && relayer.last_seen_at !== null) ?? false;
  return (
    <KeyOnce
      label="Relayer key"
      name={name}
      value={key}
      command={heartbeatCommand(window.location.origin, key, employee_id)}
      why={
        <>
          It is shown only now. Put it into the relayer on “{name}”, with your employee id{" "}
          <code>{employee_id}</code>. Whoever has both gets your messages.
        </>
      }
      inUse={seen}
      onClose={onClose}
    >
      <p className="small soft" role="status">
        {seen ? (
          <>
            <Badge tone="good">At work</Badge> “{name}” has reported in.
          </>
        ) : (
          `Waiting for “${name}” to report in…`
        )}
      </p>
    </KeyOnce>
  );
}
