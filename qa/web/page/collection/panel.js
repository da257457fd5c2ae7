// The collection: its documents, filters, unread files, and adding documents.

import { h, iconButton, t, toast } from "../core/dom.js";
import { addingPart } from "./uploads.js";
import { closeDrawer, isOpen, openDrawer } from "../core/panes.js";
import { plot, toggle } from "./plot.js";
import { focusNext, row } from "./rows.js";
import * as server from "../core/server.js";
import { onChange, setFilter, state } from "../core/state.js";

let pane;
let known = null; // the overview of the collection from the server
let wanted = { search: "", order: "title" };
let asked = 0;
let told = 0; // the number of documents in the listed rows

export function collectionPanel() {
  pane = h("aside", { class: "qa-pane qa-panel", id: "qa-panel", "aria-label": t("collection"), hidden: true, tabindex: "-1" });
  onChange(() => { if (isOpen(pane) && known) { drawFilters(); list(); } });
  return pane;
}

export function togglePanel(opener) {
  if (isOpen(pane)) return closeDrawer(pane);
  openDrawer(pane, opener);
  return refresh();
}

/** Ask the server again, because the collection changed or the panel was opened. */
export async function refresh() {
  if (!isOpen(pane)) { known = null; return; }
  const at = pane.querySelector(".qa-scroll")?.scrollTop ?? 0;
  try {
    known = await server.overview();
  } catch (error) {
    pane.replaceChildren(head(), h("p", { class: "qa-failed" }, error.message));
    return;
  }
  draw();
  await list();
  // Keep the position while documents are removed one by one.
  pane.querySelector(".qa-scroll").scrollTop = at;
  focusNext(pane);
}

const head = () => h("div", { class: "qa-pane-head" },
  h("strong", {}, t("collection")),
  h("span", { class: "qa-count" }, known ? many(known.total) : ""),
  iconButton("close", t("close"), () => closeDrawer(pane)));

export const many = (count) => t(count === 1 ? "documents_one" : "documents_many", { count: count.toLocaleString() });

function draw() {
  pane.replaceChildren(
    head(),
    h("div", { class: "qa-scroll" },
      h("div", { id: "qa-picks" }),
      section(t("documents"), ...(known.total ? [search(), h("p", { class: "qa-note", id: "qa-matching" }), h("ul", { class: "qa-documents", id: "qa-documents" }), h("div", { id: "qa-more" })] : [h("p", { class: "qa-note" }, t("no_documents"))])),
      state.start.adding ? addingPart() : null,
      unread()));
  drawFilters();
}

const section = (title, ...parts) => (parts.some(Boolean) ? h("section", {}, h("h2", {}, title), ...parts) : "");

function drawFilters() {
  const place = pane.querySelector("#qa-picks");
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  const dated = known.over_time.bars.length > 0;
  const { after, before } = state.filter;
  if (known.total) place.replaceChildren(
    section(t("over_time"), h("p", { class: "qa-note" }, t(dated ? "over_time_help" : "no_days")), dated ? plot(known.over_time) : null),
    section(t("filters"), dated || after || before ? days() : null, publishers()));
  if (focused) document.getElementById(focused)?.focus();
}

function days() {
  const day = (field, label) => h("label", {}, t(label), h("input", {
    type: "date", id: `qa-${field}`, value: state.filter[field],
    onchange: (event) => setFilter({ [field]: event.target.value }),
  }));
  return h("div", { class: "qa-days" }, day("after", "from"), day("before", "until"));
}

function publishers() {
  if (!known.publishers.length) return null;
  return h("fieldset", { class: "qa-publishers" }, h("legend", {}, t("publishers")),
    known.publishers.map(({ name, count }, n) => h("label", {},
      h("input", { type: "checkbox", id: `qa-publisher-${n}`, checked: state.filter.publishers.includes(name), onchange: () => toggle(name) }),
      h("span", {}, name), h("span", { class: "qa-quiet" }, count.toLocaleString()))));
}

function search() {
  let timer;
  return h("div", { class: "qa-search" },
    h("input", {
      type: "search", id: "qa-search", placeholder: t("search"), "aria-label": t("search_documents"), value: wanted.search, maxlength: state.start.limits.search,
      oninput: (event) => {
        wanted = { ...wanted, search: event.target.value };
        clearTimeout(timer);
        timer = setTimeout(list, 150);
      },
    }),
    h("select", { id: "qa-order", "aria-label": t("order"), onchange: (event) => { wanted = { ...wanted, order: event.target.value }; list(); } },
      state.start.orders.map((order) => h("option", { value: order, selected: order === wanted.order }, t(`order_${order}`)))));
}

/** The matching documents, one page at a time. */
async function list(offset = 0) {
  if (!known.total) return;
  asked += 1;
  const mine = asked;
  const { publishers: names, after, before } = state.filter;
  // The first rows are loaded quickly; later requests load many more.
  const limit = offset ? state.start.limits.rows : undefined;
  const given = await server.documents({ ...wanted, offset, limit, publishers: names, after, before, copies: true }).catch((error) => { toast(error.message); });
  if (!given || mine !== asked || !isOpen(pane)) return;
  const rows = given.documents.map(row);
  const place = pane.querySelector("#qa-documents");
  if (offset) place.append(...rows);
  else place.replaceChildren(...rows);
  told = (offset ? told : 0) + given.documents.reduce((sum, one) => sum + 1 + one.copies_total, 0);
  pane.querySelector("#qa-matching").textContent = count(told, given);
  const next = offset + rows.length;
  pane.querySelector("#qa-more").replaceChildren(...(next < given.rows
    ? [h("button", { type: "button", class: "qa-link", onclick: () => list(next) }, t("more"))]
    : []));
}

/** The number of rows shown, and in all. */
function count(shown, { matching, total }) {
  if (!matching) return t("none_match");
  const numbers = { shown: shown.toLocaleString(), matching: matching.toLocaleString(), total: total.toLocaleString() };
  if (shown === matching) return t(matching === total ? "fit_all" : "fit_few", numbers);
  return t(matching === total ? "first_of_all" : "first_of_few", numbers);
}

function unread() {
  if (!known.unread_total) return null;
  const rest = known.unread_total - known.unread.length;
  return h("details", { class: "qa-unread" },
    h("summary", {}, `${t("unread")} (${known.unread_total.toLocaleString()})`),
    h("ul", {}, known.unread.map(({ file, reason }) => h("li", {}, h("b", {}, file), " ", reason))),
    rest ? h("p", { class: "qa-note" }, t("unread_more", { count: rest.toLocaleString() })) : null);
}
