import { createTheme, type CSSVariablesResolver } from "@mantine/core";

/** One accent colour, a 4 px grid, the system's fonts; the greys are those of theme.css. */
export const theme = createTheme({
  primaryColor: "violet",
  primaryShade: { light: 7, dark: 5 },
  colors: {
    violet: [
      "#f1eeff",
      "#dfd9ff",
      "#bdb1ff",
      "#a99bff",
      "#8f7cff",
      "#7059f2",
      "#6650e8",
      "#5b43e0",
      "#4d37c8",
      "#3f2cad",
    ],
  },
  fontFamily: "Inter, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, monospace",
  defaultRadius: 8,
  headings: { fontWeight: "650" },
  cursorType: "pointer",
});

export const resolveVariables: CSSVariablesResolver = () => ({
  variables: {},
  dark: {
    "--mantine-color-body": "#141517",
    "--mantine-color-text": "#e7e9ec",
    "--mantine-color-dimmed": "#9aa0a8",
    "--mantine-color-default": "#1f2125",
    "--mantine-color-default-hover": "#25282c",
    "--mantine-color-default-border": "#34383d",
    "--mantine-color-placeholder": "#a4aab2",
    "--mantine-color-anchor": "#a99bff",
  },
  light: {
    "--mantine-color-body": "#f3f4f6",
    "--mantine-color-text": "#1a1c1f",
    "--mantine-color-dimmed": "#5c626b",
    "--mantine-color-default-border": "#cfd3d9",
    "--mantine-color-placeholder": "#6c727b",
  },
});
