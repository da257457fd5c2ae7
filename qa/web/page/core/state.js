// The state of the page: the conversation and the filter.

export const state = {
  start: null, // the first data from the server
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

/** The last answered question, for a follow-up to refer to. */
export function turnBefore(turn) {
  const earlier = state.turns.slice(0, state.turns.indexOf(turn)).reverse();
  return earlier.find((one) => one.view)?.view.turn ?? null;
}

/** A link with a question and the filter; the part after # is not sent to any server. */
export function linkTo(question, filter) {
  const query = new URLSearchParams({ ask: question });
  filter.publishers.forEach((name) => query.append("publisher", name));
  filter.documents.forEach((id) => query.append("document", id));
  if (filter.after) query.set("after", filter.after);
  if (filter.before) query.set("before", filter.before);
  return `${location.origin}${location.pathname}#${query}`;
}

/** The question and the filter in the address, if any; they are removed from it. */
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
