import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate } from "react-router";
import { post } from "~/api/client.ts";
import type { Contact } from "~/api/types/contacts.ts";
import type { Converted, Target } from "~/api/types/targets.ts";
import { ContactPicker } from "~/components/contact-picker.tsx";
import { Form, FormError, FormFoot } from "~/components/form.tsx";
import { personName } from "~/lib/format.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { Dialog } from "~/ui/dialog.tsx";
import { TextField } from "~/ui/field.tsx";
import { toast } from "~/ui/toast.tsx";

type Way = { email?: string; phone?: string; contact_id?: string };

/** Makes a contact of a target, which takes an address, or says which contact it is. */
export function ApproachDialog({ target, onClose }: { target: Target; onClose: () => void }) {
  const [email, setEmail] = useState(target.email ?? "");
  const [phone, setPhone] = useState("");
  const [picking, setPicking] = useState(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  const convert = useMutation({
    mutationFn: (way: Way) => post<Converted>(`/api/targets/${target.id}/convert`, way),
    onSuccess: ({ contact }) => {
      for (const key of ["targets", "contacts", "companies"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(`${personName(contact)} is a contact now.`, {
        label: "Open",
        run: () => void navigate(paths.contact(contact.id)),
      });
      onClose();
    },
  });
  return (
    <Dialog title={`Make a contact of ${target.name}`} onClose={onClose}>
      <Form
        request={convert}
        onSend={() => convert.mutate({ email: email || undefined, phone: phone || undefined })}
      >
        <FormError />
        <p className="small soft">
          Name, company, title and the name on Telegram go with them; what you wrote down stays here.
        </p>
        <div className="form-pairs">
          <TextField
            name="email"
            label="E-mail"
            autoComplete="off"
            value={email}
            onChange={(event) => setEmail(event.target.value)}
          />
          <TextField
            name="phone"
            label="Phone"
            autoComplete="off"
            value={phone}
            onChange={(event) => setPhone(event.target.value)}
          />
        </div>
        {email === "" && phone === "" ? (
          <p className="small muted">An e-mail address or a phone number is needed.</p>
        ) : null}
        {picking ? (
          <ContactPicker
            label="Which contact it is"
            onPick={(contact: Contact) => convert.mutate({ contact_id: contact.id })}
          />
        ) : (
          <div>
            <Button small look="quiet" icon="link" onClick={() => setPicking(true)}>
              They are a contact already
            </Button>
          </div>
        )}
        <FormFoot verb="Make a contact" disabled={email === "" && phone === ""} onCancel={onClose} />
      </Form>
    </Dialog>
  );
}
