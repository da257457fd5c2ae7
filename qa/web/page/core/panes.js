// The panes next to the chat, or over it if there is no room; on a narrow page, one at a time.

const open = []; // {pane, opener}, in the order of opening

const narrow = () => matchMedia("(max-width: 1099px)").matches;

export function openDrawer(pane, opener) {
  const at = open.findIndex((one) => one.pane === pane);
  const before = at < 0 ? null : open.splice(at, 1)[0].opener;
  if (narrow()) open.slice().forEach((one) => closeDrawer(one.pane, false));
  open.push({ pane, opener: opener ?? before });
  pane.hidden = false;
  layout();
  pane.focus({ preventScroll: true });
}

export function closeDrawer(pane, refocus = true) {
  const at = open.findIndex((one) => one.pane === pane);
  if (at < 0) return;
  const [{ opener }] = open.splice(at, 1);
  pane.hidden = true;
  layout();
  if (refocus && opener?.isConnected) opener.focus();
}

/** Close the pane opened last. Returns whether there was one. */
export function closeLast() {
  if (!open.length) return false;
  closeDrawer(open.at(-1).pane);
  return true;
}

export const isOpen = (pane) => open.some((one) => one.pane === pane);

function layout() {
  const root = document.getElementById("qa");
  root.classList.toggle("with-source", isOpen(document.getElementById("qa-source")));
  root.classList.toggle("with-panel", isOpen(document.getElementById("qa-panel")));
  // If a pane covers the chat, the keyboard cannot reach the chat either.
  root.querySelector(".qa-chat").inert = narrow() && open.length > 0;
}

addEventListener("resize", () => { if (document.getElementById("qa")) layout(); });
