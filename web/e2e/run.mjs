// Runs every e2e/*.e2e.ts against the real binary in a real browser, two files at a time, each with a server and a
// browser of its own.
//
//   OVERTURE_BIN=../target/release/overture npm run e2e            all of them
//   npm run e2e -- kill axe                                        only the files whose names contain these words
//   E2E_WORKERS=1 npm run e2e                                      one after the other
//
// Prints one line per test and "N passed, N failed" at the end; exits with 1 when one failed.
import { fork } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runnerImport } from "vite";

const here = dirname(fileURLToPath(import.meta.url));
// The longest begins first, so that no core waits for it at the end.
const LONGEST = "3-axe";

const load = async (file) =>
  (await runnerImport(join(here, file), { root: here, configFile: false, logLevel: "error" })).module;

/** A process that runs the files that it is told, so that what one started is ended with it alone. */
async function work() {
  const { runFile, stopAll } = await load("kit.ts");
  for (const signal of ["SIGINT", "SIGTERM", "disconnect"]) {
    process.on(signal, () => {
      stopAll();
      process.exit(130);
    });
  }
  process.on("message", async (file) => {
    try {
      const { tests, speed } = await load(file);
      process.send(await runFile(file, tests, speed ?? 30));
    } catch (error) {
      console.log(`FAIL  ${file}\n      ${error instanceof Error ? error.stack : String(error)}`);
      process.send({ passed: 0, failed: 1 });
    }
  });
  process.send("ready");
}

async function lead() {
  const wanted = process.argv.slice(2);
  mkdirSync(join(here, ".output"), { recursive: true });
  const rank = (name) => (name.startsWith(LONGEST) ? 0 : 1);
  const files = readdirSync(here)
    .filter((name) => name.endsWith(".e2e.ts"))
    .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
  const total = { passed: 0, failed: 0 };
  const one = () =>
    new Promise((done) => {
      const worker = fork(fileURLToPath(import.meta.url), ["--worker"]);
      let file;
      worker.on("message", (result) => {
        if (result !== "ready") {
          total.passed += result.passed;
          total.failed += result.failed;
        }
        file = files.shift();
        if (file) worker.send(file);
        else worker.disconnect();
      });
      worker.on("exit", (code) => {
        if (file) {
          console.log(`FAIL  ${file}\n      its process ended with ${code}`);
          total.failed += 1;
        }
        // Another takes the place of one that broke.
        done(file && files.length > 0 ? one() : undefined);
      });
    });
  const workers = Number(process.env.E2E_WORKERS ?? 2);
  await Promise.all(Array.from({ length: Math.min(workers, files.length) }, one));
  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exit(total.failed > 0 || total.passed === 0 ? 1 : 0);
}

await (process.argv[2] === "--worker" ? work() : lead());
