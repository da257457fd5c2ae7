// What a person takes along: quotes, links, the conversation; and what they say of an answer.

import { dialog, h, OTHER, t, toast } from "../core/dom.js";
import { render } from "../chat/chat.js";
import { pick } from "../document/selection.js";
import { openCitation } from "../document/document.js";
import * as server from "../core/server.js";
import { save } from "../chat/conversations.js";
import { linkTo, state } from "../core/state.js";

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    // Without https, browsers keep the clipboard from pages: the words are shown to be taken by hand.
    await byHand(text);
  }
}

function byHand(text) {
  const area = h("textarea", { class: "qa-by-hand", readonly: true, rows: 4, "aria-label": t("not_copied") });
  area.value = text;
  document.getElementById("qa").append(area);
  area.select();
  const done = document.execCommand?.("copy");
  area.remove();
  if (done) return toast(t("copied"));
  return dialog({ title: t("not_copied"), help: text, yes: t("close"), no: t("cancel") });
}

export const copyLink = (turn) => copy(linkTo(turn.question, turn.asked.filter));

export async function judge(turn, helpful) {
  if (helpful) return say(turn, { helpful });
  const near = turn.view.citations[0] ?? turn.view.closest[0];
  const right = await dialog({
    title: t("wrong_title"), help: t("wrong_help"), field: t("right_answer"), yes: t("send"), no: t("cancel"),
    other: near ? t("pick") : null,
  });
  if (right === null) return false;
  if (right !== OTHER) return say(turn, { helpful, right });
  await openCitation(near, document.querySelector(`#turn-${turn.id} .qa-number`));
  return pick((place) => say(turn, { helpful, right_at: place }));
}

/** Tell the server what somebody said of an answer; whether it was kept. */
async function say(turn, said) {
  const { view } = turn;
  const citation = view.citations[0] ?? view.closest[0];
  try {
    await server.judge({
      ...said,
      question: view.meant || view.question,
      found: view.found,
      citation: citation && (({ id, sha256, start, end, passage }) => ({ id, sha256, start, end, passage }))(citation),
    });
  } catch (error) {
    toast(error.message);
    return false;
  }
  turn.vote = said.helpful ? "up" : "down";
  save();
  render(turn);
  toast(t("thanks"));
  return true;
}

function download(name, kind, text) {
  const url = URL.createObjectURL(new Blob([text], { type: kind }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

const answered = () => state.turns.filter((turn) => turn.view);

/** The receipts, one on each line, as `qa verify` reads them. */
export function exportJson() {
  const lines = answered().map((turn) => JSON.stringify(turn.view.receipt));
  download("answers.jsonl", "application/jsonl", `${lines.join("\n")}\n`);
}

export function exportMarkdown() {
  const parts = answered().map(({ view }) => {
    const plain = (text) => text.replace(/[\\`*_{}[\]()<>#+!|~]/g, "\\$&").replace(/\s+/g, " ");
    const head = [`## ${plain(view.question)}`, ...(view.meant ? [`*${plain(t("meant", { question: view.meant }))}*`] : [])];
    if (!view.found) return [...head, `${t("no_answer")}.`];
    return [
      ...head,
      ...view.groups.map((group) => `**${plain(group.short)}**`),
      ...view.citations.map((citation) => citation.copies.markdown),
      plain(`${t("confidence", { sureness: t(view.sureness) })} (${view.confidence.toFixed(2)})`),
    ];
  });
  download("answers.md", "text/markdown", `${parts.flat().join("\n\n")}\n`);
}
