import DefaultTheme from "vitepress/theme-without-fonts";
import type { Theme } from "vitepress";
import { Figure } from "./figure.ts";
import "./style.css";

export default {
  extends: DefaultTheme,
  enhanceApp: ({ app }) => void app.component("Figure", Figure),
} satisfies Theme;
