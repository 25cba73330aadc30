// Runs every e2e/*.e2e.ts against the real binary in a real browser.
//
//   OVERTURE_BIN=../target/release/overture npm run e2e            all of them
//   npm run e2e -- kill axe                                        only the files whose names contain these words
//
// Prints one line per test and "N passed, N failed" at the end; exits with 1 when one failed.
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
const wanted = process.argv.slice(2);
mkdirSync(join(here, ".output"), { recursive: true });

const load = async (file) =>
  (await runnerImport(join(here, file), { root: here, configFile: false, logLevel: "error" })).module;
const { runFile, stopAll } = await load("kit.ts");
const files = readdirSync(here)
  .filter((name) => name.endsWith(".e2e.ts"))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
  .sort();

let passed = 0;
let failed = 0;
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, () => {
    stopAll();
    process.exit(130);
  });
}
try {
  for (const file of files) {
    const { tests, speed } = await load(file);
    const result = await runFile(file, tests, speed ?? 30);
    passed += result.passed;
    failed += result.failed;
  }
} finally {
  stopAll();
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
