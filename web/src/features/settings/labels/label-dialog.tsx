import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { patch, post } from "~/api/client.ts";
import type { Label, LabelColor } from "~/api/types/inbox.ts";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { LabelMark } from "~/components/label-mark.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";
import { useLabelsChanged } from "./use-labels-changed.ts";

const COLORS: readonly LabelColor[] = ["grey", "plum", "blue", "teal", "green", "amber", "red"];

/** A new label, or what one is called and how it looks. */
export function LabelDialog({ label, onClose }: { label: Label | null; onClose: () => void }) {
  const [name, setName] = useState(label?.name ?? "");
  const [color, setColor] = useState<LabelColor>(label?.color ?? "plum");
  const changed = useLabelsChanged();
  const save = useMutation({
    mutationFn: () => {
      const body = { name: name.trim(), color };
      return label ? patch<Label>(`/api/labels/${label.id}`, body) : post<Label>("/api/labels", body);
    },
    onSuccess: (saved) => {
      changed();
      toast(label ? "Saved." : `${saved.name} can be put on conversations now.`);
      onClose();
    },
  });
  return (
    <Dialog title={label ? `Change ${label.name}` : "Make a label"} onClose={onClose}>
      <Form request={save} onSend={save.mutate}>
        <FormError />
        <TextField
          label="Name"
          name="name"
          required
          maxLength={40}
          autoComplete="off"
          placeholder={label ? undefined : "Pricing"}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <fieldset className="field">
          <legend className="label">Colour</legend>
          <div className="row row-wrap">
            {COLORS.map((one) => (
              <label key={one} className="check">
                <input
                  type="radio"
                  name="color"
                  aria-label={one}
                  checked={one === color}
                  onChange={() => setColor(one)}
                />
                <LabelMark label={{ name: name.trim() || one, color: one }} />
              </label>
            ))}
          </div>
        </fieldset>
        <FormFoot verb={label ? "Save" : "Make the label"} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
