// A document next to the chat, with its quotes marked.

import { announce, h, iconButton, menu, t } from "../core/dom.js";
import { closeDrawer, openDrawer } from "../core/panes.js";
import { copying, nodesOf, selectionBar, stopPicking } from "./selection.js";
import * as server from "../core/server.js";
import { setFilter, state } from "../core/state.js";

let pane;
let shown = null; // {id, sha256, marks: [{start, end}], at, start, end, characters}

export function sourcePane() {
  pane = h("aside", { class: "qa-pane qa-source-pane", id: "qa-source", "aria-label": t("source"), hidden: true, tabindex: "-1" });
  pane.addEventListener("keydown", (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step && event.shiftKey) {
      // Keyboard selection starts at the quote, as in any text.
      const quote = pane.querySelector("mark.qa-focus");
      if (!quote || !getSelection().isCollapsed) return;
      event.preventDefault();
      getSelection().selectAllChildren(quote);
    } else if (step && !event.target.closest("input, select")) {
      event.preventDefault();
      go(step);
    }
  });
  return pane;
}

/** Show a citation in its document, with all other citations of the conversation from it. */
export function openCitation(cited, opener) {
  const marks = state.turns
    .flatMap((turn) => [...(turn.view?.citations ?? []), ...(turn.view?.closest ?? [])])
    .filter((one) => one.id === cited.id && one.sha256 === cited.sha256)
    .map(({ start, end }) => ({ start, end }));
  const unlike = (mark) => mark.start !== cited.start || mark.end !== cited.end;
  const apart = [{ start: cited.start, end: cited.end }];
  for (const mark of marks.filter(unlike)) {
    if (apart.every((one) => mark.end <= one.start || one.end <= mark.start)) apart.push(mark);
  }
  apart.sort((one, other) => one.start - other.start);
  const at = apart.findIndex((mark) => !unlike(mark));
  return load({ id: cited.id, sha256: cited.sha256, marks: apart, at }, opener);
}

/** Show a document from its beginning. */
export const openDocument = (id, opener) => load({ id, marks: [], at: -1 }, opener);

async function load(wanted, opener, page) {
  shown = wanted;
  openDrawer(pane, opener);
  try {
    const view = await server.source({ ...request(), page });
    if (shown !== wanted) return;
    Object.assign(shown, { start: view.start, end: view.end, characters: view.characters });
    if (view.changed) Object.assign(shown, { marks: [], at: -1 });
    draw(view);
  } catch (error) {
    if (shown === wanted) pane.replaceChildren(head(null), h("p", { class: "qa-failed" }, error.message));
  }
}

function request(part) {
  const { id, sha256, marks, at } = shown;
  const pair = (mark) => [mark.start, mark.end];
  return { id, sha256, marks: marks.map(pair), focus: at < 0 ? [0, 0] : pair(marks[at]), part };
}

function draw(view) {
  const text = h("div", { class: "qa-text", role: "document", "aria-label": t("text_of", { title: view.title }), tabindex: "0" }, nodesOf(view));
  pane.replaceChildren(
    head(view),
    h("div", { class: "qa-scroll" },
      h("h2", { class: "qa-doc-title" }, view.title),
      facts(view),
      view.changed ? h("p", { class: "qa-note" }, t("changed")) : null,
      more("earlier", view),
      text,
      more("later", view),
      leftOut(view)),
    selectionBar(text, view));
  look();
}

function head(view) {
  const { marks, at } = shown;
  const count = h("span", { class: "qa-count", id: "qa-count" }, at < 0 ? "" : t("quote_of", { number: at + 1, count: marks.length }));
  const several = marks.length > 1;
  return h("div", { class: "qa-pane-head" },
    h("strong", {}, t("source")),
    count,
    view && at >= 0 ? menu(iconButton("copy", t("copy_quote"), null), () => copying(current(view))) : null,
    several ? iconButton("before", t("previous"), () => go(-1)) : null,
    several ? iconButton("after", t("next"), () => go(1)) : null,
    view ? iconButton("filter", t("only_this"), () => setFilter({ documents: [view.id] })) : null,
    iconButton("close", t("close"), () => { stopPicking(); closeDrawer(pane); }));
}

function facts(view) {
  const row = (name, value, origin) => [
    h("dt", {}, t(name)),
    h("dd", { title: origin ? t("found_in", { origin }) : null }, value),
  ];
  return h("dl", { class: "qa-facts" },
    view.facts.flatMap(({ name, value, origin }) => row(name, value, origin)),
    view.address
      ? row("address", h("a", { href: view.address, target: "_blank", rel: "noopener noreferrer" }, view.address))
      : null,
    row("file", `${view.document} · ${t("characters", { count: view.characters.toLocaleString() })}`),
    view.pages ? row("go_to_page", jump(view.pages)) : null);
}

/** A field for a page number; Enter goes to that page. */
function jump(pages) {
  const number = h("input", { type: "number", id: "qa-page", min: 1, max: pages, required: true, "aria-label": t("go_to_page") });
  const there = async (event) => {
    event.preventDefault();
    const page = Number(number.value);
    // Of several empty pages, only the last is marked.
    const mark = () => [...pane.querySelectorAll(".qa-page")].find((one) => Number(one.dataset.page) >= page);
    if (!pane.querySelector(`.qa-page[data-page="${page}"]`)) await load({ ...shown }, null, page);
    mark()?.scrollIntoView({ block: "start" });
    announce(t("page_begins", { page }));
  };
  return h("form", { class: "qa-jump", onsubmit: there }, number, h("span", {}, t("of_pages", { pages: pages.toLocaleString() })),
    h("button", { type: "submit", class: "qa-plain" }, t("go")));
}

/** The current quote, in the form of a selection for the server. */
function current({ id, sha256 }) {
  const { start, end } = shown.marks[shown.at];
  return { id, sha256, from: [start, 0], to: [end, 0] };
}

/** A button for a part of a long document that is not loaded yet. */
function more(name, view) {
  const earlier = name === "earlier";
  if (earlier ? view.start === 0 : view.end === view.characters) return null;
  const button = h("button", { type: "button", class: "qa-link qa-more", onclick: async () => {
    const size = state.start.limits.part;
    const part = earlier ? [Math.max(0, shown.start - size), shown.start] : [shown.end, Math.min(shown.characters, shown.end + size)];
    button.disabled = true;
    const given = await server.source(request(part)).catch((error) => { announce(error.message); });
    button.disabled = false;
    if (!given) return;
    const text = pane.querySelector(".qa-text");
    if (earlier) { text.prepend(...nodesOf(given)); shown.start = given.start; }
    else { text.append(...nodesOf(given)); shown.end = given.end; }
    if (earlier ? shown.start === 0 : shown.end === shown.characters) button.remove();
  } }, t(name));
  return button;
}

/** Text that cleaning left out, folded below the text. It is never marked or quoted. */
function leftOut({ left_out: groups }) {
  return groups.map(({ reason, count, pieces }) => {
    const rest = count - pieces.length;
    const words = t(count === 1 ? "left_out_one" : "left_out_many", { count: count.toLocaleString(), reason });
    return h("details", { class: "qa-left-out" },
      h("summary", {}, words, " · ", h("span", { class: "qa-show", "data-show": t("left_out_show"), "data-hide": t("left_out_hide") })),
      h("ul", {}, pieces.map((piece) => h("li", {}, piece))),
      rest ? h("p", { class: "qa-note" }, t("left_out_more", { count: rest.toLocaleString() })) : null);
  });
}

/** Go to the next or previous quote of this document. */
function go(step) {
  const { marks, at } = shown ?? { marks: [] };
  if (marks.length < 2) return;
  shown.at = (at + step + marks.length) % marks.length;
  const mark = pane.querySelector(`mark[data-start="${marks[shown.at].start}"]`);
  if (!mark) {
    load({ ...shown });
    return;
  }
  pane.querySelector("mark.qa-focus")?.classList.remove("qa-focus");
  mark.classList.add("qa-focus");
  const words = t("quote_of", { number: shown.at + 1, count: marks.length });
  document.getElementById("qa-count").textContent = words;
  announce(`${words}: ${mark.textContent}`);
  look();
}

/** Scroll the current quote to the middle. */
function look() {
  pane.querySelector("mark.qa-focus")?.scrollIntoView({ block: "center" });
}
