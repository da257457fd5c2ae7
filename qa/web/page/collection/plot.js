// Documents over time by publisher, as bars that filter.

import { h, svg, t } from "../core/dom.js";
import { setFilter, state } from "../core/state.js";

const WIDTH = 320;
const HEIGHT = 120;
const FOOT = 16;

/** The chart of `over_time`, with its legend; clicking sets the filter. */
export function plot({ named, bars, undated }) {
  const most = Math.max(...bars.map((bar) => sum(bar.counts)));
  const wide = WIDTH / bars.length;
  const drawn = bars.map((bar, i) => column(bar, i, wide, most));
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + FOOT}`, class: "qa-plot", role: "group", "aria-label": t("over_time") },
    svg("line", { x1: 0, x2: WIDTH, y1: HEIGHT, y2: HEIGHT, class: "qa-axis" }),
    drawn,
    svg("text", { x: 0, y: HEIGHT + 12, class: "qa-tick" }, bars[0].label),
    bars.length > 1 ? svg("text", { x: WIDTH, y: HEIGHT + 12, class: "qa-tick", "text-anchor": "end" }, bars.at(-1).label) : null,
    svg("text", { x: 0, y: 9, class: "qa-tick" }, most.toLocaleString()));
  picture.addEventListener("keydown", (event) => roam(event, drawn));
  return h("div", {}, picture, key(named, bars), undated ? h("p", { class: "qa-note" }, t("undated", { count: undated.toLocaleString() })) : null);
}

const sum = (counts) => counts.reduce((all, one) => all + one, 0);

function column(bar, i, wide, most) {
  const count = sum(bar.counts);
  const label = t(count === 1 ? "bar_one" : "bar", { label: bar.label, count: count.toLocaleString() });
  const { after, before } = state.filter;
  const chosen = after === bar.after && before === bar.before;
  let top = HEIGHT;
  const gap = Math.min(2, wide / 5);
  const parts = bar.counts.map((part, n) => {
    const high = part ? Math.max(2, (part / most) * (HEIGHT - 14)) : 0;
    top -= high;
    return high ? svg("rect", { x: i * wide + gap / 2, y: top, width: Math.max(1, wide - gap), height: high, class: `qa-series-${colour(n, bar)}` }) : null;
  });
  const choose = () => setFilter(chosen ? { after: "", before: "" } : { after: bar.after, before: bar.before });
  return svg("g", {
    role: "button", tabindex: i === 0 ? 0 : -1, "aria-label": label, "aria-pressed": String(chosen), class: "qa-bar",
    onclick: choose,
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(); } },
  },
  svg("title", {}, label),
  svg("rect", { x: i * wide, y: 0, width: wide, height: HEIGHT, class: "qa-reach" }),
  parts);
}

/** The last count is for all other publishers, in the quietest colour. */
const colour = (n, bar) => (n === bar.counts.length - 1 ? "others" : n);

/** All bars are one tab stop; the arrow keys move between them. */
function roam(event, drawn) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const at = drawn.indexOf(document.activeElement);
  if (!step || at < 0) return;
  event.preventDefault();
  event.stopPropagation();
  const to = drawn[(at + step + drawn.length) % drawn.length];
  drawn[at].setAttribute("tabindex", -1);
  to.setAttribute("tabindex", 0);
  to.focus();
}

function key(named, bars) {
  const others = bars.some((bar) => bar.counts.at(-1));
  return h("div", { class: "qa-key" },
    named.map((name, n) => {
      const chosen = state.filter.publishers.includes(name);
      return h("button", {
        type: "button", class: "qa-link", "aria-pressed": String(chosen),
        onclick: () => toggle(name),
      }, h("span", { class: `qa-swatch qa-series-${n}`, "aria-hidden": "true" }), name);
    }),
    others ? h("span", { class: "qa-quiet" }, h("span", { class: "qa-swatch qa-series-others", "aria-hidden": "true" }), t("others")) : null);
}

/** Add this publisher to the filter, or remove it. */
export function toggle(name) {
  const { publishers } = state.filter;
  setFilter({ publishers: publishers.includes(name) ? publishers.filter((one) => one !== name) : [...publishers, name] });
}
