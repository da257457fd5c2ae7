// The conversation: questions in order, each with its progress and then its answer.

import { announce, h, t } from "../core/dom.js";
import { answerOf, isBarred, spinner } from "./answer.js";
import * as server from "../core/server.js";
import { begin, forget, save } from "./conversations.js";
import { emptyFilter, setFilter, state, turnBefore } from "../core/state.js";

// The most characters and lines of a question to show.
const LONG = 280;
const LINES = 5;

let log;
let box;
let running = null; // the turn being answered, and how to stop it

export function conversation() {
  log = h("div", { class: "qa-log", role: "log", "aria-live": "off", "aria-label": t("conversation"), tabindex: "0" });
  return log;
}

export function composer(filters) {
  box = h("textarea", {
    id: "qa-question", rows: 1, maxlength: state.start.limits.question, placeholder: t("ask_here"), "aria-label": t("question"),
    oninput: grow,
    onkeydown: (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        submit();
      } else if (event.key === "ArrowUp" && !box.value && state.turns.length) {
        event.preventDefault();
        setQuestion(state.turns.at(-1).question);
      }
    },
  });
  return h("form", { class: "qa-composer", onsubmit: (event) => { event.preventDefault(); submit(); } },
    filters,
    h("div", { class: "qa-box" },
      box,
      h("button", { type: "button", class: "qa-stop", id: "qa-stop", hidden: true, onclick: stop }, t("stop")),
      h("button", { type: "submit", class: "qa-primary" }, t("ask"))),
    h("p", { class: "qa-hint" }, t("hint")));
}

export function setQuestion(text) {
  box.value = text;
  grow();
  box.focus();
}

export const focusQuestion = () => box.focus();

/** Take over the box that came with the page: its text, and its question if one was sent. */
export function takeOver({ words, from, to, asked }) {
  setQuestion(words);
  box.setSelectionRange(from, to);
  if (asked && words.trim()) submit();
}

function grow() {
  box.style.height = "auto";
  box.style.height = `${Math.min(box.scrollHeight, 160)}px`;
}

function submit() {
  const question = box.value.trim();
  if (!question) {
    announce(t("empty_question"));
    return;
  }
  box.value = "";
  grow();
  ask(question);
}

/** Ask a question, after those still being answered. */
export function ask(question, { literal = false } = {}) {
  const turn = {
    id: `${Date.now()}-${Math.random().toString(36).slice(2, 8)}`,
    question,
    asked: { question, filter: state.filter, literal },
    status: "waiting",
  };
  state.turns.push(turn);
  render(turn);
  document.getElementById(`turn-${turn.id}`).scrollIntoView({ block: "start" });
  next();
}

async function next() {
  const turn = state.turns.find((one) => one.status === "waiting");
  if (running || !turn) return;
  const stopper = new AbortController();
  turn.name = crypto.getRandomValues(new Uint32Array(4)).join("-");
  running = { turn, stopper };
  document.getElementById("qa-stop").hidden = false;
  show(turn, { status: "working", step: { state: state.start.ready ? "searching" : "opening" } });
  try {
    const asked = { ...turn.asked, before: turnBefore(turn), name: turn.name };
    const view = await server.ask(asked, (step) => {
      if (step.state !== "answered" && turn.status === "working") show(turn, { step });
    }, stopper.signal);
    show(turn, { status: "answered", view });
    announce(view.found ? `${t("answer")}: ${view.groups.map((g) => g.short).join("; ")}` : t(isBarred(view) ? "nothing_fits" : "no_answer"));
  } catch (error) {
    const stopped = stopper.signal.aborted;
    show(turn, { status: stopped ? "stopped" : "failed", message: stopped ? t("stopped") : error.message });
    announce(turn.message);
  }
  delete turn.step;
  delete turn.name;
  running = null;
  document.getElementById("qa-stop").hidden = true;
  save();
  next();
}

/** Stop the current question. */
export function stop() {
  interrupt();
  focusQuestion();
}

/** Stop the server too; nobody waits for its answer. */
function interrupt() {
  if (!running) return;
  running.stopper.abort();
  server.stop(running.turn.name).catch(() => {}); // it stops by itself when it is done
}

/** Unanswered questions stay in the conversation being left, so they can be asked again. */
function setAside() {
  for (const turn of state.turns.filter(({ status }) => status === "waiting" || status === "working")) {
    Object.assign(turn, { status: "stopped", message: t("stopped") });
  }
  save();
}

// Feedback on an answer is stored and shown with it.
document.addEventListener("qa-judged", ({ detail: turn }) => {
  show(turn, {});
  save();
});

// When the page is closed during an answer, nobody waits for it; a closing page can still send this.
addEventListener("pagehide", () => {
  if (!running) return;
  navigator.sendBeacon("/page/stop", JSON.stringify({ name: running.turn.name }));
  running.stopper.abort(); // otherwise it would look as if the server were unreachable
  setAside();
});

function show(turn, change) {
  Object.assign(turn, change);
  if (state.turns.includes(turn)) render(turn); // otherwise the conversation was left meanwhile
}

/** Draw a turn in its place, or at the end. */
function render(turn) {
  const id = `turn-${turn.id}`;
  const drawn = h("article", { class: "qa-turn", id, "aria-labelledby": `${id}-q` },
    ...question(turn.question, `${id}-q`),
    body(turn));
  const old = document.getElementById(id);
  if (old) old.replaceWith(drawn);
  else {
    if (!log.querySelector(".qa-turn")) log.replaceChildren();
    log.append(drawn);
  }
}

/** The question as typed; a long one is cut to its first lines, to keep the answer visible. */
function question(words, id) {
  const long = words.length > LONG || words.split("\n").length > LINES;
  const whole = h("h2", { class: long ? "qa-question qa-cut" : "qa-question", id }, words);
  const more = h("button", { type: "button", class: "qa-link qa-whole", onclick: () => { whole.classList.remove("qa-cut"); more.remove(); } }, t("whole_question"));
  return long ? [whole, more] : [whole];
}

function body(turn) {
  if (turn.status === "answered") {
    return answerOf(turn,
      () => { setFilter(turn.asked.filter); ask(turn.question, { literal: true }); },
      () => { setFilter(emptyFilter()); ask(turn.question); });
  }
  if (turn.status === "waiting" || turn.status === "working") {
    return h("p", { class: "qa-working" }, spinner(), doing(turn));
  }
  return h("p", { class: "qa-failed" }, h("span", {}, turn.message, " "),
    h("button", { type: "button", class: "qa-link", onclick: () => again(turn) }, t("again")));
}

function doing(turn) {
  if (turn.status === "waiting") return t("waiting");
  const { state: now, done, total } = turn.step;
  if (now === "opening" && total) return t("indexing", { done: done.toLocaleString(), total: total.toLocaleString() });
  return t(now);
}

function again(turn) {
  document.getElementById(`turn-${turn.id}`).remove();
  forget(turn);
  setFilter(turn.asked.filter);
  ask(turn.question, { literal: turn.asked.literal });
}

/** Draw the whole conversation again: after a reload, or when it is restarted. */
export function renderAll(welcome) {
  log.replaceChildren();
  if (!state.turns.length) log.append(welcome);
  state.turns.forEach(render);
  log.scrollTop = log.scrollHeight;
}

/** Switch to another conversation: a new one, or the one from `change`. */
export async function another(welcome, change = begin) {
  interrupt();
  setAside();
  await change();
  renderAll(welcome());
  focusQuestion();
}
