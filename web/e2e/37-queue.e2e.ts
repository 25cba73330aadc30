import { judge } from "./axe.ts";
import { check, main, PHONE, signIn, type Test, until } from "./kit.ts";
import { ADMIN, open, ready } from "./people.ts";

/** The send queue by keyboard, and a message on its way to a device. */

const NAMES = ["@maya", "@tomas", "@adaeze", "@henrik"];

export const tests: Test[] = [
  {
    name: "drafts are written, approved, edited and rejected by keys; a device carries what was approved",
    async run(kit) {
      const { server, page } = await ready(kit);
      await open(page, server, "/settings/relayers");
      await page.getByRole("button", { name: "Connect your first device" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Device").fill("MacBook");
      await page.keyboard.press("Enter");
      const key = await dialog.getByLabel("Relayer key").inputValue();
      const employee = (await dialog.locator(".callout code").textContent()) ?? "";
      const relay = async (method: string, path: string, body?: unknown) => {
        const answer = await fetch(`${server.address}/api/relayer/${path}`, {
          method,
          headers: {
            "X-Relayer-API-Key": key,
            "X-Employee-ID": employee,
            "Content-Type": "application/json",
          },
          body: body === undefined ? null : JSON.stringify(body),
        });
        check(answer.ok, `${path} was answered with ${answer.status}`);
        return answer.json();
      };
      await open(page, server, "/queue");
      await main(page).getByText("Nothing waits for you.").waitFor();
      for (const [index, name] of NAMES.entries()) {
        await page.keyboard.press("c");
        await dialog.getByLabel("Name on Telegram").fill(name);
        await dialog.getByLabel("Text").fill(`Hello number ${index + 1}`);
        await dialog.getByRole("button", { name: "Add to the queue" }).click();
        await dialog.waitFor({ state: "detached" });
      }
      const card = main(page).getByRole("article");
      const shows = (name: string) => card.getByRole("heading", { name }).waitFor();
      await main(page).getByText("4 to review").waitFor();
      await shows("@maya");
      await page.keyboard.press("y");
      await shows("@tomas");
      await page.getByText("Approved: @maya").waitFor();
      await page.keyboard.press("z");
      await page.getByText("Approved: @maya").waitFor({ state: "detached" });
      await shows("@tomas");
      await main(page).getByText("4 to review").waitFor();
      await page.keyboard.press("Enter");
      await card.getByLabel("Text").fill("Hello Tomás");
      await page.keyboard.press("Control+Enter");
      await shows("@adaeze");
      await page.keyboard.press("n");
      await dialog.getByText("Wrong tone").waitFor();
      await page.keyboard.press("3");
      await shows("@henrik");
      // The way back is over: now a device is handed it.
      type Lent = { id: string; contact_handle: string; text: string; lease: string };
      const lent = await until("a message for the device", 30_000, async () => {
        const { data } = (await relay("GET", "approved-pending?practice=true")) as { data: Lent[] };
        return data.length > 0 ? data : null;
      });
      check(lent.length === 1 && lent[0]?.contact_handle === "@tomas", JSON.stringify(lent));
      check(lent[0]?.text === "Hello Tomás", `It would send ${lent[0]?.text}`);
      await main(page).getByLabel("Which drafts").selectOption("approved");
      await card.getByText("On the device").waitFor();
      await relay("POST", `mark-prepared/${lent[0]?.id}`, { lease: lent[0]?.lease });
      await main(page).getByLabel("Which drafts").selectOption("sent");
      await shows("@tomas");
      await main(page).getByLabel("Which drafts").selectOption("rejected");
      await card.getByText("Wrong tone").first().waitFor();

      const phone = await kit.page(PHONE);
      const problems: string[] = [];
      await signIn(phone, server, ADMIN);
      await open(phone, server, "/queue");
      await main(phone).getByText("1 of 2").waitFor();
      await judge(phone, "the send queue on a phone", problems);
      await open(page, server, "/queue");
      await judge(page, "the send queue", problems);
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
