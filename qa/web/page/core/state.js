// What the page is about now: the conversation and the filter.

export const state = {
  start: null, // what the server said first
  turns: [], // {id, question, asked, status: waiting|working|answered|failed|stopped, view, message, vote}
  filter: emptyFilter(),
};

const listeners = new Set();

/** Call `listener` whenever the filter changes. */
export const onChange = (listener) => listeners.add(listener);

export function emptyFilter() {
  return { publishers: [], after: "", before: "", documents: [] };
}

export function setFilter(change) {
  state.filter = { ...state.filter, ...change };
  listeners.forEach((listener) => listener());
}

export const isFiltered = (filter = state.filter) =>
  Boolean(filter.publishers.length || filter.documents.length || filter.after || filter.before);

/** The last question that was answered, as what a follow-up follows. */
export function turnBefore(turn) {
  const earlier = state.turns.slice(0, state.turns.indexOf(turn)).reverse();
  return earlier.find((one) => one.view)?.view.turn ?? null;
}

/** A link that carries a question and the filter; what stands after # is not sent to any server. */
export function linkTo(question, filter) {
  const query = new URLSearchParams({ ask: question });
  filter.publishers.forEach((name) => query.append("publisher", name));
  filter.documents.forEach((id) => query.append("document", id));
  if (filter.after) query.set("after", filter.after);
  if (filter.before) query.set("before", filter.before);
  return `${location.origin}${location.pathname}#${query}`;
}

/** The question and the filter of the address, if it carries any; they are taken out of it. */
export function takeLink() {
  const query = new URLSearchParams(location.hash.slice(1));
  const question = query.get("ask");
  if (!question) return null;
  history.replaceState(null, "", location.pathname + location.search);
  const day = (name) => (/^\d{4}-\d\d-\d\d$/.test(query.get(name) || "") ? query.get(name) : "");
  return {
    question,
    filter: {
      publishers: query.getAll("publisher"),
      documents: query.getAll("document"),
      after: day("after"),
      before: day("before"),
    },
  };
}
