// The documents of the collection as rows, with copies folded under the one that leads them.

import { announce, dialog, facts, h, icon, iconButton, t, toast } from "../core/dom.js";
import * as server from "../core/server.js";
import { openDocument } from "../document/document.js";
import { setFilter, state } from "../core/state.js";

const unfolded = new Set(); // the ids of documents whose copies are shown
let next = -1; // the index of the remove button to focus when the list is shown again

export function row(one) {
  const item = h("li", {}, h("div", { class: "qa-row" }, ...parts(one)));
  if (one.copies_total) item.append(...copies(one));
  return item;
}

/** The file name, to distinguish documents with the same title. */
const named = (one) => (one.alike ? `${one.title} (${one.document})` : one.title);

function parts(one, relation = null) {
  const only = state.filter.documents.includes(one.id);
  const open = h("button", { type: "button", class: "qa-open", onclick: () => openDocument(one.id, open) },
    h("span", { class: "qa-row-title" }, one.title),
    h("span", { class: "qa-quiet" }, facts([relation, one.publisher, one.published])),
    one.alike ? h("span", { class: "qa-quiet qa-path" }, h("bdi", {}, one.document)) : null);
  const remove = iconButton("bin", t("remove", { title: named(one) }), () => removed(one, remove), { "data-removes": true });
  return [open,
    iconButton("filter", t("only_title", { title: named(one) }), () => choose(one.id), { "aria-pressed": String(only) }),
    state.start.adding ? remove : null];
}

/** The copies of a document, and the button that unfolds them. */
function copies(one) {
  const list = h("ul", { class: "qa-copies", "aria-label": t("copies_of", { title: named(one) }) });
  const words = t(one.copies_total === 1 ? "copies_one" : "copies_many", { count: one.copies_total.toLocaleString() });
  const button = h("button", { type: "button", class: "qa-link qa-fold", onclick: () => {
    if (!unfolded.delete(one.id)) unfolded.add(one.id);
    draw();
  } }, icon("after"), words);
  // The relation of a copy is to its lead, so it means nothing next to another document.
  const told = (copy) => (copy.copy_of === one.id && copy.relation ? t(`relation_${copy.relation.replace(" ", "_")}`) : null);
  const draw = () => {
    const open = unfolded.has(one.id);
    const rest = one.copies_total - one.copies.length;
    button.setAttribute("aria-expanded", String(open));
    list.hidden = !open;
    list.replaceChildren(...(open ? one.copies.map((copy) => h("li", {}, h("div", { class: "qa-row" }, ...parts(copy, told(copy))))) : []),
      ...(open && rest ? [h("li", { class: "qa-note" }, t("copies_more", { count: rest.toLocaleString() }))] : []));
  };
  draw();
  return [button, list];
}

function choose(id) {
  const { documents } = state.filter;
  setFilter({ documents: documents.includes(id) ? documents.filter((one) => one !== id) : [...documents, id] });
}

async function removed(one, button) {
  const values = { title: named(one), count: one.held.toLocaleString(), file: one.file };
  const help = t(one.held > 1 ? "remove_help_many" : "remove_help", values);
  const sure = await dialog({ title: t("remove_title"), help, yes: t("remove_yes"), no: t("cancel"), danger: true });
  if (!sure) return;
  next = [...document.querySelectorAll("#qa-documents [data-removes]")].indexOf(button);
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

/** After a removal, keyboard focus moves to the next row. */
export function focusNext(pane) {
  const buttons = [...pane.querySelectorAll("#qa-documents [data-removes]")];
  if (next >= 0) (buttons[Math.min(next, buttons.length - 1)] ?? pane).focus({ preventScroll: true });
  next = -1;
}
