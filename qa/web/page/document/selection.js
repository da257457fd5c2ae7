// Words selected in a document, to copy with their source or to save as the right answer.

import { h, menu, t, toast } from "../core/dom.js";
import { copy } from "../sharing/clipboard.js";
import * as server from "../core/server.js";

const starts = new WeakMap(); // for each text node shown: where it begins in the document
let place = null; // {element, id, sha256} of the text that is shown
let bar = null;
let picking = null; // the right answer being picked: {keep, stop}

/** The pieces of a document as nodes. Browsers count characters differently, so each start is kept. */
export function nodesOf(view) {
  const nodes = [];
  for (const piece of view.pieces) {
    const words = document.createTextNode(piece.text);
    starts.set(words, piece.start);
    const parts = piece.page ? [pageMark(piece), words] : [words];
    const last = nodes.at(-1);
    if (piece.mark === undefined) nodes.push(...parts);
    // A quote that continues on the next page stays one quote.
    else if (last?.dataset?.start === String(piece.mark)) last.append(...parts);
    else nodes.push(h("mark", { class: piece.focus ? "qa-focus" : null, "data-start": piece.mark }, ...parts));
  }
  return nodes;
}

/** The start of a page. The style sheet draws its label, so it is not part of the text. */
function pageMark({ page, within }) {
  const words = t("page_begins", { page });
  return h("span", { class: within ? "qa-page qa-within" : "qa-page", role: "separator", "aria-label": words, "data-page": page, "data-words": words });
}

/** The selection in the text: {id, sha256, from, to} for the server; null if nothing is selected. */
function chosen() {
  const selection = getSelection();
  if (!place?.element.isConnected || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const walker = document.createTreeWalker(place.element, NodeFilter.SHOW_TEXT);
  let from = null;
  let to = null;
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (!range.intersectsNode(node)) continue;
    const first = node === range.startContainer ? range.startOffset : 0;
    const last = node === range.endContainer ? range.endOffset : node.length;
    if (first >= last) continue;
    from ??= at(node, first);
    to = at(node, last);
  }
  return from && { id: place.id, sha256: place.sha256, from, to };
}

const at = (node, offset) => [starts.get(node), [...node.data.slice(0, offset)].length];

/** The copy menu, for words that are fetched while it is open. */
export function copying(wanted) {
  const found = server.selected(wanted).catch((error) => { toast(error.message); });
  const as = (form) => async () => {
    const quote = await found;
    if (quote) await copy(quote.copies[form]);
  };
  return [[t("copy_plain"), as("plain")], [t("copy_markdown"), as("markdown")], [t("copy_apa"), as("apa")]];
}

/** The actions for a selection, shown below the text while there is one. */
export function selectionBar(element, view) {
  place = { element, id: view.id, sha256: view.sha256 };
  bar = h("div", { class: "qa-selection", role: "group", "aria-label": t("selection"), hidden: true });
  // Pressing the mouse on a button would clear the selection before the click arrives.
  bar.addEventListener("mousedown", (event) => event.preventDefault());
  draw();
  return bar;
}

function draw() {
  if (!bar) return;
  if (picking) {
    const keep = h("button", { type: "button", class: "qa-primary", id: "qa-pick", onclick: kept }, t("pick_keep"));
    bar.replaceChildren(h("p", {}, t("pick_help")), keep,
      h("button", { type: "button", class: "qa-plain", onclick: () => picking.stop() }, t("cancel")));
  } else {
    const button = h("button", { type: "button", class: "qa-plain" }, t("copy_selection"));
    bar.replaceChildren(h("p", {}, t("selected")), menu(button, () => copying(chosen() ?? last)));
  }
  changed();
}

let last = null;

function changed() {
  if (!bar?.isConnected) return;
  const now = chosen();
  if (now) last = now;
  bar.hidden = !now && !picking;
  const keep = bar.querySelector("#qa-pick");
  if (keep) keep.disabled = !now;
}

document.addEventListener("selectionchange", changed);

/** Let the user pick a right answer: `keep` gets the place, and returns whether it was saved. */
export function pick(keep) {
  return new Promise((resolve) => {
    const end = (value) => { picking = null; draw(); resolve(value); };
    picking?.stop();
    picking = {
      stop: () => end(false),
      keep: async (where) => { if (await keep(where)) { getSelection().removeAllRanges(); end(true); } },
    };
    draw();
  });
}

const kept = () => picking.keep(chosen() ?? last);
export const isPicking = () => Boolean(picking);
export const stopPicking = () => picking?.stop();
