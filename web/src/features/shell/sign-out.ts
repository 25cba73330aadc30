import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "react-router";
import { forgetCsrf, post } from "~/api/client.ts";
import { messageOf } from "~/api/errors.ts";
import { paths } from "~/paths.ts";
import { toast } from "~/ui/toast.tsx";

export function useSignOut(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    try {
      await post("/api/auth/logout");
    } catch (error) {
      toast(messageOf(error));
      return;
    }
    forgetCsrf();
    await navigate(paths.login);
    client.clear();
  };
}
