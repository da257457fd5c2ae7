// The conversation as a file.

import { h, t } from "../core/dom.js";
import { state } from "../core/state.js";

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
