// Copy quotes and links to the clipboard.

import { dialog, h, t, toast } from "../core/dom.js";
import { linkTo } from "../core/state.js";

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    // Without https, browsers block the clipboard, so the words are shown to copy by hand.
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
