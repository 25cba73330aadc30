import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

/** What axe and a ruler find wrong with a page. */

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Judges the page in both themes and adds what is wrong to `problems`. */
export async function judge(page: Page, where: string, problems: string[]): Promise<void> {
  // One frame, so the way of judging without an extra page per call will do.
  for (const theme of ["light", "dark"] as const) {
    await page.evaluate((name) => {
      document.documentElement.dataset.theme = name;
    }, theme);
    // One frame, so the way of judging that needs no further page will do.
    const result = await new AxeBuilder({ page }).withTags(TAGS).setLegacyMode().analyze();
    for (const violation of result.violations) {
      const places = violation.nodes.slice(0, 3).map((node) => node.target.join(" "));
      problems.push(`${where} ${theme}: ${violation.id} (${violation.nodes.length}) at ${places.join(", ")}`);
    }
  }
  // Not `innerWidth`: a phone widens that itself when something does not fit.
  const screen = page.viewportSize()?.width ?? 0;
  const facts = await page.evaluate(() => ({
    wide: document.documentElement.scrollWidth,
    heads: document.querySelectorAll("h1").length,
    title: document.title,
  }));
  if (facts.wide > screen) problems.push(`${where}: ${facts.wide - screen} px wider than the screen`);
  if (facts.heads !== 1) problems.push(`${where}: ${facts.heads} h1`);
  if (!facts.title.includes("Overture")) problems.push(`${where}: title "${facts.title}"`);
}

/** Waits until nothing on the page is still being loaded. */
export async function settle(page: Page): Promise<void> {
  await page.locator("h1").first().waitFor({ state: "attached" });
  await page.waitForFunction(() => document.querySelector(".skeleton") === null, undefined, {
    timeout: 15_000,
  });
}
