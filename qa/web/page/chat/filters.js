// The active filters, always visible next to the question.

import { h, icon, t } from "../core/dom.js";
import { emptyFilter, isFiltered, onChange, setFilter, state } from "../core/state.js";

/** Each part of a filter in words, with the change that removes it. */
export function filterWords(filter) {
  const without = (field, value) => ({ [field]: filter[field].filter((one) => one !== value) });
  return [
    ...filter.publishers.map((name) => [name, without("publishers", name)]),
    ...(filter.after ? [[t("from_day", { day: filter.after }), { after: "" }]] : []),
    ...(filter.before ? [[t("until_day", { day: filter.before }), { before: "" }]] : []),
    ...filter.documents.map((id) => [id, without("documents", id)]),
  ];
}

export function filterLine() {
  const line = h("div", { class: "qa-filters", role: "group", "aria-label": t("filters") });
  const draw = () => {
    line.hidden = !isFiltered();
    line.replaceChildren(
      icon("filter"),
      ...filterWords(state.filter).map(([words, change]) =>
        h("button", {
          type: "button", class: "qa-chip", "aria-label": t("filter_remove", { name: words }),
          onclick: () => setFilter(change),
        }, h("span", {}, words), icon("close"))),
      h("button", { type: "button", class: "qa-link", onclick: () => setFilter(emptyFilter()) }, t("clear")));
  };
  onChange(draw);
  draw();
  return line;
}
