// Runs before anything is painted: sets the colours, and whether a conversation is about to be
// shown. Until the modules are loaded, it also keeps typed and sent text. Not a module, so it runs first.

{
  const root = document.documentElement;
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const names = () => { try { return Object.keys(localStorage); } catch { return []; } };
  root.dataset.theme = kept("corpus-qa:theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const own = names().filter((name) => name.startsWith(`corpus-qa:${root.dataset.key}:`));
  if (own.some((name) => !kept(name)?.includes('"turns":[]'))) root.dataset.resumes = "";

  const early = (event) => event.target.closest?.("form[data-early]");
  document.addEventListener("submit", (event) => {
    const form = early(event);
    if (!form) return;
    event.preventDefault();
    form.dataset.asked = "";
  });
  document.addEventListener("keydown", (event) => {
    const form = early(event);
    if (!form || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
}
