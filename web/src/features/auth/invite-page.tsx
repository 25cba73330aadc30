import { useQuery } from "@tanstack/react-query";
import { Link, useSearchParams } from "react-router";
import { ApiError } from "~/api/errors.ts";
import { setupQuery } from "~/api/queries.ts";
import { welcomeQuery } from "~/api/team-queries.ts";
import { Async } from "~/components/async.tsx";
import { googleWords } from "~/components/google-words.ts";
import { useTitle } from "~/components/page.tsx";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { Callout } from "~/ui/states.tsx";
import { AcceptForm } from "./accept-form.tsx";
import { AuthFrame } from "./auth-frame.tsx";
import { invitationOf, useFragment } from "./fragment.ts";
import { GoogleButton } from "./google-button.tsx";
import { Or } from "./or.tsx";

const INVALID = "invitation.invalid";

/** Where an invitation is accepted. */
export function InvitePage() {
  useTitle("Invitation");
  const token = useFragment(invitationOf) ?? "";
  const welcome = useQuery(welcomeQuery(token));
  const setup = useQuery(setupQuery);
  const [params] = useSearchParams();
  const problem = googleWords(params.get("google"));
  if (token === "") {
    return (
      <Ended
        title="Open your link again"
        text="This address has no invitation in it. Open the link you were sent once more, all of it."
      />
    );
  }
  if (welcome.error instanceof ApiError && welcome.error.kind === INVALID) {
    return (
      <Ended
        title="This invitation is not valid any more"
        text="A link works once, for 7 days, and can be withdrawn. Ask whoever sent it for a new one. If you have accepted it already, sign in."
      />
    );
  }
  return (
    <AuthFrame>
      {welcome.data ? null : <h1>Your invitation</h1>}
      {problem ? (
        <Callout tone="bad" alert>
          {problem}
        </Callout>
      ) : null}
      <Async of={welcome}>
        {(data) => (
          <>
            <AcceptForm key={token} token={token} welcome={data} />
            {setup.data?.google ? (
              <>
                <Or />
                <GoogleButton label="Join with Google" body={{ invitation: token }} />
              </>
            ) : null}
          </>
        )}
      </Async>
    </AuthFrame>
  );
}

function Ended({ title, text }: { title: string; text: string }) {
  return (
    <AuthFrame>
      <h1>{title}</h1>
      <p className="soft">{text}</p>
      <Link className={buttonClass()} to={paths.login}>
        Sign in
      </Link>
    </AuthFrame>
  );
}
