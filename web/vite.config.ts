import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

const pages = ["kiosk", "verify", "rehearsal", "technician"];

export default defineConfig({
  plugins: [
    svelte({
      // Elements are made one by one: nothing is parsed from a string, as trusted types demand.
      compilerOptions: { fragments: "tree", runes: true },
    }),
  ],
  build: {
    // Built aside and then put in place whole, by build/finish.mjs.
    outDir: "node_modules/.built",
    emptyOutDir: true,
    target: ["chrome120", "safari17"],
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: { input: pages.map((page) => `${page}.html`) },
  },
  resolve: { conditions: ["browser"] },
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"] },
});
