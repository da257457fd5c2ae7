// Conversations stored in this browser. Each tab has its own, so two
// tabs never overwrite each other's.

import { state, emptyFilter } from "../core/state.js";

const MOST_TURNS = 40;
const MOST_CONVERSATIONS = 30;

let own = ""; // the name of this tab's conversation
let letGo = () => {};
const gone = new Set(); // turns removed here, even if they are still stored

const prefix = () => `corpus-qa:${state.start.key}:`;
const fresh = () => `${Date.now()}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;

/** Storage may be blocked, and its contents may not be ours. */
function attempt(action, otherwise) {
  try {
    return action() ?? otherwise;
  } catch {
    return otherwise;
  }
}

function read(name) {
  const kept = attempt(() => JSON.parse(localStorage.getItem(prefix() + name)), {});
  return { at: Number(kept.at) || 0, turns: Array.isArray(kept.turns) ? kept.turns : [], filter: { ...emptyFilter(), ...kept.filter } };
}

/** The names of all stored conversations, latest first. */
function names() {
  const all = attempt(() => Object.keys(localStorage), []).filter((key) => key.startsWith(prefix()));
  const dated = all.map((key) => key.slice(prefix().length)).map((name) => [name, read(name).at]);
  return dated.sort((one, other) => other[1] - one[1]).map(([name]) => name);
}

const remove = (name) => attempt(() => localStorage.removeItem(prefix() + name));

/** Lock a conversation for this tab while it is open; false if another tab has it. */
function hold(name, patience) {
  // Over http from another machine there are no locks; then the turns of two tabs are merged.
  if (!navigator.locks) return Promise.resolve(true);
  return new Promise((resolve) => {
    const options = patience ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
    navigator.locks.request(prefix() + name, options, (lock) => {
      resolve(Boolean(lock));
      if (!lock) return undefined;
      letGo();
      return new Promise((release) => { letGo = release; });
    }).catch(() => resolve(false));
  });
}

function take(name) {
  own = name;
  attempt(() => sessionStorage.setItem(`${prefix()}tab`, name));
}

function show(name) {
  const kept = read(name);
  take(name);
  state.turns = kept.turns;
  state.filter = kept.filter;
}

/** Continue this tab's conversation; in a new tab, the latest one that no other tab has. */
export async function resume() {
  const before = attempt(() => sessionStorage.getItem(`${prefix()}tab`), "");
  if (before) {
    // After a reload, the previous page may still hold the lock for a moment.
    if (await hold(before, 1000)) return show(before);
    // This tab is a copy of another one, so it gets its own copy of the conversation.
    show(before);
    return begin(state.turns);
  }
  const [latest] = names();
  if (latest && await hold(latest)) return show(latest);
  return begin([]);
}

/** Start a new conversation in this tab; the previous one stays among the earlier ones. */
export async function begin(turns = []) {
  if (own && !read(own).turns.length) remove(own);
  take(fresh());
  state.turns = turns;
  await hold(own);
  save();
}

/** Continue an earlier conversation in this tab; false if another tab has it. */
export async function open(name) {
  if (!await hold(name)) return false;
  if (own && !read(own).turns.length) remove(own);
  show(name);
  return true;
}

/** The earlier conversations: [{name, question, count, at}], latest first. */
export function earlier() {
  return names().filter((name) => name !== own).map((name) => ({ name, ...read(name) }))
    .filter(({ turns }) => turns.length)
    .map(({ name, turns, at }) => ({ name, question: String(turns[0].question), count: turns.length, at }));
}

export const forgetEarlier = () => names().filter((name) => name !== own).forEach(remove);

/** Remove a turn, so it can be asked again. */
export function forget(turn) {
  gone.add(turn.id);
  state.turns.splice(state.turns.indexOf(turn), 1);
}

/** Store the conversation, merged with turns from other tabs; the oldest one is deleted if there is no room. */
export function save() {
  if (!own) return;
  const here = state.turns.filter((turn) => turn.view || turn.message);
  const known = new Set([...state.turns.map((turn) => turn.id), ...gone]);
  const theirs = read(own).turns.filter((turn) => !known.has(turn.id));
  let turns = [...theirs, ...here].sort((one, other) => parseInt(one.id, 10) - parseInt(other.id, 10)).slice(-MOST_TURNS);
  const others = names().filter((name) => name !== own);
  others.splice(MOST_CONVERSATIONS - 1).forEach(remove);
  for (;;) {
    try {
      localStorage.setItem(prefix() + own, JSON.stringify({ at: Date.now(), turns, filter: state.filter }));
      return;
    } catch {
      if (others.length) remove(others.pop());
      else if (turns.length) turns = turns.slice(Math.ceil(turns.length / 2));
      else return;
    }
  }
}
