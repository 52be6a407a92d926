/** Build, development and test settings of the desk's web app. */
import { fileURLToPath } from "node:url";

import react from "@vitejs/plugin-react";
import { defineConfig, type PluginOption } from "vite";
import { configDefaults, type ViteUserConfig } from "vitest/config";

const DESK_URL = process.env.DESK_URL ?? "http://127.0.0.1:8000";
const BACKEND_PATHS = ["/api", "/admin", "/health", "/static"];

async function plugins(mode: string): Promise<PluginOption[]> {
  if (mode !== "mock") return [react()];
  const { mockDeskPlugin } = await import("./src/testing/mock-desk-plugin.ts");
  return [react(), mockDeskPlugin()];
}

const test: ViteUserConfig["test"] = {
  environment: "jsdom",
  setupFiles: ["./src/testing/setup.ts"],
  exclude: [...configDefaults.exclude, "dist/**"],
  css: false,
  restoreMocks: true,
  testTimeout: 15_000,
  coverage: {
    provider: "v8",
    include: ["src/**/*.{ts,tsx}"],
    exclude: ["src/testing/**", "src/types/**", "src/main.tsx", "src/**/*.test.{ts,tsx}"],
    reporter: ["text-summary", "html", "json-summary"],
    thresholds: { lines: 85, branches: 80, functions: 85, statements: 85 },
  },
};

export default defineConfig(async ({ command, mode }) => ({
  // Django serves index.html at / and everything else below /static/
  base: command === "build" ? "/static/" : "/",
  plugins: await plugins(mode),
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  build: {
    manifest: "manifest.json",
    target: "es2022",
    // no data: URLs, so that the policy of the page can stay narrow
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // what changes with a library's version stays cached when our own code changes; the chart stays on its own
        codeSplitting: {
          groups: [
            { name: "react", test: /node_modules\/(react|react-dom|scheduler)\// },
            { name: "interface", test: /node_modules\/(@mantine|@floating-ui|@tabler|react-remove-scroll|clsx)/ },
            { name: "data", test: /node_modules\/(@tanstack|openapi-fetch|big\.js)/ },
          ],
        },
      },
    },
  },
  server:
    mode === "mock"
      ? {}
      : {
          proxy: {
            ...Object.fromEntries(BACKEND_PATHS.map((path) => [path, DESK_URL])),
            "/ws": { target: DESK_URL.replace(/^http/, "ws"), ws: true },
          },
        },
  test,
}));
