import { useQuery } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { ApiError } from "~/api/errors.ts";
import { welcomeQuery } from "~/api/team-queries.ts";
import { Async } from "~/components/async.tsx";
import { useTitle } from "~/components/page.tsx";
import { paths } from "~/paths.ts";
import { buttonClass } from "~/ui/button.tsx";
import { AcceptForm } from "./accept-form.tsx";
import { AuthFrame } from "./auth-frame.tsx";

const INVALID = "invitation.invalid";

/** The token out of the address, which then no longer shows it: no history and no shared screen keeps it. */
function useTokenOfAddress(): string {
  const [token, setToken] = useState(() => location.hash.slice(1));
  useEffect(() => {
    const read = () => {
      const found = location.hash.slice(1);
      if (found === "") return;
      setToken(found);
      history.replaceState(history.state, "", location.pathname + location.search);
    };
    read();
    window.addEventListener("hashchange", read);
    return () => window.removeEventListener("hashchange", read);
  }, []);
  return token;
}

/** Where an invitation is accepted. */
export function InvitePage() {
  useTitle("Invitation");
  const token = useTokenOfAddress();
  const welcome = useQuery(welcomeQuery(token));
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
      <Async of={welcome}>{(data) => <AcceptForm key={token} token={token} welcome={data} />}</Async>
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
