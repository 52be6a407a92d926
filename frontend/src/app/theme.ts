/** Colours, sizes and defaults of every control: dense, calm, readable in light and dark. */
import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from "@mantine/core";

const blue: MantineColorsTuple = [
  "#eef3ff", "#dbe5fd", "#b5c9fa", "#8baaf6", "#668ff2", "#3f70ec", "#2a5fe3", "#1f4fd8", "#1a42b8", "#153592",
];
const slate: MantineColorsTuple = [
  "#e8ebf0", "#c8ced8", "#a3adbb", "#7f8a9b", "#4a5464", "#353e4c", "#262e3a", "#171d26", "#11161d", "#0b0f14",
];

export const theme = createTheme({
  primaryColor: "blue",
  primaryShade: { light: 7, dark: 6 },
  colors: { blue, dark: slate },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace',
  fontSizes: { xs: "0.75rem", sm: "0.8125rem", md: "0.875rem", lg: "1rem", xl: "1.25rem" },
  spacing: { xs: "0.375rem", sm: "0.625rem", md: "0.875rem", lg: "1.25rem", xl: "1.75rem" },
  defaultRadius: "sm",
  radius: { xs: "3px", sm: "5px", md: "8px", lg: "12px", xl: "20px" },
  cursorType: "pointer",
  respectReducedMotion: true,
  autoContrast: true,
  components: {
    Tooltip: { defaultProps: { withArrow: true, openDelay: 350, events: { hover: true, focus: true, touch: false } } },
    Drawer: { defaultProps: { closeButtonProps: { "aria-label": "Close" }, overlayProps: { backgroundOpacity: 0.35 } } },
    Modal: { defaultProps: { closeButtonProps: { "aria-label": "Close" }, overlayProps: { backgroundOpacity: 0.35 }, centered: true } },
  },
});

/** Names for what a colour means; styles use these and never a bare shade. */
export const variables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-color-body": "#f1f3f6",
    "--mantine-color-text": "#161b22",
    "--mantine-color-dimmed": "#57606f",
    "--mantine-color-placeholder": "#6b7482",
    "--mantine-color-error": "#c22738",
    "--mantine-color-default-border": "#d5dae2",
    "--desk-panel": "#ffffff",
    "--desk-panel-raised": "#f7f8fa",
    "--desk-line": "#e3e7ed",
    "--desk-hover": "#f2f5fa",
    "--desk-up": "#0b7a53",
    "--desk-down": "#c22738",
    "--desk-warn": "#8a5600",
    "--desk-info": "#1f4fd8",
    "--desk-up-soft": "#e3f4ec",
    "--desk-down-soft": "#fdeaec",
    "--desk-warn-soft": "#fdf2dc",
    "--desk-info-soft": "#e7eefd",
    "--desk-neutral-soft": "#eceff3",
    "--desk-buy": "#0b7a53",
    "--desk-sell": "#c22738",
  },
  dark: {
    "--mantine-color-body": "#0b0f14",
    "--mantine-color-text": "#dfe4ec",
    "--mantine-color-dimmed": "#97a2b2",
    "--mantine-color-placeholder": "#7f8a9b",
    "--mantine-color-error": "#ff7a85",
    "--mantine-color-default-border": "#2c3543",
    "--desk-panel": "#11161d",
    "--desk-panel-raised": "#171d26",
    "--desk-line": "#222a35",
    "--desk-hover": "#19202a",
    "--desk-up": "#3ccf91",
    "--desk-down": "#ff7a85",
    "--desk-warn": "#f1b44c",
    "--desk-info": "#8fb0ff",
    "--desk-up-soft": "#10291f",
    "--desk-down-soft": "#33171b",
    "--desk-warn-soft": "#31260f",
    "--desk-info-soft": "#162341",
    "--desk-neutral-soft": "#1d2530",
    "--desk-buy": "#147d57",
    "--desk-sell": "#c93645",
  },
});
