import { h, type FunctionalComponent } from "vue";

const drawings: Record<string, string> = import.meta.glob("./figures/*.svg", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** A drawing as a part of the page, so that it has the page's colours: `<Figure name="frame" />`. */
export const Figure: FunctionalComponent<{ name: string }> = ({ name }) =>
  h("figure", { class: "drawing", tabindex: 0, innerHTML: drawings[`./figures/${name}.svg`] });
Figure.props = ["name"];
