import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { messageOf } from "~/api/errors.ts";
import { funnelsQuery } from "~/api/queries.ts";
import type { Funnel } from "~/api/types/funnels.ts";
import { Async } from "~/components/async.tsx";
import { ChannelMark } from "~/components/channel-mark.tsx";
import { MiniFunnel } from "~/components/funnel/mini-funnel.tsx";
import { Page } from "~/components/page.tsx";
import { TimeAgo } from "~/components/time-ago.tsx";
import { count, plural } from "~/lib/format.ts";
import { useCommands } from "~/lib/use-hotkeys.ts";
import { usePasted } from "~/lib/use-pasted.ts";
import { paths } from "~/paths.ts";
import { Badge } from "~/ui/badge.tsx";
import { Button, buttonClass, IconButton } from "~/ui/button.tsx";
import { SearchField } from "~/ui/field.tsx";
import { Icon } from "~/ui/icon.tsx";
import { Keys } from "~/ui/keys.tsx";
import { Empty } from "~/ui/states.tsx";
import { toast } from "~/ui/toast.tsx";
import { looksLikeFunnel } from "./files.ts";
import { ImportDialog, type Taken, takeFile } from "./import-dialog.tsx";
import { duplicate } from "./use-save.ts";
import "./funnels.css";

export function FunnelsPage() {
  const funnels = useQuery(funnelsQuery);
  const navigate = useNavigate();
  const [search, setSearch] = useState("");
  const [bringing, setBringing] = useState<{ first: Taken | null } | null>(null);
  const [over, setOver] = useState(false);
  usePasted((text) => {
    if (looksLikeFunnel(text)) setBringing({ first: { text, named: "" } });
  });
  useCommands([
    {
      id: "funnels.new",
      label: "New funnel",
      group: "Funnels",
      keys: "c",
      hidden: true,
      run: () => void navigate(paths.newFunnel),
    },
    {
      id: "funnels.import",
      label: "Import a funnel from a file",
      group: "Funnels",
      icon: "upload",
      run: () => setBringing({ first: null }),
    },
  ]);
  return (
    <Page
      title="Funnels"
      badges={funnels.data ? <Badge>{count(funnels.data.length)}</Badge> : null}
      actions={
        <>
          <Button icon="upload" onClick={() => setBringing({ first: null })}>
            Import a file
          </Button>
          <Link className={buttonClass("primary")} to={paths.newFunnel}>
            <Icon name="plus" />
            New funnel
            <Keys keys="c" />
          </Link>
        </>
      }
    >
      {bringing ? (
        <ImportDialog funnels={funnels.data ?? []} first={bringing.first} onClose={() => setBringing(null)} />
      ) : null}
      <Async of={funnels}>
        {(list) =>
          list.length === 0 ? (
            <Empty
              title="No funnel yet."
              text="A funnel says who gets which message, and what happens then. Campaigns run on it."
            >
              <Link className={buttonClass("primary")} to={paths.newFunnel}>
                Build the first one
              </Link>
            </Empty>
          ) : (
            // biome-ignore lint/a11y/noStaticElementInteractions: dropping a file is a second way to import one
            <div
              className={over ? "measure gallery gallery-over" : "measure gallery"}
              onDragOver={(event) => {
                if (!event.dataTransfer.types.includes("Files")) return;
                event.preventDefault();
                setOver(true);
              }}
              onDragLeave={() => setOver(false)}
              onDrop={(event) => {
                const file = event.dataTransfer.files[0];
                if (!file) return;
                event.preventDefault();
                setOver(false);
                void takeFile(file).then((first) => setBringing({ first }));
              }}
            >
              {list.length > 6 ? (
                <SearchField label="Find a funnel" value={search} onChange={setSearch} />
              ) : null}
              <Gallery
                list={list.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()))}
                blank={search.trim() === ""}
              />
            </div>
          )
        }
      </Async>
    </Page>
  );
}

function Gallery({ list, blank }: { list: readonly Funnel[]; blank: boolean }) {
  return (
    <ul className="funnel-cards">
      {blank ? (
        <li>
          <Link className="funnel-card funnel-blank" to={paths.newFunnel}>
            <span className="funnel-plus">
              <Icon name="plus" />
            </span>
            <span className="strong">Blank funnel</span>
            <span className="small soft">Begin with one step, and add the rest.</span>
          </Link>
        </li>
      ) : null}
      {list.map((funnel) => (
        <li key={funnel.id}>
          <Card funnel={funnel} />
        </li>
      ))}
    </ul>
  );
}

function Card({ funnel }: { funnel: Funnel }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const copy = useMutation({
    mutationFn: () => duplicate(funnel),
    onSuccess: (made) => {
      void client.invalidateQueries({ queryKey: ["funnels"] });
      void navigate(paths.funnel(made.id));
      toast("Duplicated. This is the copy.");
    },
    onError: (error) => toast(messageOf(error)),
  });
  return (
    <article className="funnel-card">
      <MiniFunnel graph={funnel.graph} />
      <div className="funnel-words">
        <div className="row">
          <h2 className="grow">
            <Link className="funnel-link" to={paths.funnel(funnel.id)}>
              {funnel.name}
            </Link>
          </h2>
          <span className="funnel-copy">
            <IconButton
              icon="copy"
              label={`Duplicate ${funnel.name}`}
              disabled={copy.isPending}
              onClick={() => copy.mutate()}
            />
          </span>
        </div>
        {funnel.description ? <p className="small soft">{funnel.description}</p> : null}
        <div className="row row-wrap small soft funnel-foot">
          {funnel.channels.map((channel) => (
            <ChannelMark key={channel} channel={channel} label />
          ))}
          <span>{plural(funnel.node_count, "step")}</span>
          <span>
            version {funnel.version}, <TimeAgo at={funnel.updated_at} />
          </span>
        </div>
      </div>
    </article>
  );
}
