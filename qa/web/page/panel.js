// The collection: its documents, what can be filtered by, what could not be read, and more to add.

import { announce, dialog, facts, h, iconButton, t, toast } from "./dom.js";
import { addingPart } from "./adding.js";
import { closeDrawer, isOpen, openDrawer } from "./drawers.js";
import { plot, toggle } from "./plot.js";
import * as server from "./server.js";
import { openDocument } from "./source.js";
import { onFilter, setFilter, state } from "./state.js";

let pane;
let known = null; // what the server told of the collection as a whole
let wanted = { search: "", order: "title" };
let asked = 0;

export function collectionPanel() {
  pane = h("aside", { class: "qa-pane qa-panel", id: "qa-panel", "aria-label": t("collection"), hidden: true, tabindex: "-1" });
  onFilter(() => { if (isOpen(pane) && known) { drawFilters(); list(); } });
  return pane;
}

export function togglePanel(opener) {
  if (isOpen(pane)) return closeDrawer(pane);
  openDrawer(pane, opener);
  return refresh();
}

/** Ask the server anew: the collection has changed, or the panel is opened. */
export async function refresh() {
  if (!isOpen(pane)) { known = null; return; }
  try {
    known = await server.overview();
  } catch (error) {
    pane.replaceChildren(head(), h("p", { class: "qa-failed" }, error.message));
    return;
  }
  draw();
  await list();
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
      section(t("documents"), search(), h("p", { class: "qa-note", id: "qa-matching" }), h("ul", { class: "qa-documents", id: "qa-documents" }), h("div", { id: "qa-more" })),
      state.start.adding ? addingPart() : null,
      unread()));
  drawFilters();
}

const section = (title, ...parts) => h("section", {}, h("h2", {}, title), ...parts);

function drawFilters() {
  const place = pane.querySelector("#qa-picks");
  const focused = place.contains(document.activeElement) ? document.activeElement.id : "";
  place.replaceChildren(
    section(t("over_time"), h("p", { class: "qa-note" }, t("over_time_help")), plot(known.over_time)),
    section(t("filters"), days(), publishers()));
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
      type: "search", id: "qa-search", placeholder: t("search"), "aria-label": t("search_documents"), value: wanted.search, maxlength: 200,
      oninput: (event) => {
        wanted = { ...wanted, search: event.target.value };
        clearTimeout(timer);
        timer = setTimeout(list, 150);
      },
    }),
    h("select", { id: "qa-order", "aria-label": t("order"), onchange: (event) => { wanted = { ...wanted, order: event.target.value }; list(); } },
      state.start.orders.map((order) => h("option", { value: order, selected: order === wanted.order }, t(`order_${order}`)))));
}

/** The documents that fit, a page at a time. */
async function list(offset = 0) {
  asked += 1;
  const mine = asked;
  const { publishers: names, after, before } = state.filter;
  // The first rows come soon; who wants more of many wants many more.
  const limit = offset ? 200 : 50;
  const given = await server.documents({ ...wanted, offset, limit, publishers: names, after, before }).catch((error) => { toast(error.message); });
  if (!given || mine !== asked || !isOpen(pane)) return;
  const rows = given.documents.map(row);
  const place = pane.querySelector("#qa-documents");
  if (offset) place.append(...rows);
  else place.replaceChildren(...rows);
  const shown = offset + rows.length;
  pane.querySelector("#qa-matching").textContent = count(shown, given);
  pane.querySelector("#qa-more").replaceChildren(...(shown < given.matching
    ? [h("button", { type: "button", class: "qa-link", onclick: () => list(shown) }, t("more"))]
    : []));
}

/** How many rows are shown of how many there are. */
function count(shown, { matching, total }) {
  if (!matching) return t("none_match");
  const numbers = { shown: shown.toLocaleString(), matching: matching.toLocaleString(), total: total.toLocaleString() };
  if (shown === matching) return t(matching === total ? "fit_all" : "fit_few", numbers);
  return t(matching === total ? "first_of_all" : "first_of_few", numbers);
}

function row(one) {
  const only = state.filter.documents.includes(one.id);
  const open = h("button", { type: "button", class: "qa-open", onclick: () => openDocument(one.id, open) },
    h("span", { class: "qa-row-title" }, one.title),
    h("span", { class: "qa-quiet" }, facts([one.publisher, one.published])));
  return h("li", {}, open,
    iconButton("filter", t("only_title", { title: one.title }), () => choose(one.id), { "aria-pressed": String(only) }),
    state.start.adding ? iconButton("bin", t("remove", { title: one.title }), () => removed(one)) : null);
}

function choose(id) {
  const { documents } = state.filter;
  setFilter({ documents: documents.includes(id) ? documents.filter((one) => one !== id) : [...documents, id] });
}

async function removed(one) {
  const help = t(one.held > 1 ? "remove_help_many" : "remove_help", { title: one.title, count: one.held.toLocaleString(), file: one.file });
  const sure = await dialog({ title: t("remove_title"), help, yes: t("remove_yes"), no: t("cancel"), danger: true });
  if (!sure) return;
  try {
    await server.remove(one.id);
  } catch (error) {
    toast(error.message);
    return;
  }
  setFilter({ documents: state.filter.documents.filter((id) => id !== one.id) });
  announce(one.title);
  document.dispatchEvent(new CustomEvent("qa-changed"));
}

function unread() {
  if (!known.unread_total) return null;
  const rest = known.unread_total - known.unread.length;
  return h("details", { class: "qa-unread" },
    h("summary", {}, `${t("unread")} (${known.unread_total.toLocaleString()})`),
    h("ul", {}, known.unread.map(({ file, reason }) => h("li", {}, h("b", {}, file), " ", reason))),
    rest ? h("p", { class: "qa-note" }, t("unread_more", { count: rest.toLocaleString() })) : null);
}
