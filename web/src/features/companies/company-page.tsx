import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { del } from "~/api/client.ts";
import { companyQuery } from "~/api/company-queries.ts";
import type { CompanyDetail } from "~/api/types/companies.ts";
import { AddContactDialog } from "~/components/add-contact-dialog.tsx";
import { Async } from "~/components/async.tsx";
import { ConfirmDialog } from "~/components/confirm-dialog.tsx";
import { useMe } from "~/components/me.ts";
import { Page } from "~/components/page.tsx";
import { personName, plural } from "~/lib/format.ts";
import { mayManage } from "~/lib/roles.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { paths } from "~/paths.ts";
import { Button } from "~/ui/button.tsx";
import { toast } from "~/ui/toast.tsx";
import { CompanyFields } from "./company-fields.tsx";
import { CompanyPeople } from "./company-people.tsx";
import { CompanyThreads } from "./company-threads.tsx";
import { NotesBlock } from "./notes-block.tsx";
import "~/components/detail-layout.css";
import "./companies.css";

export function CompanyPage() {
  const { id = "" } = useParams();
  const company = useQuery(companyQuery(id));
  const manages = mayManage(useMe().member.role);
  const [dialog, setDialog] = useState<"person" | "delete" | null>(null);
  const name = company.data?.name ?? "Company";
  useCommands(
    company.data
      ? [
          {
            id: "company.person",
            label: `Add a person of ${name}`,
            group: "Company",
            keys: "c",
            icon: "plus",
            run: () => setDialog("person"),
          },
        ]
      : [],
  );
  return (
    <Page
      title={name}
      back={{ to: paths.companies, label: "Back to the companies" }}
      actions={
        company.data ? (
          <>
            {manages ? (
              <Button aria-label="Delete" icon="trash" look="quiet" onClick={() => setDialog("delete")}>
                <span className="hide-phone">Delete</span>
              </Button>
            ) : null}
            <Button look="primary" icon="plus" keys="c" onClick={() => setDialog("person")}>
              <span className="hide-phone">Add a person</span>
              <span className="only-phone">Person</span>
            </Button>
          </>
        ) : null
      }
      flush
    >
      <Async of={company}>
        {(data) => (
          <div className="detail-layout company-layout">
            <div className="detail-main stack">
              <CompanyPeople company={data} onAdd={() => setDialog("person")} />
              <CompanyThreads company={data} />
            </div>
            <aside className="detail-side" aria-label="About this company">
              <section className="side-block">
                <h2>Company</h2>
                <CompanyFields company={data} />
              </section>
              <NotesBlock company={data} />
            </aside>
            {dialog === "person" ? (
              <AddContactDialog
                company={data.name}
                onClose={() => setDialog(null)}
                onAdded={(contact) => {
                  setDialog(null);
                  toast(`${personName(contact)} is with ${data.name} now.`);
                }}
              />
            ) : null}
            {dialog === "delete" ? <DeleteDialog company={data} onClose={() => setDialog(null)} /> : null}
          </div>
        )}
      </Async>
    </Page>
  );
}

function DeleteDialog({ company, onClose }: { company: CompanyDetail; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => del<{ contacts: number }>(`/api/companies/${company.id}`),
    onSuccess: ({ contacts }) => {
      client.removeQueries({ queryKey: ["company", company.id] });
      for (const key of ["companies", "contacts", "contact"])
        void client.invalidateQueries({ queryKey: [key] });
      toast(
        contacts === 0
          ? `${company.name} was deleted.`
          : `${company.name} was deleted. ${plural(contacts, "contact")} stayed, without a company.`,
      );
      void navigate(paths.companies);
    },
  });
  return (
    <ConfirmDialog
      title={`Delete ${company.name}?`}
      verb="Delete the company"
      keep="Keep"
      request={remove}
      onConfirm={remove.mutate}
      onClose={onClose}
    >
      <p>
        {company.contacts === 0
          ? "Nobody is with it."
          : `${company.contacts === 1 ? "The contact" : `The ${plural(company.contacts, "contact")}`} with it ${
              company.contacts === 1 ? "stays" : "stay"
            }, without a company. Their conversations and campaigns go on.`}{" "}
        What is written down about the company is gone; this cannot be taken back.
      </p>
    </ConfirmDialog>
  );
}
