import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { templatesQuery } from "~/api/queries.ts";
import type { Sender, Standing, WhatsappTemplate, WhatsappTemplates } from "~/api/types/senders.ts";
import { filledText } from "~/components/template-text.ts";
import { When } from "~/components/time-ago.tsx";
import { count, words } from "~/lib/format.ts";
import { Badge, type Tone } from "~/ui/badge.tsx";
import { Button } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import "~/components/template-fields.css";

const STANDINGS: Record<Standing, { tone: Tone; text: string }> = {
  approved: { tone: "good", text: "Approved" },
  pending: { tone: "info", text: "Being looked at" },
  rejected: { tone: "bad", text: "Rejected" },
  paused: { tone: "warn", text: "Paused" },
  disabled: { tone: "bad", text: "Switched off" },
  deleted: { tone: "bad", text: "Gone" },
  unknown: { tone: "warn", text: "Not approved" },
};

/** The texts that WhatsApp was asked to approve for the account of a sender, and what became of them. */
export function TemplatesPanel({ sender }: { sender: Sender }) {
  const client = useQueryClient();
  const { data } = useQuery(templatesQuery);
  const sync = useMutation({
    mutationFn: () => post<WhatsappTemplates>(`/api/senders/${sender.id}/templates/sync`, {}),
    onSuccess: (all) => client.setQueryData(templatesQuery.queryKey, all),
    onError: (error) => toast(messageOf(error)),
  });
  const account = data?.accounts.find((one) => one.sender_id === sender.id);
  const own = data?.data.filter((one) => one.account === account?.account) ?? [];
  const usable = own.filter((one) => one.usable).length;
  return (
    <details className="more">
      <summary>
        Templates
        {account?.synced_at ? `: ${count(usable)} of ${count(own.length)} can be sent` : ""}
      </summary>
      <div className="stack-2">
        <div className="row row-wrap">
          <p className="small soft grow">
            Texts that may begin a conversation. They are written and submitted in the WhatsApp manager.{" "}
            {account?.synced_at ? (
              <>
                Read <When at={account.synced_at} ago />.
              </>
            ) : null}
          </p>
          <Button
            small
            busy={sync.isPending}
            aria-label={`Read the templates of ${sender.address}`}
            onClick={() => sync.mutate()}
          >
            {sync.isPending ? "Reading…" : "Read them now"}
          </Button>
        </div>
        {account?.problem ? <Callout tone="warn">{account.problem}</Callout> : null}
        {account?.synced_at && own.length === 0 ? <p className="small soft">The account has none.</p> : null}
        <ul className="template-list" aria-live="polite">
          {own.map((one) => (
            <OneTemplate key={`${one.name} ${one.language}`} template={one} />
          ))}
        </ul>
      </div>
    </details>
  );
}

function OneTemplate({ template }: { template: WhatsappTemplate }) {
  const { tone, text } = STANDINGS[template.standing];
  const cannot = template.standing === "approved" ? template.layout.lacks : null;
  return (
    <li className="template-one">
      <div className="row row-wrap">
        <span className="strong">{template.name}</span>
        <span className="soft">
          {template.language} · {words(template.category.toLowerCase())}
        </span>
        <Badge tone={cannot ? "warn" : tone}>{cannot ? "Not from here" : text}</Badge>
      </div>
      {template.reason ? <p className="small">WhatsApp says: {template.reason}</p> : null}
      {cannot ? <p className="small">{cannot}</p> : null}
      <p className="template-text small">{filledText(template, [])}</p>
    </li>
  );
}
