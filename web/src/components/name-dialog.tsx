import { useMutation } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { Form, FormError, FormFoot } from "./form.tsx";

/** Asks for a name, and does what is done with it. */
export function NameDialog({
  title,
  verb,
  name: before = "",
  hint,
  onSave,
  onClose,
  more,
  children,
}: {
  title: string;
  verb: string;
  name?: string;
  hint?: string;
  onSave: (name: string) => Promise<unknown>;
  onClose: () => void;
  /** What else is asked, behind the name. */
  more?: ReactNode;
  children?: ReactNode;
}) {
  const [name, setName] = useState(before);
  const save = useMutation({ mutationFn: () => onSave(name.trim()) });
  return (
    <Dialog title={title} onClose={onClose}>
      <Form request={save} onSend={save.mutate}>
        <FormError />
        {children}
        <TextField
          label="Name"
          name="name"
          required
          maxLength={100}
          autoComplete="off"
          hint={hint}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        {more}
        <FormFoot verb={verb} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
