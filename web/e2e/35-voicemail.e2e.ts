import { judge } from "./axe.ts";
import { check, main, type Test } from "./kit.ts";
import { open, ready } from "./people.ts";

/** Voicemail: a sender is connected, somebody has agreed, a text is spoken, dropped, and heard in the inbox. */

const OURS = "+12025550199";
const SCRIPT =
  "Hello Ada, this is Nora of Nordlys. I wanted to tell you about our open house on Friday. Call me when you like.";

/** A zone in which it is neither early nor late now: calls are allowed there. */
function daytime(): string {
  const hourIn = (zone: string) =>
    Number(new Intl.DateTimeFormat("en", { hour: "numeric", hourCycle: "h23", timeZone: zone }).format());
  const zones = [
    "America/New_York",
    "Europe/London",
    "Asia/Dhaka",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Honolulu",
  ];
  return zones.find((zone) => hourIn(zone) >= 9 && hourIn(zone) <= 15) ?? "UTC";
}

export const tests: Test[] = [
  {
    name: "a voicemail is connected, refused without consent, spoken, dropped and heard",
    async run(kit) {
      const { server, page } = await ready(kit);
      const problems: string[] = [];
      await open(page, server, "/settings/senders");
      await page.getByRole("button", { name: "Add a sender" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByText("Voicemail", { exact: true }).click();
      await dialog.getByLabel("ElevenLabs API key").waitFor();
      await judge(page, "the form", problems);
      await dialog.getByLabel("Name").fill("Nora");
      await dialog.getByLabel("Caller ID").fill(OURS);
      await dialog.getByRole("button", { name: "Save and test" }).click();
      await page.getByText("Nora is saved. It works in the sandbox only.").waitFor();
      const line = page.locator("li.sender").filter({ hasText: OURS });
      await line.getByRole("button", { name: `Test ${OURS}` }).click();
      await line.getByText("The sandbox, where everything goes now, answered.").first().waitFor();
      await judge(page, "the sender", problems);
      const ada = await page.evaluate(async (zone) => {
        const { token } = await (await fetch("/api/csrf-token")).json();
        const headers = { "content-type": "application/json", "x-csrf-token": token };
        const body = JSON.stringify({
          first_name: "Ada",
          email: "ada@voice.example",
          phone: "+14155550123",
          time_zone: zone,
        });
        return (await (await fetch("/api/contacts", { method: "POST", headers, body })).json()).id as string;
      }, daytime());
      await open(page, server, `/contacts/${ada}`);
      const write = async () => {
        await main(page).getByRole("button", { name: "Write", exact: false }).first().click();
        await dialog.getByText("Voicemail", { exact: true }).click();
        await dialog.getByLabel("What the voice says").fill(SCRIPT);
        await dialog.getByText(/About 7 seconds/).waitFor();
        await dialog.getByRole("button", { name: "Send" }).click();
      };
      await write();
      await dialog.getByText(/have not agreed to get voicemails/).waitFor();
      await judge(page, "written without consent", problems);
      await dialog.getByRole("button", { name: "Cancel" }).click();
      await page.evaluate(async (id) => {
        const { token } = await (await fetch("/api/csrf-token")).json();
        const headers = { "content-type": "application/json", "x-csrf-token": token };
        const body = JSON.stringify({ channel: "voicemail", state: "given", source: "Form" });
        await fetch(`/api/contacts/${id}/consents`, { method: "POST", headers, body });
      }, ada);
      await write();
      const bubble = page.locator(".bubble-out").filter({ hasText: SCRIPT });
      await bubble.getByText("Delivered", { exact: true }).waitFor({ timeout: 60_000 });
      await judge(page, "the thread", problems);
      const heard = await bubble.locator("audio").evaluate(async (audio: HTMLAudioElement) => {
        const answer = await fetch(audio.src, { headers: { range: "bytes=0-9" } });
        return [answer.status, (await answer.arrayBuffer()).byteLength];
      });
      check(heard[0] === 206 && heard[1] === 10, `The recording answers ${heard}.`);
      check(problems.length === 0, problems.join("\n"));
    },
  },
];
