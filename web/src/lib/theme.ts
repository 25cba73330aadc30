import { recall, remember } from "./storage.ts";
import { createStore } from "./store.ts";

export type Theme = "light" | "dark" | "system";
export type Density = "compact" | "default" | "roomy";

const dark = matchMedia("(prefers-color-scheme: dark)");
const storedTheme = recall("overture.theme");
const storedDensity = recall("overture.density");

export const theme = createStore<Theme>(
  storedTheme === "light" || storedTheme === "dark" ? storedTheme : "system",
);
export const density = createStore<Density>(
  storedDensity === "compact" || storedDensity === "roomy" ? storedDensity : "default",
);

function apply(): void {
  const root = document.documentElement;
  const chosen = theme.get();
  root.dataset.theme = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen;
  root.dataset.density = density.get();
}

export function setTheme(next: Theme): void {
  remember("overture.theme", next === "system" ? null : next);
  theme.set(next);
  apply();
}

export function setDensity(next: Density): void {
  remember("overture.density", next === "default" ? null : next);
  density.set(next);
  apply();
}

dark.addEventListener("change", apply);
