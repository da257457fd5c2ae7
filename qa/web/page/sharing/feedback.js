// Feedback on an answer: right, or wrong with the right answer.

import { dialog, OTHER, t, toast } from "../core/dom.js";
import * as server from "../core/server.js";
import { state } from "../core/state.js";
import { openCitation } from "../document/document.js";
import { pick } from "../document/selection.js";

export async function judge(turn, helpful) {
  if (helpful) return say(turn, { helpful });
  const near = turn.view.citations[0] ?? turn.view.closest[0];
  const right = await dialog({
    title: t("wrong_title"), help: t("wrong_help"), field: t("right_answer"), most: state.start.limits.right, yes: t("send"), no: t("cancel"),
    other: near ? t("pick") : null,
  });
  if (right === null) return false;
  if (right !== OTHER) return say(turn, { helpful, right });
  await openCitation(near, document.querySelector(`#turn-${turn.id} .qa-number`));
  return pick((place) => say(turn, { helpful, right_at: place }));
}

/** Send feedback on an answer to the server. Returns whether it was saved. */
async function say(turn, said) {
  const { view } = turn;
  const citation = view.citations[0] ?? view.closest[0];
  try {
    await server.judge({
      ...said,
      ...(said.helpful && view.found && citation?.kind === "metadata" && { right: citation.value }),
      question: view.meant || view.question,
      found: view.found,
      citation: citation?.passage && (({ id, sha256, start, end, passage }) => ({ id, sha256, start, end, passage }))(citation),
    });
  } catch (error) {
    toast(error.message);
    return false;
  }
  turn.vote = said.helpful ? "up" : "down";
  document.dispatchEvent(new CustomEvent("qa-judged", { detail: turn }));
  toast(t("thanks"));
  return true;
}
