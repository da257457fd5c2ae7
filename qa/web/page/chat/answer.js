// An answer in large type, and below it each quote in its sentence with its source.

import { facts, h, icon, iconButton, menu, t } from "../core/dom.js";
import { copy, copyLink } from "../sharing/clipboard.js";
import { judge } from "../sharing/feedback.js";
import { openCitation, openDocument } from "../document/document.js";
import { filterWords } from "./filters.js";
import { state } from "../core/state.js";

const LONG = 90;

/** An answer; `askLiterally` asks the question as typed if it was rewritten, `askAll` asks without filters. */
export function answerOf(turn, askLiterally, askAll) {
  const { view } = turn;
  return h("div", { class: "qa-answer" },
    view.meant ? meant(view, askLiterally) : null,
    view.found ? found(view) : nothing(view, askAll),
    h("p", { class: "qa-foot" },
      view.found ? sureness(view) : null,
      h("span", { class: "qa-searched" }, searched(view)),
      tools(turn)));
}

function meant(view, askLiterally) {
  const within = view.within
    ? ` ${t(view.within === 1 ? "within_one" : "within_many", { count: view.within })}`
    : "";
  return h("p", { class: "qa-meant" },
    h("span", {}, `${t("meant", { question: view.meant })}${within}. `),
    h("button", { type: "button", class: "qa-link", onclick: askLiterally }, t("literally")));
}

function found(view) {
  const groups = view.groups.map((group) =>
    h("div", { class: "qa-group" },
      h("p", { class: group.short.length > LONG ? "qa-short qa-long" : "qa-short" }, group.short),
      group.documents > 1 ? h("p", { class: "qa-source" }, t(group.sources === 1 ? "sources_one" : "sources_many", group)) : null,
      h("ol", { class: "qa-citations" },
        group.numbers.map((number) => citation(view.citations[number - 1], number)))));
  if (groups.length === 1) return groups[0];
  return h("div", {},
    h("p", { class: "qa-different" }, t("different")),
    h("div", { class: "qa-groups" }, groups));
}

/** Whether no document matches the filters. */
export const isBarred = ({ searched: told }) => told.documents === 0 && told.of > 0;

function nothing(view, askAll) {
  if (!view.searched.of) {
    return h("div", {},
      h("p", { class: "qa-none" }, t("no_documents")),
      h("p", { class: "qa-note" }, t(state.start.adding ? "add_them" : "no_documents_closed")));
  }
  if (isBarred(view)) {
    return h("div", {},
      h("p", { class: "qa-none" }, t("nothing_fits")),
      h("p", {}, h("button", { type: "button", class: "qa-link", onclick: askAll }, t("without_filters"))));
  }
  const first = view.citations.length;
  return h("div", {},
    h("p", { class: "qa-none" }, t("no_answer")),
    view.closest.length ? h("p", { class: "qa-note" }, t("closest")) : null,
    h("ol", { class: "qa-citations qa-closest" },
      view.closest.map((near, i) => citation(near, first + i + 1))));
}

function citation(cited, number) {
  const chip = h("button", {
    type: "button",
    class: "qa-number",
    "aria-label": t("open_citation", { number, title: cited.title }),
    title: t("open_citation", { number, title: cited.title }),
    onclick: () => openCitation(cited, chip),
  }, String(number));
  const copyButton = iconButton("copy", t("copy_label", { number }), null);
  return h("li", { class: "qa-citation" },
    chip,
    h("div", { class: "qa-cited" },
      cited.kind === "metadata"
        ? h("p", { class: "qa-sentence qa-known" }, cited.line)
        : h("p", { class: "qa-sentence" }, cited.before, h("mark", {}, cited.quote), cited.after),
      h("p", { class: "qa-source", title: cited.place },
        facts([...cited.source.split(" · "), ...(cited.page ? [t("page", { page: cited.page })] : [])])),
      cited.also_in?.length ? alsoIn(cited) : null),
    menu(copyButton, [
      [t("copy_plain"), () => copy(cited.copies.plain)],
      [t("copy_markdown"), () => copy(cited.copies.markdown)],
      [t("copy_apa"), () => copy(cited.copies.apa)],
    ]));
}

const MOST_COPIES = 3;

/** The copies with the same sentence; each can be opened. */
function alsoIn({ also_in: copies }) {
  const links = copies.slice(0, MOST_COPIES).flatMap(({ id, line }, n) => {
    const link = h("button", { type: "button", class: "qa-link", onclick: () => openDocument(id, link) }, h("bdi", {}, line));
    return [n ? "; " : " ", link];
  });
  const rest = copies.length - MOST_COPIES;
  return h("p", { class: "qa-source qa-also" }, t("also_in"), links, rest > 0 ? `; ${t("also_more", { count: rest.toLocaleString() })}` : null);
}

let named = 0;

/** The confidence as a word; its number and meaning on demand. */
function sureness(view) {
  named += 1;
  const id = `qa-means-${named}`;
  const number = Math.round(view.confidence * 100);
  return h("span", { class: "qa-sure" },
    h("button", { type: "button", class: `qa-sureness qa-${view.sureness}`, "aria-describedby": id },
      h("span", { class: "qa-dots", "aria-hidden": "true" }),
      t("confidence", { sureness: t(view.sureness) })),
    h("span", { class: "qa-tip", role: "tooltip", id },
      `${(number / 100).toFixed(2)}. ${t("confidence_means", { number })}`));
}

function searched({ searched: told, seconds }) {
  const parts = [];
  if (!told.of) return "";
  if (told.of === 1 && told.documents === 1) parts.push(t("searched_one"));
  else parts.push(t(told.documents === told.of ? "searched_all" : "searched_some", { documents: told.documents.toLocaleString(), of: told.of.toLocaleString() }));
  const filters = filterWords(told.filter);
  if (filters.length) parts[0] += ` (${filters.map(([words]) => words).join(", ")})`;
  if (told.unread) parts.push(t(told.unread === 1 ? "unread_one" : "unread_many", { count: told.unread }));
  parts.push(seconds < 0.1 ? t("at_once") : t("seconds", { seconds: seconds.toFixed(1) }));
  return parts.join(" · ");
}

function tools(turn) {
  const right = iconButton("up", t("helpful"), () => judge(turn, true));
  const wrong = iconButton("down", t("not_helpful"), () => judge(turn, false));
  if (turn.vote) {
    [right, wrong].forEach((button) => { button.disabled = true; });
    (turn.vote === "up" ? right : wrong).setAttribute("aria-pressed", "true");
  }
  return h("span", { class: "qa-tools" }, right, wrong,
    iconButton("link", t("link"), () => copyLink(turn)));
}

export const spinner = () => h("span", { class: "qa-spinner", "aria-hidden": "true" }, icon("more"));
