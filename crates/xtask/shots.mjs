// Takes the pictures of the README. Arguments: address of a running demo, folder for the pictures.
import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const [address, folder] = process.argv.slice(2);
const here = dirname(fileURLToPath(import.meta.url));
const { chromium } = createRequire(join(here, "../../web/package.json"))("playwright-core");

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});
try {
  mkdirSync(folder, { recursive: true });
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, colorScheme: "light" });
  const api = async (method, path, data) => {
    const { token } = await (await context.request.get(`${address}/api/csrf-token`)).json();
    const answer = await context.request.fetch(address + path, { method, data, headers: { "X-CSRF-Token": token } });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    return answer.json();
  };
  // A picture is worth taking once there is a conversation to show.
  const until = async (what, ask, limit = 90_000) => {
    const end = Date.now() + limit;
    while (Date.now() < end) {
      const found = await ask();
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    throw new Error(`no ${what} within ${limit / 1000} s`);
  };
  await api("POST", "/api/auth/login", { email: "demo@overture.example", password: "overture-demo" });
  const answered = await until("answers", async () => {
    const { data } = await api("GET", "/api/conversations?view=open&limit=20");
    return data.length >= 6 ? data[0] : null;
  });
  const campaigns = (await api("GET", "/api/campaigns")).data;
  const busiest = campaigns.reduce((best, one) => (one.counts.sent > best.counts.sent ? one : best));

  const page = await context.newPage();
  const take = async (name, path) => {
    await page.goto(address + path);
    await page.locator("main h1, main").first().waitFor();
    // Live pages are never idle: wait until what is shown has stopped loading instead.
    await page.waitForFunction(() => !document.querySelector("[aria-busy=true], .skeleton"), { timeout: 15_000 });
    await page.evaluate(() => document.fonts.ready.then(() => undefined));
    await page.screenshot({ path: join(folder, `${name}.png`) });
    console.log(`${name}.png  ${path}`);
  };
  await take("home", "/");
  await take("inbox", `/inbox/open/${answered.id}`);
  await take("campaign", `/campaigns/${busiest.id}/funnel`);
  await take("contacts", "/contacts");
  await page.emulateMedia({ colorScheme: "dark" });
  await take("inbox-dark", `/inbox/open/${answered.id}`);
} finally {
  await browser.close();
}
