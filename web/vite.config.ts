import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { constants, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import type { Plugin } from "vite";
import { defineConfig } from "vitest/config";

/** Writes `name.gz` beside every text file of the build, so that the server never compresses at run time. */
function precompress(): Plugin {
  let out = "dist";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const entry of readdirSync(out, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile() || !/\.(js|css|html|svg|json|webmanifest)$/.test(entry.name)) continue;
        const file = join(entry.parentPath, entry.name);
        const body = readFileSync(file);
        const packed = gzipSync(body, { level: constants.Z_BEST_COMPRESSION });
        if (packed.length < body.length) writeFileSync(`${file}.gz`, packed);
      }
    },
  };
}

/** Writes into the service worker which files make the application, and a version of them all. */
function precacheList(): Plugin {
  let out = "dist";
  return {
    name: "precache-list",
    apply: "build",
    configResolved(config) {
      out = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      const names = readdirSync(out, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !/\.(gz|map)$/.test(entry.name))
        .map((entry) => relative(out, join(entry.parentPath, entry.name)).replaceAll("\\", "/"))
        .filter((name) => name !== "sw.js" && name !== "index.html")
        .sort();
      const hash = createHash("sha256");
      for (const name of ["index.html", ...names]) hash.update(name).update(readFileSync(join(out, name)));
      const worker = join(out, "sw.js");
      const text = readFileSync(worker, "utf8");
      const written = text
        .replace('const VERSION = "dev";', `const VERSION = "${hash.digest("hex").slice(0, 16)}";`)
        .replace(
          'const FILES = ["/"];',
          `const FILES = ${JSON.stringify(["/", ...names.map((name) => `/${name}`)])};`,
        );
      if (written.includes('VERSION = "dev"') || written.includes('FILES = ["/"];'))
        throw new Error("The service worker has no place for the names of the files.");
      writeFileSync(worker, written);
    },
  };
}

/** Asks for the text face before the style sheet is read, so that the first paint has its final width. */
function preloadFont(): Plugin {
  return {
    name: "preload-font",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(_html, context) {
        const face = Object.keys(context.bundle ?? {}).find((name) =>
          /source-sans-3-latin-wght-normal.*\.woff2$/.test(name),
        );
        if (!face) return [];
        const attrs = { rel: "preload", as: "font", type: "font/woff2", href: `/${face}`, crossorigin: "" };
        return [{ tag: "link", attrs, injectTo: "head-prepend" }];
      },
    },
  };
}

const server = process.env.OVERTURE_URL ?? "http://127.0.0.1:3000";

export default defineConfig({
  plugins: [react(), preloadFont(), precacheList(), precompress()],
  resolve: { alias: { "~": resolve(import.meta.dirname, "src") } },
  build: {
    target: "es2022",
    // A data: URL would need a wider content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  server: {
    port: 5173,
    proxy: {
      "/api": server,
      "/health": server,
      "/socket.io": { target: server, ws: true },
    },
  },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
