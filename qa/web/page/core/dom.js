// Elements made from text and other elements. Nothing here ever parses HTML, so nothing in a
// document can become HTML.

let texts = {};

export const setTexts = (given) => { texts = given; };

/** A text of the page, with the parts in braces filled in. */
export function t(name, values = {}) {
  const text = texts[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

/** An element: h("p", {class: "quiet", onclick: f}, "text", child, …); null children are left out. */
export function h(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** Facts on one line, each with its own writing direction: a right-to-left name does not reverse a date. */
export const facts = (parts) =>
  parts.filter(Boolean).flatMap((part, n) => [n ? " · " : null, h("bdi", {}, part)]);

const SHAPES = {
  copy: "M9 9h10v11H9z M5 15V4h10",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1 M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  up: "M7 11v9H4v-9z M7 11l4-8c1.5 0 2.5 1 2.5 2.5L13 9h6a2 2 0 0 1 2 2.4l-1.4 7A2 2 0 0 1 17.600 20H7",
  down: "M17 13V4h3v9z M17 13l-4 8c-1.500 0-2.500-1-2.500-2.500L11 15H5a2 2 0 0 1-2-2.400l1.400-7A2 2 0 0 1 6.400 4H17",
  close: "M6 6l12 12 M18 6L6 18",
  before: "M6 15l6-6 6 6",
  after: "M6 9l6 6 6-6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z M12 2v2 M12 20v2 M2 12h2 M20 12h2 M5 5l1.500 1.500 M17.500 17.500L19 19 M5 19l1.500-1.500 M17.500 6.500L19 5",
  moon: "M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10z",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  bin: "M5 7h14 M9 7V4h6v3 M7 7l1 13h8l1-13",
  clock: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16z M12 8v4l3 2",
  more: "M5 12h.01 M12 12h.01 M19 12h.01",
  panel: "M4 5h16v14H4z M10 5v14",
  fresh: "M12 5v14 M5 12h14",
  save: "M12 4v11 M7 11l5 5 5-5 M5 20h14",
};

/** An icon. It is hidden from screen readers, so its user must add a label. */
export function icon(name) {
  const path = svg("path", { d: SHAPES[name] });
  return svg("svg", { viewBox: "0 0 24 24", class: "qa-icon", "aria-hidden": "true" }, path);
}

/** An icon button, with a label for screen readers. */
export function iconButton(name, label, onclick, props = {}) {
  return h("button", { type: "button", class: "qa-tool", "aria-label": label, title: label, onclick, ...props }, icon(name));
}

/** Announce a text to screen readers. */
export function announce(text) {
  const place = document.getElementById("qa-status");
  if (place) place.textContent = text;
}

/** A short note that disappears by itself. */
export function toast(text) {
  const place = document.getElementById("qa-toast");
  place.textContent = text;
  place.classList.add("shown");
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => place.classList.remove("shown"), 3500);
}

/** A menu under a button: [[label, action], …], or a function that returns them. */
export function menu(button, choices) {
  const list = h("div", { class: "qa-menu", role: "menu", hidden: true });
  const close = (focus) => {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
    if (focus) button.focus();
  };
  const item = ([label, action]) =>
    h("button", { type: "button", role: "menuitem", onclick: () => { close(true); action(); } }, label);
  button.setAttribute("aria-haspopup", "menu");
  button.setAttribute("aria-expanded", "false");
  button.addEventListener("click", () => {
    if (!list.hidden) return close(true);
    list.replaceChildren(...(typeof choices === "function" ? choices() : choices).map(item));
    list.hidden = false;
    button.setAttribute("aria-expanded", "true");
    list.firstChild.focus();
    return undefined;
  });
  list.addEventListener("keydown", (event) => {
    const at = [...list.children].indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) list.children[(at + step + list.children.length) % list.children.length].focus();
    if (event.key === "Escape") close(true);
    if (step || event.key === "Escape") { event.preventDefault(); event.stopPropagation(); }
  });
  const holder = h("span", { class: "qa-menu-holder" }, button, list);
  holder.addEventListener("focusout", (event) => { if (!holder.contains(event.relatedTarget)) close(false); });
  return holder;
}

/** The value of `dialog` if the other choice was made. */
export const OTHER = Symbol("other");

/** Ask the user: resolves to the form's value, or null. `field` adds a text field of at most `most` characters, `other` another choice. */
export function dialog({ title, help, yes, no, field, most, danger, other }) {
  return new Promise((resolve) => {
    const box = field ? h("input", { id: "qa-field", maxlength: most, autocomplete: "off" }) : null;
    const form = h("form", { method: "dialog" },
      h("h2", { id: "qa-dialog-title" }, title),
      h("p", { id: "qa-dialog-help" }, help),
      field ? h("label", { for: "qa-field" }, field) : null,
      box,
      other ? h("p", {}, h("button", { type: "button", class: "qa-link", onclick: () => whole.close("other") }, other)) : null,
      h("div", { class: "qa-buttons" },
        h("button", { value: "no", type: "button", onclick: () => whole.close("") }, no),
        h("button", { value: "yes", class: danger ? "qa-danger" : "qa-primary" }, yes)));
    const whole = h("dialog", { class: "qa-dialog", "aria-labelledby": "qa-dialog-title", "aria-describedby": "qa-dialog-help" }, form);
    const before = document.activeElement;
    whole.addEventListener("close", () => {
      whole.remove();
      if (before?.isConnected) before.focus();
      if (whole.returnValue === "other") resolve(OTHER);
      else resolve(whole.returnValue === "yes" ? (box ? box.value.trim() : "yes") : null);
    });
    document.getElementById("qa").append(whole);
    whole.showModal();
  });
}
