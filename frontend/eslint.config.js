// Lint rules: the recommended sets, types included, and the layer arrows of the source tree.
import js from "@eslint/js";
import hooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

const noUpwardImports = (...groups) => [
  "error",
  { patterns: groups.map((group) => ({ group: [group], message: "imports point from app to features to shared" })) },
];

export default tseslint.config(
  { ignores: ["dist", "coverage", "src/types/api.ts"] },
  js.configs.recommended,
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ["**/*.{ts,tsx}"] })),
  {
    files: ["**/*.{ts,tsx}"],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname },
    },
    plugins: { "react-hooks": hooks },
    rules: {
      ...hooks.configs.recommended.rules,
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/only-throw-error": "off", // the router's redirect() is thrown
      "no-restricted-globals": ["error", { name: "parseFloat", message: "money and quantities are decimal strings: use lib/decimal" }],
    },
  },
  { files: ["public/**/*.js"], languageOptions: { globals: globals.browser } },
  { files: ["src/{lib,components,types}/**"], rules: { "no-restricted-imports": noUpwardImports("@/features/*", "@/app/*") } },
  // a feature reaches its own files by relative paths, so an "@/features" import is another feature's
  { files: ["src/features/**"], rules: { "no-restricted-imports": noUpwardImports("@/features/*", "@/app/*") } },
  { files: ["**/*.test.{ts,tsx}", "src/testing/**"], rules: { "@typescript-eslint/no-non-null-assertion": "off" } },
);
