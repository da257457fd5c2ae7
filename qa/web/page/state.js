// What the page remembers: the conversation and the filter, in this browser only.

const MOST_TURNS = 40;

export const state = {
  start: null, // what the server said first
  turns: [], // {id, question, asked, status: waiting|working|answered|failed|stopped, view, message, vote}
  filter: emptyFilter(),
};

const listeners = new Set();

/** Call `listener` whenever the filter changes. */
export const onFilter = (listener) => listeners.add(listener);

export function emptyFilter() {
  return { publishers: [], after: "", before: "", documents: [] };
}

export function setFilter(change) {
  state.filter = { ...state.filter, ...change };
  save();
  listeners.forEach((listener) => listener());
}

export const isFiltered = (filter = state.filter) =>
  Boolean(filter.publishers.length || filter.documents.length || filter.after || filter.before);

const place = () => `corpus-qa:${state.start.key}`;

/** Keep the conversation; the oldest of it goes where the browser has no room. */
export function save() {
  let turns = state.turns.filter((turn) => turn.view || turn.message).slice(-MOST_TURNS);
  for (;;) {
    try {
      localStorage.setItem(place(), JSON.stringify({ turns, filter: state.filter }));
      return;
    } catch {
      if (!turns.length) return;
      turns = turns.slice(Math.ceil(turns.length / 2));
    }
  }
}

export function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(place()) || "{}");
    state.turns = Array.isArray(kept.turns) ? kept.turns : [];
    state.filter = { ...emptyFilter(), ...kept.filter };
  } catch {
    state.turns = []; // what was kept is not ours, or storage is closed to us
  }
}

/** The last question that was answered, as what a follow-up follows. */
export function turnBefore(turn) {
  const earlier = state.turns.slice(0, state.turns.indexOf(turn)).reverse();
  const last = earlier.find((one) => one.view);
  if (!last) return null;
  const { view } = last;
  return {
    question: view.meant || view.question,
    answer: view.citations[0]?.quote.slice(0, 300) ?? "",
    documents: [...new Set(view.citations.map((citation) => citation.id))],
  };
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
