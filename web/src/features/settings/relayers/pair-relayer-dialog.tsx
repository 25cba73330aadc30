import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { post } from "~/api/client.ts";
import type { PairingCode } from "~/api/types/relayers.ts";
import { copyText } from "~/components/copy.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";

/** A code that a computer trades for its key, so that nobody has to carry a key around. */
export function PairRelayerDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const make = useMutation({
    mutationFn: () => post<PairingCode>("/api/relayers/pairing", { name: name.trim() }),
  });
  const command = `overture relay pair --server ${window.location.origin} ${make.data?.code ?? ""}`;
  return (
    <Dialog title="Pair a computer" onClose={onClose}>
      {make.data ? (
        <div className="stack">
          <p>
            Within ten minutes, run this on “{name.trim()}”. The code works once; the computer keeps its own
            key.
          </p>
          <pre className="copyable">{command}</pre>
          <p className="small soft">
            Then <code>overture relay run</code> carries your approved messages by Telegram Desktop for as
            long as it runs.
          </p>
          <div className="dialog-foot dialog-foot-in">
            <Button icon="copy" onClick={() => void copyText(command, "The command is copied.")}>
              Copy the command
            </Button>
            <Button look="primary" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      ) : (
        <Form request={make} onSend={make.mutate}>
          <FormError />
          <TextField
            label="Computer"
            name="name"
            required
            maxLength={100}
            autoComplete="off"
            hint="So that you know it again: “MacBook”."
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <FormFoot verb="Make a code" onCancel={onClose} />
        </Form>
      )}
    </Dialog>
  );
}
