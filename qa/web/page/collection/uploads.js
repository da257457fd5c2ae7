// Dropped or chosen files: each with its progress and its result.

import { announce, h, t, toast } from "../core/dom.js";
import * as server from "../core/server.js";
import { state } from "../core/state.js";

const waiting = [];
const lines = [];
let working = false;

/** A drop zone for files, and their list. */
export function addingPart() {
  return h("section", { class: "qa-adding" },
    h("h2", {}, t("add")),
    chooser(),
    h("div", { class: "qa-files-holder" }, fileList()));
}

export function chooser() {
  const { suffixes, limits: { file: largest } } = state.start;
  const input = h("input", { type: "file", multiple: true, accept: suffixes.join(","), class: "qa-hidden", "aria-label": t("choose"), tabindex: "-1", onchange: () => { take([...input.files]); input.value = ""; } });
  return h("div", { class: "qa-drop" },
    h("p", {}, t("add_help", { size: largest >> 20 })),
    h("button", { type: "button", onclick: () => input.click() }, t("choose")),
    h("details", {}, h("summary", {}, t("add_endings")), h("p", {}, suffixes.join(", "))),
    input);
}

/** The list of dropped files; it may be shown in several places. */
export function fileList() {
  const list = h("ul", { class: "qa-files", "aria-live": "polite" });
  fill(list);
  return list;
}

function fill(list) {
  list.replaceChildren(...lines.map(({ name, words, kind }) =>
    h("li", { class: `qa-file qa-${kind}` }, h("b", {}, name), " ", h("span", {}, words))));
  if (lines.length && !working) {
    list.append(h("li", {}, h("button", { type: "button", class: "qa-link", onclick: () => { lines.length = 0; draw(); } }, t("dismiss"))));
  }
}

const draw = () => document.querySelectorAll(".qa-files").forEach(fill);

function take(files) {
  const { files: most } = state.start.limits;
  if (files.length > most) toast(t("too_many", { most }));
  for (const file of files.slice(0, most)) {
    const line = { name: file.name.slice(0, 120), words: t("queued"), kind: "busy" };
    lines.push(line);
    const refusal = refused(file);
    if (refusal) Object.assign(line, { words: refusal, kind: "failed" });
    else waiting.push({ file, line });
  }
  draw();
  work();
}

/** Why a file cannot be added, checked before it is sent. */
function refused(file) {
  const { suffixes, limits: { file: largest } } = state.start;
  const suffix = /\.[^.]*$/.exec(file.name)?.[0].toLowerCase() ?? "";
  if (!suffixes.includes(suffix)) return t("not_taken", { suffixes: suffixes.join(", ") });
  return file.size > largest ? t("too_large", { size: largest >> 20 }) : "";
}

async function work() {
  if (working) return;
  working = true;
  while (waiting.length) {
    const { file, line } = waiting.shift();
    const say = (words, kind) => { Object.assign(line, { words, kind }); draw(); };
    try {
      await server.add(file, (share) => {
        say(share < 1 ? t("sending", { percent: Math.round(100 * share) }) : t("taking_in"), "busy");
      });
      say(t("searchable"), "done");
      announce(`${line.name} ${t("searchable")}`);
      document.dispatchEvent(new CustomEvent("qa-changed"));
    } catch (error) {
      say(error.message, "failed");
    }
  }
  working = false;
  draw();
}

/** Accept files dropped anywhere on the page. */
export function acceptDrops(root) {
  let depth = 0;
  const curtain = h("div", { class: "qa-curtain", hidden: true }, t("drop"));
  root.append(curtain);
  const holdsFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const over = (step) => (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = Math.max(0, depth + step);
    curtain.hidden = depth === 0;
  };
  root.addEventListener("dragenter", over(1));
  root.addEventListener("dragleave", over(-1));
  root.addEventListener("dragover", (event) => { if (holdsFiles(event)) event.preventDefault(); });
  root.addEventListener("drop", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    depth = 0;
    curtain.hidden = true;
    document.dispatchEvent(new CustomEvent("qa-dropped"));
    take([...event.dataTransfer.files]);
  });
}
