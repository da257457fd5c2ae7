// Puts the page together: the bar, the conversation, the panes, and the keys.

import { acceptDrops, chooser, fileList } from "./collection/uploads.js";
import * as chat from "./chat/chat.js";
import * as conversations from "./chat/conversations.js";
import { dialog, h, icon, iconButton, menu, setTexts, t, toast } from "./core/dom.js";
import { isPicking, stopPicking } from "./document/selection.js";
import { closeLast } from "./core/panes.js";
import { filterLine } from "./chat/filters.js";
import { exportJson, exportMarkdown } from "./sharing/export.js";
import { collectionPanel, many, refresh, togglePanel } from "./collection/panel.js";
import * as server from "./core/server.js";
import { sourcePane } from "./document/document.js";
import { emptyFilter, onChange, setFilter, state, takeLink } from "./core/state.js";

const THEME = "corpus-qa:theme";

async function begin() {
  await learn(firstStart());
  await conversations.resume();
  const typed = typedBefore();
  delete document.documentElement.dataset.resumes;
  document.getElementById("qa-root").replaceChildren(build());
  chat.renderAll(welcome());
  keys();
  if (state.start.adding) acceptDrops(document.getElementById("qa"));
  onChange(conversations.save);
  document.addEventListener("qa-changed", changed);
  document.addEventListener("qa-dropped", () => {
    if (document.getElementById("qa-panel").hidden && !document.querySelector(".qa-log .qa-files")) togglePanel();
  });
  const link = takeLink();
  if (link) {
    setFilter({ ...emptyFilter(), ...link.filter });
    chat.ask(link.question);
  } else {
    chat.takeOver(typed);
  }
  watch();
}

/** The state when the page was sent; null if the server did not wait for it. */
const firstStart = () => JSON.parse(document.getElementById("qa-start").textContent);

/** The text typed, and perhaps sent, before this script was loaded. */
function typedBefore() {
  const box = document.getElementById("qa-question");
  return { words: box.value, from: box.selectionStart, to: box.selectionEnd, asked: "asked" in box.form.dataset };
}

async function learn(known = null) {
  state.start = known ?? await server.start();
  setTexts(state.start.texts);
}

function build() {
  const collection = h("button", { type: "button", class: "qa-collection", id: "qa-collection", title: t("collection"), "aria-controls": "qa-panel", onclick: () => togglePanel(collection) });
  const theme = iconButton("moon", t("theme_dark"), switchTheme, { id: "qa-theme" });
  const page = h("div", { id: "qa", lang: "en" },
    h("header", { class: "qa-bar-top" },
      h("h1", {}, t("name")),
      collection,
      h("span", { class: "qa-space" }),
      iconButton("fresh", t("new"), () => chat.another(welcome)),
      menu(iconButton("clock", t("earlier_conversations"), null, { id: "qa-earlier" }), earlier),
      menu(iconButton("save", t("export"), null), [[t("export_markdown"), exportMarkdown], [t("export_json"), exportJson]]),
      theme),
    h("main", { class: "qa-chat", "aria-label": t("conversation") }, chat.conversation(), chat.composer(filterLine())),
    collectionPanel(),
    sourcePane(),
    h("p", { id: "qa-status", class: "qa-hidden", role: "status" }),
    h("p", { id: "qa-toast", class: "qa-toast", role: "status" }));
  name(collection);
  drawTheme(theme);
  return page;
}

/** The menu of earlier conversations, with a choice to forget them. */
function earlier() {
  const kept = conversations.earlier();
  if (!kept.length) return [[t("no_earlier"), () => {}]];
  const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  return [
    ...kept.map(({ name: id, question, count, at }) => [
      [h("span", { class: "qa-earlier-question" }, question),
        h("span", { class: "qa-quiet" }, `${t(count === 1 ? "questions_one" : "questions_many", { count })} · ${day.format(at)}`)],
      () => goBack(id),
    ]),
    [t("forget_earlier"), forgetEarlier],
  ];
}

async function goBack(id) {
  let mine = true;
  await chat.another(welcome, async () => { mine = await conversations.open(id); });
  if (!mine) toast(t("elsewhere"));
  else setFilter({});
}

async function forgetEarlier() {
  if (await dialog({ title: t("forget_title"), help: t("forget_help"), yes: t("forget_yes"), no: t("cancel"), danger: true })) {
    conversations.forgetEarlier();
  }
}

function name(button) {
  const { name: folder, documents, step, ready } = state.start;
  const count = documents === null ? "" : many(documents);
  const encoding = ready && step?.searchable && step.done < step.total;
  const percent = encoding ? Math.floor(100 * step.done / step.total) : 100;
  button.title = encoding ? t("encoding_help") : "";
  button.replaceChildren(icon("panel"), h("span", {}, folder), " ", h("span", { class: "qa-quiet" }, count),
    encoding ? h("span", { class: "qa-quiet" }, ` · ${t("encoding", { percent })}`) : "");
}

/** The content of an empty conversation: the state, and questions to start with. */
function welcome() {
  const { ready, failure, step, documents, suggestions, adding } = state.start;
  if (failure && !documents) return h("div", { class: "qa-welcome" }, h("p", { class: "qa-failed" }, failure));
  if (ready && !documents) {
    return h("div", { class: "qa-welcome" },
      h("p", { class: "qa-greeting" }, t("no_documents")),
      h("p", { class: "qa-quiet" }, t(adding ? "no_documents_add" : "no_documents_closed")),
      adding ? chooser() : null,
      adding ? fileList() : null);
  }
  const counts = step && step.total;
  return h("div", { class: "qa-welcome" },
    h("p", { class: "qa-greeting" }, t("welcome")),
    h("p", { class: "qa-quiet" }, t("empty")),
    ready ? null : h("p", { class: "qa-working" }, counts ? t("indexing", step) : t("opening")),
    suggestions.length ? h("p", { class: "qa-quiet" }, t("try")) : null,
    h("ul", { class: "qa-suggestions" }, suggestions.map((question) =>
      h("li", {}, h("button", { type: "button", onclick: () => chat.ask(question) }, question)))));
}

/** Poll the server until it is ready and has suggested questions, and again after it was unreachable. */
async function watch() {
  let away = false;
  for (;;) {
    const { ready, suggestions, documents, step } = state.start;
    const settled = ready && !step && (suggestions.length || !documents);
    await new Promise((resolve) => { setTimeout(resolve, settled && !away ? 15000 : 1000); });
    try {
      const before = JSON.stringify(state.start);
      await learn();
      if (away) toast(t("back"));
      away = false;
      if (before !== JSON.stringify(state.start)) show();
    } catch {
      away = true;
    }
  }
}

async function changed() {
  await learn().catch((error) => toast(error.message));
  show();
  await refresh();
}

function show() {
  name(document.getElementById("qa-collection"));
  const old = document.querySelector(".qa-log .qa-welcome");
  if (old && !old.contains(document.activeElement)) old.replaceWith(welcome());
}

function keys() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, textarea, select, dialog");
    const emptyBox = event.target.id === "qa-question" && !event.target.value;
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
      if (isPicking()) stopPicking();
      else if (!closeLast() && event.target.id === "qa-question") return;
      event.preventDefault();
    } else if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      chat.focusQuestion();
    } else if (event.key === "ArrowDown" && emptyBox) {
      // The down key moves from the box to the quotes of the last answer; up restores the question.
      document.querySelector(".qa-turn:last-child .qa-number")?.focus();
    } else if (["ArrowDown", "ArrowUp"].includes(event.key) && !typing) {
      amongQuotes(event);
    }
  });
}

/** Move between the numbers of quotes, across the conversation. */
function amongQuotes(event) {
  if (event.target.closest?.(".qa-pane, [role=menu]")) return;
  const chips = [...document.querySelectorAll(".qa-log .qa-number")];
  const at = chips.indexOf(document.activeElement);
  const to = event.key === "ArrowDown" ? at + 1 : (at < 0 ? chips.length : at) - 1;
  if (!chips[to]) return;
  event.preventDefault();
  chips[to].focus();
}

const dark = () => (localStorage.getItem(THEME) ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

function applyTheme() {
  document.documentElement.dataset.theme = dark() ? "dark" : "light";
}

function switchTheme() {
  localStorage.setItem(THEME, dark() ? "light" : "dark");
  applyTheme();
  drawTheme(document.getElementById("qa-theme"));
}

function drawTheme(button) {
  const label = t(dark() ? "theme_light" : "theme_dark");
  button.replaceChildren(icon(dark() ? "sun" : "moon"));
  button.title = label;
  button.setAttribute("aria-label", label);
}

begin().catch((error) => {
  document.getElementById("qa-root").textContent = error.message;
});
