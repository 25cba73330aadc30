import { useMutation } from "@tanstack/react-query";
import { post } from "~/api/client.ts";
import type { Question } from "~/api/types/sign-in.ts";
import type { Me } from "~/api/types/workspace.ts";
import { showPasskey } from "~/lib/passkey.ts";

/** Signs in with a passkey; at the second step with the token of the first. */
export function usePasskey(onDone: (me: Me) => void | Promise<void>, token?: string) {
  return useMutation({
    mutationFn: async () => {
      const asked = await post<Question<PublicKeyCredentialRequestOptionsJSON>>("/api/auth/passkey/begin");
      const credential = await showPasskey(asked.options);
      return post<Me>("/api/auth/passkey", {
        question: asked.question,
        credential,
        ...(token === undefined ? {} : { token }),
      });
    },
    onSuccess: onDone,
  });
}
