import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test, until } from "./kit.ts";
import { ADMIN, open, ready } from "./people.ts";

/** A Gmail account is connected through the consent page, refused, and connected again. */

const ACCOUNT = "ada.rep@gmail.com";

export const tests: Test[] = [
  {
    name: "Gmail is connected with one click, and again after its consent was taken back",
    async run(kit) {
      const { server, page } = await ready(kit);
      const line = main(page).getByRole("listitem").filter({ hasText: ACCOUNT });
      const consent = async (decision: "Allow" | "Cancel") => {
        await page.getByRole("heading", { name: "Choose an account" }).waitFor();
        await page.getByLabel("E-mail address").fill(ACCOUNT);
        await page.getByRole("button", { name: decision }).click();
      };
      await open(page, server, "/settings/senders");
      await page.getByRole("button", { name: "Connect Gmail" }).click();
      await consent("Cancel");
      await main(page).getByText("You left Google without allowing anything.").waitFor();
      await page.getByRole("button", { name: "Connect Gmail" }).click();
      await consent("Allow");
      await main(page).getByText("Gmail is connected.").waitFor();
      await line.getByText("Connected", { exact: true }).waitFor();
      await line.getByRole("button", { name: `Test ${ACCOUNT}` }).click();
      await line.locator(".callout-good").waitFor();

      await fetch(`${server.sandbox}/_sandbox/gmail`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ account: ACCOUNT, revoke: true }),
      });
      const reconnect = line.getByRole("button", { name: `Reconnect ${ACCOUNT}` });
      await until("the sender to need its owner", 30_000, async () => {
        await open(page, server, "/settings/senders");
        await line.waitFor();
        return (await reconnect.count()) > 0 ? true : null;
      });
      await page.getByText(`Google no longer lets us in to ${ACCOUNT}.`).waitFor();
      const problems: string[] = [];
      await judge(page, "a sender to reconnect", problems);
      const phone = await kit.page(PHONE);
      await signIn(phone, server, ADMIN);
      await open(phone, server, "/settings/senders");
      await phone.getByText(`Google no longer lets us in to ${ACCOUNT}.`).waitFor();
      await judge(phone, "a sender to reconnect on a phone", problems);
      check(problems.length === 0, problems.join("\n"));
      await reconnect.click();
      await consent("Allow");
      await line.getByText("Connected", { exact: true }).waitFor();
    },
  },
];
